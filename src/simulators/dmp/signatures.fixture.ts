/** Signing for the tests: the VIHF (exclusive C14N) and the submission (XAdES 1.1.1). */
import { createHash, sign, X509Certificate } from 'node:crypto';
import { canonicalDocument } from '../../wire/xml/canonical-document.ts';
import { type CanonicalForm, canonical, element, withXml } from '../../wire/xml/xml.ts';
import type { TestCertificate } from './certificates.fixture.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const WITH_COMMENTS = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments';
const XADES = 'http://uri.etsi.org/01903/v1.1.1#';
const ALGORITHMS = {
  sha1: { digest: `${DS}sha1`, signature: `${DS}rsa-sha1` },
  sha256: {
    digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
    signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  },
} as const;

export type Edit = (xml: string) => string;

function canonicalText(xml: string, form: CanonicalForm): string {
  return withXml(Buffer.from(xml), (root) => canonical(root, form).toString('utf8'));
}

function keyInfo(certificate: TestCertificate): string {
  const der = certificate.der.toString('base64');
  return `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
}

export interface AssertionSigning {
  readonly certificate: TestCertificate;
  readonly hash: 'sha1' | 'sha256';
  readonly signedInfo: Edit;
}

/** Inserts the enveloped signature after Issuer. The assertion declares its own namespaces. */
export function signAssertion(assertion: string, { certificate, hash, signedInfo }: AssertionSigning): string {
  const id = /ID="([^"]*)"/.exec(assertion)?.[1] ?? '';
  const digest = createHash(hash).update(canonicalText(assertion, 'exclusive')).digest('base64');
  const info = signedInfo(
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"/>` +
      `<ds:SignatureMethod Algorithm="${ALGORITHMS[hash].signature}"/><ds:Reference URI="#${id}"><ds:Transforms>` +
      `<ds:Transform Algorithm="${DS}enveloped-signature"/><ds:Transform Algorithm="${EXCLUSIVE}"/></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${ALGORITHMS[hash].digest}"/><ds:DigestValue>${digest}</ds:DigestValue>` +
      `</ds:Reference></ds:SignedInfo>`,
  );
  const value = sign(`RSA-${hash}`, Buffer.from(canonicalText(info, 'exclusive')), certificate.key).toString('base64');
  const signature =
    `<ds:Signature xmlns:ds="${DS}">${info}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `${keyInfo(certificate)}</ds:Signature>`;
  return assertion.replace('</saml:Issuer>', `</saml:Issuer>${signature}`);
}

export interface LotSigning {
  readonly certificate: TestCertificate;
  readonly setUniqueId: string;
  readonly documents: readonly { readonly uniqueId: string; readonly bytes: Buffer }[];
  /** Before anything is digested or signed. */
  readonly edit: Edit;
}

export function writeLotSignature({ certificate, setUniqueId, documents, edit }: LotSigning): string {
  const sha1 = (data: Buffer): string => createHash('sha1').update(data).digest('base64');
  const reference = (uri: string, digest: string, more = '', transforms = ''): string =>
    `<ds:Reference${more} URI="${uri}">${transforms}<ds:DigestMethod Algorithm="${DS}sha1"/>` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`;
  const transforms = `<ds:Transforms><ds:Transform Algorithm="${WITH_COMMENTS}"/></ds:Transforms>`;
  const entries = documents.map(({ uniqueId, bytes }) =>
    reference(`urn:oid:${uniqueId}`, sha1(canonicalDocument(bytes)), '', transforms),
  );
  const cert =
    `<x:Cert><x:CertDigest><x:DigestMethod Algorithm="${DS}sha1"/><x:DigestValue>${sha1(certificate.der)}</x:DigestValue>` +
    `</x:CertDigest><x:IssuerSerial><ds:X509IssuerName>CN=Test authority</ds:X509IssuerName>` +
    `<ds:X509SerialNumber>${serialOf(certificate)}</ds:X509SerialNumber></x:IssuerSerial></x:Cert>`;
  const unsigned = edit(
    `<ds:Signature xmlns:ds="${DS}" Id="sig1"><ds:SignedInfo/><ds:SignatureValue/>${keyInfo(certificate)}` +
      `<ds:Object><ds:Manifest Id="IHEManifest">${reference(`urn:oid:${setUniqueId}`, 'AA==')}${entries.join('')}` +
      `</ds:Manifest></ds:Object><ds:Object><ds:SignatureProperties><ds:SignatureProperty Id="purposeOfSignature" ` +
      `Target="#sig1">1.2.840.10065.1.12.1.14</ds:SignatureProperty></ds:SignatureProperties></ds:Object>` +
      `<ds:Object><x:QualifyingProperties xmlns:x="${XADES}" Target="#sig1"><x:SignedProperties Id="S0-SignedProperties">` +
      `<x:SignedSignatureProperties><x:SigningTime>2026-11-23T10:00:00Z</x:SigningTime><x:SigningCertificate>${cert}` +
      `</x:SigningCertificate><x:SignaturePolicyIdentifier><x:SignaturePolicyImplied/></x:SignaturePolicyIdentifier>` +
      `</x:SignedSignatureProperties><x:SignedDataObjectProperties/></x:SignedProperties></x:QualifyingProperties>` +
      `</ds:Object></ds:Signature>`,
  );
  const part = (name: string): string =>
    withXml(Buffer.from(unsigned), (root) => {
      const node = element(root, `//*[local-name()="${name}"]`);
      return node === undefined ? '' : sha1(canonical(node, 'inclusive'));
    });
  const info =
    `<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${WITH_COMMENTS}"/>` +
    `<ds:SignatureMethod Algorithm="${DS}rsa-sha1"/>${reference('#IHEManifest', part('Manifest'), ` Type="${DS}Manifest"`)}` +
    `${reference('#S0-SignedProperties', part('SignedProperties'), ` Type="${XADES}SignedProperties"`)}</ds:SignedInfo>`;
  const filled = unsigned.replace('<ds:SignedInfo/>', info);
  const signed = withXml(Buffer.from(filled), (root) => {
    const node = element(root, 'ds:SignedInfo', { ds: DS });
    return node === undefined ? Buffer.alloc(0) : canonical(node, 'inclusive-with-comments');
  });
  const value = sign('RSA-SHA1', signed, certificate.key).toString('base64');
  return filled.replace('<ds:SignatureValue/>', `<ds:SignatureValue>${value}</ds:SignatureValue>`);
}

function serialOf({ der }: TestCertificate): string {
  return BigInt(`0x${new X509Certificate(der).serialNumber}`).toString();
}
