/** The client of this product before the simulator: two readings of one fact sheet, written apart, must meet on the wire. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Oid } from '../../ins/types.ts';
import { createDmpClient, type Dmp } from '../../wire/dmp/client.ts';
import type { DmpAnswer } from '../../wire/dmp/outcome.ts';
import type { SoapTransport } from '../../wire/soap/transport.ts';
import type { Acting } from '../../wire/vihf/acting.ts';
import { lps, qualifiedPatient, sentPatient, submission } from '../../wire/xds/submission.fixture.ts';
import { createSigner } from '../../wire/xml/signer.ts';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { certificates, EG, EJ, PERSON } from './certificates.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { freshUniqueId, NOW } from './message.fixture.ts';

const patient = qualifiedPatient();
const INDIRECT: Acting = {
  structure: { id: `1${EG}`, name: 'Hôpital fictif' },
  sector: 'SA01',
  responsible: { id: PERSON, name: 'DAVID Charles' },
};
const READER: Acting = {
  ...INDIRECT,
  roles: [
    { code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' },
    { code: 'SM26', system: '1.2.250.1.71.4.2.5', label: 'Qualifié en Médecine Générale (SM)' },
  ],
  session: { mode: 'INDIRECTE_RENFORCEE', means: 'SmartcardPKI', loggedInAt: new Date('2026-11-23T08:00:00Z') },
};

/** `enforceRights: false`: the simulator has the last word. With the card, both its keys are used. */
function clientOf(dmp: TestDmp, { card } = { card: false }): Dmp {
  const { sign, client, cardSign, cardAuth } = certificates();
  const [connecting, signing] = card ? [cardAuth, cardSign] : [client, sign];
  const signer = createSigner({ certPem: signing.pem, keyPem: signing.keyPem });
  const transport: SoapTransport = {
    post: async ({ path, contentType, body }) => {
      const answer = await dmp.send({
        method: 'POST',
        path: `/si-dmp-server/v2/services${path}`,
        headers: { 'content-type': contentType },
        body: Buffer.concat(body),
        peer: {
          commonName: card ? PERSON : 'AUTH_CLI',
          organizationalUnits: card ? [] : [`1${EJ}`],
          subject: connecting.subject,
          certificate: connecting.der,
        },
      });
      return { kind: 'answered', status: answer.status, contentType: answer.contentType, body: answer.bytes };
    },
    close: async () => undefined,
  };
  return createDmpClient({
    transport,
    baseUrl: 'https://dmp.test/si-dmp-server/v2/services',
    signer: async () => signer,
    lps,
    sourceId: '1.2.250.1.999.1.1.1',
    now: () => NOW,
    uuid: randomUUID,
    timeouts: { questionMs: 1_000, submissionMs: 1_000 },
    vihfLifetimeMs: 0,
    enforceRights: false,
  });
}

function value<T>(answer: DmpAnswer<T>): T {
  assert.equal(answer.kind, 'answered', JSON.stringify(answer));
  return answer.value;
}

const setHeader = () => ({ ...submission, uniqueId: freshUniqueId() as Oid, submissionTime: '20261123100000' });

