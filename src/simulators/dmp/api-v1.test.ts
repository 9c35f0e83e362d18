import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { INS_C_CX, knowPatient, PATIENT_INS_C, v1 } from './api-v1.fixture.ts';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { EG, EJ } from './certificates.fixture.ts';
import type { HeldDocument } from './held.ts';
import { feedRequest, freshUniqueId, NOW, PATIENT_CX, type Recipe, soapRequest, swap } from './message.fixture.ts';
import { askPatient, patientQuery } from './patient.fixture.ts';
import { found, GET, query, registry } from './query.fixture.ts';
import { changeStatus } from './update.fixture.ts';
import { INS_C } from './values.ts';

const SUCCESS = /ResponseStatusType:Success/;

function dayBefore(t: TestContext): Promise<TestDmp> {
  return openTestDmp(t, { apiV1: 'open', td00: 'open' });
}

async function fedByV1(dmp: TestDmp, recipe: Recipe = {}): Promise<HeldDocument> {
  const uniqueId = freshUniqueId();
  const { body } = await dmp.send(feedRequest({ ...v1('repository'), uniqueId, ...recipe }));
  assert.match(body, SUCCESS, body);
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(held);
  return held;
}

function certification(fields: Readonly<Record<string, string>>, version = 'v1') {
  const inside = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  const action = 'urn:si-dmp-patients:PatientCertificationEndPoint:identityCertification';
  const recipe: Recipe = {
    path: `/si-dmp-server/${version}/services/patientCertif`,
    assertion: (xml) => {
      const token = withoutPatient(xml);
      return version === 'v1' ? swap('>3.0<', '>1.0<')(token) : token;
    },
  };
  const body = `<identityCertification xmlns="urn:si-dmp-patients">${inside.join('')}</identityCertification>`;
  return soapRequest('patientCertif', action, body, recipe);
}

const withoutPatient = swap(
  /<saml:Attribute Name="urn:oasis:names:tc:xacml:2.0:resource:resource-id">.*?<\/saml:Attribute>/,
  '',
);

test('a document fed by V1 under an INS-C is held once for both versions', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp);
  const { uniqueId } = await fedByV1(dmp);
  const again = await dmp.send(feedRequest({ uniqueId }));
  assert.match(again.body, /XDSDuplicateUniqueIdInRegistry/);
  const find = await registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }));
  assert.equal(found(find.body, 'ExtrinsicObject').length, 1, 'found by V2 under the INS of the same person');
});

test('what V1 fed is replaced, then deleted, by V2', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp);
  const old = await fedByV1(dmp);
  const uniqueId = freshUniqueId();
  const document = { setId: `${uniqueId}.9`, version: 2, replaces: old.uniqueId, target: old.entryUUID };
  const replaced = await dmp.send(feedRequest({ uniqueId, document }));
  assert.match(replaced.body, SUCCESS, replaced.body);
  assert.equal(dmp.holdings.statusOf(old), 'Deprecated');
  const other = await fedByV1(dmp);
  const deleted = await changeStatus(dmp, other.entryUUID);
  assert.match(deleted.body, SUCCESS, deleted.body);
  assert.equal(dmp.holdings.statusOf(other), 'Deleted');
});

test('V1 replaces and deletes its own', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp);
  const old = await fedByV1(dmp);
  const next = await fedByV1(dmp, {
    document: { setId: '1.2.3', version: 2, replaces: old.uniqueId, target: old.entryUUID },
  });
  assert.equal(dmp.holdings.statusOf(old), 'Deprecated');
  const recipe = v1('registry');
  const { body } = await changeStatus(dmp, next.entryUUID, { recipe, edit: swap(PATIENT_CX, INS_C_CX) });
  assert.match(body, SUCCESS, body);
  const search = query(GET, { $XDSDocumentEntryUniqueId: `('${next.uniqueId}')` });
  assert.equal(found((await registry(dmp, search, recipe)).body, 'ExtrinsicObject').length, 1);
});

test('an INS-C that is nobody known is another patient until it is told whose it is', async (t) => {
  const dmp = await dayBefore(t);
  const old = await fedByV1(dmp);
  const uniqueId = freshUniqueId();
  const document = { setId: `${uniqueId}.9`, version: 2, replaces: old.uniqueId, target: old.entryUUID };
  const refused = await dmp.send(feedRequest({ uniqueId, document }));
  assert.match(refused.body, /XDSPatientIdDoesNotMatch/);
  await dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state: 'open', insC: [PATIENT_INS_C] });
  assert.match((await dmp.send(feedRequest({ uniqueId, document }))).body, SUCCESS);
});

test('TD0.2 of V1 answers the state of the one DMP, under the INS-C', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp, { state: 'closed' });
  const asked = patientQuery().replace(
    `root="${INS_OID}" extension="${MATRICULE}"`,
    `root="${INS_C}" extension="${PATIENT_INS_C}"`,
  );
  const { status, body } = await askPatient(dmp, asked, v1('patients'));
  assert.equal(status, 200, body);
  assert.match(body, /statusCode code="terminated"/);
  assert.ok(body.includes(`<id root="${INS_C}" extension="${PATIENT_INS_C}"/>`));
  assert.ok(!body.includes(MATRICULE));
});

