/** Hostile HL7 v2 messages at the door of a running gateway: no crash, no other patient changed, nothing left undone. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { admission } from '../journeys/messages.fixture.ts';
import { asInsiKnows, person } from '../journeys/people.fixture.ts';
import { qualified } from '../journeys/waiting.fixture.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { hl7Attacks } from './hostile-hl7.fixture.ts';

const VICTIM = person(51);
const ATTACKER = person(52);
const WITNESS = person(53);
const MAX_FRAME_BYTES = 3_000_000;

describe('Hostile HL7 v2', () => {
  let demonstration: Demonstration;
  let attackedAt: Date;
  before(async () => {
    demonstration = await startTestDemonstration({
      adjust: (config) => ({ ...config, mllp: { ...config.mllp, maxFrameBytes: MAX_FRAME_BYTES } }),
    });
    await demonstration.insi.post('/identities', asInsiKnows(VICTIM));
    for (const someone of [VICTIM, ATTACKER]) await demonstration.send(admission(someone).bytes);
    await qualified(demonstration, VICTIM.ipp);
    attackedAt = new Date();
  });
  after(() => demonstration.stop());

  /** What comes back for these bytes: up to the first end of frame, the close of the connection, or so long a silence. */
  function exchange(bytes: Buffer, silenceMs: number): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(demonstration.runtime.mllp.port, '127.0.0.1');
      let received = '';
      const end = (): void => {
        socket.destroy();
        resolve(received);
      };
      socket.setTimeout(silenceMs, end);
      socket.on('connect', () => socket.write(bytes));
      socket.on('data', (data) => {
        received += data.toString('utf8');
        if (received.includes('\x1c\r')) end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(received));
    });
  }

  function answerOf(received: string): string {
    const code = /\rMSA\|([A-Z]*)\|/.exec(received)?.[1];
    return code === undefined ? '' : `${code} ${/TDU-[A-Z0-9]+-\d{3}/.exec(received)?.[0] ?? ''}`;
  }

  async function victim(): Promise<string> {
    const { rows } = await demonstration.pool.query(
      `select identity.*, array(select value from identity_identifier where identity_id = identity.id order by value) as numbers
       from identity where matricule = $1`,
      [VICTIM.matricule],
    );
    const held = await demonstration.held({ matricule: VICTIM.matricule });
    return JSON.stringify({ rows, held: held.map(({ uniqueId, hash, status }) => [uniqueId, hash, status]) });
  }

  /** Until nothing is left to read or prepare: an attack must not come back for ever. */
  async function settled(): Promise<void> {
    await until('nothing left in the queue', async () => {
      const { rows } = await demonstration.pool.query<{ kind: string; attempts: number }>(
        `select kind, attempts from task where kind in ('message', 'document', 'deliver', 'release')`,
      );
      return rows.length === 0 ? true : undefined;
    });
  }

  test('attacks one after the other', async (t) => {
    const attacks = await hl7Attacks({ attacker: ATTACKER, victim: VICTIM });
    const untouched = await victim();
    assert.match(untouched, new RegExp(VICTIM.matricule));
    for (const { name, frame, answer } of attacks) {
      await t.test(name, async () => {
        const received = await exchange(frame, answer.test('') ? 300 : 10_000);
        assert.match(answerOf(received), answer);
        await settled();
        assert.equal(await victim(), untouched);
        assert.equal((await demonstration.send(admission(WITNESS, { event: 'A08' }).bytes)).code, 'AA');
      });
    }
  });

  test('a replayed message is acknowledged again and done once; a reused number is another message', async () => {
    const first = admission(WITNESS, { controlId: 'REJEU' });
    const other = admission(WITNESS, { controlId: 'REJEU', event: 'A08' });
    for (const { bytes } of [first, first, other]) assert.equal((await demonstration.send(bytes)).code, 'AA');
    const { rows } = await demonstration.pool.query(
      `select kind from inbound_message where control_id = 'REJEU' order by id`,
    );
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['ADT^A01', 'ADT^A08'],
    );
  });

  test('nobody was qualified by an attack, and nothing was sent for the attacker', async () => {
    await settled();
    const { rows } = await demonstration.pool.query<{ id: string; matricule: string | null }>(
      'select id, matricule from identity where created_at > $1',
      [attackedAt],
    );
    assert.ok(rows.length > 0);
    for (const { matricule } of rows) assert.equal(matricule, null);
    assert.deepEqual(await demonstration.held({ matricule: ATTACKER.matricule }), []);
  });
});
