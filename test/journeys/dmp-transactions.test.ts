/**
 * Every transaction of the client before the strict simulator: two programs written apart from the same fact sheet. A document
 * that the gateway fed (INDIRECTE) is then found, read, hidden, archived by its author (INDIRECTE_RENFORCEE).
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OTHER_ACTIVITY } from '../../src/codes/content-types.ts';
import { PERSON_ID_SYSTEM } from '../../src/codes/national-ids.ts';

import { DEMO_SENDER } from '../../src/demo/structure.ts';
import { parseOid } from '../../src/ins/oids.ts';
import type { QualifiedIdentity } from '../../src/ins/types.ts';
import { certificates } from '../../src/simulators/dmp/certificates.fixture.ts';
import type { Acting, Purpose } from '../../src/wire/vihf/acting.ts';
import { useStrictDmp } from '../support/strict-dmp.ts';
import { openBench } from '../support/use-case-bench.ts';

const ROLES = [
  { code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' },
  { code: 'SM26', system: '1.2.250.1.71.4.2.5', label: 'Qualifié en médecine générale (SM)' },
] as const;

/** Of the letters of the bench. */
const { id, family, given } = DEMO_SENDER;
const AUTHOR = { id, family, given };

/** A patient of the bench whose letter is in the DMP, and how the gateway signs for the two who act on it. */
async function fed(t: TestContext) {
  const bench = await openBench(t);
  const strict = await useStrictDmp(t, bench);
  let seen: { patient: QualifiedIdentity; acting: Acting } | undefined;
  const { compose } = bench.dmp;
  bench.dmp.compose = (submission, acting) => {
    seen = { patient: submission.documents[0].entry.patient, acting };
    return compose(submission, acting);
  };
  await bench.admit();
  await bench.settle();
  await bench.file();
  await bench.settle();
  assert.deepEqual(strict.refused, []);
  assert.ok(seen);
  const { patient, acting: structure } = seen;
  const session = { mode: 'INDIRECTE_RENFORCEE', means: 'MobileTwoFactorUnregistered' } as const;
  const physician = (purpose?: Purpose): Acting => ({
    ...structure,
    responsible: { id, name: `${family} ${given}` },
    roles: ROLES,
    session: { ...session, loggedInAt: bench.context.now() },
    ...(purpose === undefined ? {} : { purpose }),
  });
  return { bench, strict, dmp: strict.client, patient, structure, physician };
}

type Fed = Awaited<ReturnType<typeof fed>>;

/** What a question was answered; fails when it was not. */
function value<T>(
  answer: { kind: 'answered'; value: T } | { kind: 'failed'; refusal: { rule: { id: string }; detail?: string } },
): T {
  assert.ok(answer.kind === 'answered', JSON.stringify(answer));
  return answer.value;
}

/** The letter as the DMP lists it now; the signature documents of the sets apart. */
async function listed({ dmp, patient, physician }: Fed, status: 'Approved' | 'Archived' = 'Approved') {
  const found = value(await dmp.findDocuments(patient, { statuses: [status] }, physician()));
  return found.filter(({ formatCode }) => formatCode?.code !== 'http://www.w3.org/2000/09/xmldsig#');
}

test('a professional opens a DMP, finds the letter of the gateway and reads its very bytes', async (t) => {
  const site = await fed(t);
  const { bench, dmp, patient, structure, physician, strict } = site;
  const { ins } = patient;
  await strict.holdings.setPatient({ value: ins.matricule, oid: ins.oid, authorisation: 'NON_EXISTE' });
  const closed = await dmp.findDocuments(patient, { statuses: ['Approved'] }, physician());
  assert.equal(closed.kind, 'failed', 'nobody declared the authorisation');
  strict.refused.length = 0;

  value(await dmp.setAuthorization(patient, { action: 'AJOUT', treatingPhysician: true }, physician()));
  const existence = value(await dmp.existence(patient, physician()));
  assert.deepEqual(existence, { state: 'active', authorisation: 'valid', treatingPhysician: true });
  const [authorised] = value(await dmp.authorizations(patient, 'TOUTE', physician()));
  assert.deepEqual([authorised?.id, authorised?.treatingPhysician, authorised?.blocked], [AUTHOR.id, true, false]);
  const [open] = value(await dmp.patientList({}, physician()));
  assert.deepEqual([open?.ins, open?.treatingPhysician], [ins, true]);
  const managed = value(await dmp.administrativeData(patient, structure));
  assert.ok(managed.state === 'active' && managed.opposesEmergencyOpening === false);

  const [letter, ...others] = await listed(site);
  assert.ok(letter?.uniqueId !== undefined && letter.repositoryUniqueId !== undefined && others.length === 0);
  assert.equal(letter.typeCode?.code, '11490-0');
  const sent = await bench.document();
  assert.equal(letter.uniqueId, sent.uniqueId);
  const { uniqueId, repositoryUniqueId, hash = '' } = letter;
  const [retrieved] = value(await dmp.retrieve(patient, [{ uniqueId, repositoryUniqueId, hash }], physician()));
  assert.ok(retrieved?.kind === 'retrieved');
  assert.match(retrieved.document.bytes.toString('utf8'), /<ClinicalDocument/);

  const day = { from: new Date(bench.context.now().getTime() - 86_400_000) };
  const fedToday = value(
    await dmp.findFedDocuments(patient, { statuses: ['Approved'], submissionTime: day }, physician()),
  );
  assert.ok(fedToday.some(({ entryUuid }) => entryUuid === letter.entryUuid));
  const both = value(await dmp.getDocumentsAndAssociations(patient, 'EntryUUID', [letter.entryUuid], physician()));
  assert.ok(both.associations.some(({ type, target }) => type === 'HasMember' && target === letter.entryUuid));
  assert.deepEqual(strict.refused, []);

  value(await dmp.setAuthorization(patient, { action: 'SUPPRESSION' }, physician()));
  assert.equal((await dmp.existence(patient, physician())).kind, 'answered');
  assert.equal((await dmp.findDocuments(patient, { statuses: ['Approved'] }, physician())).kind, 'failed');
});