test('TD0.0 certifies who the card insures, and the INS-C follows from what it answers', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp);
  const card = { nirOD: MATRICULE, dateNaissance: '1979-03-28', rangNaissance: '1' };
  for (const version of ['v1', 'v2']) {
    const { status, body } = await dmp.send(certification(card, version));
    assert.equal(status, 200, body);
    assert.match(body, /<p:status>DMPOk<\/p:status>/);
    assert.match(body, new RegExp(`<p:nirIndividu>${MATRICULE}<`));
    assert.match(body, /<p:prenom>DOMINIQUE<.*<p:nomPatronymique>PAT-TROIS</);
  }
  for (const wrong of [
    { dateNaissance: '1979-03-29' },
    { rangNaissance: '2' },
    { nirOD: '2790351215180' },
    { nirOD: '2' },
  ]) {
    const { status } = await dmp.send(certification({ ...card, ...wrong }));
    assert.equal(status, 500, JSON.stringify(wrong));
  }
});

test('a child is certified by the card of the insured parent', async (t) => {
  const dmp = await dayBefore(t);
  await knowPatient(dmp, { insured: { nir: '1500815051040', birthRank: 2 } });
  const card = { nirOD: '1500815051040', dateNaissance: '1979-03-28', rangNaissance: '2' };
  assert.match((await dmp.send(certification(card))).body, new RegExp(`<p:nirIndividu>${MATRICULE}<`));
});

test('each version takes its own identifier and VIHF, and no other', async (t) => {
  const dmp = await dayBefore(t);
  const cases: [what: string, recipe: Recipe, reason: RegExp][] = [
    ['an INS at V1', { path: '/si-dmp-server/v1/services/repository', assertion: swap('>3.0<', '>2.0<') }, /INS-C/],
    ['VIHF 3.0 at V1', { ...v1('repository'), assertion: swap(PATIENT_CX, INS_C_CX) }, /VIHF_Version non admise/],
    [
      'an INS-C with a wrong key',
      {
        ...v1('repository'),
        assertion: (xml) => swap(`${PATIENT_INS_C}`, '1'.repeat(22))(v1('repository').assertion?.(xml) ?? ''),
      },
      /INS-C/,
    ],
    [
      'an INS-C at V2',
      { ...v1('repository'), path: '/si-dmp-server/v2/services/repository', assertion: swap(PATIENT_CX, INS_C_CX) },
      /n’est pas un INS/,
    ],
    ['VIHF 2.0 at V2', { assertion: swap('>3.0<', '>2.0<') }, /VIHF_Version non admise/],
  ];
  for (const [what, recipe, reason] of cases) {
    const { status, body } = await dmp.send(feedRequest(recipe));
    assert.equal(status, 500, what);
    assert.match(body, reason, what);
  }
  assert.equal(dmp.holdings.documents().length, 0);
});

test('V1 and TD0.0 close on their day, by the clock of the simulator, unless the operator says otherwise', async (t) => {
  let now = NOW;
  const dmp = await openTestDmp(t, { now: () => now, apiV1: '2026-11-23', td00: '2026-11-24' });
  const shifted = (days: number) => (xml: string) => {
    const at = (time: Date) => new Date(time.getTime() + days * 86_400_000).toISOString();
    return xml.replace(NOW.toISOString(), at(NOW));
  };
  const sent = async (days: number): Promise<number> => {
    const recipe = v1('repository');
    return (
      await dmp.send(feedRequest({ ...recipe, assertion: (xml) => shifted(days)(recipe.assertion?.(xml) ?? '') }))
    ).status;
  };
  assert.equal(await sent(0), 200);
  now = new Date(NOW.getTime() + 86_400_000);
  assert.equal(await sent(1), 500);
  assert.deepEqual(await dmp.control('POST /openings', { apiV1: 'open' }), { apiV1: 'open', td00: '2026-11-24' });
  assert.equal(await sent(1), 200);
  await dmp.control('POST /openings', { apiV1: 'closed' });
  assert.equal(await sent(1), 500);
});

test('closed today, as the real ones', async (t) => {
  const dmp = await openTestDmp(t);
  assert.match((await dmp.send(feedRequest(v1('repository')))).body, /API V1 fermée/);
  const card = { nirOD: MATRICULE, dateNaissance: '1979-03-28', rangNaissance: '1' };
  assert.match((await dmp.send(certification(card, 'v2'))).body, /TD0\.0 arrêtée/);
  assert.deepEqual(await dmp.control('GET /openings'), { apiV1: '2022-12-31', td00: '2023-09-30' });
});

test('requests are told apart by certificate, establishment, product and month', async (t) => {
  const dmp = await dayBefore(t);
  await fedByV1(dmp);
  await fedByV1(dmp);
  await dmp.send(feedRequest());
  const [byV1, byV2] = dmp.stats().byCaller;
  const caller = { certificate: 'AUTH_CLI', unit: `1${EJ}`, structure: `1${EG}`, product: 'Test 1', month: '2026-11' };
  const { fingerprint, ...counted } = byV1 ?? assert.fail('nothing counted');
  assert.deepEqual(counted, {
    ...caller,
    transaction: 'TD2.1',
    apiVersion: 'V1',
    identityKind: 'INS-C',
    outcome: 'success',
    count: 2,
  });
  assert.equal(fingerprint.length, 64);
  assert.deepEqual([byV2?.apiVersion, byV2?.identityKind, byV2?.fingerprint], ['V2', 'INS-NIR-TEST', fingerprint]);
});
