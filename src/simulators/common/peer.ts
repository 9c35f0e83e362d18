/** Who stands at the other end of a mutual-TLS connection. */
import type { X509Certificate } from 'node:crypto';

export interface Peer {
  readonly commonName: string;
  readonly organizationalUnits: string[];
  /** RFC 2253: most specific attribute first, OpenSSL short names (`GN`, `SN` for name parts). */
  readonly subject: string;
  /** DER. */
  readonly certificate: Buffer;
}

export function peerOf(certificate: X509Certificate): Peer {
  const { subject } = certificate.toLegacyObject();
  return {
    commonName: asList(subject.CN)[0] ?? '',
    organizationalUnits: asList(subject.OU),
    subject: rfc2253(certificate.subject),
    certificate: Buffer.from(certificate.raw),
  };
}

/** Node gives one RDN per line in encoding order, values already escaped as RFC 2253 wants, ` + ` inside an RDN. */
function rfc2253(lines: string): string {
  return lines
    .split('\n')
    .map((rdn) => rdn.replaceAll(' + ', '+'))
    .reverse()
    .join(',');
}

function asList(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
