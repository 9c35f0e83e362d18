/** A mail dropped into the hospital's MSSanté mailbox reaches its DPI as the message of the LPS volet, and the desk keeps the rest. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { cdaOf, xdmMail } from '../../src/mssante/incoming-mails.fixture.ts';
import { buildAck } from '../../src/wire/hl7v2/ack.ts';
import { salvageHeader } from '../../src/wire/hl7v2/header.ts';
import { startMllpServer } from '../../src/wire/hl7v2/mllp-server.ts';
import { buildAdmission } from '../../src/wire/hl7v2/sample-messages.ts';
import { startTestDemonstration, until } from '../support/demonstration.ts';
import { PAT_TROIS, PAT_TROIS_INS } from '../support/use-case-bench.ts';

async function startDpi() {
  const frames: Buffer[] = [];
  const server = await startMllpServer({
    host: '127.0.0.1',
    port: 0,
    now: () => new Date(),
    newControlId: randomUUID,
    onRefused: () => undefined,
    onFrame: async (frame) => {
      frames.push(Buffer.from(frame));
      const header = salvageHeader(frame);
      return header && buildAck(header, 'accepted', { now: new Date(), controlId: randomUUID() });
    },
  });
  return { frames, port: server.port, close: () => server.close() };
}

test('from the mailbox to the DPI', async (t) => {
  const dpi = await startDpi();
  t.after(() => dpi.close());
  const demonstration = await startTestDemonstration({
    adjust: (config) => ({
      ...config,
      incomingMail: {
        ...config.incomingMail,
        everyMs: 300,
        routes: (config.incomingMail?.routes ?? []).map((route) => ({ ...route, port: dpi.port })),
      },
    }),
  });
  t.after(() => demonstration.stop());
  const { control, address } = demonstration.runtime.imap ?? assert.fail('no mail server');
  const drop = async (raw: Buffer): Promise<void> => {
    const response = await fetch(`${control}/mails`, {
      method: 'POST',
      body: JSON.stringify({ address, raw: raw.toString('base64') }),
    });
    assert.deepEqual(await response.json(), { delivered: true });
  };
  // Qualified through the doors first, like any patient.
  const admission = buildAdmission({
    from: { application: 'GAM', facility: 'CH-DEMO' },
    to: { application: 'TRAITDUNION', facility: 'CH-DEMO' },
    controlId: randomUUID(),
    sentAt: '20261123090000+0100',
    event: 'A01',
    visit: { patientClass: 'I', number: 'S1' },
    patient: { ...PAT_TROIS, ipp: 'MSS-1', birthGivenNames: 'DOMINIQUE' },
  });
  assert.equal((await demonstration.send(admission)).code, 'AA');
  await until('qualified', async () => ((await demonstration.patient('MSS-1'))?.status === 'QUAL' ? true : undefined));
  const same = { traits: { birthGivenNames: 'DOMINIQUE' } };
  await drop(xdmMail(same));
  const frame = await until('handed over', async () => dpi.frames.find((each) => each.includes('MDM^T02')));
  const er7 = frame.toString('utf8');
  assert.match(er7, /\|1\.1\^CISIS_CDA_HL7_LPS/);
  assert.ok(er7.includes(`${PAT_TROIS_INS.matricule}^^^ASIP-SANTE-INS-NIR&${PAT_TROIS_INS.oid}&ISO^INS`));
  assert.ok(er7.includes(cdaOf(same).toString('base64')));
  const stored = async (state: string) =>
    (await demonstration.pool.query('select 1 from incoming_mail where state = $1', [state])).rowCount || undefined;
  await until('done', () => stored('done'));
  // The mail has left the folder that is read.
  const listed = await fetch(`${control}/mails/list`, { method: 'POST', body: JSON.stringify({ address }) });
  const { folders } = (await listed.json()) as { folders: { name: string; mails: unknown[] }[] };
  assert.deepEqual(
    folders.map(({ name, mails }) => [name, mails.length]),
    [
      ['INBOX', 0],
      ['Traites', 1],
    ],
  );
  // Another person under the same INS: a person decides.
  await drop(xdmMail({ ...same, uniqueId: '1.2.250.1.999.1.1.43', traits: { ...same.traits, birthName: 'AUTRE' } }));
  await until('on the desk', () => stored('desk'));
  // The operator is away, then back.
  await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ fault: 'down' }) });
  await until(
    'away',
    async () =>
      (await demonstration.pool.query('select 1 from mailbox where failing_since is not null')).rowCount || undefined,
  );
  await fetch(`${control}/faults`, { method: 'DELETE' });
  await drop(xdmMail({ ...same, uniqueId: '1.2.250.1.999.1.1.44' }));
  await until(
    'handed over after the return',
    async () => dpi.frames.filter((each) => each.includes('MDM^T02')).length === 2 || undefined,
  );
});
