/**
 * The signed submission set: XML-DSig with XAdES 1.1.1 properties over a manifest of the submitted documents.
 * Source: dmp.md 4, and the ANS DRIM-M client for the namespaces inside SigningCertificate.
 *
 * Only default namespaces are used, so that inclusive and exclusive canonicalisation of every signed part give the
 * same bytes: the DMP samples verify with the one, the standard asks for the other.
 */
import { canonicalDigest, canonicalDocument } from '../xml/canonical-document.ts';
import {
  ALGORITHMS,
  C14N_WITH_COMMENTS,
  DS,
  digestOf,
  type SignatureAlgorithm,
  signatureOf,
} from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';
import { escapeXml } from '../xml/xml.ts';
import type { SubmittedDocument } from './submission.ts';

const XADES = 'http://uri.etsi.org/01903/v1.1.1#';
const PURPOSE = '1.2.840.10065.1.12.1.14';
const MANIFEST_ID = 'IHEManifest';
const PROPERTIES_ID = 'S0-SignedProperties';

export interface SignatureDocumentRequest {
  readonly submissionSetUniqueId: string;
  readonly documents: readonly SubmittedDocument[];
  readonly signer: Signer;
  /** SHA-1 in every sample; whether the DMP accepts SHA-256 is unknown (dmp.md 10). */
  readonly algorithm: SignatureAlgorithm;
  readonly signedAt: Date;
}

/**
 * The signature document as UTF-8 bytes. Rejects with XmlRefused when a document announced as XML is not: the caller checks
 * what it submits first.
 */
export async function signatureDocument(request: SignatureDocumentRequest): Promise<Buffer> {
  const { signer, algorithm } = request;
  const listed = manifest(request);
  const properties = signedProperties(request);
  const objects =
    `<Object><SignatureProperties><SignatureProperty Id="purposeOfSignature" Target="#S0">${PURPOSE}` +
    `</SignatureProperty></SignatureProperties></Object><Object>${listed}</Object>` +
    `<Object><QualifyingProperties xmlns="${XADES}" Target="#S0">${properties}</QualifyingProperties></Object>`;
  const signedInfo =
    `<SignedInfo xmlns="${DS}"><CanonicalizationMethod Algorithm="${C14N_WITH_COMMENTS}"/>` +
    `<SignatureMethod Algorithm="${ALGORITHMS[algorithm].signatureUri[signer.keyType]}"/>` +
    `<Reference Type="${DS}Manifest" URI="#${MANIFEST_ID}">${digestPair(digestOfPart(listed, DS, algorithm), algorithm)}</Reference>` +
    `<Reference Type="${XADES}SignedProperties" URI="#${PROPERTIES_ID}">` +
    `${digestPair(digestOfPart(properties, XADES, algorithm), algorithm)}</Reference></SignedInfo>`;
  const canonicalInfo = canonicalDocument(Buffer.from(signedInfo, 'utf8'));
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Signature xmlns="${DS}" Id="S0">${signedInfo}` +
      `<SignatureValue>${await signatureOf(canonicalInfo, signer, algorithm)}</SignatureValue>` +
      `<KeyInfo><X509Data><X509Certificate>${signer.certificate.raw.toString('base64')}</X509Certificate></X509Data>` +
      `</KeyInfo>${objects}</Signature>`,
    'utf8',
  );
}

/** The set itself is not hashed: its digest is one zero byte. Then every document, XML ones in canonical form. */
function manifest({ submissionSetUniqueId, documents, algorithm }: SignatureDocumentRequest): string {
  const set = `<Reference URI="urn:oid:${submissionSetUniqueId}">${digestPair('AA==', algorithm)}</Reference>`;
  const references = documents.map(({ entry, bytes }) => {
    const xml = isXml(entry.mimeType);
    const digest = xml ? canonicalDigest(bytes, ALGORITHMS[algorithm].hash) : digestOf(bytes, algorithm);
    const transforms = `<Transforms><Transform Algorithm="${C14N_WITH_COMMENTS}"/></Transforms>`;
    return `<Reference URI="urn:oid:${entry.uniqueId}">${xml ? transforms : ''}${digestPair(digest, algorithm)}</Reference>`;
  });
  return `<Manifest Id="${MANIFEST_ID}">${set}${references.join('')}</Manifest>`;
}

function isXml(mimeType: string): boolean {
  return mimeType === 'text/xml' || mimeType === 'application/xslt+xml';
}

function signedProperties({ signer, algorithm, signedAt }: SignatureDocumentRequest): string {
  return (
    `<SignedProperties Id="${PROPERTIES_ID}"><SignedSignatureProperties>` +
    `<SigningTime>${signedAt.toISOString()}</SigningTime><SigningCertificate><Cert><CertDigest>` +
    `${digestPair(digestOf(signer.certificate.raw, algorithm), algorithm)}</CertDigest><IssuerSerial>` +
    `<X509IssuerName xmlns="${DS}">${escapeXml(signer.issuer)}</X509IssuerName>` +
    `<X509SerialNumber xmlns="${DS}">${signer.serialNumber}</X509SerialNumber></IssuerSerial></Cert>` +
    `</SigningCertificate><SignaturePolicyIdentifier><SignaturePolicyImplied/></SignaturePolicyIdentifier>` +
    `</SignedSignatureProperties><SignedDataObjectProperties/></SignedProperties>`
  );
}

/** In the namespace of whatever surrounds it: ds in references, XAdES 1.1.1 in CertDigest. */
function digestPair(digest: string, algorithm: SignatureAlgorithm): string {
  return `<DigestMethod Algorithm="${ALGORITHMS[algorithm].digestUri}"/><DigestValue>${digest}</DigestValue>`;
}

/**
 * Of a part in its canonical form. It stands in a default namespace that it inherits and in no other: with that one
 * declared on itself it is canonicalised as it is inside the signature, without walking through the signature.
 */
function digestOfPart(part: string, namespace: string, algorithm: SignatureAlgorithm): string {
  const alone = part.replace(/^<\w+/, (start) => `${start} xmlns="${namespace}"`);
  return canonicalDigest(Buffer.from(alone, 'utf8'), ALGORITHMS[algorithm].hash);
}
