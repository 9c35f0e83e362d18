import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { EG, PERSON } from './certificates.fixture.ts';
import { fed } from './feeder.fixture.ts';
import type { DmpSimulatorOptions } from './options.ts';
import { find, GET, listed, packageOf, query, registry, retrieve } from './query.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });

function setPatient(dmp: TestDmp, change: object): Promise<unknown> {
  return dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state: 'active', ...change });
}

async function reads(dmp: TestDmp, uniqueId: string, recipe = AIR): Promise<boolean> {
  const { envelope, parts } = packageOf(await retrieve(dmp, [uniqueId], recipe));
  if (parts.size === 0) assert.match(envelope, /XDSDocumentUniqueIdError/);
  return parts.size === 1;
}

test('a masked document is for its author alone; the treating physician sees that it is there', async (t) => {
  const dmp = await openTestDmp(t);
  const own = await fed(dmp, { visibilities: ['MASQUE_PS'] });
  const other = await fed(dmp, { elsewhere: true, visibilities: ['MASQUE_PS'] });
  const open = await fed(dmp, { elsewhere: true });
  assert.deepEqual(await listed(dmp, AIR), [own.uniqueId, open.uniqueId]);
  assert.deepEqual(
    [await reads(dmp, own.uniqueId), await reads(dmp, other.uniqueId), await reads(dmp, open.uniqueId)],
    [true, false, true],
  );
  await setPatient(dmp, { grants: [{ holder: PERSON, treatingPhysician: true }] });
  assert.deepEqual(await listed(dmp, AIR), [own.uniqueId, other.uniqueId, open.uniqueId]);
  assert.equal(await reads(dmp, other.uniqueId), false);
  const lenient = await openTestDmp(t, { treatingPhysicianReadsMasked: true });
  const masked = await fed(lenient, { elsewhere: true, visibilities: ['MASQUE_PS'] });
  assert.equal(await reads(lenient, masked.uniqueId), false);
  await setPatient(lenient, { grants: [{ holder: PERSON, treatingPhysician: true }] });
  assert.equal(await reads(lenient, masked.uniqueId), true);
});

test('masked documents of others stay hidden by their ids too; those of one’s structure can be found again', async (t) => {
  const dmp = await openTestDmp(t);
  const own = await fed(dmp, { visibilities: ['MASQUE_PS'] });
  const other = await fed(dmp, { elsewhere: true, visibilities: ['MASQUE_PS'] });
  const ask = (uniqueId: string) => registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }));
  assert.ok((await ask(own.uniqueId)).body.includes(own.entryUUID));
  assert.ok(!(await ask(other.uniqueId)).body.includes(other.entryUUID));
});

test('what patient and representatives must not see is hidden from them, not from professionals', async (t) => {
  const dmp = await openTestDmp(t);
  const plain = await fed(dmp);
  const announced = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT'] });
  const secret = await fed(dmp, { visibilities: ['INVISIBLE_REPRESENTANTS_LEGAUX'] });
  const seenBy = async (viewer: string) =>
    JSON.stringify(await dmp.control('POST /documents/search', { matricule: MATRICULE, viewer }));
  const [patient, representative] = [await seenBy('patient'), await seenBy('representative')];
  const sees = (text: string) => [plain, announced, secret].map(({ uniqueId }) => text.includes(`"${uniqueId}"`));
  assert.deepEqual(sees(patient), [true, false, true]);
  assert.deepEqual(sees(representative), [true, false, false]);
  const all = [plain, announced, secret].map(({ uniqueId }) => uniqueId);
  assert.deepEqual(await listed(dmp, AIR), all);
});

test('hidden from representatives: fed by a secret connection, read by one where the operator says so', async (t) => {
  const dmp = await openTestDmp(t, { secretReading: true });
  const { uniqueId } = await fed(dmp, { visibilities: ['INVISIBLE_REPRESENTANTS_LEGAUX'] });
  assert.deepEqual(await listed(dmp, AIR), []);
  assert.equal(await reads(dmp, uniqueId), false);
  const secret = as({ mode: 'INDIRECTE_RENFORCEE', secret: true });
  assert.deepEqual(await listed(dmp, secret), [uniqueId]);
  assert.equal(await reads(dmp, uniqueId, secret), true);
  const openly = fed(dmp, { visibilities: ['INVISIBLE_REPRESENTANTS_LEGAUX'], by: { secret: false } });
  await assert.rejects(openly, /EX_2\.1-1050/);
  const lenient = await openTestDmp(t, { secretFeed: false });
  await fed(lenient, { visibilities: ['INVISIBLE_REPRESENTANTS_LEGAUX'], by: { secret: false } });
});

interface Access {
  readonly what: string;
  readonly patient: object;
  readonly purpose?: 'bris_de_glace' | 'centre_15';
  readonly refusal?: RegExp;
}

