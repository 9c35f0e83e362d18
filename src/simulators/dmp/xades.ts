/** Verification of the signature of a submission (DSG, XAdES 1.1.1). Source: dmp.md 4. */
import { createHash } from 'node:crypto';
import { canonicalDocument } from '../../wire/xml/canonical-document.ts';
import { canonical, element, elements, text, withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';
import { isSignatureCertificate, isTrusted } from './certificate.ts';
import type { Lot } from './lot.ts';
import type { Policy } from './options.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import {
  attribute,
  canonicalForm,
  DS,
  digestMatches,
  type ReadSignature,
  type Reference,
  readReferences,
  readSignature,
} from './xml-signature.ts';

const XADES = 'http://uri.etsi.org/01903/v1.1.1#';
const WITH_COMMENTS = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments';
const PURPOSE = '1.2.840.10065.1.12.1.14';
/** Digest value of the set itself, which is not hashed: one zero byte. */
const UNHASHED = 'AA==';
const NS = { ds: DS, x: XADES };

/** `signerDer`: the certificate that signed the VIHF; the lot is signed by the same (dmp.md 4). */
export function checkLotSignature(lot: Lot, signerDer: Buffer, policy: Policy, errors: RegistryError[]): void {
  const report = reporter(errors, 'InvalidDocumentContent', lot.signature.entry.id);
  try {
    withXml(lot.signature.bytes, (root) => checkSignature(root, lot, signerDer, policy, report));
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    report('Signature du lot illisible.');
  }
}

function checkSignature(root: XmlElement, lot: Lot, signerDer: Buffer, policy: Policy, report: Report): void {
  if (root.name !== 'Signature' || root.namespaceUri !== DS || attribute(root, 'Id') === '') {
    report('La racine doit être ds:Signature, avec un Id.');
    return;
  }
  if (root.find('//comment()|//processing-instruction()').length > 0) {
    report('Commentaire ou instruction de traitement dans la signature.');
  }
  const ids = root.find('//@Id').map((id) => id.content);
  if (new Set(ids).size !== ids.length) report('Id répété dans la signature.');
  const signature = readSignature(root);
  if (signature === undefined) {
    report('Signature du lot de forme ou d’algorithme non admis.');
    return;
  }
  if (signature.canonicalization !== WITH_COMMENTS)
    report('CanonicalizationMethod : C14N 1.0 avec commentaires attendu.');
  if (!signature.valid) report('Valeur de signature fausse.');
  if (!policy.lotHashes.includes(signature.hash))
    report(`Signature du lot : ${policy.lotHashes.join(' ou ')} attendu.`);
  const { certificate } = signature;
  if (!certificate.der.equals(signerDer)) report('Le lot doit être signé par le certificat qui signe le VIHF.');
  if (!isSignatureCertificate(certificate) || !isTrusted(certificate, policy.authorities, policy.now())) {
    report('Certificat de signature du lot non reconnu.');
  }
  checkSignedReferences(root, signature, report);
  checkManifest(root, lot, report);
  checkProperties(root, signature, policy, report);
}

/** Exactly two signed references: the manifest and the XAdES properties. */
function checkSignedReferences(root: XmlElement, { references }: ReadSignature, report: Report): void {
  const targets = [
    [`${DS}Manifest`, element(root, 'ds:Object/ds:Manifest', NS), 'Manifest'],
    [
      `${XADES}SignedProperties`,
      element(root, 'ds:Object/x:QualifyingProperties/x:SignedProperties', NS),
      'SignedProperties',
    ],
  ] as const;
  if (references.length !== 2) report('Deux références signées attendues : Manifest et SignedProperties.');
  for (const [type, target, name] of targets) {
    const reference = references.find((candidate) => candidate.type === type);
    if (target === undefined || reference === undefined || reference.uri !== `#${attribute(target, 'Id')}`) {
      report(`${name} absent ou non référencé par SignedInfo.`);
    } else if (!digestMatches(reference, localBytes(target, reference))) {
      report(`Empreinte de ${name} fausse.`);
    }
  }
  const known = 'self::ds:Manifest or self::ds:SignatureProperties or self::x:QualifyingProperties';
  if (element(root, `ds:Object[not(*) or *[not(${known})]]`, NS) !== undefined)
    report('Contenu étranger dans un Object de la signature.');
  if (elements(root, 'ds:Object/ds:Manifest', NS).length > 1) report('Plusieurs Manifest.');
  if (elements(root, './/x:SignedProperties', NS).length > 1) report('Plusieurs SignedProperties.');
}

