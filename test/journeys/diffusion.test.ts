/** Other software hears of identities over its real wire: MLLP, mutual TLS, while it is there and after it was away. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { startReceiver } from '../../src/cli/receiver.fixture.ts';
import { readAdmission } from '../../src/wire/hl7v2/admission.ts';
import { judge } from '../../src/wire/hl7v2/judge.fixture.ts';
import { parseMessage } from '../../src/wire/hl7v2/message.ts';
import type { MllpServer } from '../../src/wire/hl7v2/mllp-server.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { qualified } from './waiting.fixture.ts';

interface Heard {
  readonly event: string;
  readonly ins: string | undefined;
  readonly withdrawn: readonly string[];
  readonly status: string | undefined;
}

describe('a subscriber over its real wire', () => {
  let place: Place;
  let receiver: MllpServer;
  let demonstration: Demonstration;
  const frames: Buffer[] = [];

  async function listen(port?: number): Promise<MllpServer> {
    const { server, caPem } = place.pki;
    const [cert, key] = await Promise.all([readFile(server.certFile, 'utf8'), readFile(server.keyFile, 'utf8')]);
    return startReceiver(frames, { tls: { ca: caPem, cert, key }, ...(port === undefined ? {} : { port }) });
  }

  before(async () => {
    place = await openPlace();
    receiver = await listen();
    const { caFile, authCli } = place.pki;
    demonstration = await startTestDemonstration({
      place,
      adjust: (config) => ({
        ...config,
        diffusion: {
          everyMs: 50,
          subscribers: [
            {
              name: 'DPI',
              application: 'DPI',
              facility: 'CH-DEMO',
              host: '127.0.0.1',
              port: receiver.port,
              certificate: { ca: caFile, cert: authCli.certFile, key: authCli.keyFile },
              retry: { firstMs: 100, maxMs: 300 },
            },
          ],
        },
      }),
    });
  });
  after(async () => {
    await demonstration?.stop();
    await receiver?.close();
    await place?.remove();
  });

  /** What was heard of the patient, in order. */
  function heard(): Heard[] {
    return frames.flatMap((frame) => {
      const message = parseMessage(frame);
      const read = message.ok ? readAdmission(message.value) : message;
      assert.ok(read.ok);
      const { event, patient } = read.value;
      if (!patient.ipps.some(({ value }) => value === PAT_TROIS.ipp)) return [];
      const { ins, withdrawnIns, identityStatus } = patient;
      return { event, ins: ins?.matricule, withdrawn: withdrawnIns, status: identityStatus };
    });
  }

  test('it is given the INS once the identity is qualified', async (t) => {
    assert.equal((await demonstration.send(admission(PAT_TROIS).bytes)).code, 'AA');
    await qualified(demonstration, PAT_TROIS.ipp);
    await until('the INS told', async () => heard().find(({ ins }) => ins !== undefined));
    assert.equal(heard()[0]?.event, 'A28');
    const last = heard().at(-1);
    assert.deepEqual([last?.ins, last?.status], [PAT_TROIS.matricule, 'VALI']);
    const frame = frames.at(-1);
    assert.ok(frame);
    const seen = judge(t, frame);
    if (seen !== undefined)
      assert.equal(seen.find(([name]) => name === 'PID')?.[5], 'PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L');
  });

  test('away when the qualification is lost, it is told of the withdrawal when it is back, and nothing else waits for it', async () => {
    const before = heard().length;
    await receiver.close();
    const { id } = (await demonstration.patient(PAT_TROIS.ipp)) ?? {};
    const doubt = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' };
    assert.equal((await demonstration.api('POST', `/patients/${id}/status`, doubt)).status, 200);
    await until('a failure seen', async () => {
      const { body } = await demonstration.api('GET', '/subscribers');
      return JSON.stringify(body).includes('ECONNREFUSED') ? true : undefined;
    });
    const other = { ...PAT_TROIS, ipp: 'J-AUTRE', birthName: 'PARCOURS AUTRE' };
    assert.equal((await demonstration.send(admission(other).bytes)).code, 'AA');

    receiver = await listen(receiver.port);
    await until('the withdrawal told', async () => heard().find(({ withdrawn }) => withdrawn.length > 0));
    assert.deepEqual(heard().slice(before), [
      { event: 'A31', ins: undefined, withdrawn: [PAT_TROIS.oid], status: 'PROV' },
    ]);
    await until('the queue empty', async () => {
      const { body } = await demonstration.api('GET', '/subscribers/DPI/messages?shown=waiting');
      return JSON.stringify(body).includes('"items":[]') ? true : undefined;
    });
  });
});
