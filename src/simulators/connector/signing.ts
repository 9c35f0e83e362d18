/** How a connector signs: its VIHF (enveloped, exclusive C14N), its submission (XAdES 1.1.1). Source: dmp.md 2.3 and 4. */
import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { canonicalDigest, exclusiveDocument } from '../../wire/xml/canonical-document.ts';
import { type CanonicalForm, canonical, element, escapeXml, withXml } from '../../wire/xml/xml.ts';
import type { KeyPair } from './model.ts';

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const C14N_COMMENTS = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments';
const XADES = 'http://uri.etsi.org/01903/v1.1.1#';
const METHODS = {
  sha1: [`${XMLDSIG}sha1`, `${XMLDSIG}rsa-sha1`],
  sha256: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'],
} as const;

export interface SigningKey {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** RFC 2253, most specific first: the Issuer of the VIHF. */
  readonly subject: string;
}

export function signingKey({ cert, key }: KeyPair): SigningKey {
  const certificate = new X509Certificate(cert);
  return { certificate, key: createPrivateKey(key), subject: backwards(certificate.subject) };
}

/** Node lists a name from the country down, one RDN per line. */
function backwards(name: string): string {
  return name.split('\n').reverse().join(',');
}

function certificateElement({ certificate }: SigningKey): string {
  const der = certificate.raw.toString('base64');
  return `<KeyInfo><X509Data><X509Certificate>${der}</X509Certificate></X509Data></KeyInfo>`;
}

/** Puts the signature right after Issuer. The assertion declares every prefix that it uses. */
export function signVihf(assertion: string, id: string, signer: SigningKey, hash: keyof typeof METHODS): string {
  const [digestMethod, signatureMethod] = METHODS[hash];
  const digest = createHash(hash).update(exclusiveDocument(assertion)).digest('base64');
  const info =
    `<SignedInfo xmlns="${XMLDSIG}"><CanonicalizationMethod Algorithm="${EXC_C14N}"></CanonicalizationMethod>` +
    `<SignatureMethod Algorithm="${signatureMethod}"></SignatureMethod><Reference URI="#${id}"><Transforms>` +
    `<Transform Algorithm="${XMLDSIG}enveloped-signature"></Transform><Transform Algorithm="${EXC_C14N}"></Transform>` +
    `</Transforms><DigestMethod Algorithm="${digestMethod}"></DigestMethod><DigestValue>${digest}</DigestValue>` +
    `</Reference></SignedInfo>`;
  // Written as its own canonical form: signed as it stands.
  const value = sign(`RSA-${hash.toUpperCase()}`, Buffer.from(info), signer.key).toString('base64');
  const signature = `<Signature xmlns="${XMLDSIG}">${info}<SignatureValue>${value}</SignatureValue>${certificateElement(signer)}</Signature>`;
  return assertion.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`);
}

export interface SubmissionToSign {
  readonly setUniqueId: string;
  readonly documents: readonly { readonly uniqueId: string; readonly bytes: Buffer }[];
  readonly at: Date;
}

/** Everything in SHA-1, as the official samples. The documents are XML: their canonical form is digested. */
export function signSubmission(submission: SubmissionToSign, signer: SigningKey): string {
  const unsigned = withoutSignedInfo(submission, signer);
  const infoDigests = [digestOf(unsigned, 'Manifest'), digestOf(unsigned, 'SignedProperties')];
  const info =
    `<SignedInfo><CanonicalizationMethod Algorithm="${C14N_COMMENTS}"/><SignatureMethod Algorithm="${METHODS.sha1[1]}"/>` +
    `${reference('#IHEManifest', infoDigests[0] ?? '', `${XMLDSIG}Manifest`)}` +
    `${reference('#Proprietes', infoDigests[1] ?? '', `${XADES}SignedProperties`)}</SignedInfo>`;
  const filled = unsigned.replace('<SignedInfo/>', info);
  const value = sign('RSA-SHA1', formOf(filled, 'SignedInfo', 'inclusive-with-comments'), signer.key);
  return filled.replace('<SignatureValue/>', `<SignatureValue>${value.toString('base64')}</SignatureValue>`);
}

function withoutSignedInfo({ setUniqueId, documents, at }: SubmissionToSign, signer: SigningKey): string {
  const { certificate } = signer;
  const digested = documents.map(({ uniqueId, bytes }) =>
    reference(`urn:oid:${uniqueId}`, canonicalDigest(bytes, 'sha1'), undefined, C14N_COMMENTS),
  );
  const serial = BigInt(`0x${certificate.serialNumber}`).toString();
  const own = createHash('sha1').update(certificate.raw).digest('base64');
  return (
    `<Signature xmlns="${XMLDSIG}" Id="SignatureLot"><SignedInfo/><SignatureValue/>${certificateElement(signer)}` +
    `<Object><Manifest Id="IHEManifest">${reference(`urn:oid:${setUniqueId}`, 'AA==')}${digested.join('')}</Manifest></Object>` +
    `<Object><SignatureProperties><SignatureProperty Id="purposeOfSignature" Target="#SignatureLot">` +
    `1.2.840.10065.1.12.1.14</SignatureProperty></SignatureProperties></Object>` +
    `<Object><xad:QualifyingProperties xmlns:xad="${XADES}" Target="#SignatureLot"><xad:SignedProperties Id="Proprietes">` +
    `<xad:SignedSignatureProperties><xad:SigningTime>${at.toISOString()}</xad:SigningTime><xad:SigningCertificate><xad:Cert>` +
    `<xad:CertDigest><xad:DigestMethod Algorithm="${METHODS.sha1[0]}"/><xad:DigestValue>${own}</xad:DigestValue></xad:CertDigest>` +
    `<xad:IssuerSerial><X509IssuerName>${escapeXml(backwards(certificate.issuer))}</X509IssuerName>` +
    `<X509SerialNumber>${serial}</X509SerialNumber></xad:IssuerSerial></xad:Cert></xad:SigningCertificate>` +
    `<xad:SignaturePolicyIdentifier><xad:SignaturePolicyImplied/></xad:SignaturePolicyIdentifier>` +
    `</xad:SignedSignatureProperties><xad:SignedDataObjectProperties/></xad:SignedProperties></xad:QualifyingProperties>` +
    `</Object></Signature>`
  );
}

function reference(uri: string, digest: string, type?: string, transform?: string): string {
  const transforms = transform === undefined ? '' : `<Transforms><Transform Algorithm="${transform}"/></Transforms>`;
  return (
    `<Reference URI="${uri}"${type === undefined ? '' : ` Type="${type}"`}>${transforms}` +
    `<DigestMethod Algorithm="${METHODS.sha1[0]}"/><DigestValue>${digest}</DigestValue></Reference>`
  );
}

function digestOf(xml: string, name: string): string {
  return createHash('sha1')
    .update(formOf(xml, name, 'inclusive'))
    .digest('base64');
}

function formOf(xml: string, name: string, form: CanonicalForm): Buffer {
  return withXml(Buffer.from(xml), (root) => {
    const node = element(root, `//*[local-name()="${name}"]`);
    if (node === undefined) throw new Error(`no ${name} to sign`);
    return canonical(node, form);
  });
}
