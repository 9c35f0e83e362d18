import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, elements, text, withXml } from '../../wire/xml/xml.ts';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { feedRequest, freshUniqueId, PATIENT_CX, swap } from './message.fixture.ts';
import { askPatient, patientQuery } from './patient.fixture.ts';
import { APPROVED, FIND, GET, query, registry } from './query.fixture.ts';
import { changeStatus, DELETED } from './update.fixture.ts';

const NS = { h: 'urn:hl7-org:v3', rim: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };

async function ask(
  dmp: TestDmp,
  edit: (xml: string) => string = (xml) => xml,
): Promise<Record<string, string | undefined>> {
  const { status, body } = await askPatient(dmp, edit(patientQuery()));
  assert.equal(status, 200, body);
  return withXml(Buffer.from(body), (root) => ({
    code: text(root, '//h:queryResponseCode/@code', NS),
    acknowledgement: text(root, '//h:acknowledgement/@typeCode', NS),
    patient: text(root, '//h:patient/h:statusCode/@code', NS),
    authorisation: text(root, '//h:attentionLine[h:keyWordText/@code="AUTORISATION"]/h:value/@code', NS),
    problem: text(root, '//h:acknowledgementDetail/h:text', NS),
    queryId: text(root, '//h:queryAck/h:queryId/@extension', NS),
  }));
}

test('TD0.2 tells an open, a closed and an absent DMP apart', async (t) => {
  const dmp = await openTestDmp(t);
  const base = { acknowledgement: 'AA', problem: undefined, queryId: 'q1' };
  const set = (state: string, authorisation = 'VALIDE'): Promise<unknown> =>
    dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state, authorisation });
  assert.deepEqual(await ask(dmp), { ...base, code: 'OK', patient: 'active', authorisation: 'VALIDE' });
  await set('closed');
  assert.deepEqual(await ask(dmp), { ...base, code: 'OK', patient: 'terminated', authorisation: 'VALIDE' });
  await set('open', 'INTERDIT');
  assert.deepEqual(await ask(dmp), { ...base, code: 'OK', patient: 'active', authorisation: 'INTERDIT' });
  await set('absent');
  assert.deepEqual(await ask(dmp), { ...base, code: 'NF', patient: undefined, authorisation: undefined });
});

test('TD0.2 refuses a query that is not one, or about another patient than the VIHF', async (t) => {
  const dmp = await openTestDmp(t);
  const wrong: [(xml: string) => string, RegExp][] = [
    [swap('TEST_EXST', 'MODIF_DATA'), /TEST_EXST/],
    [swap('1.2.250.1.213.4.1.1.1', '1.2.3'), /receiver/],
    [swap('Patient.id', 'Patient'), /semanticsText/],
    [swap('acceptAckCode code="AL"', 'acceptAckCode code="NE"'), /acceptAckCode/],
    [swap(MATRICULE, '180032B02040123'), /celui du VIHF/],
  ];
  for (const [edit, problem] of wrong) {
    const answer = await ask(dmp, edit);
    assert.equal(answer.acknowledgement, 'AE');
    assert.match(answer.problem ?? '', problem);
  }
  assert.equal(dmp.stats().byOutcome.refused, wrong.length);
});

test('TD3.1b finds a document by uniqueId and by entryUUID, with what the registry filled in', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  await dmp.send(feedRequest({ uniqueId }));
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(held !== undefined);
  for (const slots of [
    { $XDSDocumentEntryUniqueId: `('${uniqueId}')` },
    { $XDSDocumentEntryEntryUUID: `('${held.entryUUID}')` },
  ]) {
    const { status, body } = await registry(dmp, query(GET, slots));
    assert.equal(status, 200);
    const found = withXml(Buffer.from(body), (root) => {
      const [entry, second] = elements(root, '//rim:ExtrinsicObject', NS);
      assert.ok(entry !== undefined && second === undefined);
      return {
        id: entry.attr('id')?.value,
        lid: entry.attr('lid')?.value,
        status: entry.attr('status')?.value,
        hash: text(entry, 'rim:Slot[@name="hash"]//rim:Value', NS),
        size: text(entry, 'rim:Slot[@name="size"]//rim:Value', NS),
        repository: text(entry, 'rim:Slot[@name="repositoryUniqueId"]//rim:Value', NS),
        uniqueId: text(
          entry,
          'rim:ExternalIdentifier[starts-with(@identificationScheme,"urn:uuid:2e82c1f6")]/@value',
          NS,
        ),
        version: element(entry, 'rim:VersionInfo', NS)?.attr('versionName')?.value,
      };
    });
    assert.deepEqual(found, {
      id: held.entryUUID,
      lid: held.entryUUID,
      status: APPROVED,
      hash: held.hash,
      size: String(held.size),
      repository: '1.2.250.1.213.4.1.1.1.2',
      uniqueId,
      version: '1',
    });
  }
  const reference = await registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }, 'ObjectRef'));
  assert.match(reference.body, new RegExp(`<rim:ObjectRef id="${held.entryUUID}"/>`));
});

