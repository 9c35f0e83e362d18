import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultCase, openTestDmp, refusesAll } from './bench.fixture.ts';
import { as, OTHER_PERSON } from './caller.fixture.ts';
import { certificates, OTHER_EG, OTHER_EJ, PERSON } from './certificates.fixture.ts';
import { feedRequest, type Recipe, swap } from './message.fixture.ts';
import type { DmpSimulatorOptions } from './options.ts';
import { askPatient, patientQuery } from './patient.fixture.ts';

const attribute = (name: string): RegExp => new RegExp(`<saml:Attribute Name="${name}">.*?</saml:Attribute>`);

/** A further edit of the assertion. */
function edited(recipe: Recipe, edit: (xml: string) => string): Recipe {
  return { ...recipe, assertion: (xml) => edit(recipe.assertion?.(xml) ?? xml) };
}

const CASES: readonly FaultCase[] = [
  { what: 'Issuer of another', recipe: { assertion: swap('CN=SIGN', 'CN=AUTRE') }, reason: /Issuer ne porte pas/ },
  {
    what: 'Issuer in certificate order',
    recipe: { assertion: swap(/(<saml:Issuer [^>]*>)[^<]*/, '$1C=FR,O=Hôpital\\, fictif,OU=1750000001,CN=SIGN') },
    reason: /Issuer ne porte pas/,
  },
  {
    what: 'Issuer format',
    recipe: { assertion: swap('nameid-format:X509SubjectName', 'nameidformat:X509SubjectName') },
    reason: /Format de Issuer/,
  },
  {
    what: 'too old',
    recipe: { assertion: swap('IssueInstant="2026-11-23T10:00', 'IssueInstant="2026-11-23T09:50') },
    reason: /fenêtre/,
  },
  {
    what: 'from the future',
    recipe: { assertion: swap('IssueInstant="2026-11-23T10:00', 'IssueInstant="2026-11-23T10:06') },
    reason: /fenêtre/,
  },
  {
    what: 'IssueInstant in local time',
    recipe: { assertion: swap('IssueInstant="2026-11-23T10:00:00.000Z', 'IssueInstant="2026-11-23T11:00:00+01:00') },
    reason: /UTC/,
  },
  {
    what: 'AudienceRestriction',
    recipe: {
      assertion: swap(
        '<saml:AuthnStatement',
        '<saml:Conditions><saml:AudienceRestriction/></saml:Conditions><saml:AuthnStatement',
      ),
    },
    reason: /AudienceRestriction/,
  },
  {
    what: 'expired conditions',
    recipe: {
      assertion: swap(
        '<saml:AuthnStatement',
        '<saml:Conditions NotOnOrAfter="2026-11-23T09:59:00Z"/><saml:AuthnStatement',
      ),
    },
    reason: /NotOnOrAfter/,
  },
  { what: 'no NameID', recipe: { assertion: swap('801234567897</saml:NameID>', '</saml:NameID>') }, reason: /NameID/ },
  {
    what: 'AuthnContextDecl outside AIR',
    recipe: {
      assertion: swap(
        '</saml:AuthnContext>',
        '<saml:AuthnContextDecl>APP_BROWSER_AUTH</saml:AuthnContextDecl></saml:AuthnContext>',
      ),
    },
    reason: /AuthnContextDecl/,
  },
  { what: 'unknown VIHF version', recipe: { assertion: swap('>3.0<', '>2.0<') }, reason: /VIHF_Version non admise/ },
  {
    what: 'both spellings of the mode',
    recipe: {
      assertion: swap(
        '<saml:AttributeStatement>',
        '<saml:AttributeStatement><saml:Attribute Name="Authentification_mode"><saml:AttributeValue>INDIRECTE</saml:AttributeValue></saml:Attribute>',
      ),
    },
    reason: /Authentification_mode/,
  },
  {
    what: 'repeated attribute',
    recipe: {
      assertion: swap(
        '<saml:AttributeStatement>',
        '<saml:AttributeStatement><saml:Attribute Name="LPS_Nom"><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>',
      ),
    },
    reason: /répété/,
  },
  ...[
    'VIHF_Version',
    'Identifiant_Structure',
    'Secteur_Activite',
    'LPS_Nom',
    'LPS_Version',
    'LPS_ID_HOMOLOGATION_DMP',
    'urn:oasis:names:tc:xspa:1.0:subject:subject-id',
  ].map((name) => ({
    what: `no ${name}`,
    recipe: { assertion: swap(attribute(name), '') },
    reason: new RegExp(`Attribut ${name}`),
  })),
  {
    what: 'no role',
    recipe: { assertion: swap(attribute('urn:oasis:names:tc:xacml:2.0:subject:role'), '') },
    reason: /subject:role/,
  },
  {
    what: 'physician without speciality',
    recipe: { assertion: swap(/<saml:AttributeValue><Role [^>]*code="SM26".*?<\/saml:AttributeValue>/, '') },
    reason: /Spécialité absente/,
  },
  { what: 'unknown purpose', recipe: { assertion: swap('code="normal"', 'code="curiosité"') }, reason: /purposeofuse/ },
  { what: 'Ressource_URN', recipe: { assertion: swap('urn:dmp', 'urn:dcc') }, reason: /Ressource_URN/ },
  {
    what: 'no patient',
    recipe: { assertion: swap(attribute('urn:oasis:names:tc:xacml:2.0:resource:resource-id'), '') },
    reason: /resource-id/,
  },
  {
    what: 'INS-C',
    recipe: { assertion: swap('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.2') },
    reason: /OID .* non admis/,
  },
  { what: 'patient id of type INS-C', recipe: { assertion: swap('ISO^NH', 'ISO^PI') }, reason: /resource-id/ },
  { what: 'unknown structure', recipe: { assertion: swap('1750000019', '1999999999') }, reason: /introuvable/ },
  {
    what: 'structure of another entity',
    recipe: { assertion: swap('>1750000019<', `>1${OTHER_EG}<`) },
    reason: /personne morale/,
  },
  { what: 'TLS certificate of another entity', recipe: { tlsUnits: [`1${OTHER_EJ}`] }, reason: /personne morale/ },
  { what: 'signer of another entity', recipe: { signer: certificates().otherSign }, reason: /personne morale/ },
  {
    what: 'authentication certificate as signer',
    recipe: { signer: certificates().client },
    reason: /Not a valid signature certificate/,
    code: 'DMPInvalidCertificate',
  },
  { what: 'expired signer', recipe: { signer: certificates().expired }, reason: /non reconnu/ },
  { what: 'signer of a foreign authority', recipe: { signer: certificates().untrusted }, reason: /non reconnu/ },
  { what: 'AIR may not feed', recipe: as({ mode: 'INDIRECTE_RENFORCEE' }), reason: /TD2\.1 non ouverte/ },
  {
    what: 'AIR without its AuthnContextDecl',
    recipe: { assertion: swap('>INDIRECTE<', '>INDIRECTE_RENFORCEE<') },
    reason: /AuthnContextDecl : obligatoire en AIR/,
  },
  {
    what: 'AIR with an empty AuthnContextDecl',
    recipe: edited(as({ mode: 'INDIRECTE_RENFORCEE' }), swap('APP_BROWSER_AUTH', '')),
    reason: /AuthnContextDecl vide/,
  },
  {
    what: 'AIR signed for another entity',
    recipe: { ...as({ mode: 'INDIRECTE_RENFORCEE' }), signer: certificates().otherSign },
    reason: /personne morale/,
  },
  {
    what: 'a card for the structure',
    recipe: { signer: certificates().cardSign },
    reason: /personne morale/,
  },
  {
    what: 'a structure for the card',
    recipe: { ...as({ mode: 'DIRECTE' }), signer: certificates().sign },
    reason: /NameID n’est pas le titulaire/,
  },
  {
    what: 'the authentication key of the card as signer',
    recipe: { ...as({ mode: 'DIRECTE' }), signer: certificates().cardAuth },
    reason: /Not a valid signature certificate/,
    code: 'DMPInvalidCertificate',
  },
  {
    what: 'the card of another person',
    recipe: as({ mode: 'DIRECTE', person: OTHER_PERSON }),
    reason: /NameID n’est pas le titulaire/,
  },
  {
    what: 'a connection that is not the card’s',
    recipe: { signer: certificates().cardSign, assertion: swap('>INDIRECTE<', '>DIRECTE<') },
    reason: /La carte de la connexion/,
  },
  {
    what: 'DIRECTE for an unknown practice',
    recipe: edited(as({ mode: 'DIRECTE' }), swap('>1750000019<', '>499900063480001<')),
    reason: /Structure introuvable/,
  },
  {
    what: 'bris de glace without a reason',
    recipe: { assertion: swap('code="normal"', 'code="bris_de_glace"') },
    reason: /Mode_Acces_Raison absent/,
  },
  {
    what: 'a confidentiality code that is no secret connection',
    recipe: edited(as({ secret: true }), swap('>INVISIBLE_REPRESENTANTS_LEGAUX<', '>MASQUE_PS<')),
    reason: /connexion secrète/,
  },
];

