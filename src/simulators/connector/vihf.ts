/** The VIHF as the products of yesterday write it: versions 1.0, 2.0 and 3.0. Source: dmp.md 2.3. */
import { escapeXml } from '../../wire/xml/xml.ts';
import type { PatientId } from '../dmp/values.ts';
import { INS_C } from '../dmp/values.ts';
import type { ConnectorSite, Person } from './model.ts';
import type { Profile } from './profiles.ts';
import { type SigningKey, signVihf } from './signing.ts';

export interface TokenOf {
  readonly profile: Profile;
  readonly site: ConnectorSite;
  readonly user: Person;
  readonly signer: SigningKey;
  /** None for TD0.0, which looks for who it is. */
  readonly patient: PatientId | undefined;
  readonly id: string;
  readonly at: Date;
}

export function cxOf({ value, oid }: PatientId): string {
  return `${value}^^^&${oid}&ISO^${oid === INS_C ? 'INS-C' : 'NH'}`;
}

export function writeVihf({ profile, site, user, signer, patient, id, at }: TokenOf): string {
  const instant = at.toISOString().replace(/\.\d+Z$/, 'Z');
  const identifier = `_${id}`;
  const attributes = [
    value('VIHF_Version', profile.vihfVersion),
    value(profile.modeSpelling, profile.mode),
    value('Identifiant_Structure', `1${site.eg}`),
    value('Secteur_Activite', `${site.sector}^1.2.250.1.71.4.2.4`),
    value('urn:oasis:names:tc:xspa:1.0:subject:subject-id', `${user.family} ${user.given}`),
    several('urn:oasis:names:tc:xacml:2.0:subject:role', [
      coded('Role', '10', '1.2.250.1.71.1.2.7', 'Médecin'),
      coded('Role', 'SM26', '1.2.250.1.71.4.2.5', 'Qualifié en médecine générale (SM)'),
    ]),
    ...(patient === undefined ? [] : [value('urn:oasis:names:tc:xacml:2.0:resource:resource-id', cxOf(patient))]),
    value('Ressource_URN', 'urn:dmp'),
    several('urn:oasis:names:tc:xspa:1.0:subject:purposeofuse', [
      coded('PurposeOfUse', 'normal', '1.2.250.1.213.1.1.4.248', 'Accès normal'),
    ]),
    value('LPS_Nom', profile.name),
    value('LPS_Version', profile.version),
    value('LPS_ID_HOMOLOGATION_DMP', `SIMULE-${profile.name}`),
  ];
  const assertion =
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${identifier}" IssueInstant="${instant}" Version="2.0">` +
    `<saml:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">${escapeXml(signer.subject)}</saml:Issuer>` +
    `<saml:Subject><saml:NameID>${escapeXml(user.id)}</saml:NameID></saml:Subject><saml:AuthnStatement AuthnInstant="${instant}">` +
    `<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:` +
    `${profile.mode === 'DIRECTE' ? 'SmartcardPKI' : 'Password'}</saml:AuthnContextClassRef></saml:AuthnContext>` +
    `</saml:AuthnStatement><saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion>`;
  return signVihf(assertion, identifier, signer, profile.hash);
}

function value(name: string, content: string): string {
  return several(name, [escapeXml(content)]);
}

function several(name: string, contents: readonly string[]): string {
  const values = contents.map((content) => `<saml:AttributeValue>${content}</saml:AttributeValue>`);
  return `<saml:Attribute Name="${name}">${values.join('')}</saml:Attribute>`;
}

function coded(tag: string, code: string, system: string, label: string): string {
  return (
    `<${tag} xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CE" code="${code}" ` +
    `codeSystem="${system}" displayName="${label}"></${tag}>`
  );
}
