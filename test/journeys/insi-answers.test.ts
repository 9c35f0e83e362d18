/** What INSi answers, and the two proofs that make a qualified identity: in any order, and never one alone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_IPP_DOMAIN } from '../../src/demo/structure.ts';
import { type ApiAnswer, type Demonstration, type Patient, startTestDemonstration } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { asInsiKnows, type Person, person } from './people.fixture.ts';
import { documentIn, patientWhere, qualified } from './waiting.fixture.ts';

const CHECK = { documentType: 'CN', checkedAt: new Date().toISOString(), coherent: true };

describe('the answers of INSi', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
  });
  after(() => demonstration?.stop());

  const knows = (...people: readonly Person[]) => demonstration.insi.post('/identities', asInsiKnows(...people));
  const insiSays = (patient: Person, state: string): Promise<Patient> =>
    patientWhere(demonstration, patient.ipp, `INSi ${state}`, ({ insi }) => insi.state === state);

  async function act(patient: Person, action: string, body?: object): Promise<ApiAnswer> {
    const known = await patientWhere(demonstration, patient.ipp, 'known', () => true);
    return demonstration.api('POST', `/patients/${known.id}/${action}`, body);
  }

  async function admittedWithLetter(patient: Person, parts: Parameters<typeof admission>[1] = {}): Promise<string> {
    assert.equal((await demonstration.send(admission(patient, parts).bytes)).code, 'AA');
    const letter = await pdfMessage(patient);
    assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
    return letter.controlId;
  }

  test('01, nobody: the document waits for the admissions desk; corrected traits let it go', async () => {
    const typed = { ...person(1), birthDate: '1990-01-16' };
    await knows(person(1));
    const letter = await admittedWithLetter(typed);
    await insiSays(typed, 'not-found');
    const waiting = await documentIn(demonstration, letter, 'waiting', 'TDU-INSI-001');
    assert.equal(waiting.reason?.owner, 'bureau des entrées');
    await demonstration.send(admission(person(1), { event: 'A31' }).bytes);
    await qualified(demonstration, typed.ipp);
    // The letter itself still names the wrong date: promise 4 stops it.
    await documentIn(demonstration, letter, 'refused', 'TDU-DOC-044');
    const again = await pdfMessage(person(1));
    await demonstration.send(again.bytes);
    await documentIn(demonstration, again.controlId, 'accepted');
  });

  test('02, several: the document waits', async () => {
    const patient = { ...person(2), birthGivenNames: 'FICTIVE' };
    const twin = { ...person(3), birthName: patient.birthName, birthGivenNames: 'FICTIVE' };
    await knows(patient, twin);
    const letter = await admittedWithLetter(patient);
    await insiSays(patient, 'several');
    await documentIn(demonstration, letter, 'waiting', 'TDU-INSI-002');
    assert.equal((await demonstration.patient(patient.ipp))?.status, 'VALI');
  });

  test('00 with other traits: a discrepancy that a person settles, no INS kept', async () => {
    const patient = person(4);
    await knows({ ...patient, birthGivenNames: 'NOE FICTIVE' });
    const letter = await admittedWithLetter(patient);
    const { status, matricule } = await insiSays(patient, 'discrepancy');
    assert.deepEqual([status, matricule], ['VALI', undefined]);
    const waiting = await documentIn(demonstration, letter, 'waiting', 'TDU-ID-021');
    assert.equal(waiting.reason?.owner, 'identitovigilance');
    assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);
  });

  test('PROV is not asked by itself; search then check: RECUP, then QUAL', async () => {
    const patient = person(5);
    await knows(patient);
    const asked = (await demonstration.insi.stats()).total;
    const letter = await admittedWithLetter(patient, { event: 'A04', patient: { status: 'PROV' } });
    await documentIn(demonstration, letter, 'waiting', 'TDU-FEED-001');
    assert.equal((await demonstration.insi.stats()).total, asked);
    assert.equal((await act(patient, 'insi-search')).status, 202);
    const { matricule } = await patientWhere(demonstration, patient.ipp, 'RECUP', ({ status }) => status === 'RECUP');
    assert.equal(matricule, undefined, 'an INS that is not qualified is shown to nobody');
    await documentIn(demonstration, letter, 'waiting', 'TDU-FEED-002');
    assert.equal((await act(patient, 'identity-check', CHECK)).status, 200);
    await qualified(demonstration, patient.ipp);
    await documentIn(demonstration, letter, 'accepted');
  });

  test('PROV, check first: VALI, asked by itself, then QUAL', async () => {
    const patient = person(6);
    await knows(patient);
    const letter = await admittedWithLetter(patient, { patient: { status: 'PROV' } });
    await documentIn(demonstration, letter, 'waiting', 'TDU-FEED-001');
    assert.equal((await act(patient, 'identity-check', CHECK)).status, 200);
    await qualified(demonstration, patient.ipp);
    await documentIn(demonstration, letter, 'accepted');
  });

  test('a check that proves nothing changes nothing', async () => {
    const patient = person(7);
    await knows(patient);
    const letter = await admittedWithLetter(patient, { patient: { status: 'PROV' } });
    const licence = await act(patient, 'identity-check', { ...CHECK, documentType: 'PC' });
    assert.deepEqual([licence.status, /TDU-ID-03\d/.test(JSON.stringify(licence.body))], [422, true]);
    const contradicted = await act(patient, 'identity-check', { ...CHECK, coherent: false });
    assert.deepEqual([contradicted.status, /TDU-ID-032/.test(JSON.stringify(contradicted.body))], [409, true]);
    await documentIn(demonstration, letter, 'waiting', 'TDU-FEED-001');
    assert.equal((await demonstration.patient(patient.ipp))?.status, 'PROV');
  });

  test('no call of the API sets QUAL', async () => {
    const patient = person(7);
    for (const to of ['QUAL', 'RECUP']) {
      const { status, body } = await act(patient, 'status', { action: 'downgrade', to, reason: 'essai' });
      assert.equal(status, 400, JSON.stringify(body));
    }
    const upgraded = await act(patient, 'status', { action: 'downgrade', to: 'VALI', reason: 'essai' });
    assert.equal(upgraded.status, 409, JSON.stringify(upgraded.body));
  });

  test('« douteuse » stops everything until it is lifted and checked again', async () => {
    const patient = person(8);
    await knows(patient);
    await demonstration.send(admission(patient).bytes);
    await qualified(demonstration, patient.ipp);
    const doubt = { action: 'set-attribute', attribute: 'douteuse', reason: 'deux personnes possibles' };
    assert.equal((await act(patient, 'status', doubt)).status, 200);
    const doubtful = await patientWhere(demonstration, patient.ipp, 'PROV', ({ status }) => status === 'PROV');
    assert.equal(doubtful.matricule, undefined);
    const letter = await pdfMessage(patient);
    await demonstration.send(letter.bytes);
    await documentIn(demonstration, letter.controlId, 'waiting', 'TDU-ID-033');
    assert.equal((await act(patient, 'insi-search')).status, 409);
    assert.equal((await act(patient, 'status', { ...doubt, action: 'clear-attribute' })).status, 200);
    assert.equal((await act(patient, 'identity-check', CHECK)).status, 200);
    await qualified(demonstration, patient.ipp);
    await documentIn(demonstration, letter.controlId, 'accepted');
  });

  test('a downgrade makes the next document wait', async () => {
    const patient = person(9);
    await knows(patient);
    await demonstration.send(admission(patient).bytes);
    await qualified(demonstration, patient.ipp);
    assert.equal((await act(patient, 'status', { action: 'downgrade', to: 'PROV', reason: 'doute' })).status, 200);
    const letter = await pdfMessage(patient);
    await demonstration.send(letter.bytes);
    await documentIn(demonstration, letter.controlId, 'waiting', 'TDU-FEED-001');
    assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);
  });

  test('a second active identity with the same INS is blocked, and the first keeps it', async () => {
    const patient = person(10);
    const double = { ...patient, ipp: 'J-10-BIS' };
    await knows(patient);
    await demonstration.send(admission(patient).bytes);
    await qualified(demonstration, patient.ipp);
    const letter = await admittedWithLetter(double);
    const { status, matricule } = await insiSays(double, 'blocked');
    assert.deepEqual([status, matricule], ['VALI', undefined]);
    const waiting = await documentIn(demonstration, letter, 'waiting', 'TDU-ID-044');
    assert.equal(waiting.reason?.owner, 'identitovigilance');
    await qualified(demonstration, patient.ipp);
    assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);
  });

  test('a patient created by the API goes the same way', async () => {
    const patient = person(11);
    await knows(patient);
    const { ipp, matricule: _, oid: __, ...traits } = patient;
    const created = await demonstration.api('POST', '/patients', {
      ...traits,
      identifiers: [{ value: ipp, domain: DEMO_IPP_DOMAIN }],
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    assert.equal((await act(patient, 'identity-check', CHECK)).status, 200);
    await qualified(demonstration, ipp);
  });
});
