/** A difference between the places where one fact is written, told without repeating anything about the patient. */
import { coherenceRules } from '../../rules/coherence.ts';
import type { Refusal, Rule } from '../../rules/rule.ts';

/** What is compared: one field, one rule. */
export type Field = keyof typeof coherenceRules;

const PLACES = {
  identity: 'identité qualifiée',
  cda: 'CDA',
  entry: 'fiche XDS',
  set: 'lot de soumission',
  signature: 'signature du lot',
  vihf: 'VIHF',
  decision: 'décision',
  configuration: 'configuration',
  content: 'document joint',
} as const;
export type Place = keyof typeof PLACES;

export interface Statement {
  readonly place: Place;
  /** What it says there; empty when it says nothing. A trait of the patient is hidden. */
  readonly value: string;
}

export interface Difference {
  readonly field: Field;
  readonly rule: Rule;
  /** False: the document leaves all the same, and the difference is shown. */
  readonly stops: boolean;
  /** The reference first, then each place that says something else. */
  readonly says: readonly Statement[];
}

/** Of the patient, or what may name the patient (a title): never shown. */
const PERSONAL: ReadonlySet<Field> = new Set([
  'ins',
  'birthName',
  'firstGivenName',
  'sex',
  'birthDate',
  'birthPlace',
  'ipp',
  'title',
  'referenceIds',
] satisfies Field[]);

/** A commune changes its code; which legal entity may vouch for which establishment is the DMP's to say. */
const WARNINGS: ReadonlySet<Field> = new Set(['birthPlace', 'legalEntity'] satisfies Field[]);

/** What a number of the patient could look like, wherever it stands. */
const NIR_SHAPED = /\d{6}[0-9A-Za-z]\d{6}/;
const HIDDEN = '•••';
const LONGEST = 80;

/** The places that differ from the reference, as one difference; none when all agree. */
export function differs(
  field: Field,
  [reference, value]: readonly [Place, string],
  others: ReadonlyArray<readonly [Place, string]>,
  same: (other: string, reference: string) => boolean = (other) => other === value,
): Difference[] {
  const found = others.filter(([, other]) => !same(other, value));
  if (found.length === 0) return [];
  const says = [[reference, value] as const, ...found].map(([place, said]) => ({ place, value: shown(field, said) }));
  return [{ field, rule: coherenceRules[field], stops: !WARNINGS.has(field), says }];
}

function shown(field: Field, value: string): string {
  if (value === '') return '';
  return PERSONAL.has(field) || NIR_SHAPED.test(value) ? HIDDEN : value.slice(0, LONGEST);
}

/** One per field: what several comparisons found of it is told together. */
export function byField(differences: readonly Difference[]): Difference[] {
  const merged = new Map<Field, Difference>();
  for (const difference of differences) {
    const known = merged.get(difference.field);
    const news = difference.says.filter(
      ({ place, value }) => !known?.says.some((said) => said.place === place && said.value === value),
    );
    merged.set(difference.field, known === undefined ? difference : { ...known, says: [...known.says, ...news] });
  }
  return [...merged.values()];
}

/** « CDA : 11490-0 ; fiche XDS : absent ». */
export function refusalOf({ rule, says }: Difference): Refusal {
  return { rule, detail: says.map(({ place, value }) => `${PLACES[place]} : ${value || 'absent'}`).join(' ; ') };
}
