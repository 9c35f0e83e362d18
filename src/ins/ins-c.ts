/**
 * The computed INS of API V1, obsolete: only to recognise and to replay yesterday's traffic. It comes from the card of the
 * insured person, so it never identifies anybody by itself. Source: ins.md 1, one public vector.
 */
import { createHash } from 'node:crypto';

export interface InsCSeed {
  readonly firstGivenName: string;
  /** AAAA-MM-JJ, possibly lunar. */
  readonly birthDate: string;
  /** NIR read on the card, with or without its key: 13 characters count. */
  readonly nir: string;
}

const NAME_LENGTH = 10;

/** 20 digits and their key on 2. */
export function computeInsC({ firstGivenName, birthDate, nir }: InsCSeed): string {
  const name = firstGivenName.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase().replaceAll('-', ' ');
  const day = birthDate.replaceAll('-', '').slice(2);
  const seed = `${name.slice(0, NAME_LENGTH).padEnd(NAME_LENGTH)}${day}${nir.slice(0, 13)}`;
  const value = createHash('sha256').update(seed, 'ascii').digest().readBigUInt64BE(0);
  return value.toString().padStart(20, '0') + keyOf(value);
}

export function isInsC(text: string): boolean {
  return /^\d{22}$/.test(text) && keyOf(BigInt(text.slice(0, 20))) === text.slice(20);
}

function keyOf(value: bigint): string {
  return (97n - (value % 97n)).toString().padStart(2, '0');
}
