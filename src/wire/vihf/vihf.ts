/**
 * The VIHF: the SAML 2.0 assertion by which a structure vouches for whoever acts on the DMP. Source: dmp.md 2.3.
 * The order is that of the SAML schema: Issuer, Signature, Subject, AuthnStatement, AttributeStatement. Conditions are
 * left out, as in every sample.
 */
import type { QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import { insCx } from '../xds/identifiers.ts';
import type { Code, Institution } from '../xds/metadata.ts';
import { type SignatureAlgorithm, signEnveloped } from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';
import { escapeXml } from '../xml/xml.ts';

/**
 * How the caller is authenticated. Only the structure is, by its certificate; the reinforced indirect mode will add
 * its AuthnContextDecl, the direct mode a signer taken from the card (dmp.md 1.5).
 */
export type AuthenticationMode = 'INDIRECTE';

/** Who acts, for which structure. */
export interface Acting {
  /** The geographic entity: `1` + FINESS EG. Also the author institution of what is submitted. */
  readonly structure: Institution;
  /** Activity sector of JDV_J61, for example `SA01`. */
  readonly sector: string;
  /** Person responsible for the processing (practice.md 14): national identifier, or `structure/internal id`. */
  readonly responsible: { readonly id: string; readonly name: string };
  /** Roles of JDV_J65, profession first. Absent: an automated feed, role AUTOMATE, presented under the software's name. */
  readonly roles?: readonly [Code, ...Code[]];
}

/** The software as the DMP homologated it (practice.md 16). */
export interface Lps {
  readonly name: string;
  readonly version: string;
  /** Number given by the CNDA. */
  readonly homologation: string;
  /** Instance identifier, optional on the wire. */
  readonly instanceId?: string;
  /** OID of the system, sender of the HL7 v3 messages. */
  readonly oid: string;
}

/** What public sources do not settle (dmp.md 10). */
export interface VihfProfile {
  readonly version: string;
  readonly modeAttribute: 'Authentification_Mode' | 'Authentification_mode';
  readonly algorithm: SignatureAlgorithm;
}

export const DEFAULT_VIHF_PROFILE: VihfProfile = {
  version: '3.0',
  modeAttribute: 'Authentification_Mode',
  algorithm: 'rsa-sha256',
};

export interface VihfRequest {
  readonly mode: AuthenticationMode;
  readonly acting: Acting;
  readonly patient: QualifiedIdentity | SentIdentity;
  readonly lps: Lps;
  readonly profile: VihfProfile;
  /** The certificate must be a signing one (ORG SIGN): an authentication certificate is refused. */
  readonly signer: Signer;
  readonly issuedAt: Date;
  /** UUID. */
  readonly id: string;
}

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const XSPA = 'urn:oasis:names:tc:xspa:1.0:subject';
const XACML = 'urn:oasis:names:tc:xacml:2.0';
const SECTOR_SYSTEM = '1.2.250.1.71.4.2.4';
const PURPOSE_SYSTEM = '1.2.250.1.213.1.1.4.248';
const AUTOMATON: Code = { code: 'AUTOMATE', system: '1.2.250.1.213.1.1.4.6', label: 'Automate' };

/** The signed assertion as XML text, self-sufficient in namespaces: it goes into any envelope as it is. */
export function signedVihf(request: VihfRequest): string {
  const id = `_${request.id}`;
  const instant = request.issuedAt.toISOString();
  const before =
    `<saml2:Assertion xmlns:saml2="${SAML}" ID="${id}" IssueInstant="${instant}" Version="2.0">` +
    `<saml2:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">` +
    `${escapeXml(request.signer.subject)}</saml2:Issuer>`;
  const after =
    `<saml2:Subject><saml2:NameID>${escapeXml(request.acting.responsible.id)}</saml2:NameID></saml2:Subject>` +
    `<saml2:AuthnStatement AuthnInstant="${instant}"><saml2:AuthnContext><saml2:AuthnContextClassRef>` +
    `urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml2:AuthnContextClassRef></saml2:AuthnContext>` +
    `</saml2:AuthnStatement><saml2:AttributeStatement>${attributes(request)}</saml2:AttributeStatement>` +
    `</saml2:Assertion>`;
  return signEnveloped({ before, after }, id, request.signer, request.profile.algorithm);
}

function attributes({ mode, acting, patient, lps, profile }: VihfRequest): string {
  const subject = acting.roles === undefined ? `${lps.name} ${lps.version}` : acting.responsible.name;
  const roles = (acting.roles ?? [AUTOMATON]).map((role) => coded('Role', role));
  const purpose = coded('PurposeOfUse', { code: 'normal', system: PURPOSE_SYSTEM, label: 'Accès normal' });
  return [
    attribute('VIHF_Version', profile.version),
    attribute(profile.modeAttribute, mode),
    attribute('Identifiant_Structure', acting.structure.id),
    attribute('Secteur_Activite', `${acting.sector}^${SECTOR_SYSTEM}`),
    attribute(`${XSPA}:subject-id`, subject),
    rawAttribute(`${XACML}:subject:role`, roles),
    attribute(`${XACML}:resource:resource-id`, insCx(patient.ins)),
    attribute('Ressource_URN', 'urn:dmp'),
    rawAttribute(`${XSPA}:purposeofuse`, [purpose]),
    ...(lps.instanceId === undefined ? [] : [attribute('LPS_ID', lps.instanceId)]),
    attribute('LPS_Nom', lps.name),
    attribute('LPS_Version', lps.version),
    attribute('LPS_ID_HOMOLOGATION_DMP', lps.homologation),
  ].join('');
}

function attribute(name: string, value: string): string {
  return rawAttribute(name, [escapeXml(value)]);
}

function rawAttribute(name: string, values: readonly string[]): string {
  const inside = values.map((value) => `<saml2:AttributeValue>${value}</saml2:AttributeValue>`).join('');
  return `<saml2:Attribute Name="${name}">${inside}</saml2:Attribute>`;
}

/** An HL7 CE; `xsi:type` is a name without prefix, hence in the element's own namespace. */
function coded(element: string, value: Code): string {
  return (
    `<${element} xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CE" ` +
    `code="${escapeXml(value.code)}" codeSystem="${value.system}" displayName="${escapeXml(value.label)}"/>`
  );
}
