import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../dmp/bench.fixture.ts';
import { writeCda } from '../dmp/cda.fixture.ts';
import { AUTHOR, connectorOf, dayBefore, outboxOf, PATIENT, profileOf } from './bench.fixture.ts';
import { type OldPfi, startOldPfi } from './old-pfi.ts';

const PDF = Buffer.from('%PDF-1.4\n%fiction\n%%EOF\n').toString('base64');

function message(
  controlId: string,
  { type = 'MDM^T02^MDM_T02', subtype = 'pdf', base64 = PDF, ipp = 'IPP42' } = {},
): string {
  return [
    `MSH|^~\\&|DPI|CH|PFI|CH|20261120101500||${type}|${controlId}|P|2.6|||||FRA|UNICODE UTF-8`,
    `PID|1||${ipp}^^^CH&1.2.250.1.999.7&ISO^PI||PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L||19790328|F|||^^^^^^BDL^^51215`,
    'TXA|1|34112-3|TEXT|20261120101500||||||||DOC-1|||||AU',
    `OBX|1|ED|34112-3^Compte rendu d’hospitalisation^LN||^application^${subtype}^Base64^${base64}`,
  ].join('\r');
}

function send({ port }: OldPfi, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`\x0b${text}\r\x1c\r`));
    socket.once('data', (answer: Buffer) => {
      socket.end();
      resolve(answer.toString('utf8'));
    });
    socket.once('error', reject);
  });
}

async function start(t: TestContext) {
  const bench = await dayBefore(t);
  const connector = connectorOf(t, bench, profileOf('MCKESSON ENTREPOT DMP'));
  const pfi = await startOldPfi({
    directory: await temporaryDirectory(t),
    port: 0,
    site: connector.site,
    author: AUTHOR,
    outbox: await outboxOf(t, connector),
    cardOf: (ipp) => (ipp === PATIENT.ipp ? PATIENT.card : undefined),
    now: () => new Date('2026-11-20T09:15:00Z'),
  });
  t.after(() => pfi.close());
  const held = async () => {
    const { items } = (await bench.control('POST /documents/search', {})) as { items: { uniqueId: string }[] };
    return items.map(({ uniqueId }) => uniqueId);
  };
  return { bench, pfi, held };
}

test('an HL7 document is acknowledged, then fed to API V1, once', async (t) => {
  const { pfi, held } = await start(t);
  assert.match(await send(pfi, message('M1')), /\rMSA\|AA\|M1\|/);
  assert.match(await send(pfi, message('M1')), /MSA\|AA\|M1/);
  await pfi.idle();
  const end = pfi.ended.get('M1');
  assert.equal(end?.said, 'accepted');
  assert.deepEqual(await held(), [end?.uniqueId]);
});

test('the identifier of a CDA stays; an ORU is taken; what is no document is refused', async (t) => {
  const { pfi, held } = await start(t);
  const base64 = Buffer.from(writeCda({ uniqueId: '1.2.3.7', setId: '1.2.3.8', version: 1 })).toString('base64');
  assert.match(await send(pfi, message('M2', { type: 'ORU^R01^ORU_R01', subtype: 'xml', base64 })), /MSA\|AA/);
  await pfi.idle();
  assert.deepEqual(await held(), ['1.2.3.7']);
  assert.match(await send(pfi, message('M3', { ipp: 'INCONNU' })), /MSA\|AE\|M3\|patient/);
  assert.match(await send(pfi, message('M4', { type: 'ADT^A01^ADT_A01' })), /MSA\|AE\|M4\|type/);
  assert.match(await send(pfi, message('M5', { base64: '' })), /MSA\|AE\|M5\|OBX-5/);
});
