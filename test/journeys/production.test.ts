/** What the configuration decides at the door: a production installation, declared senders, their certificates. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { admission, pdfMessage, type Sent } from './messages.fixture.ts';
import { PAT_TROIS, person } from './people.fixture.ts';
import { patientWhere, untouchable } from './waiting.fixture.ts';

/** `sender` is the demonstration's certificate `GAM-DEMO`; the DPI is declared under another one. */
function production(config: ConfigInput): ConfigInput {
  const [anyone] = config.sources;
  const { insi, dmp } = config;
  if (anyone === undefined || insi === undefined || dmp === undefined) throw new Error('the demonstration has them');
  const declared = (application: string, certificateName?: string) => ({
    ...anyone,
    application,
    ...(certificateName === undefined ? {} : { certificateName }),
  });
  return {
    ...config,
    installation: 'production',
    acceptedInsOids: ['1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9'],
    sources: [declared('GAM-DEMO'), declared('GAM-TEST', 'GAM-DEMO'), declared('DPI-TEST', 'AUTRE-DPI')],
    insi: { ...insi, authorisation: 'HOPITAL-0001' },
    dmp: { ...dmp, homologation: 'HOPITAL-0001' },
    // The demonstration's provider sends browsers back in clear, which no production does.
    signIn: {},
  };
}

describe('a production installation', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration({ adjust: production, settled: false });
  });
  after(() => demonstration?.stop());

  async function refused(sent: Sent, code: string, rule: string): Promise<void> {
    const before = await untouchable(demonstration);
    const ack = await demonstration.send(sent.bytes);
    assert.deepEqual([ack.code, ack.controlId, ack.rule], [code, sent.controlId, rule]);
    const kept = (await demonstration.stoppedMessages()).find((one) => one.messageControlId === sent.controlId);
    assert.deepEqual([kept?.state, kept?.reason.rule], ['refused', rule]);
    assert.deepEqual(await untouchable(demonstration), before);
  }

  test('takes production messages', async () => {
    const sent = admission(person(1), { processingId: 'P' });
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    await patientWhere(demonstration, person(1).ipp, 'known', () => true);
  });

  for (const processingId of ['T', 'D'] as const)
    test(`refuses the processing id ${processingId}`, () =>
      refused(admission(person(2), { processingId }), 'AE', 'TDU-HL7-022'));

  test('refuses an application that nobody declared', () =>
    refused(
      admission(person(2), { processingId: 'P', from: { application: 'INCONNU', facility: 'CH-DEMO' } }),
      'AR',
      'TDU-SYS-003',
    ));

  test('refuses an application behind the certificate of another', async () =>
    refused(await pdfMessage(PAT_TROIS, { processingId: 'P' }), 'AR', 'TDU-SYS-004'));

  test('refuses in plain an application that has a certificate', async () => {
    const sent = admission(person(2), { processingId: 'P' });
    const ack = await demonstration.sendPlain(sent.bytes, 5_000);
    assert.deepEqual([ack?.code, ack?.rule], ['AR', 'TDU-SYS-004']);
  });
});
