/** The SAML assertion of the CPx address: a card's, signed, or Pro Santé Connect's, unsigned (ins.md 4.5 and 4.8, check 4). */
import { element, elements, text, withXml, type XmlElement } from '../../wire/xml/xml.ts';
import type { SimRequest } from '../common/service.ts';
import { soleAssertion, verifyAssertion } from '../dmp/vihf.ts';

const NS = {
  e: 'http://www.w3.org/2003/05/soap-envelope',
  w: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
};
const X509_SUBJECT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const LIFETIME_MS = 3_600_000;

export interface AssertionChecks {
  readonly now: Date;
  readonly clockSkewMs: number;
  /** How the token of Pro Santé Connect must come; not asked when absent, since its carriage is not published. */
  readonly pscTokenHeader: string | undefined;
}

/** Who the caller says to be, or what is wrong. */
export type CheckedAssertion = { readonly nameId: string } | { readonly problem: string };

export function checkAssertion(request: SimRequest, checks: AssertionChecks): CheckedAssertion {
  return withXml(request.body, (root) => {
    const security = elements(root, '/e:Envelope/e:Header/w:Security', NS);
    const [only] = security;
    if (only === undefined || security.length > 1) return { problem: 'wsse:Security est absent ou répété.' };
    const sole = soleAssertion(only);
    if (!sole.ok) return { problem: sole.fault.reason };
    const assertion = sole.value;
    if (assertion.attr('Version')?.value !== '2.0') return { problem: "L'assertion doit être de version 2.0." };
    const age = ageMs(assertion, checks.now);
    if (age === undefined || age > LIFETIME_MS || age < -checks.clockSkewMs)
      return { problem: "IssueInstant de l'assertion : un instant UTC de moins d'une heure est attendu." };
    const nameId = text(assertion, 'saml:Subject/saml:NameID', NS) ?? '';
    if (nameId === '') return { problem: "NameID de l'assertion absent." };
    const qualifier = text(assertion, 'saml:Subject/saml:NameID/@NameQualifier', NS);
    const problem =
      qualifier === 'CPS'
        ? cardProblem(assertion, nameId)
        : qualifier === 'PSC'
          ? connectProblem(assertion, request, checks.pscTokenHeader)
          : 'NameQualifier doit être CPS ou PSC.';
    return problem === undefined ? { nameId } : { problem };
  });
}

function ageMs(assertion: XmlElement, now: Date): number | undefined {
  const issued = assertion.attr('IssueInstant')?.value ?? '';
  return INSTANT.test(issued) ? now.getTime() - Date.parse(issued) : undefined;
}

/** Claims are read after the signature was verified and removed: what is judged is what was signed. */
function cardProblem(assertion: XmlElement, nameId: string): string | undefined {
  const signed = verifyAssertion(assertion);
  if (!signed.ok) return signed.fault.reason;
  const { signer, sha1 } = signed.value;
  if (sha1) return 'Signature de l’assertion : SHA-256 est attendu.';
  const holder = signer.subject.find(({ name }) => name === 'CN')?.value;
  if (holder !== nameId) return "NameID de l'assertion n'est pas le CN du certificat qui l'a signée.";
  if (element(assertion, 'saml:Issuer', NS)?.attr('Format')?.value !== X509_SUBJECT)
    return "Format de l'Issuer : X509SubjectName est attendu.";
  return missingClaim(assertion, ['identifiantFacturation', 'secteurActivite'], ['codeSpecialite']);
}

function connectProblem(assertion: XmlElement, request: SimRequest, header: string | undefined): string | undefined {
  if (element(assertion, './/ds:Signature', NS) !== undefined) return "L'assertion Pro Santé Connect n'est pas signée.";
  if (header !== undefined && (request.headers[header.toLowerCase()] ?? '') === '')
    return 'Le jeton Pro Santé Connect est absent.';
  return missingClaim(assertion, ['identifiantFacturation'], ['codeSpecialiteAMO', 'gipProfessionCode']);
}

/** Each claim once, with a value; nothing else. */
function missingClaim(
  assertion: XmlElement,
  mandatory: readonly string[],
  optional: readonly string[],
): string | undefined {
  const claims = elements(assertion, 'saml:AttributeStatement/saml:Attribute', NS);
  const names = claims.map((claim) => claim.attr('Name')?.value ?? '');
  const missing = mandatory.find((name) => names.filter((each) => each === name).length !== 1);
  if (missing !== undefined) return `Attribut ${missing} absent ou répété.`;
  const stranger = names.find((name) => ![...mandatory, ...optional].includes(name));
  if (stranger !== undefined) return "Attribut inconnu dans l'assertion.";
  const empty = claims.some((claim) => (text(claim, 'saml:AttributeValue', NS) ?? '').trim() === '');
  return empty ? "Attribut sans valeur dans l'assertion." : undefined;
}
