/** INSi is away: admissions go on, documents wait with the reason, and everything leaves by itself when it is back. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allCircuits } from '../../src/store/circuits.ts';
import { type Demonstration, type Fault, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { asInsiKnows, person } from './people.fixture.ts';
import { documentIn, patientWhere, qualified } from './waiting.fixture.ts';

const FAULTS: readonly { fault: Fault; rule: string }[] = [
  { fault: 'down', rule: 'TDU-INSI-016' },
  { fault: 'http-500', rule: 'TDU-INSI-018' },
  { fault: 'soap-fault', rule: 'TDU-INSI-011' },
  { fault: 'reset', rule: 'TDU-INSI-017' },
  { fault: 'lost-answer', rule: 'TDU-INSI-017' },
];

describe('INSi is away', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.insi.post('/identities', asInsiKnows(...FAULTS.map((_, index) => person(index)), person(20)));
  });
  after(() => demonstration?.stop());

  async function circuit(): Promise<string | undefined> {
    return (await allCircuits(demonstration.pool)).find(({ service }) => service === 'INSi')?.state;
  }

  for (const [index, { fault, rule }] of FAULTS.entries()) {
    test(`${fault}: admitted at once, waiting for ${rule}, then qualified and accepted`, async () => {
      const patient = person(index);
      await demonstration.insi.set(fault);
      const started = Date.now();
      assert.equal((await demonstration.send(admission(patient).bytes)).code, 'AA');
      assert.ok(Date.now() - started < 1_000, 'an admission never waits for INSi');
      const known = await patientWhere(demonstration, patient.ipp, `stopped by ${rule}`, (each) => {
        return each.insi.reason?.rule === rule;
      });
      assert.equal(known.status, 'VALI');
      const letter = await pdfMessage(patient);
      assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
      const waiting = await documentIn(demonstration, letter.controlId, 'waiting', rule);
      assert.match(waiting.reason?.remedy ?? '', /automatiquement/);
      assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);

      await demonstration.insi.clear();
      await qualified(demonstration, patient.ipp);
      await documentIn(demonstration, letter.controlId, 'accepted');
      assert.equal((await demonstration.held({ matricule: patient.matricule })).length, 1);
      assert.equal(await circuit(), 'closed');
    });
  }

  test('the circuit opens, nobody else is asked for, and one probe closes it', async () => {
    await demonstration.insi.set('http-500');
    for (const patient of [person(20), person(21), person(22)]) {
      await demonstration.send(admission(patient).bytes);
    }
    await until('circuit open', async () => ((await circuit()) === 'closed' ? undefined : true));
    await demonstration.insi.clear();
    await qualified(demonstration, person(20).ipp);
    assert.equal(await circuit(), 'closed');
  });
});
