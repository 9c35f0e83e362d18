/**
 * Who the calls are made for (ins.md 4.5): the organisation by its certificate, a professional by a CPS assertion, or by a
 * Pro Santé Connect assertion. Each is a strategy; how the token of Pro Santé Connect travels is not published.
 */
import { signEnveloped } from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';
import { escapeXml } from '../xml/xml.ts';

export interface InsiCredentials {
  /** ContexteBAM and ContexteLPS/Emetteur. */
  readonly emitter: string;
  /** `wsse:Security` of one request; empty with an organisation certificate. */
  security(at: Date, newUuid: () => string): Promise<string>;
  /** Besides those of SOAP; rejects when what they are made of cannot be read. */
  headers(): Promise<Readonly<Record<string, string>>>;
}

/** What the assertion says of the person, besides who they are. */
export interface ProfessionalClaims {
  /** Geographic FINESS of an establishment, else SIRET. */
  readonly billingId: string;
  /** Mandatory for physicians. */
  readonly speciality?: string | undefined;
}

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const X509_SUBJECT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName';

/** `unit` is the OU of the certificate that the transport presents. */
export function organisationCredentials(unit: string): InsiCredentials {
  return { emitter: unit, security: async () => '', headers: async () => ({}) };
}

export interface CpsOptions extends ProfessionalClaims {
  /** The signature certificate of the card, whose CN names its holder, and its key. */
  readonly signer: Signer;
  /** SA05, SA07… */
  readonly sector: string;
  /** How long one assertion serves again; about one hour was observed. */
  readonly lifetimeMs: number;
}

/** Signed once and used again: a card asks its holder for a code at each signature. */
export function cpsCredentials(options: CpsOptions): InsiCredentials {
  const holder = commonName(options.signer.certificate.subject);
  let kept: { readonly assertion: string; readonly at: number } | undefined;
  return {
    emitter: holder,
    security: async (at, newUuid) => {
      const fresh = kept !== undefined && Math.abs(at.getTime() - kept.at) < options.lifetimeMs;
      if (kept === undefined || !fresh)
        kept = { assertion: await cpsAssertion(options, holder, at, newUuid()), at: at.getTime() };
      return inSecurity(kept.assertion);
    },
    headers: async () => ({}),
  };
}

function cpsAssertion(options: CpsOptions, holder: string, at: Date, uuid: string): Promise<string> {
  const { signer, billingId, sector, speciality } = options;
  const id = `_${uuid}`;
  const before =
    `${opening(id, at)}<saml:Issuer Format="${X509_SUBJECT}">` + `${escapeXml(signer.subject)}</saml:Issuer>`;
  const after = `${subject('CPS', holder)}${statement([
    ['identifiantFacturation', billingId],
    ['secteurActivite', sector],
    ['codeSpecialite', speciality],
  ])}</saml:Assertion>`;
  return signEnveloped({ before, after }, id, signer, 'rsa-sha256');
}

export interface PscOptions extends ProfessionalClaims {
  /** Of the person in the national directory. */
  readonly nameId: string;
  /** Not published: a setting. */
  readonly issuer: string;
  /** Where the user has several professions. */
  readonly professionCode?: string | undefined;
  /** How the access token goes with the call, where it does; read at each call, since it lives for minutes. */
  readonly token?:
    | { readonly header: string; readonly scheme: string; readonly read: () => Promise<string> }
    | undefined;
}

/** The assertion is not signed (SEL-MP-043 v05): the token vouches for the person. */
export function pscCredentials(options: PscOptions): InsiCredentials {
  const { nameId, issuer, billingId, speciality, professionCode, token } = options;
  return {
    emitter: nameId,
    security: async (at, newUuid) =>
      inSecurity(
        `${opening(`_${newUuid()}`, at)}<saml:Issuer>${escapeXml(issuer)}</saml:Issuer>${subject('PSC', nameId)}${statement(
          [
            ['identifiantFacturation', billingId],
            ['codeSpecialiteAMO', speciality],
            ['gipProfessionCode', professionCode],
          ],
        )}</saml:Assertion>`,
      ),
    headers: async () =>
      token === undefined ? {} : { [token.header]: `${token.scheme} ${(await token.read()).trim()}`.trim() },
  };
}

function opening(id: string, at: Date): string {
  return `<saml:Assertion xmlns:saml="${SAML}" ID="${id}" IssueInstant="${at.toISOString()}" Version="2.0">`;
}

function subject(qualifier: 'CPS' | 'PSC', name: string): string {
  return `<saml:Subject><saml:NameID NameQualifier="${qualifier}">${escapeXml(name)}</saml:NameID></saml:Subject>`;
}

function statement(claims: readonly (readonly [name: string, value: string | undefined])[]): string {
  const attributes = claims.map(([name, value]) =>
    value === undefined
      ? ''
      : `<saml:Attribute Name="${name}"><saml:AttributeValue>${escapeXml(value)}</saml:AttributeValue></saml:Attribute>`,
  );
  return `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`;
}

function inSecurity(assertion: string): string {
  return `<wsse:Security xmlns:wsse="${WSSE}">${assertion}</wsse:Security>`;
}

function commonName(subjectLines: string): string {
  return /^CN=(.+)$/m.exec(subjectLines)?.[1] ?? '';
}
