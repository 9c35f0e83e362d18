/** A document left under the INS of another person: out of the old DMP, into the right one, over real wires. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { issueToken } from '../../src/api/tokens.ts';
import { matriculeKey } from '../../src/ins/matricule.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { asInsiKnows, type Person, person } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

/** Whom INSi names for the traits as they were typed, and who the patient is: they differ by the place of birth. */
const OTHER = person(30);
const NUMBER = '2900169123930';
const PATIENT: Person = {
  ...OTHER,
  birthPlace: '69123',
  matricule: `${NUMBER}${String(matriculeKey(NUMBER)).padStart(2, '0')}`,
};

const view = z.object({
  id: z.string(),
  state: z.string(),
  count: z.number().nullable(),
  report: z.object({ deleted: z.number(), sentAgain: z.number(), remaining: z.array(z.string()) }).optional(),
});

describe('recall of a document sent under the INS of another person', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration({
      adjust: (config) => ({ ...config, recalls: { lookEveryMs: 200 } }),
    });
  });
  after(() => demonstration?.stop());

  const statuses = async (matricule: string): Promise<string[]> =>
    (await demonstration.held({ matricule })).map(({ status }) => status);

  async function asSecondPerson(path: string, body: object): Promise<number> {
    const grant = { name: 'seconde-personne', role: 'identitovigilance', eg: null, now: new Date() } as const;
    const token = await issueToken(demonstration.pool, grant);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(`${demonstration.runtime.api}${path}`, request)).status;
  }

  test('two people later the old DMP has lost it and the right one has it', async () => {
    await demonstration.insi.post('/identities', asInsiKnows(OTHER));
    await demonstration.send(admission(OTHER).bytes);
    const { id: patientId } = await qualified(demonstration, OTHER.ipp);
    const letter = await pdfMessage(OTHER);
    assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
    const sent = await documentIn(demonstration, letter.controlId, 'accepted');
    assert.deepEqual(await statuses(OTHER.matricule), ['Approved']);

    await demonstration.insi.post('/identities', asInsiKnows(PATIENT));
    const opened = await demonstration.api('POST', `/patients/${patientId}/recalls`, {
      reason: 'le patient est né ailleurs',
      decision: { decision: 'wrong-person', explanation: 'homonyme né le même jour' },
    });
    assert.equal(opened.status, 201);
    const { id } = view.parse(opened.body);
    const corrected = await demonstration.api('POST', `/patients/${patientId}/traits`, {
      birthPlace: PATIENT.birthPlace,
      unlock: true,
      device: { documentType: 'CN', checkedAt: new Date().toISOString() },
      reason: 'carte nationale d’identité présentée',
    });
    assert.equal(corrected.status, 200, JSON.stringify(corrected.body));
    await qualified(demonstration, OTHER.ipp);
    const prepared = await demonstration.api('POST', `/recalls/${id}/prepare`, {});
    assert.deepEqual([prepared.status, view.parse(prepared.body).count], [200, 1]);
    const alone = await demonstration.api('POST', `/recalls/${id}/approve`, { count: 1 });
    assert.equal(alone.status, 403);
    assert.deepEqual(await statuses(OTHER.matricule), ['Approved'], 'nothing left for one person');

    assert.equal(await asSecondPerson(`/recalls/${id}/approve`, { count: 1 }), 200);
    const done = await until('recall done and its document in the right DMP', async () => {
      const recall = view.parse((await demonstration.api('GET', `/recalls/${id}`)).body);
      return recall.state === 'done' && recall.report?.sentAgain === 1 ? recall : undefined;
    });
    assert.equal(done.report?.deleted, 1);
    assert.deepEqual(await statuses(OTHER.matricule), ['Deleted']);
    assert.deepEqual(await statuses(PATIENT.matricule), ['Approved']);
    const [held] = await demonstration.held({ matricule: PATIENT.matricule });
    assert.notEqual(held?.uniqueId, sent.uniqueId, 'XDS holds a uniqueId once for ever');
  });
});
