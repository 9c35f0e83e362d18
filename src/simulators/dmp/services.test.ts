import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text, withXml } from '../../wire/xml/xml.ts';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { as, OTHER_PERSON } from './caller.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { EG, PERSON } from './certificates.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { swap } from './message.fixture.ts';
import {
  askPatient,
  listAuthorizations,
  patientList,
  patientQuery,
  searchTraits,
  setAuthorization,
} from './patient.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const STAFF = as({ mode: 'INDIRECTE_RENFORCEE', staff: true });
const SAMU = as({ mode: 'INDIRECTE_RENFORCEE', purpose: 'centre_15' });
const NS = { h: 'urn:hl7-org:v3' };
const TRAITS = {
  birthName: 'PAT-TROIS',
  usedName: 'ROCHE',
  firstGivenName: 'DOMINIQUE',
  sex: 'F',
  birthDate: '1979-03-28',
  city: 'CHÂLONS',
  postalCode: '51000',
  telecoms: ['tel:+33100000000'],
};

function setPatient(dmp: TestDmp, change: object): Promise<unknown> {
  return dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state: 'active', ...change });
}

function field(body: string, name: string): string[] {
  return [...body.matchAll(new RegExp(`<\\w+:${name}>(.*?)</`, 'g'))].map((match) => match[1] ?? '');
}

async function authorisation(dmp: TestDmp, recipe = AIR): Promise<string> {
  const { body } = await askPatient(dmp, patientQuery(), recipe);
  return withXml(Buffer.from(body), (root) =>
    ['h:attentionLine[1]/h:value/@code', 'h:attentionLine[2]/h:value/@value']
      .map((path) => text(root, `//h:PRPA_IN201308UV02/${path}`, NS))
      .join(' '),
  );
}

test('TD0.3: a professional adds and withdraws their own authorisation, with or without the role', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { authorisation: 'NON_EXISTE' });
  assert.equal(await authorisation(dmp), 'NON_EXISTE false');
  const added = await setAuthorization(dmp, 'AJOUT', '', AIR);
  assert.deepEqual([field(added.body, 'status'), field(added.body, 'context')], [['DMPOk'], ['']]);
  assert.equal(await authorisation(dmp), 'VALIDE false');
  assert.equal(await authorisation(dmp, as({ mode: 'INDIRECTE_RENFORCEE', person: OTHER_PERSON })), 'NON_EXISTE false');
  const again = await setAuthorization(dmp, 'AJOUT', '', AIR);
  assert.deepEqual(field(again.body, 'status'), ['DMPOk']);
  assert.match(field(again.body, 'context')[0] ?? '', /Aucune action/);
  await setAuthorization(dmp, 'AJOUT', 'MEDECIN_TRAITANT', AIR);
  assert.equal(await authorisation(dmp), 'VALIDE true');
  await setAuthorization(dmp, 'SUPPRESSION', 'MEDECIN_TRAITANT', AIR);
  assert.equal(await authorisation(dmp), 'VALIDE false');
  await setAuthorization(dmp, 'SUPPRESSION', '', AIR);
  assert.equal(await authorisation(dmp), 'NON_EXISTE false');
  assert.equal(dmp.stats().byTransaction['TD0.3'], 5);
});

test('TD0.3: what staff declares goes to the structure; in an emergency, and wrongly asked, it is refused', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { authorisation: 'NON_EXISTE' });
  await setAuthorization(dmp, 'AJOUT', '', STAFF);
  assert.deepEqual(
    dmp.holdings.patient({ value: MATRICULE, oid: INS_OID }).grants.map(({ holder, state }) => [holder, state]),
    [[`1${EG}`, 'VALIDE']],
  );
  assert.equal(await authorisation(dmp), 'VALIDE false');
  for (const [action, role, recipe, reason] of [
    ['AJOUT', 'MEDECIN_TRAITANT', STAFF, /rôle d’un professionnel/],
    ['AJOUT', 'INFIRMIER', AIR, /seul rôle/],
    ['MODIFICATION', '', AIR, /AJOUT ou SUPPRESSION/],
    ['AJOUT', '', as({ mode: 'INDIRECTE_RENFORCEE', purpose: 'bris_de_glace' }), /accès bris_de_glace/],
  ] as const) {
    const { status, body } = await setAuthorization(dmp, action, role, recipe);
    assert.equal(status, 500);
    assert.match(body, reason);
  }
  for (const [state, reason] of [
    [{ state: 'closed' }, /fermé/],
    [{ state: 'absent' }, /Aucun DMP/],
    [{ authorisation: 'INTERDIT' }, /bloqué/],
  ] as const) {
    await setPatient(dmp, { grants: [], ...state });
    assert.match((await setAuthorization(dmp, 'AJOUT', '', AIR)).body, reason);
  }
});

