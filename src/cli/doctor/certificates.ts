/** Certificates and keys, as the doctor's table says them. */
import {
  type CertificateExpectation,
  type CertificateFiles,
  frenchDate,
  inspectCertificate,
} from '../../operations/index.ts';
import { alert, type Check, fault, ok } from './check.ts';

/** Obtaining a certificate from IGC-Santé takes weeks. */
const ALERT_DAYS = 45;

export async function checkCertificate(
  subject: string,
  files: CertificateFiles,
  expectation: CertificateExpectation,
  now: Date,
): Promise<Check[]> {
  const { faults, daysLeft, validFrom, validTo, owner } = await inspectCertificate(files, expectation, now);
  const valid =
    daysLeft === undefined || validTo === undefined || validFrom === undefined || validFrom > now || daysLeft < 0
      ? []
      : [validity(subject, daysLeft, validTo)];
  return [
    ...valid,
    ...faults.map((reason) => fault(subject, reason)),
    ...(owner === undefined ? [] : [ok(subject, `FINESS ${owner} : entité juridique déclarée`)]),
  ];
}

function validity(subject: string, days: number, until: Date): Check {
  const text = `valable encore ${days} jour(s), jusqu'au ${frenchDate(until)}`;
  return days < ALERT_DAYS ? alert(subject, `${text} : à renouveler`) : ok(subject, text);
}
