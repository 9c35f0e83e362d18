/** The VIHF (SAML 2.0 assertion) of a request, read as found and its signature verified. Source: dmp.md 2.3. */
import { canonical, children, element, elements, text, type XmlElement } from '../../wire/xml/xml.ts';
import type { Certificate } from './certificate.ts';
import { type Checked, refused } from './problem.ts';
import { attribute, digestMatches, ENVELOPED, EXCLUSIVE, readSignature } from './xml-signature.ts';

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const NS = { saml: SAML, ds: 'http://www.w3.org/2000/09/xmldsig#', h: 'urn:hl7-org:v3' };

export interface CodedValue {
  readonly code: string;
  readonly system: string;
}

export interface Vihf {
  readonly version: string;
  readonly issueInstant: string;
  readonly issuer: { readonly format: string; readonly name: string };
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly audienceRestrictions: number;
  readonly notBefore?: string;
  readonly notOnOrAfter?: string;
  readonly authnInstants: readonly string[];
  readonly classRef?: string;
  readonly contextDecl?: string;
  /** String attributes: name → values. Coded ones are in `roles` and `purposes`. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly repeated: readonly string[];
  readonly roles: readonly CodedValue[];
  readonly purposes: readonly CodedValue[];
  /** Of the confidentiality-code attribute, when it is a coded value. */
  readonly confidentialities: readonly CodedValue[];
  readonly signer: Certificate;
  readonly sha1: boolean;
}

export const ROLE = 'urn:oasis:names:tc:xacml:2.0:subject:role';
export const CONFIDENTIALITY = 'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code';
export const PURPOSE = 'urn:oasis:names:tc:xspa:1.0:subject:purposeofuse';

/**
 * Reads the assertion that the signature covers and no other. The signature element is removed from the tree before
 * the digest, so what is consumed afterwards is exactly what was digested.
 */
export function readVihf(security: XmlElement): Checked<Vihf> {
  const assertion = soleAssertion(security);
  if (!assertion.ok) return assertion;
  const signed = verifyAssertion(assertion.value);
  return signed.ok ? { ok: true, value: readClaims(assertion.value, signed.value) } : signed;
}

/** The one assertion of the message, where nothing could be hidden. */
export function soleAssertion(security: XmlElement): Checked<XmlElement> {
  const found = children(security);
  const [assertion] = found;
  if (assertion === undefined || found.length > 1 || !isAssertion(assertion)) {
    return refused('wsse:Security doit contenir une et une seule Assertion SAML 2.0, et rien d’autre.');
  }
  if (elements(security, '//saml:Assertion', NS).length !== 1) {
    return refused('Plusieurs assertions SAML dans le message (enveloppement de signature).');
  }
  if (security.find('.//comment()|.//processing-instruction()').length > 0) {
    return refused('Commentaire ou instruction de traitement dans l’assertion.');
  }
  return { ok: true, value: assertion };
}

function isAssertion(node: XmlElement): boolean {
  return node.name === 'Assertion' && node.namespaceUri === SAML;
}

/** Removes the signature from the tree: what is read afterwards is what was digested. */
export function verifyAssertion(assertion: XmlElement): Checked<{ signer: Certificate; sha1: boolean }> {
  const id = attribute(assertion, 'ID');
  const bearers = assertion
    .find('//@*[local-name()="ID" or local-name()="Id" or local-name()="id"]')
    .filter((node) => node.content === id);
  if (!/^[A-Za-z_][\w.-]*$/.test(id) || bearers.length !== 1) return refused('ID de l’assertion absent ou non unique.');
  const signatures = elements(assertion, './/ds:Signature', NS);
  const [signature] = signatures;
  if (signature === undefined) return refused('Assertion non signée.');
  if (signatures.length > 1) return refused('Plusieurs signatures dans l’assertion.');
  const [issuer, second] = children(assertion);
  if (issuer?.name !== 'Issuer' || second === undefined || !second.isSameNode(signature)) {
    return refused('La signature doit suivre immédiatement Issuer.');
  }
  const read = readSignature(signature);
  if (read === undefined) return refused('Signature de l’assertion de forme ou d’algorithme non admis.');
  const [reference, other] = read.references;
  if (reference === undefined || other !== undefined || reference.uri !== `#${id}` || reference.type !== '') {
    return refused('La signature doit référencer l’assertion, et elle seule.');
  }
  const transforms = reference.transforms.join(' ');
  if (transforms !== `${ENVELOPED} ${EXCLUSIVE}` || reference.parameters || read.canonicalization !== EXCLUSIVE) {
    return refused('Transformations ou canonicalisation de la signature non admises.');
  }
  signature.remove();
  if (!digestMatches(reference, canonical(assertion, 'exclusive'))) {
    return refused('Empreinte de l’assertion fausse : le jeton a été modifié après signature.');
  }
  if (!read.valid) return refused('Signature de l’assertion fausse.');
  return { ok: true, value: { signer: read.certificate, sha1: read.sha1 } };
}

function readClaims(assertion: XmlElement, signed: { signer: Certificate; sha1: boolean }): Vihf {
  const statements = elements(assertion, 'saml:AttributeStatement/saml:Attribute', NS);
  const attributes = new Map<string, readonly string[]>();
  const repeated: string[] = [];
  for (const statement of statements) {
    const name = attribute(statement, 'Name');
    if (attributes.has(name)) repeated.push(name);
    const values = elements(statement, 'saml:AttributeValue', NS).map((value) => value.content.trim());
    attributes.set(name, values);
  }
  const optional = (name: string, value: string | undefined): object => (value === undefined ? {} : { [name]: value });
  return {
    version: attribute(assertion, 'Version'),
    issueInstant: attribute(assertion, 'IssueInstant'),
    issuer: {
      format: attribute(element(assertion, 'saml:Issuer', NS), 'Format'),
      name: text(assertion, 'saml:Issuer', NS) ?? '',
    },
    nameId: text(assertion, 'saml:Subject/saml:NameID', NS) ?? '',
    nameIdFormat: attribute(element(assertion, 'saml:Subject/saml:NameID', NS), 'Format'),
    audienceRestrictions: elements(assertion, './/saml:AudienceRestriction', NS).length,
    ...optional('notBefore', text(assertion, 'saml:Conditions/@NotBefore', NS)),
    ...optional('notOnOrAfter', text(assertion, 'saml:Conditions/@NotOnOrAfter', NS)),
    authnInstants: elements(assertion, 'saml:AuthnStatement', NS).map((node) => attribute(node, 'AuthnInstant')),
    ...optional('classRef', text(assertion, 'saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef', NS)),
    ...optional('contextDecl', text(assertion, 'saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextDecl', NS)),
    attributes,
    repeated,
    roles: codedValues(statements, ROLE, 'h:Role'),
    purposes: codedValues(statements, PURPOSE, 'h:PurposeOfUse'),
    confidentialities: codedValues(statements, CONFIDENTIALITY, '*'),
    ...signed,
  };
}

function codedValues(statements: readonly XmlElement[], name: string, child: string): CodedValue[] {
  return statements
    .filter((statement) => attribute(statement, 'Name') === name)
    .flatMap((statement) => elements(statement, `saml:AttributeValue/${child}`, NS))
    .map((node) => ({ code: attribute(node, 'code'), system: attribute(node, 'codeSystem') }));
}
