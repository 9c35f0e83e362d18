/**
 * A printed PDF names its patient by its INS DataMatrix. The symbol is only a pointer into our own repository: it is followed
 * when the identity is qualified here and says the same, trait by trait; nothing is created or changed from it.
 */
import { qualifiedIdentityOf } from '../identity/index.ts';
import { type PayloadProblem, type PayloadReading, readInsPayload, verifyInsPayload } from '../ins/datamatrix-read.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { depositRules } from '../rules/deposit.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { identifiersOf, identityByIns } from '../store/identities.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';

/** The texts of its INS symbols, which all name the same INS in the national format. */
export async function readNaming(stamper: Pick<Stamper, 'readMarks'>, bytes: Buffer): Promise<Result<string[]>> {
  const read = await stamper.readMarks(bytes);
  if (!read.ok) return read;
  const symbols = read.value.outcome === 'stamped' ? [] : read.value.symbols;
  const texts = [...new Set(symbols.map(({ text }) => text).filter((text) => text.startsWith('IS')))];
  if (texts.length === 0) return refuse(depositRules.noSymbol, { detail: `${symbols.length} DataMatrix lu(s)` });
  const readings = texts.map(readInsPayload);
  if (new Set(readings.map(numberOf)).size > 1) return refuse(depositRules.severalPatients);
  const problems = readings.flatMap((reading) => reading.problems);
  return problems.length > 0 ? refuse(depositRules.symbolInvalid, { detail: inWords(problems) }) : ok(texts);
}

function numberOf({ blocks }: PayloadReading): string {
  return `${blocks.get('S2') ?? ''}|${blocks.get('S1') ?? ''}`;
}

/** No value of the symbol is in them. */
function inWords(problems: readonly PayloadProblem[]): string {
  return [...new Set(problems.map(({ explanation }) => explanation))].join(' ');
}

/** `waiting`: the identity may still come, or be qualified; the refusal says what is missing. */
export type Named =
  | { readonly outcome: 'found'; readonly ipp: string; readonly ippDomain: string }
  | { readonly outcome: 'waiting' | 'refused'; readonly refusal: Refusal };

/** The patient here that all these symbols name; `domain`: that of the source. */
export async function patientNamed({ pool }: UseCaseContext, texts: readonly string[], domain: string): Promise<Named> {
  const [{ blocks } = { blocks: new Map() }] = texts.map(readInsPayload);
  const record = await identityByIns(pool, { matricule: blocks.get('S1') ?? '', oid: blocks.get('S2') ?? '' });
  if (record === undefined) return { outcome: 'waiting', refusal: { rule: depositRules.patientUnknown } };
  const identity = qualifiedIdentityOf(record);
  if (!identity.ok) return { outcome: 'waiting', refusal: identity.refusal };
  const problems = texts.flatMap((text) => verifyInsPayload(text, identity.value).problems);
  if (problems.length > 0)
    return { outcome: 'refused', refusal: { rule: depositRules.symbolDiffers, detail: inWords(problems) } };
  const numbers = (await identifiersOf(pool, record.id)).filter(
    ({ kind, retired }) => kind === 'PI' && retired !== true,
  );
  const number = numbers.find((each) => each.domain === domain) ?? numbers[0];
  if (number === undefined) return { outcome: 'waiting', refusal: { rule: depositRules.patientWithoutIpp } };
  return { outcome: 'found', ipp: number.value, ippDomain: number.domain };
}