/** Without transform, a same-document reference is canonicalised by C14N 1.0 (XML-DSig 4.3.3.2). */
function localBytes(target: XmlElement, { transforms, parameters }: Reference): Buffer {
  const [transform] = transforms;
  const form = transform === undefined ? 'inclusive' : canonicalForm(transform);
  // An inadmissible transform gives bytes that no digest matches.
  return form === undefined || transforms.length > 1 || parameters ? Buffer.alloc(0) : canonical(target, form);
}

function checkManifest(root: XmlElement, { setUniqueId, documents }: Lot, report: Report): void {
  const manifest = element(root, 'ds:Object/ds:Manifest', NS);
  if (manifest === undefined) return;
  const [first, ...rest] = readReferences(manifest);
  if (first?.uri !== `urn:oid:${setUniqueId}` || first.digestValue !== UNHASHED) {
    report('Manifest : première référence attendue, le lot (urn:oid du SubmissionSet), DigestValue AA==.');
  }
  for (const { entry, uniqueId, bytes } of documents) {
    const own = rest.filter(({ uri }) => uri === `urn:oid:${uniqueId}`);
    const [reference] = own;
    if (reference === undefined || own.length > 1) report(`Manifest : ${entry.id} doit y figurer une fois.`);
    else if (!documentMatches(reference, bytes, entry.mimeType)) report(`Manifest : empreinte de ${entry.id} fausse.`);
  }
  if (rest.length !== documents.length) report('Manifest : référence étrangère au lot.');
}

/** XML documents are digested in canonical form with comments, binary ones as they are. */
function documentMatches(reference: Reference, bytes: Buffer, mimeType: string): boolean {
  const binary = mimeType === 'application/dicom';
  if (reference.parameters || reference.transforms.join() !== (binary ? '' : WITH_COMMENTS)) return false;
  if (binary) return digestMatches(reference, bytes);
  try {
    return digestMatches(reference, canonicalDocument(bytes));
  } catch (error) {
    if (error instanceof XmlRefused) return false;
    throw error;
  }
}

function checkProperties(root: XmlElement, { certificate }: ReadSignature, policy: Policy, report: Report): void {
  const sigId = attribute(root, 'Id');
  const purpose = element(root, `ds:Object/ds:SignatureProperties/ds:SignatureProperty[@Id="purposeOfSignature"]`, NS);
  if (purpose === undefined || attribute(purpose, 'Target') !== `#${sigId}` || purpose.content.trim() !== PURPOSE) {
    report('SignatureProperty purposeOfSignature absente ou inattendue.');
  }
  const qualifying = element(root, 'ds:Object/x:QualifyingProperties', NS);
  if (qualifying === undefined || attribute(qualifying, 'Target') !== `#${sigId}`) {
    report('QualifyingProperties (XAdES 1.1.1) absent ou sans Target sur la signature.');
    return;
  }
  const signed = 'x:SignedProperties/x:SignedSignatureProperties';
  const time = Date.parse(text(qualifying, `${signed}/x:SigningTime`, NS) ?? '');
  if (Number.isNaN(time) || time > policy.now().getTime() + policy.clockSkewMs)
    report('SigningTime absent, invalide ou futur.');
  const cert = `${signed}/x:SigningCertificate/x:Cert`;
  const [leaf] = elements(qualifying, cert, NS);
  const digest = leaf === undefined ? '' : text(leaf, 'x:CertDigest/x:DigestValue', NS);
  if (digest !== createHash('sha1').update(certificate.der).digest('base64')) {
    report('SigningCertificate : empreinte SHA-1 du certificat fausse.');
  }
  const serial = leaf === undefined ? '' : text(leaf, 'x:IssuerSerial/ds:X509SerialNumber', NS);
  if (serial !== BigInt(`0x${certificate.x509.serialNumber}`).toString()) {
    report('SigningCertificate : numéro de série décimal faux.');
  }
  if (element(qualifying, `${signed}/x:SignaturePolicyIdentifier/x:SignaturePolicyImplied`, NS) === undefined) {
    report('SignaturePolicyImplied absent.');
  }
}
