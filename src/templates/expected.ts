/** What the symbol of a document should say, from the traits that somebody typed: each one is optional. */
import { formatCivilDate, parseCivilDate } from '../ins/civil-date.ts';
import { parseCogCode } from '../ins/cog.ts';
import type { BlockId } from '../ins/datamatrix.ts';
import { parseMatricule } from '../ins/matricule.ts';
import { parseOid } from '../ins/oids.ts';
import { normaliseName } from '../ins/traits.ts';
import { ok, type Result } from '../rules/rule.ts';

export interface ExpectedPatient {
  readonly matricule?: string | undefined;
  readonly oid?: string | undefined;
  readonly birthGivenNames?: string | undefined;
  readonly birthName?: string | undefined;
  readonly sex?: 'M' | 'F' | undefined;
  /** AAAA-MM-JJ. */
  readonly birthDate?: string | undefined;
  readonly birthPlace?: string | undefined;
}

/** Normalised as the symbol must be; refused by the rule of the trait that is none. */
export function expectedBlocks(patient: ExpectedPatient): Result<ReadonlyMap<BlockId, string>> {
  const readings: readonly (readonly [BlockId, Result<string> | undefined])[] = [
    ['S1', given(patient.matricule, parseMatricule)],
    ['S2', given(patient.oid, parseOid)],
    ['S3', given(patient.birthGivenNames, (text) => normaliseName(text, 'given'))],
    ['S4', given(patient.birthName, (text) => normaliseName(text, 'family'))],
    ['S5', given(patient.sex, (text) => ok(text))],
    ['S6', given(patient.birthDate, blockDate)],
    ['S7', given(patient.birthPlace, parseCogCode)],
  ];
  const blocks = new Map<BlockId, string>();
  for (const [id, reading] of readings) {
    if (reading?.ok === false) return reading;
    if (reading !== undefined) blocks.set(id, reading.value);
  }
  return ok(blocks);
}

function given(text: string | undefined, read: (text: string) => Result<string>): Result<string> | undefined {
  return text === undefined || text === '' ? undefined : read(text);
}

function blockDate(text: string): Result<string> {
  const date = parseCivilDate(text);
  return date.ok ? ok(formatCivilDate(date.value, 'JJ-MM-AAAA')) : date;
}