test('TD1.6 lists who has an authorisation and who is blocked', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, {
    authorisation: 'NON_EXISTE',
    grants: [
      { holder: OTHER_PERSON, state: 'INTERDIT', names: { family: 'MARTIN', given: 'Anne' } },
      { holder: '809999999999', state: 'EXPIRE' },
    ],
  });
  await setAuthorization(dmp, 'AJOUT', 'MEDECIN_TRAITANT', AIR);
  await setAuthorization(dmp, 'AJOUT', '', STAFF);
  const ids = async (mode: string) => field((await listAuthorizations(dmp, mode, AIR)).body, 'nationalId');
  assert.deepEqual(await ids('ACTIVE'), [PERSON, `1${EG}`]);
  assert.deepEqual(await ids('INTERDITE'), [OTHER_PERSON]);
  assert.deepEqual(await ids('TOUTE'), [OTHER_PERSON, PERSON, `1${EG}`]);
  const { body } = await listAuthorizations(dmp, 'TOUTE', AIR);
  assert.deepEqual(field(body, 'mode'), ['INTERDITE', 'ACTIVE', 'ACTIVE']);
  assert.deepEqual(field(body, 'nationalIdType'), ['1.2.250.1.71.4.2.1', '1.2.250.1.71.4.2.1', '1.2.250.1.71.4.2.2']);
  assert.deepEqual(field(body, 'codeSpeciality'), ['G15_10/SM26']);
  assert.deepEqual(field(body, 'specificRight'), ['MEDECIN_TRAITANT']);
  assert.deepEqual(field(body, 'lastName'), ['MARTIN']);
  assert.equal(field(body, 'startOfAuthorization')[1], '20261123100000');
  assert.match((await listAuthorizations(dmp, 'AUTRE', AIR)).body, /ACTIVE, INTERDITE ou TOUTE/);
});

test('TD0.4 lists the DMPs of one’s own authorisations, by date of authorisation or of document', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { authorisation: 'NON_EXISTE', traits: TRAITS });
  const ids = async (fields: Record<string, string>, recipe = AIR) =>
    field((await patientList(dmp, fields, recipe)).body, 'nationalId');
  assert.deepEqual(await ids({}), []);
  await setAuthorization(dmp, 'AJOUT', '', AIR);
  const { body } = await patientList(dmp, {}, AIR);
  assert.deepEqual(
    ['nationalId', 'nationalIdType', 'lastName', 'firstName', 'dateOfBirth', 'MT', 'status'].map(
      (name) => field(body, name)[0],
    ),
    [MATRICULE, INS_OID, 'ROCHE', 'DOMINIQUE', '19790328', 'false', 'DMPOk'],
  );
  assert.deepEqual(await ids({ startDate: '20261123100000', dateType: 'LASTAUTORIZATION' }), [MATRICULE]);
  assert.deepEqual(await ids({ startDate: '20261124000000', dateType: 'LASTAUTORIZATION' }), []);
  assert.deepEqual(await ids({ dateType: 'LASTDOC' }), []);
  await fed(dmp);
  assert.deepEqual(await ids({ dateType: 'LASTDOC' }), [MATRICULE]);
  assert.deepEqual(await ids({ psOwnerId: PERSON }), [MATRICULE]);
  assert.deepEqual(await ids({}, STAFF), []);
  await setAuthorization(dmp, 'AJOUT', '', STAFF);
  // The structure already reads by the grant of nobody: staff asks for it, and lists it.
  assert.deepEqual(await ids({}, STAFF), [MATRICULE]);
  assert.deepEqual(await ids({ startDate: '20261101000000', dateType: 'LASTAUTORIZATION' }, {}), [MATRICULE]);
  for (const [fields, recipe, reason] of [
    [{ psOwnerId: OTHER_PERSON }, AIR, /liste d’un autre/],
    [{ psOwnerId: PERSON }, STAFF, /liste d’un autre/],
    [{}, {}, /nouvelles autorisations depuis une date/],
    [{ startDate: '20261101000000', dateType: 'LASTDOC' }, {}, /nouvelles autorisations/],
    [{ startDate: '23/11/2026' }, AIR, /AAAAMMJJHHMMSS/],
    [{ dateType: 'LAST' }, AIR, /LASTAUTORIZATION ou LASTDOC/],
  ] as const) {
    assert.match((await patientList(dmp, fields, recipe)).body, reason);
  }
});

test('TD0.4 and TD0.5 may name no patient in the VIHF, the others may not', async (t) => {
  const dmp = await openTestDmp(t);
  const nobody = (recipe: typeof AIR) => ({
    ...recipe,
    assertion: (xml: string) =>
      swap(/<saml:Attribute Name="[^"]*resource-id">.*?<\/saml:Attribute>/, '')(recipe.assertion?.(xml) ?? xml),
  });
  assert.equal((await patientList(dmp, {}, nobody(AIR))).status, 200);
  assert.equal((await searchTraits(dmp, 'PAT-TROIS', '', nobody(SAMU))).status, 200);
  assert.match((await listAuthorizations(dmp, 'TOUTE', nobody(AIR))).body, /resource-id absent/);
});

