import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { PERSON } from './certificates.fixture.ts';
import { fed, type Visibility } from './feeder.fixture.ts';
import type { HeldDocument } from './held.ts';
import { feedRequest, freshUniqueId, swap } from './message.fixture.ts';
import { APPROVED, listed, packageOf, retrieve } from './query.fixture.ts';
import { ARCHIVED, type Change, changeStatus, changeVisibility } from './update.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const SUCCESS = /ResponseStatusType:Success/;

function current(dmp: TestDmp, { uniqueId }: HeldDocument): HeldDocument {
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(held);
  return held;
}

function treating(dmp: TestDmp): Promise<unknown> {
  const grants = [{ holder: PERSON, treatingPhysician: true }];
  return dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state: 'active', grants });
}

test('masking makes a new version: a new entryUUID, the same logical id, unique id and content', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp);
  assert.match((await changeVisibility(dmp, first, ['MASQUE_PS'])).body, SUCCESS);
  const second = current(dmp, first);
  assert.notEqual(second.entryUUID, first.entryUUID);
  assert.equal(second.logicalId, first.logicalId);
  assert.equal(second.version, 2);
  assert.equal(dmp.holdings.statusOf(first), 'Deprecated');
  assert.equal(dmp.holdings.statusOf(second), 'Approved');
  assert.deepEqual(await listed(dmp, AIR), [first.uniqueId]);
  const { parts } = packageOf(await retrieve(dmp, [first.uniqueId], AIR));
  assert.equal([...parts.values()][0]?.body.length, first.size);
  assert.match((await changeVisibility(dmp, second, [])).body, SUCCESS);
  assert.equal(current(dmp, first).version, 3);
  const { byTransaction } = dmp.stats();
  assert.equal(byTransaction['TD3.3a'], 2);
  await dmp.holdings.close();
  const restarted = await openTestDmp(t, { directory: dmp.directory });
  assert.deepEqual(current(restarted, first), current(dmp, first));
  assert.equal(restarted.holdings.statusOf(first), 'Deprecated');
});

test('showing to the patient is TD3.3b, and nobody takes it back', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'] });
  assert.match((await changeVisibility(dmp, first, ['INVISIBLE_REPRESENTANTS_LEGAUX'])).body, SUCCESS);
  assert.match((await changeVisibility(dmp, current(dmp, first), [])).body, SUCCESS);
  assert.equal(dmp.stats().byTransaction['TD3.3b'], 2);
  const shown = current(dmp, first);
  const again = await changeVisibility(dmp, shown, ['INVISIBLE_PATIENT']);
  assert.match(again.body, /XDSMetadataUpdateError.*déjà visible du patient/);
  const representatives = await changeVisibility(dmp, shown, ['INVISIBLE_REPRESENTANTS_LEGAUX']);
  assert.match(representatives.body, /déjà visible des représentants/);
  assert.equal(current(dmp, first).entryUUID, shown.entryUUID);
});

test('the previous version must be the one in force, which two writers cannot both name', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp);
  for (const previous of [0, 2, 5]) {
    assert.match((await changeVisibility(dmp, first, ['MASQUE_PS'], { previous })).body, /XDSMetadataVersionError/);
  }
  const answers = await Promise.all([1, 2, 3].map(() => changeVisibility(dmp, first, ['MASQUE_PS'])));
  assert.equal(answers.filter(({ body }) => SUCCESS.test(body)).length, 1);
  assert.equal(answers.filter(({ body }) => body.includes('XDSMetadataVersionError')).length, 2);
  assert.equal(current(dmp, first).version, 2);
});

