/** What the DMP, or the patient, says: « non transmissible », or a refusal shown word for word. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, cdaMessage, cdaOf, newUniqueId, pdfMessage } from './messages.fixture.ts';
import { asInsiKnows, type Person, person } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

describe('the answers of the DMP', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
  });
  after(() => demonstration?.stop());

  async function qualifiedPatient(number: number, parts: Parameters<typeof admission>[1] = {}): Promise<Person> {
    const patient = person(number);
    await demonstration.insi.post('/identities', asInsiKnows(patient));
    await demonstration.send(admission(patient, parts).bytes);
    await qualified(demonstration, patient.ipp);
    return patient;
  }

  const dmpOf = ({ matricule, oid }: Person, state: 'open' | 'closed' | 'absent', authorisation = 'VALIDE') =>
    demonstration.dmp.post('/patients', { matricule, oid, state, authorisation });

  const answerTo = (documentId: string): Promise<Answer> =>
    until('answered', async () => (await demonstration.answers(documentId)).find(({ state }) => state === 'delivered'));

  for (const { state, rule, number } of [
    { state: 'absent', rule: 'TDU-FEED-021', number: 1 },
    { state: 'closed', rule: 'TDU-FEED-022', number: 2 },
  ] as const)
    test(`DMP ${state}: withdrawn, ZAM « N »; open later, a person takes it up again`, async () => {
      const patient = await qualifiedPatient(number);
      await dmpOf(patient, state);
      const sent = await pdfMessage(patient);
      await demonstration.send(sent.bytes);
      const document = await documentIn(demonstration, sent.controlId, 'withdrawn', rule);
      assert.match((await answerTo(document.id)).er7, new RegExp(`\\|${sent.controlId}\\|N\\^[^]*${rule}`));
      assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);
      await dmpOf(patient, 'open');
      assert.equal((await demonstration.api('POST', `/documents/${document.id}/ask-again`)).status, 202);
      await until('accepted', async () =>
        (await demonstration.documents(sent.controlId))[0]?.state === 'accepted' ? true : undefined,
      );
    });

  test('opposition of the patient (ZFA-9 « IO »): withdrawn, and the DMP is not even asked', async () => {
    const patient = await qualifiedPatient(3, { consent: { feeding: 'IO', consultation: 'NA' } });
    const asked = (await demonstration.dmp.stats()).total;
    const sent = await pdfMessage(patient);
    await demonstration.send(sent.bytes);
    const document = await documentIn(demonstration, sent.controlId, 'withdrawn', 'TDU-FEED-020');
    assert.match((await answerTo(document.id)).er7, new RegExp(`\\|${sent.controlId}\\|N\\^`));
    assert.equal((await demonstration.dmp.stats()).total, asked);
    const lifted = admission(patient, { event: 'A31', consent: { feeding: 'INO', consultation: 'IC' } });
    await demonstration.send(lifted.bytes);
    const next = await pdfMessage(patient);
    await demonstration.send(next.bytes);
    await documentIn(demonstration, next.controlId, 'accepted');
  });

  test('an opposition that comes while the document waits ends the wait', async () => {
    const patient = person(4);
    const provisional = { patient: { status: 'PROV' as const } };
    await demonstration.send(admission(patient, provisional).bytes);
    const sent = await pdfMessage(patient);
    await demonstration.send(sent.bytes);
    await documentIn(demonstration, sent.controlId, 'waiting', 'TDU-FEED-001');
    const opposed = admission(patient, {
      ...provisional,
      event: 'A31',
      consent: { feeding: 'IO', consultation: 'NA' },
    });
    await demonstration.send(opposed.bytes);
    await documentIn(demonstration, sent.controlId, 'withdrawn', 'TDU-FEED-020');
  });

  test('what the registry refuses is shown word for word, to the person and to the sender', async () => {
    const patient = await qualifiedPatient(5);
    await dmpOf(patient, 'open', 'INTERDIT');
    const sent = await pdfMessage(patient);
    await demonstration.send(sent.bytes);
    const document = await documentIn(demonstration, sent.controlId, 'refused');
    assert.match(document.reason?.rule ?? '', /^TDU-DMP-1\d\d$/);
    const words = 'L’accès de cette structure au DMP de ce patient est bloqué.';
    assert.equal(document.reason?.detail, `XDSRegistryError: ${words}`);
    assert.deepEqual(JSON.stringify(document.deliveries[0]?.lastOutcome).includes(words), true);
    const { er7 } = await answerTo(document.id);
    assert.ok(er7.includes(`|${sent.controlId}|N^`) && er7.includes(`XDSRegistryError^${words}^DMP_ERROR_CODE`), er7);
    assert.equal(er7.includes(patient.matricule), false);
    assert.deepEqual(await demonstration.held({ matricule: patient.matricule }), []);
  });

  test('a version number that the DMP holds already is refused by its own words', async () => {
    const patient = await qualifiedPatient(6);
    const [first, second] = [newUniqueId(), newUniqueId()];
    const original = cdaMessage(patient, cdaOf(patient, first), first);
    await demonstration.send(original.bytes);
    await documentIn(demonstration, original.controlId, 'accepted');
    const sameSet = cdaMessage(patient, cdaOf(patient, second, { setId: { root: first } }), second);
    await demonstration.send(sameSet.bytes);
    const document = await documentIn(demonstration, sameSet.controlId, 'refused');
    assert.match(document.reason?.detail ?? '', /^InvalidDocumentContent: CDA : ce numéro de version existe déjà/);
    assert.equal((await demonstration.held({ matricule: patient.matricule })).length, 1);
  });
});