test('a wrong VIHF is a SOAP fault that says why', async (t) => {
  await refusesAll(t, CASES);
});

test('a refusal never writes a matricule into the log', async (t) => {
  const dmp = await openTestDmp(t);
  for (const { recipe } of CASES) await dmp.send(feedRequest(recipe));
  assert.equal(dmp.logged.length, CASES.length);
  for (const line of dmp.logged) assert.doesNotMatch(line, /\d{13}/);
});

test('both spellings of the mode, both versions and SHA-1 are admitted, SHA-1 flagged', async (t) => {
  const dmp = await openTestDmp(t);
  const admitted: Recipe[] = [
    { assertion: swap('Authentification_Mode', 'Authentification_mode') },
    { assertion: swap('>3.0<', '>4.0<') },
    { hash: 'sha1' },
  ];
  for (const recipe of admitted) assert.match((await dmp.send(feedRequest(recipe))).body, /Success/);
  const flags = dmp.holdings
    .documents()
    .filter(({ kind }) => kind === 'document')
    .map((document) => document.flags);
  assert.deepEqual(flags, [[], [], ['vihf-sha1']]);
});

test('a test INS is refused in production, and an NIA where the switch is off', async (t) => {
  const production = await openTestDmp(t, { profile: 'production' });
  assert.match((await production.send(feedRequest())).body, /OID 1\.2\.250\.1\.213\.1\.4\.10 non admis/);
  const withoutNia = await openTestDmp(t, { nia: false });
  const nia: Recipe = { assertion: swap('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.9') };
  assert.match((await withoutNia.send(feedRequest(nia))).body, /OID 1\.2\.250\.1\.213\.1\.4\.9 non admis/);
});