test('nothing but visibility may change', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp);
  const edits: [what: string, edit: Change['edit'], expected: RegExp][] = [
    ['title', swap('Compte rendu d’hospitalisation', 'Autre titre'), /diffère.*name/],
    ['type', swap('nodeRepresentation="34112-3"', 'nodeRepresentation="11488-4"'), /diffère.*classifications/],
    ['creation time', swap('20261120091500', '20261120091501'), /diffère.*creationTime/],
    ['hash', swap(first.hash, '0'.repeat(40)), /diffère.*hash/],
    ['size', swap(`>${first.size}<`, '>1<'), /diffère.*size/],
    ['no repository', swap(/<rim:Slot name="repositoryUniqueId">.*?<\/rim:Slot>/, ''), /diffère.*repositoryUniqueId/],
    ['unique id', swap(`value="${first.uniqueId}"`, 'value="1.2.3"'), /diffère.*ExternalIdentifier/],
    ['level', swap('nodeRepresentation="N"', 'nodeRepresentation="R"'), /diffère.*confidentialityCode/],
    ['unknown code', swap('nodeRepresentation="MASQUE_PS"', 'nodeRepresentation="MASQUE_PT"'), /JDV_J58/],
    ['no lid', swap(/ lid="[^"]*"/, ''), /lid absent/],
    ['unknown lid', swap(/ lid="[^"]*"/, ' lid="urn:uuid:0"'), /lid absent ou inconnu/],
    ['status', swap(`status="${APPROVED}"`, `status="${ARCHIVED}"`), /statut Approved/],
    ['no HasMember', swap('AssociationType:HasMember', 'AssociationType:Other'), /HasMember/],
    ['from nowhere', swap('sourceObject="SubmissionSet01"', 'sourceObject="x"'), /partir du SubmissionSet/],
    ['no PreviousVersion', swap('PreviousVersion', 'Autre'), /XDSMetadataVersionError/],
    ['no entry', swap(/<rim:ExtrinsicObject .*<\/rim:ExtrinsicObject>/s, ''), /Un et un seul ExtrinsicObject/],
    ['set of another structure', swap(/(<RegistryPackage.*?)1750000019/s, '$11130000015'), /authorInstitution du lot/],
    [
      'set of another patient',
      swap(/(registryObject="SubmissionSet01" value=")279035121518989/, '$1180032B02040123'),
      /XDSPatientIdDoesNotMatch/,
    ],
  ];
  for (const [what, edit, expected] of edits) {
    await t.test(what, async () => {
      const { status, body } = await changeVisibility(dmp, first, ['MASQUE_PS'], edit === undefined ? {} : { edit });
      assert.equal(status, 200);
      assert.match(body, expected);
      assert.equal(current(dmp, first).version, 1);
    });
  }
  const setUniqueId = freshUniqueId();
  assert.match((await changeVisibility(dmp, first, ['MASQUE_PS'], { setUniqueId })).body, SUCCESS);
  const again = await changeVisibility(dmp, current(dmp, first), [], { setUniqueId });
  assert.match(again.body, /XDSDuplicateUniqueIdInRegistry/);
});

test('anybody authorised masks; unmasking is for the author and the treating physician', async (t) => {
  const dmp = await openTestDmp(t);
  const masked: readonly Visibility[] = ['MASQUE_PS'];
  const other = await fed(dmp, { elsewhere: true });
  assert.match((await changeVisibility(dmp, other, masked)).body, SUCCESS);
  // Hidden from them since: as if it were not there.
  assert.match((await changeVisibility(dmp, current(dmp, other), [])).body, /inconnu pour ce patient/);
  await treating(dmp);
  assert.match((await changeVisibility(dmp, current(dmp, other), [])).body, SUCCESS);
  const own = await fed(dmp, { visibilities: masked });
  assert.match((await changeVisibility(dmp, own, [])).body, SUCCESS);
});

test('archive and back, by the author or the treating physician; a deletion may start from there', async (t) => {
  const dmp = await openTestDmp(t);
  const own = await fed(dmp);
  const archive = (document: HeldDocument) => changeStatus(dmp, document.entryUUID, { to: ARCHIVED, recipe: AIR });
  assert.match((await archive(own)).body, SUCCESS);
  assert.equal(dmp.holdings.statusOf(own), 'Archived');
  assert.deepEqual(await listed(dmp, AIR), []);
  assert.deepEqual(await listed(dmp, AIR, { $XDSDocumentEntryStatus: `('${ARCHIVED}')` }), [own.uniqueId]);
  assert.equal(packageOf(await retrieve(dmp, [own.uniqueId], AIR)).parts.size, 1);
  assert.match((await archive(own)).body, /n’est plus Approved : il est Archived/);
  const back = await changeStatus(dmp, own.entryUUID, { from: ARCHIVED, to: APPROVED, recipe: AIR });
  assert.match(back.body, SUCCESS);
  assert.equal(dmp.holdings.statusOf(own), 'Approved');
  await archive(own);
  assert.match((await changeStatus(dmp, own.entryUUID, { from: ARCHIVED })).body, SUCCESS);
  assert.equal(dmp.holdings.statusOf(own), 'Deleted');
  const other = await fed(dmp, { elsewhere: true });
  assert.match((await archive(other)).body, /Archivage : ses propres documents/);
  await treating(dmp);
  assert.match((await archive(other)).body, SUCCESS);
  assert.deepEqual({ d: dmp.stats().byTransaction['TD3.3d'], c: dmp.stats().byTransaction['TD3.3c'] }, { d: 6, c: 1 });
});

test('an entryUUID of before a change of metadata replaces and deletes nothing', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp);
  await changeVisibility(dmp, first, ['MASQUE_PS']);
  assert.match((await changeStatus(dmp, first.entryUUID)).body, /n’est plus Approved/);
  const replacement = (target: string) =>
    feedRequest({ document: { setId: `${first.uniqueId}.9`, version: 2, replaces: first.uniqueId, target } });
  assert.match((await dmp.send(replacement(first.entryUUID))).body, /XDSRegistryDeprecatedDocumentError/);
  const { entryUUID } = current(dmp, first);
  assert.match((await dmp.send(replacement(entryUUID))).body, SUCCESS);
  assert.equal(dmp.holdings.statusOf(current(dmp, first)), 'Deprecated');
});