test('TD3.1b finds nothing for an unknown id or under another patient', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  await dmp.send(feedRequest({ uniqueId }));
  const unknown = await registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: "('1.2.3')" }));
  const other = await registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }), {
    assertion: swap(MATRICULE, '180032B02040123'),
  });
  for (const { body } of [unknown, other]) {
    assert.match(body, /ResponseStatusType:Success/);
    assert.match(body, /<rim:RegistryObjectList><\/rim:RegistryObjectList>/);
  }
});

test('TD3.1 refuses what is badly written', async (t) => {
  const dmp = await openTestDmp(t);
  const wrong: [string, RegExp][] = [
    [query(GET, { $XDSDocumentEntryUniqueId: "'1.2.3'" }), /sous la forme/],
    [query(GET, {}), /sous la forme/],
    [query(GET, { $XDSDocumentEntryUniqueId: "('1')", $XDSDocumentEntryEntryUUID: "('2')" }), /sous la forme/],
    [query(GET, { $XDSDocumentEntryUniqueId: "('1.2.3')" }, 'All'), /returnType/],
  ];
  for (const [body, context] of wrong) {
    const answer = await registry(dmp, body);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /errorCode="XDSRegistryError"/);
    assert.match(answer.body, context);
  }
});

test('a list is refused to indirect mode and to staff, open to a professional in AIR', async (t) => {
  const dmp = await openTestDmp(t);
  await dmp.send(feedRequest());
  const list = query(FIND, {
    $XDSDocumentEntryPatientId: `'${PATIENT_CX}'`,
    $XDSDocumentEntryStatus: `('${APPROVED}')`,
  });
  const indirect = await registry(dmp, list);
  assert.equal(indirect.status, 500);
  assert.match(indirect.body, /TD3\.1a non ouverte/);
  const staff = await registry(dmp, list, as({ mode: 'INDIRECTE_RENFORCEE', staff: true }));
  assert.match(staff.body, /TD3\.1a non ouverte/);
  const professional = await registry(dmp, list, as({ mode: 'INDIRECTE_RENFORCEE' }));
  assert.equal(professional.status, 200, professional.body);
  assert.equal(professional.body.match(/<rim:ExtrinsicObject /g)?.length, 2);
  const other = await registry(dmp, list.replace(MATRICULE, '180032B02040123'), as({ mode: 'INDIRECTE_RENFORCEE' }));
  assert.match(other.body, /XDSPatientIdDoesNotMatch/);
});

test('TD3.3c deletes, logically and for good, only what the structure fed', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  await dmp.send(feedRequest({ uniqueId }));
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(held !== undefined);
  const stranger = await changeStatus(dmp, held.entryUUID, { recipe: as({ elsewhere: true }), elsewhere: true });
  assert.match(stranger.body, /de la structure/);
  assert.match((await changeStatus(dmp, held.entryUUID, { to: APPROVED })).body, /XDSMetadataUpdateOperationError/);
  assert.match((await changeStatus(dmp, `urn:uuid:${'0'.repeat(8)}-0000-4000-8000-000000000000`)).body, /inconnu/);
  assert.equal(dmp.holdings.statusOf(held), 'Approved');
  assert.match((await changeStatus(dmp, held.entryUUID)).body, /ResponseStatusType:Success/);
  assert.equal(dmp.holdings.statusOf(held), 'Deleted');
  assert.match((await changeStatus(dmp, held.entryUUID)).body, /n’est plus Approved/);
  const query31 = await registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }));
  assert.match(query31.body, new RegExp(`status="${DELETED}"`));
  assert.match((await dmp.send(feedRequest({ uniqueId }))).body, /XDSDuplicateUniqueIdInRegistry/);
  await dmp.holdings.close();
  const restarted = await openTestDmp(t, { directory: dmp.directory });
  assert.equal(restarted.holdings.statusOf(held), 'Deleted');
});
