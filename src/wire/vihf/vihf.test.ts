import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createTestAuthority, type TestAuthority } from '../soap/certificates.fixture.ts';
import { soapEnvelope } from '../soap/envelope.ts';
import { acting, lps, MATRICULE, qualifiedPatient, sentPatient } from '../xds/submission.fixture.ts';
import { verifyEnveloped } from '../xml/signature-verify.ts';
import { createSigner, type Signer } from '../xml/signer.ts';
import { children, element, elements, text, withXml } from '../xml/xml.ts';
import { xmlsecAccepts, xmlsecIsAbsent } from '../xml/xmlsec.fixture.ts';
import type { Acting } from './acting.ts';
import { DEFAULT_VIHF_PROFILE, signedVihf, type VihfRequest } from './vihf.ts';

const NS = {
  s: 'urn:oasis:names:tc:SAML:2.0:assertion',
  h: 'urn:hl7-org:v3',
  x: 'http://www.w3.org/2001/XMLSchema-instance',
};
const ID_ATTRIBUTE = [`ID ${NS.s}:Assertion`];

describe('VIHF', () => {
  let authority: TestAuthority;
  let signer: Signer;
  before(async () => {
    authority = await createTestAuthority('C=FR, O=ASIP-SANTE, CN=TEST AC IGC-SANTE');
    const { cert, key } = await authority.issue('C=FR, O=HOPITAL TEST, OU=1120459876, CN=cachet.hopital.test');
    signer = createSigner({ certPem: cert, keyPem: key });
  });

  const build = (changes: Partial<VihfRequest> = {}) =>
    signedVihf({
      acting,
      patient: qualifiedPatient(),
      lps,
      profile: DEFAULT_VIHF_PROFILE,
      signer,
      issuedAt: new Date('2026-11-23T10:30:00Z'),
      id: '6d3f1f5e-6f0b-4f0a-8d0e-1c2d3e4f5a6b',
      ...changes,
    });
  const attributes = (xml: string) =>
    withXml(Buffer.from(xml), (root) =>
      Object.fromEntries(
        elements(root, '//s:Attribute', NS).map((each) => [
          each.attr('Name')?.value,
          text(each, 's:AttributeValue', NS),
        ]),
      ),
    );

  it('is accepted by xmlsec1 and by us, inside its envelope, and refused once altered', async (t) => {
    const envelope = (assertion: string) =>
      soapEnvelope({ action: 'urn:a', to: 'https://dmp', messageId: 'm', assertion, body: '<b/>' });
    const whole = envelope(await build());
    const tampered = envelope((await build()).replace(MATRICULE, '189035121518989'));
    const verdict = (xml: string) =>
      withXml(Buffer.from(xml), (root) => {
        const assertion = element(root, '//s:Assertion', NS);
        assert.ok(assertion);
        const checked = verifyEnveloped(assertion, ['rsa-sha256']);
        return checked.ok ? text(assertion, 's:Issuer', NS) : checked.problem;
      });
    assert.equal(verdict(whole), signer.subject);
    assert.equal(verdict(tampered), 'digest-mismatch');
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    assert.equal(xmlsecAccepts(whole, authority.ca, ID_ATTRIBUTE), true);
    assert.equal(xmlsecAccepts(tampered, authority.ca, ID_ATTRIBUTE), false);
    const old = await build({ profile: { ...DEFAULT_VIHF_PROFILE, algorithm: 'rsa-sha1' } });
    assert.equal(xmlsecAccepts(old, authority.ca, ID_ATTRIBUTE), true);
  });

  it('follows the order of the SAML schema, without Conditions', async () => {
    const order = withXml(Buffer.from(await build()), (root) => children(root).map((child) => child.name));
    assert.deepEqual(order, ['Issuer', 'Signature', 'Subject', 'AuthnStatement', 'AttributeStatement']);
  });

  it('names the signing certificate, the responsible person and the moment', async () => {
    const xml = await build();
    const read = (xpath: string) => withXml(Buffer.from(xml), (root) => text(root, xpath, NS));
    assert.equal(read('s:Issuer'), 'CN=cachet.hopital.test,OU=1120459876,O=HOPITAL TEST,C=FR');
    assert.equal(read('s:Issuer/@Format'), 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName');
    assert.equal(read('s:Subject/s:NameID'), '801234534765');
    assert.equal(read('@ID'), '_6d3f1f5e-6f0b-4f0a-8d0e-1c2d3e4f5a6b');
    assert.equal(read('@IssueInstant'), '2026-11-23T10:30:00.000Z');
    assert.equal(read('s:AuthnStatement/@AuthnInstant'), '2026-11-23T10:30:00.000Z');
  });

  it('carries every attribute that indirect mode requires', async () => {
    assert.deepEqual(attributes(await build()), {
      VIHF_Version: '3.0',
      Authentification_Mode: 'INDIRECTE',
      Identifiant_Structure: '1120459876',
      Secteur_Activite: 'SA01^1.2.250.1.71.4.2.4',
      'urn:oasis:names:tc:xspa:1.0:subject:subject-id': "Trait d'Union 0.1.0",
      'urn:oasis:names:tc:xacml:2.0:subject:role': '',
      'urn:oasis:names:tc:xacml:2.0:resource:resource-id': `${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH`,
      Ressource_URN: 'urn:dmp',
      'urn:oasis:names:tc:xspa:1.0:subject:purposeofuse': '',
      LPS_ID: '01.01',
      LPS_Nom: "Trait d'Union",
      LPS_Version: '0.1.0',
      LPS_ID_HOMOLOGATION_DMP: 'NumAutorisation',
    });
    const xml = await build();
    const coded = (name: string) =>
      withXml(Buffer.from(xml), (root) => {
        const found = element(root, `//h:${name}`, NS);
        return [text(root, `//h:${name}/@x:type`, NS), found?.attr('code')?.value, found?.attr('codeSystem')?.value];
      });
    assert.deepEqual(coded('Role'), ['CE', 'AUTOMATE', '1.2.250.1.213.1.1.4.6']);
    assert.deepEqual(coded('PurposeOfUse'), ['CE', 'normal', '1.2.250.1.213.1.1.4.248']);
  });

  it('presents a person under their own name and roles', async () => {
    const roles = [
      { code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' },
      { code: 'SM26', system: '1.2.250.1.71.4.2.5', label: 'Qualifié en médecine générale (SM)' },
    ] as const;
    const xml = await build({ acting: { ...acting, roles }, patient: sentPatient() });
    assert.equal(attributes(xml)['urn:oasis:names:tc:xspa:1.0:subject:subject-id'], 'CAMPARINI Marcel');
    const codes = withXml(Buffer.from(xml), (root) =>
      elements(root, '//h:Role', NS).map((each) => each.attr('code')?.value),
    );
    assert.deepEqual(codes, ['10', 'SM26']);
  });

  it('says how the person proved who they are, in reinforced and in direct mode', async (t) => {
    const roles = [{ code: '60', system: '1.2.250.1.71.1.2.7', label: 'Infirmier' }] as const;
    const loggedInAt = new Date('2026-11-23T08:00:00Z');
    const person = (session: Acting['session'], profile = DEFAULT_VIHF_PROFILE) =>
      build({ acting: { ...acting, roles, ...(session === undefined ? {} : { session }) }, profile });
    const read = (xml: string, name: string) => withXml(Buffer.from(xml), (root) => text(root, `//s:${name}`, NS));
    const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes';

    const reinforced = { mode: 'INDIRECTE_RENFORCEE', means: 'MobileTwoFactorUnregistered', loggedInAt } as const;
    const xml = await person(reinforced);
    assert.equal(attributes(xml).Authentification_Mode, 'INDIRECTE_RENFORCEE');
    assert.equal(attributes(xml)['urn:oasis:names:tc:xspa:1.0:subject:subject-id'], 'CAMPARINI Marcel');
    assert.equal(read(xml, 'AuthnContextClassRef'), `${CLASSES}:MobileTwoFactorUnregistered`);
    assert.equal(read(xml, 'AuthnContextDecl'), 'APP_BROWSER_AUTH');
    assert.equal(read(xml, 'AuthnStatement/@AuthnInstant'), '2026-11-23T08:00:00.000Z');
    const repeated = await person(reinforced, { ...DEFAULT_VIHF_PROFILE, reinforcedContext: 'class' });
    assert.equal(read(repeated, 'AuthnContextDecl'), `${CLASSES}:MobileTwoFactorUnregistered`);

    const direct = await person({ mode: 'DIRECTE', means: 'SmartcardPKI', loggedInAt });
    assert.equal(attributes(direct).Authentification_Mode, 'DIRECTE');
    assert.equal(attributes(direct)['urn:oasis:names:tc:xspa:1.0:subject:subject-id'], undefined);
    assert.equal(read(direct, 'AuthnContextClassRef'), `${CLASSES}:SmartcardPKI`);
    assert.equal(read(direct, 'AuthnContextDecl'), undefined);
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    for (const signed of [xml, repeated, direct]) {
      assert.equal(xmlsecAccepts(signed, authority.ca, ID_ATTRIBUTE), true);
      assert.equal(xmlsecAccepts(signed.replace('801234534765', '801234534766'), authority.ca, ID_ATTRIBUTE), false);
    }
  });

  it('says why the record is opened, and when a connection is secret', async () => {
    const purpose = { code: 'bris_de_glace', reason: 'Patient inconscient' } as const;
    const broken = await build({ acting: { ...acting, purpose, secretConnection: true } });
    const code = withXml(Buffer.from(broken), (root) => text(root, '//h:PurposeOfUse/@code', NS));
    assert.equal(code, 'bris_de_glace');
    assert.equal(attributes(broken).Mode_Acces_Raison, 'Patient inconscient');
    const secret = 'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code';
    assert.equal(attributes(broken)[secret], 'INVISIBLE_REPRESENTANTS_LEGAUX');
    const regulated = await build({ acting: { ...acting, purpose: { code: 'centre_15' } } });
    assert.equal(
      withXml(Buffer.from(regulated), (root) => text(root, '//h:PurposeOfUse/@code', NS)),
      'centre_15',
    );
    assert.equal(attributes(regulated).Mode_Acces_Raison, undefined);
    assert.equal(attributes(regulated)[secret], undefined);
  });

  it('names no patient where none is targeted', async () => {
    const named = attributes(await build({ patient: undefined }));
    assert.equal(named['urn:oasis:names:tc:xacml:2.0:resource:resource-id'], undefined);
    assert.equal(named.Ressource_URN, 'urn:dmp');
  });

  it('takes the version and the spelling of the mode that the settings say', async () => {
    const profile = { ...DEFAULT_VIHF_PROFILE, version: '4.0', modeAttribute: 'Authentification_mode' } as const;
    const found = attributes(await build({ profile }));
    assert.equal(found.VIHF_Version, '4.0');
    assert.equal(found.Authentification_mode, 'INDIRECTE');
    assert.equal(found.Authentification_Mode, undefined);
  });
});