test('its author masks the letter, shows it again, archives it and takes it out', async (t) => {
  const site = await fed(t);
  const { dmp, patient, physician, strict } = site;
  const sets = value(await dmp.findSubmissionSets(patient, { statuses: ['Approved'] }, physician()));
  assert.equal(sets.length, 1);
  const header = {
    contentTypeCode: OTHER_ACTIVITY,
    author: { person: { ...AUTHOR, authority: PERSON_ID_SYSTEM, kind: 'D', idType: 'IDNPS' } },
    submissionTime: site.bench.context.now().toISOString().replace(/\D/g, '').slice(0, 14),
    title: 'Changement',
  } as const;
  let updates = 0;
  const update = async () => {
    updates += 1;
    const [letter] = [...(await listed(site)), ...(await listed(site, 'Archived'))];
    assert.ok(letter);
    const uniqueId = parseOid(`1.2.250.1.999.1.77.${updates}`);
    assert.ok(uniqueId.ok);
    const set = { ...header, uniqueId: uniqueId.value };
    return { ...set, patient, entryUuid: letter.entryUuid };
  };
  const codes = async () => (await listed(site)).map((each) => each.confidentialityCodes.map(({ code }) => code));
  const shown = { invisibleToPatient: false, invisibleToLegalGuardians: false };
  const masked = { ...shown, maskedFromProfessionals: true };
  const first = await update();
  assert.deepEqual(await dmp.changeVisibility({ ...first, ...masked }, physician()), {
    kind: 'accepted',
    warnings: [],
  });
  assert.deepEqual(await codes(), [['N', 'MASQUE_PS']]);
  const [hidden] = await listed(site);
  assert.deepEqual([hidden?.version, hidden?.logicalId === first.entryUuid], ['2', true]);
  const again = await update();
  assert.equal((await dmp.changeVisibility({ ...again, ...masked }, physician())).kind, 'accepted');
  assert.equal((await listed(site))[0]?.version, '2', 'it was so already: no third version');
  const unmasked = { ...(await update()), ...shown, maskedFromProfessionals: false };
  assert.equal((await dmp.changeVisibility(unmasked, physician())).kind, 'accepted');
  assert.deepEqual(await codes(), [['N']]);
  assert.equal((await dmp.archive({ ...(await update()), archived: true }, physician())).kind, 'accepted');
  assert.deepEqual([(await listed(site)).length, (await listed(site, 'Archived')).length], [0, 1]);
  assert.equal((await dmp.archive({ ...(await update()), archived: false }, physician())).kind, 'accepted');
  assert.equal((await listed(site)).length, 1);
  assert.deepEqual(strict.refused, []);
});

test('regulation finds a patient without INS; everybody else is refused before anything leaves', async (t) => {
  const { dmp, patient, structure, physician, strict } = await fed(t);
  const { ins } = patient;
  const traits = { birthName: 'PAT-TROIS', firstGivenName: 'DOMINIQUE', sex: 'F', birthDate: '1979-03-28' } as const;
  await strict.holdings.setPatient({ value: ins.matricule, oid: ins.oid, traits });
  const found = value(await dmp.findWithoutIns({ family: 'PAT-TROIS' }, physician({ code: 'centre_15' })));
  assert.deepEqual(
    found.map((each) => each.ins),
    [ins],
  );
  const stopped = await dmp.findWithoutIns({ family: 'PAT-TROIS' }, physician());
  assert.ok(stopped.kind === 'failed' && stopped.refusal.rule.id === 'TDU-DMP-015');
  const indirect = await dmp.findDocuments(patient, { statuses: ['Approved'] }, structure);
  assert.ok(indirect.kind === 'failed' && indirect.refusal.rule.id === 'TDU-DMP-014');
  assert.deepEqual(strict.refused, []);
});

test('by the card of a person, in direct mode: feeding and reading with one caller', async (t) => {
  const { authority, cardSign, cardAuth } = certificates();
  const pemOf = ({ pem: certPem, keyPem }: typeof cardSign) => ({ certPem, keyPem });
  const bench = await openBench(t, (config) => {
    assert.ok(config.dmp);
    return { ...config, dmp: { ...config.dmp, responsible: AUTHOR, direct: { roles: [...ROLES] } } };
  });
  const keys = { caPem: authority.pem, sign: pemOf(cardSign), authCli: pemOf(cardAuth) };
  const strict = await useStrictDmp(t, bench, keys);
  await bench.admit();
  await bench.settle();
  let seen: { patient: QualifiedIdentity; acting: Acting } | undefined;
  const { compose } = bench.dmp;
  bench.dmp.compose = (submission, acting) => {
    seen = { patient: submission.documents[0].entry.patient, acting };
    return compose(submission, acting);
  };
  await bench.file();
  await bench.settle();
  assert.deepEqual([(await bench.document()).state, strict.refused], ['accepted', []]);
  assert.ok(seen);
  assert.equal(seen.acting.session?.mode, 'DIRECTE');
  const found = value(await strict.client.findDocuments(seen.patient, { statuses: ['Approved'] }, seen.acting));
  assert.ok(found.some(({ typeCode }) => typeCode?.code === '11490-0'));
});