const ACCESSES: readonly Access[] = [
  { what: 'authorised', patient: {} },
  { what: 'never authorised', patient: { authorisation: 'NON_EXISTE' }, refusal: /Aucune autorisation/ },
  { what: 'authorisation expired', patient: { authorisation: 'EXPIRE' }, refusal: /expiré/ },
  {
    what: 'own authorisation expired, whatever the others have',
    patient: { grants: [{ holder: PERSON, state: 'EXPIRE' }] },
    refusal: /expiré/,
  },
  {
    what: 'authorised by the grant of the person',
    patient: { authorisation: 'NON_EXISTE', grants: [{ holder: PERSON }] },
  },
  {
    what: 'authorised by the grant of the structure',
    patient: { authorisation: 'NON_EXISTE', grants: [{ holder: `1${EG}` }] },
  },
  { what: 'bris de glace needs none', patient: { authorisation: 'NON_EXISTE' }, purpose: 'bris_de_glace' },
  { what: 'nor does regulation', patient: { authorisation: 'NON_EXISTE' }, purpose: 'centre_15' },
  {
    what: 'bris de glace that the patient opposes',
    patient: { oppositions: ['bris_de_glace'] },
    purpose: 'bris_de_glace',
    refusal: /s’oppose/,
  },
  {
    what: 'regulation that the patient opposes',
    patient: { oppositions: ['centre_15'] },
    purpose: 'centre_15',
    refusal: /s’oppose/,
  },
  { what: 'opposition to the other access', patient: { oppositions: ['centre_15'] }, purpose: 'bris_de_glace' },
  { what: 'blocked', patient: { authorisation: 'INTERDIT' }, refusal: /bloqué/ },
  {
    what: 'blocked person, even in an emergency',
    patient: { grants: [{ holder: PERSON, state: 'INTERDIT' }] },
    purpose: 'bris_de_glace',
    refusal: /bloqué/,
  },
  { what: 'blocked structure', patient: { grants: [{ holder: `1${EG}`, state: 'INTERDIT' }] }, refusal: /bloqué/ },
  { what: 'closed', patient: { state: 'closed' }, refusal: /fermé/ },
  { what: 'absent', patient: { state: 'absent' }, refusal: /XDSUnknownPatientId/ },
];

test('reading needs an open DMP and an authorisation, or an emergency that the patient allows', async (t) => {
  const dmp = await openTestDmp(t);
  const { uniqueId } = await fed(dmp);
  for (const { what, patient, purpose = 'normal', refusal } of ACCESSES) {
    await t.test(what, async () => {
      await setPatient(dmp, { oppositions: [], grants: [], ...patient });
      const recipe = as({ mode: 'INDIRECTE_RENFORCEE', purpose });
      const list = await registry(dmp, find(), recipe);
      const document = packageOf(await retrieve(dmp, [uniqueId], recipe));
      for (const body of [list.body, document.envelope]) {
        if (refusal === undefined) assert.match(body, /ResponseStatusType:Success/);
        else assert.match(body, refusal);
      }
      assert.equal(document.parts.size, refusal === undefined ? 1 : 0);
    });
  }
});

test('documents under an earlier INS of the patient are in the same DMP, under that INS', async (t) => {
  const dmp = await openTestDmp(t);
  const { uniqueId } = await fed(dmp);
  const now = '180032B02040123';
  const recipe = { ...AIR, assertion: (xml: string) => (AIR.assertion?.(xml) ?? xml).replaceAll(MATRICULE, now) };
  const ask = async () => (await registry(dmp, find().replaceAll(MATRICULE, now), recipe)).body;
  assert.ok(!(await ask()).includes(uniqueId));
  await dmp.control('POST /patients', {
    matricule: now,
    oid: INS_OID,
    state: 'active',
    formerIns: [{ matricule: MATRICULE, oid: INS_OID }],
  });
  const found = await ask();
  assert.ok(found.includes(`value="${uniqueId}"`), found);
  assert.ok(found.includes(`value="${MATRICULE}^^^`), found);
  assert.equal(await reads(dmp, uniqueId, recipe), true);
});

test('a reason is asked for bris de glace, unless the operator says otherwise', async (t) => {
  const withoutReason = as({ mode: 'INDIRECTE_RENFORCEE', purpose: 'bris_de_glace' });
  const recipe = {
    ...withoutReason,
    assertion: (xml: string) => (withoutReason.assertion?.(xml) ?? xml).replace('Urgence vitale', ''),
  };
  const answer = async (options: Partial<DmpSimulatorOptions>) =>
    (await registry(await openTestDmp(t, options), find(), recipe)).body;
  assert.match(await answer({}), /Mode_Acces_Raison absent/);
  assert.match(await answer({ accessReason: false }), /ResponseStatusType:Success/);
});