test('what the fact sheet leaves open is the operator’s choice: spelling, version, window, declared context, card', async (t) => {
  const air = edited(as({ mode: 'INDIRECTE_RENFORCEE' }), swap('APP_BROWSER_AUTH', 'AUTRE'));
  const card = as({ mode: 'DIRECTE', person: OTHER_PERSON });
  const late: Recipe = { assertion: swap('IssueInstant="2026-11-23T10:00', 'IssueInstant="2026-11-23T09:50') };
  const practice = edited(as({ mode: 'DIRECTE' }), swap('>1750000019<', '>499900063480001<'));
  const practices = (persons: string[]) => ({ practices: [{ structure: '499900063480001', persons }] });
  const tries: [Partial<DmpSimulatorOptions>, Recipe, RegExp][] = [
    [{ modeSpellings: ['Authentification_mode'] }, {}, /Authentification_mode attendu/],
    [{ modeSpellings: ['Authentification_Mode'] }, {}, /queryResponseCode/],
    [{ vihfVersions: ['4.0'] }, {}, /VIHF_Version non admise/],
    [{ clockSkewMs: 15 * 60_000 }, late, /queryResponseCode/],
    [{ authnContextDecls: ['APP_BROWSER_AUTH'] }, air, /AuthnContextDecl vide ou non admis/],
    [{}, air, /queryResponseCode/],
    [{ cardHolder: false }, card, /queryResponseCode/],
    [practices([PERSON]), practice, /queryResponseCode/],
    [practices([OTHER_PERSON]), practice, /PS et structure non liés/],
  ];
  for (const [options, recipe, expected] of tries) {
    const dmp = await openTestDmp(t, options);
    assert.match((await askPatient(dmp, patientQuery(), recipe)).body, expected);
  }
});

test('a card feeds in the name of its holder', async (t) => {
  const dmp = await openTestDmp(t);
  assert.match((await dmp.send(feedRequest(as({ mode: 'DIRECTE' })))).body, /ResponseStatusType:Success/);
  const [document] = dmp.holdings.documents();
  assert.deepEqual(document?.submitter, { id: PERSON, mode: 'DIRECTE', software: 'Test 1' });
});

test('statistics tell transaction, API version, identity kind and outcome', async (t) => {
  const dmp = await openTestDmp(t);
  await dmp.send(feedRequest());
  await dmp.send(
    feedRequest({
      path: '/si-dmp-server/v1/services/repository',
      cda: swap('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.2'),
    }),
  );
  await dmp.send(feedRequest({ path: '/si-dmp-server/v2/services/patientCertif' }));
  await dmp.send(feedRequest({ signer: certificates().client }));
  assert.deepEqual(dmp.stats().items, [
    { transaction: 'TD2.1', apiVersion: 'V2', identityKind: 'INS-NIR-TEST', outcome: 'success', count: 1 },
    { transaction: 'unknown', apiVersion: 'V1', identityKind: 'INS-C', outcome: 'soap:Sender', count: 1 },
    { transaction: 'TD0.0', apiVersion: 'V1', identityKind: 'none', outcome: 'soap:Sender', count: 1 },
    {
      transaction: 'TD2.1',
      apiVersion: 'V2',
      identityKind: 'INS-NIR-TEST',
      outcome: 'DMPInvalidCertificate',
      count: 1,
    },
  ]);
});