test('TD0.5: regulation finds a patient by traits, with the share of what matches', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { traits: TRAITS, oppositions: ['centre_15'] });
  await dmp.control('POST /patients', { matricule: '180032B02040123', oid: INS_OID, state: 'closed', traits: TRAITS });
  const scores = async (family: string, more = '') => {
    const { status, body } = await searchTraits(dmp, family, more, SAMU);
    assert.equal(status, 200, body);
    return [
      /queryResponseCode code="(\w+)"/.exec(body)?.[1],
      ...[...body.matchAll(/<value xsi:type="INT" value="(\d+)"/g)].map((m) => m[1]),
    ];
  };
  const birth = (value: string) => `<livingSubjectBirthTime><value value="${value}"/></livingSubjectBirthTime>`;
  assert.deepEqual(await scores('pat trois'), ['OK', '100']);
  assert.deepEqual(await scores('Roché'), ['OK', '100']);
  assert.deepEqual(await scores('PAT-TROIS', birth('19790328')), ['OK', '100']);
  assert.deepEqual(await scores('PAT-TROIS', birth('1980')), ['OK', '50']);
  assert.deepEqual(await scores('INCONNU'), ['NF']);
  const { body } = await searchTraits(dmp, 'ROCHE', '', SAMU);
  assert.match(body, new RegExp(`<id root="${INS_OID}" extension="${MATRICULE}"/>`));
  assert.match(body, /code="OPPOSITION_ACCES_URGENCE"[^>]*\/><value xsi:type="BL" value="true"/);
  assert.match(body, /<queryByParameter>.*<family>ROCHE<\/family>/);
  const wrong = await searchTraits(dmp, '', '', SAMU);
  assert.match(wrong.body, /<typeCode code="AE"\/>.*livingSubjectName/);
});

test('TD1.3a tells the administrative data and the oppositions of an open DMP', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { traits: TRAITS, oppositions: ['bris_de_glace'] });
  const ask = async () => (await askPatient(dmp, patientQuery('CNSLT_DATA'))).body;
  const body = await ask();
  for (const expected of [
    '<family qualifier="SP">ROCHE</family><family qualifier="BR">PAT-TROIS</family>',
    '<telecom value="tel:+33100000000"/>',
    '<birthTime value="19790328"/>',
    '<postalCode>51000</postalCode><city>CHÂLONS</city>',
    'code="OPPOSITION_BRIS_DE_GLACE" codeSystem="1.2.250.1.213.4.1.2.3"/><value xsi:type="BL" value="true"/>',
    'code="OPPOSITION_ACCES_URGENCE" codeSystem="1.2.250.1.213.4.1.2.3"/><value xsi:type="BL" value="false"/>',
  ]) {
    assert.ok(body.includes(expected), expected);
  }
  await setPatient(dmp, { state: 'closed' });
  assert.match(await ask(), /acknowledgement typeCode="AE".*fermé/);
  await setPatient(dmp, { state: 'absent' });
  assert.match(await ask(), /queryResponseCode code="NF"/);
  assert.equal(dmp.stats().byTransaction['TD1.3a'], 3);
});

test('TD0.2 tells attachment to Mon espace santé and the internet account', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { attachedToMes: false, internetAccount: true });
  const { body } = await askPatient(dmp, patientQuery());
  assert.match(body, /code="RATTACHEMENT_ENS"[^>]*\/><value xsi:type="BL" value="false"/);
  assert.match(body, /code="COMPTE_INTERNET_OUVERT"[^>]*\/><value xsi:type="BL" value="true"/);
});

test('the control API keeps what it is not told, and shows what the DMP knows of a patient', async (t) => {
  const dmp = await openTestDmp(t);
  await setPatient(dmp, { traits: TRAITS, attachedToMes: false });
  await setAuthorization(dmp, 'AJOUT', 'MEDECIN_TRAITANT', AIR);
  await setPatient(dmp, { state: 'closed' });
  const shown = JSON.stringify(await dmp.control('POST /patients/search', { matricule: MATRICULE, oid: INS_OID }));
  for (const expected of ['"state":"closed"', '"attachedToMes":false', '"usedName":"ROCHE"', `"holder":"${PERSON}"`]) {
    assert.ok(shown.includes(expected), shown);
  }
  await dmp.holdings.close();
  const restarted = await openTestDmp(t, { directory: dmp.directory });
  assert.equal(
    JSON.stringify(await restarted.control('POST /patients/search', { matricule: MATRICULE, oid: INS_OID })),
    shown,
  );
});
