import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureDemoPki } from '../../demo/pki.ts';
import { hl7Rules } from '../../rules/hl7.ts';
import { buildAck } from '../../wire/hl7v2/ack.ts';
import { salvageHeader } from '../../wire/hl7v2/header.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { startReceiver } from '../receiver.fixture.ts';

const folder = scratch();

function message(controlId: string, end: string): string {
  return [
    `MSH|^~\\&|GAM|CH|TDU|CH|20261123070000+0100||ADT^A28^ADT_A05|${controlId}|T|2.5|||||FRA|8859/1`,
    'PID|1||D1^^^CHU-X||PAT-TROIS^DOMINIQUE^^^^^L||19790328|F',
  ]
    .map((line) => line + end)
    .join('');
}

test('each message of a file is sent with CR ends and its own bytes, and its ACK printed', async (t) => {
  const received: Buffer[] = [];
  const server = await startReceiver(received);
  t.after(() => server.close());
  const text = `${message('M1', '\n')}\n${message('M2', '\r\n').replace('PAT-TROIS', 'HÉLÈNE')}`;
  const file = await folder.file('deux.hl7', Buffer.from(text, 'latin1'));
  const { code, stdout } = await cli(['hl7', 'send', file, '--to', `mllp://127.0.0.1:${server.port}`]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^M1 : AA\nM2 : AA\n2 message\(s\) envoyé\(s\), 0 non accepté\(s\)\.\n$/);
  assert.deepEqual(
    received.map((frame) => frame.toString('latin1')),
    [message('M1', '\r'), message('M2', '\r').replace('PAT-TROIS', 'HÉLÈNE')],
  );
});

test('a refusal is shown with its ERR and ends with 1; the messages after it are sent all the same', async (t) => {
  const received: Buffer[] = [];
  const server = await startReceiver(received, {
    answer: (frame) => {
      const header = salvageHeader(frame);
      assert.ok(header !== undefined);
      const outcome = header.controlId === 'M1' ? { rule: hl7Rules.segmentMissing, location: 'PV1' } : 'accepted';
      return buildAck(header, outcome, { now: new Date(), controlId: randomUUID() });
    },
  });
  t.after(() => server.close());
  const file = await folder.file('refus.hl7', message('M1', '\r') + message('M2', '\r'));
  const run = await cli(['hl7', 'send', file, '--to', `mllp://localhost:${server.port}`]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /M1 : AE\n {2}ERR .*TDU-HL7-/);
  assert.match(run.stdout, /M2 : AA/);
  const json = lastLine(await cli(['hl7', 'send', file, '--to', `mllp://localhost:${server.port}`, '--json']));
  assert.deepEqual([json.ok, json.sent, json.refused], [false, 2, 1]);
});

test('an acknowledgement of another message is not taken for ours', async (t) => {
  const server = await startReceiver([], {
    answer: () => Buffer.from('MSH|^~\\&|||||||ACK|1|P|2.5|||||FRA|UNICODE UTF-8\rMSA|AA|OTHER\r'),
  });
  t.after(() => server.close());
  const file = await folder.file('un.hl7', message('M1', '\r'));
  const { code, stdout } = await cli(['hl7', 'send', file, '--to', `mllp://127.0.0.1:${server.port}`]);
  assert.equal(code, 1);
  assert.match(stdout, /M1 : acquittement d'un autre message/);
});

test('over mutual TLS with the demonstration keys; without a certificate the call is wrong', async (t) => {
  const pki = await ensureDemoPki(
    join(folder.path, 'pki'),
    { ej: '990000010', otherEj: '990000093' },
    () => new Date(),
  );
  const received: Buffer[] = [];
  const [cert, key] = await Promise.all([readFile(pki.server.certFile, 'utf8'), readFile(pki.server.keyFile, 'utf8')]);
  const server = await startReceiver(received, { tls: { ca: pki.caPem, cert, key } });
  t.after(() => server.close());
  const file = await folder.file('un.hl7', message('M1', '\r'));
  const to = ['--to', `mllps://127.0.0.1:${server.port}`];
  const keys = ['--ca', pki.caFile, '--cert', pki.sender.certFile, '--key', pki.sender.keyFile];
  const run = await cli(['hl7', 'send', file, ...to, ...keys]);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.equal(received.length, 1);
  const without = await cli(['hl7', 'send', file, ...to]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /demande --ca, --cert et --key/);
});

test('nobody listening: said to be not sent', async (t) => {
  const server = await startReceiver([]);
  const { port } = server;
  await server.close();
  t.diagnostic(`port ${port} closed`);
  const file = await folder.file('un.hl7', message('M1', '\r'));
  const { code, stdout } = await cli(['hl7', 'send', file, '--to', `mllp://127.0.0.1:${port}`]);
  assert.equal(code, 1);
  assert.match(stdout, /M1 : non envoyé \(ECONNREFUSED\)/);
});

test('a file without any MSH is a wrong call', async () => {
  const { code, stderr } = await cli([
    'hl7',
    'send',
    await folder.file('vide.hl7', 'PID|1\r'),
    '--to',
    'mllp://127.0.0.1:1',
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /aucun segment MSH/);
});
