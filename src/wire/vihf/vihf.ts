/**
 * The VIHF: the SAML 2.0 assertion by which a structure vouches for whoever acts on the DMP. Source: dmp.md 2.3.
 * The order is that of the SAML schema: Issuer, Signature, Subject, AuthnStatement, AttributeStatement. Conditions are
 * left out, as in every sample.
 */
import type { QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import { insCx } from '../xds/identifiers.ts';
import type { Code } from '../xds/metadata.ts';
import { type SignatureAlgorithm, signEnveloped } from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';
import { escapeXml } from '../xml/xml.ts';
import { type Acting, modeOf, type Purpose } from './acting.ts';

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
  /**
   * AuthnContextDecl of the reinforced indirect mode: a text, or `class` to repeat AuthnContextClassRef. The DRIMbox, which
   * talks to a real DMP, says APP_BROWSER_AUTH; the sample message repeats the class (dmp.md 2.3).
   */
  readonly reinforcedContext: string;
}

export const DEFAULT_VIHF_PROFILE: VihfProfile = {
  version: '3.0',
  modeAttribute: 'Authentification_Mode',
  algorithm: 'rsa-sha256',
  reinforcedContext: 'APP_BROWSER_AUTH',
};

export interface VihfRequest {
  readonly acting: Acting;
  /** Absent where no patient is targeted: the list of one's DMPs, a search by traits. */
  readonly patient?: QualifiedIdentity | SentIdentity | undefined;
  readonly lps: Lps;
  readonly profile: VihfProfile;
  /** A signing certificate: ORG SIGN, or that of the card in direct mode. The DMP refuses an authentication certificate. */
  readonly signer: Signer;
  readonly issuedAt: Date;
  /** UUID. */
  readonly id: string;
}

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const XSPA = 'urn:oasis:names:tc:xspa:1.0:subject';
const XACML = 'urn:oasis:names:tc:xacml:2.0';
const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes';
const SECTOR_SYSTEM = '1.2.250.1.71.4.2.4';
const PURPOSE_SYSTEM = '1.2.250.1.213.1.1.4.248';
const CONFIDENTIALITY = 'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code';
/** The one value of JDV_J64. */
const SECRET = 'INVISIBLE_REPRESENTANTS_LEGAUX';
const PURPOSES: Readonly<Record<Purpose['code'], string>> = {
  normal: 'Accès normal',
  bris_de_glace: 'Accès bris de glace',
  centre_15: 'Accès centre 15',
};
const AUTOMATON: Code = { code: 'AUTOMATE', system: '1.2.250.1.213.1.1.4.6', label: 'Automate' };

/** The signed assertion as XML text, self-sufficient in namespaces: it goes into any envelope as it is. */
export async function signedVihf(request: VihfRequest): Promise<string> {
  const id = `_${request.id}`;
  const instant = request.issuedAt.toISOString();
  const before =
    `<saml2:Assertion xmlns:saml2="${SAML}" ID="${id}" IssueInstant="${instant}" Version="2.0">` +
    `<saml2:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">` +
    `${escapeXml(request.signer.subject)}</saml2:Issuer>`;
  const { acting } = request;
  const after =
    `<saml2:Subject><saml2:NameID>${escapeXml(acting.responsible.id)}</saml2:NameID></saml2:Subject>` +
    `<saml2:AuthnStatement AuthnInstant="${(acting.session?.loggedInAt ?? request.issuedAt).toISOString()}">` +
    `<saml2:AuthnContext>${authenticationContext(request)}</saml2:AuthnContext></saml2:AuthnStatement>` +
    `<saml2:AttributeStatement>${attributes(request)}</saml2:AttributeStatement></saml2:Assertion>`;
  return signEnveloped({ before, after }, id, request.signer, request.profile.algorithm);
}

function authenticationContext({ acting, profile }: VihfRequest): string {
  const classRef = `${CLASSES}:${acting.session?.means ?? 'unspecified'}`;
  const reinforced = modeOf(acting) === 'INDIRECTE_RENFORCEE';
  const declared = profile.reinforcedContext === 'class' ? classRef : profile.reinforcedContext;
  return (
    `<saml2:AuthnContextClassRef>${classRef}</saml2:AuthnContextClassRef>` +
    (reinforced ? `<saml2:AuthnContextDecl>${escapeXml(declared)}</saml2:AuthnContextDecl>` : '')
  );
}

function attributes({ acting, patient, lps, profile }: VihfRequest): string {
  const mode = modeOf(acting);
  const subject = acting.roles === undefined ? `${lps.name} ${lps.version}` : acting.responsible.name;
  const roles = (acting.roles ?? [AUTOMATON]).map((role) => coded('Role', role));
  const purpose = acting.purpose ?? { code: 'normal' };
  return [
    attribute('VIHF_Version', profile.version),
    attribute(profile.modeAttribute, mode),
    attribute('Identifiant_Structure', acting.structure.id),
    attribute('Secteur_Activite', `${acting.sector}^${SECTOR_SYSTEM}`),
    // The card says who it is: the direct sample has no subject-id (dmp.md 2.3).
    mode === 'DIRECTE' ? '' : attribute(`${XSPA}:subject-id`, subject),
    rawAttribute(`${XACML}:subject:role`, roles),
    patient === undefined ? '' : attribute(`${XACML}:resource:resource-id`, insCx(patient.ins)),
    attribute('Ressource_URN', 'urn:dmp'),
    rawAttribute(`${XSPA}:purposeofuse`, [
      coded('PurposeOfUse', { code: purpose.code, system: PURPOSE_SYSTEM, label: PURPOSES[purpose.code] }),
    ]),
    purpose.code === 'bris_de_glace' ? attribute('Mode_Acces_Raison', purpose.reason) : '',
    acting.secretConnection === true ? attribute(CONFIDENTIALITY, SECRET) : '',
    lps.instanceId === undefined ? '' : attribute('LPS_ID', lps.instanceId),
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
