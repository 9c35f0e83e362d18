/** Detached signatures (CMS SignedData, RFC 5652) of a file beside them: made with any of our keys, verified by anybody's OpenSSL. */
import { createHash, X509Certificate } from 'node:crypto';
import { fromBER, Integer, ObjectIdentifier, OctetString, UTCTime } from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs';
import type { Signer } from '../xml/signer.ts';

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsaSha256: '1.2.840.113549.1.1.11',
  ecdsaSha256: '1.2.840.10045.4.3.2',
} as const;
const SET_OF = 0x31;

/** DER. Rejects with KeyUnavailable where the key is in a card that is not there. */
export async function signDetached(content: Uint8Array, signer: Signer, at: Date): Promise<Buffer> {
  const certificate = Certificate.fromBER(exact(signer.certificate.raw));
  const sha256 = new AlgorithmIdentifier({ algorithmId: OID.sha256 });
  // In the order of DER, by which every reader finds the very bytes that were signed.
  const signedAttrs = new SignedAndUnsignedAttributes({
    type: 0,
    attributes: [
      new Attribute({ type: OID.contentType, values: [new ObjectIdentifier({ value: OID.data })] }),
      new Attribute({ type: OID.signingTime, values: [new UTCTime({ valueDate: at })] }),
      new Attribute({ type: OID.messageDigest, values: [new OctetString({ valueHex: exact(digestOf(content)) })] }),
    ],
  });
  const signed = Buffer.from(signedAttrs.toSchema().toBER());
  signed[0] = SET_OF;
  const signature = await signer.sign(signed, 'sha256');
  const signerInfo = new SignerInfo({
    version: 1,
    sid: new IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
    digestAlgorithm: sha256,
    signedAttrs,
    signatureAlgorithm: new AlgorithmIdentifier({
      algorithmId: signer.keyType === 'rsa' ? OID.rsaSha256 : OID.ecdsaSha256,
    }),
    signature: new OctetString({ valueHex: exact(signer.keyType === 'rsa' ? signature : ecdsaDer(signature)) }),
  });
  const signedData = new SignedData({
    version: 1,
    digestAlgorithms: [sha256],
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: [certificate],
    signerInfos: [signerInfo],
  });
  const info = new ContentInfo({ contentType: OID.signedData, content: signedData.toSchema(true) });
  return Buffer.from(info.toSchema().toBER());
}

export type SignatureReading =
  /** The content is what the key of this certificate signed; whose certificate it is, the caller judges. */
  | { readonly kind: 'valid'; readonly certificate: X509Certificate }
  | { readonly kind: 'invalid'; readonly certificate: X509Certificate }
  | { readonly kind: 'unreadable' };

/** Never throws, whatever the bytes. */
export async function verifyDetached(signature: Uint8Array, content: Uint8Array): Promise<SignatureReading> {
  try {
    const read = fromBER(exact(signature));
    if (read.offset === -1) return { kind: 'unreadable' };
    const info = new ContentInfo({ schema: read.result });
    const signedData = new SignedData({ schema: info.content });
    const own = signedData.certificates?.find((each) => each instanceof Certificate);
    if (own === undefined || signedData.signerInfos.length !== 1) return { kind: 'unreadable' };
    const certificate = new X509Certificate(Buffer.from(own.toSchema().toBER()));
    const good = await isGood(signedData, content);
    return { kind: good ? 'valid' : 'invalid', certificate };
  } catch {
    return { kind: 'unreadable' };
  }
}

async function isGood(signedData: SignedData, content: Uint8Array): Promise<boolean> {
  try {
    return await signedData.verify({ signer: 0, data: exact(content), checkChain: false });
  } catch {
    return false;
  }
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

/** The bytes alone: a Buffer may be a window on a larger piece of memory. */
function exact(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** r and s one after the other, as the two integers that X.509 and CMS expect. */
function ecdsaDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const parts = [signature.subarray(0, half), signature.subarray(half)].map((bytes) =>
    Buffer.from(Integer.fromBigInt(BigInt(`0x${Buffer.from(bytes).toString('hex')}`)).toBER()),
  );
  const inside = Buffer.concat(parts);
  const length = inside.length < 0x80 ? [inside.length] : [0x81, inside.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), inside]);
}
