/** What a certificate says of its bearer, and the authorities of a file. */
import { X509Certificate } from 'node:crypto';

/** Values of one attribute of the subject; Node writes one attribute per line. */
export function subjectParts(certificate: X509Certificate, name: 'OU' | 'CN'): string[] {
  return certificate.subject
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

/** Every certificate of a PEM text. Throws for one that cannot be read. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** In date, and issued by one of these authorities, itself in date. A root that is not among them vouches for nobody. */
export function isVouchedFor(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  return (
    isInDate(certificate, now) &&
    authorities.some(
      (each) => each.ca && isInDate(each, now) && certificate.checkIssued(each) && certificate.verify(each.publicKey),
    )
  );
}

function isInDate({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return validFromDate <= now && now <= validToDate;
}