test('search, sets, associations and retrieval: what the client asks is understood, what is answered is read', async (t) => {
  const dmp = await openTestDmp(t);
  const client = clientOf(dmp);
  const held = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT'] });
  const [document] = value(
    await client.findDocuments(
      patient,
      {
        statuses: ['Approved'],
        typeCodes: [{ code: '34112-3', system: '2.16.840.1.113883.6.1' }],
        authorPersons: ['%^DAVID^%'],
        creationTime: { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-21T00:00:00Z') },
      },
      READER,
    ),
  );
  assert.equal(document?.entryUuid, held.entryUUID);
  const [set] = value(
    await client.findSubmissionSets(patient, { statuses: ['Approved'], authorPerson: `${PERSON}%` }, READER),
  );
  assert.ok(set);
  const links = value(await client.getAssociations(patient, [set.entryUuid], READER));
  assert.equal(links.length, 3);
  const fedSince = { statuses: ['Approved'] as const, submissionTime: { from: new Date('2026-11-23T00:00:00Z') } };
  const byDate = value(await client.findFedDocuments(patient, { ...fedSince, statuses: ['Approved'] }, READER));
  assert.ok(byDate.some(({ entryUuid }) => entryUuid === held.entryUUID));
  const wanted = { uniqueId: held.uniqueId, repositoryUniqueId: '1.2.250.1.213.4.1.1.1.2', hash: held.hash };
  const [retrieved] = value(await client.retrieve(patient, [wanted], READER));
  assert.equal(retrieved?.kind, 'retrieved');
  assert.equal(createHash('sha1').update(retrieved.document.bytes).digest('hex'), held.hash);
  const unknown = await client.retrieve(patient, [{ ...wanted, uniqueId: '1.2.3' }], READER);
  assert.match(JSON.stringify(unknown), /XDSDocumentUniqueIdError/);
  assert.equal((await client.retrieve(patient, [wanted], INDIRECT)).kind, 'failed');
});

test('visibility, archive and deletion, each seen by the next question', async (t) => {
  const dmp = await openTestDmp(t);
  const client = clientOf(dmp);
  const held = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT'] });
  const current = () => dmp.holdings.byUniqueId(held.uniqueId);
  const change = (invisibleToPatient: boolean, maskedFromProfessionals: boolean) =>
    client.changeVisibility(
      {
        ...setHeader(),
        patient,
        entryUuid: current()?.entryUUID ?? '',
        invisibleToPatient,
        maskedFromProfessionals,
        invisibleToLegalGuardians: false,
      },
      READER,
    );
  const outcome = await change(false, false);
  assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
  assert.equal((await change(false, true)).kind, 'accepted');
  assert.equal((await change(true, false)).kind, 'not-sent');
  assert.equal(current()?.version, 3);
  const archive = (archived: boolean) =>
    client.archive({ ...setHeader(), patient, entryUuid: current()?.entryUUID ?? '', archived }, READER);
  assert.equal((await archive(true)).kind, 'accepted');
  assert.equal((await archive(false)).kind, 'accepted');
  const deletion = { ...setHeader(), patient: sentPatient(), entryUuid: current()?.entryUUID ?? '' };
  assert.equal((await client.remove({ ...deletion, status: 'Approved' }, INDIRECT)).kind, 'accepted');
  assert.deepEqual(dmp.stats().byTransaction, {
    'TD2.1': 1,
    'TD3.1b': 5,
    'TD3.3a': 1,
    'TD3.3b': 1,
    'TD3.3c': 1,
    'TD3.3d': 2,
  });
});

test('authorisations, lists, administrative data and the search of regulation', async (t) => {
  const dmp = await openTestDmp(t);
  const client = clientOf(dmp);
  await dmp.control('POST /patients', {
    matricule: MATRICULE,
    oid: INS_OID,
    state: 'active',
    authorisation: 'NON_EXISTE',
    oppositions: ['centre_15'],
    traits: { birthName: 'PAT-TROIS', firstGivenName: 'DOMINIQUE', sex: 'F', birthDate: '1979-03-28' },
  });
  const exists = async () => value(await client.existence(patient, READER));
  const before = await exists();
  assert.ok(before.state === 'active' && before.authorisation !== 'valid');
  const added = value(await client.setAuthorization(patient, { action: 'AJOUT', treatingPhysician: true }, READER));
  assert.equal(added.context, '');
  const after = await exists();
  assert.ok(after.state === 'active' && after.authorisation === 'valid' && after.treatingPhysician);
  const [professional] = value(await client.authorizations(patient, 'ACTIVE', READER));
  assert.deepEqual([professional?.id, professional?.treatingPhysician], [PERSON, true]);
  const [record] = value(await client.patientList({}, READER));
  assert.equal(record?.ins.matricule, MATRICULE);
  const data = value(await client.administrativeData(patient, READER));
  assert.ok(data.state === 'active' && data.opposesRegulation && data.opposesEmergencyOpening === false);
  const regulation: Acting = { ...READER, purpose: { code: 'centre_15' } };
  const [proposal] = value(await client.findWithoutIns({ family: 'PAT-TROIS', sex: 'F' }, regulation));
  assert.deepEqual([proposal?.ins.matricule, proposal?.score, proposal?.opposesRegulation], [MATRICULE, 100, true]);
});

test('a card reads in the name of its holder, and of nobody else', async (t) => {
  const dmp = await openTestDmp(t);
  const held = await fed(dmp);
  const client = clientOf(dmp, { card: true });
  const direct: Acting = { ...READER, session: { mode: 'DIRECTE', means: 'SmartcardPKI' } };
  const documents = value(await client.findDocuments(patient, { statuses: ['Approved'] }, direct));
  assert.ok(documents.some(({ entryUuid }) => entryUuid === held.entryUUID));
  const other = { ...direct, responsible: { id: '809876543210', name: 'AUTRE Anne' } };
  const refused = await client.findDocuments(patient, { statuses: ['Approved'] }, other);
  assert.match(JSON.stringify(refused), /titulaire de la carte/);
});

test('access in an emergency tells its reason, a secret connection is understood as one', async (t) => {
  const dmp = await openTestDmp(t, { secretReading: true });
  const client = clientOf(dmp);
  const held = await fed(dmp, { visibilities: ['INVISIBLE_REPRESENTANTS_LEGAUX'] });
  const ids = async (acting: Acting) =>
    value(await client.findDocuments(patient, { statuses: ['Approved'] }, acting)).map(({ entryUuid }) => entryUuid);
  const emergency: Acting = { ...READER, purpose: { code: 'bris_de_glace', reason: 'Patient inconscient' } };
  assert.ok(!(await ids(emergency)).includes(held.entryUUID));
  assert.ok((await ids({ ...READER, secretConnection: true })).includes(held.entryUUID));
});
