/**
 * What the desk's software read on a Vitale card for the beneficiary that the operator picked, checked here before any
 * call. The card is a search key only: INSi returns the person's own INS (ins.md 3). Source: ins.md 4.3 and 4.4.
 */
import { parseCivilDate } from '../../ins/civil-date.ts';
import { matriculeKey } from '../../ins/matricule.ts';
import { normaliseName } from '../../ins/traits.ts';
import type { CivilDate } from '../../ins/types.ts';
import { insiRules } from '../../rules/insi.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

/** A NIR as the card holds it: 13 characters and 2 digits. */
export interface CertifiedNir {
  readonly number: string;
  readonly key: string;
  /** `AAAA-MM-JJ`. */
  readonly certifiedOn?: string;
}

declare const checked: unique symbol;
/** Made by `cardReading` alone. */
export interface CardReading {
  readonly [checked]: true;
  /** The insured person (ouvrant droit), whoever the beneficiary is. */
  readonly insured: CertifiedNir;
  /** The beneficiary's own number, where the card has it. */
  readonly beneficiary?: CertifiedNir;
  readonly birthName?: string;
  /** As read, possibly lunar. */
  readonly birthDate: CivilDate;
  /** 1 unless several beneficiaries share one birth date. */
  readonly birthRank: number;
  readonly regime?: string;
  readonly fund?: string;
  readonly centre?: string;
  readonly bearer?: string;
}

/** Unchecked values; numbers of 15 characters, spaces allowed. */
export interface CardReadingInput {
  readonly insured: string;
  readonly beneficiary?: string | undefined;
  readonly certifiedOn?: string | undefined;
  readonly birthName?: string | undefined;
  readonly birthDate: string;
  readonly birthRank?: number | undefined;
  readonly regime?: string | undefined;
  readonly fund?: string | undefined;
  readonly centre?: string | undefined;
  readonly bearer?: string | undefined;
}

/** The refusal names the field at fault, never its value. */
export function cardReading(input: CardReadingInput): Result<CardReading> {
  const insured = nir(input.insured);
  if (insured === undefined) return unreadable('insured');
  const beneficiary = input.beneficiary === undefined ? undefined : nir(input.beneficiary);
  if (input.beneficiary !== undefined && beneficiary === undefined) return unreadable('beneficiary');
  const birthDate = parseCivilDate(input.birthDate);
  if (!birthDate.ok) return unreadable('birthDate');
  const { birthRank = 1, certifiedOn } = input;
  if (!Number.isInteger(birthRank) || birthRank < 1 || birthRank > 9) return unreadable('birthRank');
  if (certifiedOn !== undefined && !parseCivilDate(certifiedOn).ok) return unreadable('certifiedOn');
  const birthName = input.birthName === undefined ? undefined : normaliseName(input.birthName, 'family');
  if (birthName !== undefined && !birthName.ok) return unreadable('birthName');
  const wrong = CODES.find(([name, shape]) => input[name] !== undefined && !shape.test(input[name]));
  if (wrong !== undefined) return unreadable(wrong[0]);
  const codes = Object.fromEntries(CODES.flatMap(([name]) => (input[name] === undefined ? [] : [[name, input[name]]])));
  return ok({
    insured,
    ...(beneficiary !== undefined && {
      beneficiary: { ...beneficiary, ...(certifiedOn !== undefined && { certifiedOn }) },
    }),
    ...(birthName !== undefined && { birthName: birthName.value }),
    birthDate: birthDate.value,
    birthRank,
    ...codes,
  } as CardReading);
}

/** Shapes of the codes of a card: régime 2 digits, caisse 3, centre 4, porteur 1. */
const CODES = [
  ['regime', /^\d{2}$/],
  ['fund', /^\d{3}$/],
  ['centre', /^\d{4}$/],
  ['bearer', /^\d$/],
] as const;

const SHAPE = /^(\d{5}(?:\d\d|2[AB])\d{6})(\d{2})$/;

/** A number that does not go with its key was misread: it would ask about somebody else. */
function nir(text: string): CertifiedNir | undefined {
  const [, number, key] = SHAPE.exec(text.replace(/\s/g, '').toUpperCase()) ?? [];
  if (number === undefined || key === undefined || matriculeKey(number) !== Number(key)) return undefined;
  return { number, key };
}

function unreadable(field: string): Result<never> {
  return refuse(insiRules.cardUnreadable, { location: field });
}
