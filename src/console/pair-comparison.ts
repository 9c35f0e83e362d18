/** Two records in two columns, the differing characters marked, with what each trait says. */
import { markDifferences } from '../ins/character-differences.ts';
import type { MatchTrait } from '../ins/matching/compare.ts';
import type { TraitScore } from '../ins/matching/score.ts';
import type { Identifier, IdentityRecord } from '../store/identities.ts';
import { chip } from './components.ts';
import { day } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { toneIcon } from './icons.ts';
import { levelWord } from './pair-words.ts';
import { traitValue } from './trait-comparison.ts';
import { FIELD_NAMES, INSI_STATES, STATUSES } from './words.ts';

export interface Side {
  readonly record: IdentityRecord;
  readonly identifiers: readonly Identifier[];
  readonly documents: number;
  readonly stays: number;
}

/** Rows of traits, each with the trait of the score that speaks of it. */
const ROWS: readonly (readonly [keyof IdentityRecord & string, MatchTrait | undefined])[] = [
  ['birthName', 'name'],
  ['usedName', undefined],
  ['firstGivenName', 'given'],
  ['birthGivenNames', 'others'],
  ['birthDate', 'birthDate'],
  ['sex', 'sex'],
  ['birthPlace', 'birthPlace'],
];

export function pairComparison(first: Side, second: Side, traits: readonly TraitScore[]): Html {
  const said = (trait: MatchTrait | undefined) => traits.find((one) => one.trait === trait);
  const names = ['Premier dossier', 'Second dossier'] as const;
  const line = (label: HtmlValue, values: readonly [HtmlValue, HtmlValue], verdict: HtmlValue): Html =>
    html`<tr role="row"><th scope="row" role="rowheader">${label}</th>${values.map((value, side) => html`<td role="cell" data-label="${names[side]}"><div>${value}</div></td>`)}<td role="cell" data-label="Constat"><div>${verdict}</div></td></tr>`;
  const both = (of: (side: Side) => HtmlValue): readonly [HtmlValue, HtmlValue] => [of(first), of(second)];
  return html`<table role="table" class="cards compare">
<caption class="unseen">Comparaison des deux dossiers</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Trait</th>${[first, second].map(({ record }, side) => html`<th scope="col" role="columnheader">${names[side]}<br><a href="/console/patients/${record.id}">${record.birthName} ${record.firstGivenName}</a></th>`)}<th scope="col" role="columnheader">Constat</th></tr></thead>
<tbody role="rowgroup">${ROWS.map(([field, trait]) => line(FIELD_NAMES[field] ?? field, markedPair(field, first.record, second.record), verdictOf(said(trait))))}
${line('INS', both(insOf), verdictOf(said('ins')))}
${line(
  'Statut',
  both(
    ({ record }) =>
      html`${chip(STATUSES[record.status])}<br><span class="mut">${INSI_STATES[record.insiState].label}</span>`,
  ),
  undefined,
)}
${line('IPP', both(numbers), undefined)}
${line(
  'Documents, venues',
  both(({ documents, stays }) => `${documents}, ${stays}`),
  undefined,
)}
${line(
  'Créé, modifié',
  both(({ record }) => `${day(record.createdAt)}, ${day(record.updatedAt)}`),
  undefined,
)}</tbody>
</table>`;
}

function markedPair(
  field: keyof IdentityRecord & string,
  a: IdentityRecord,
  b: IdentityRecord,
): readonly [HtmlValue, HtmlValue] {
  const text = (record: IdentityRecord) => (record[field] === null ? undefined : String(record[field]));
  const [one, other] = [text(a), text(b)];
  const differ = one !== undefined && other !== undefined && one !== other;
  const marks = differ ? markDifferences(one, other) : undefined;
  return [traitValue(field, one, marks?.local, 'local'), traitValue(field, other, marks?.insi, 'insi')];
}

/** Never the number: whether there is one (promise 3). */
function insOf({ record }: Side): HtmlValue {
  return record.matricule === null ? html`<span class="mut">absente</span>` : 'portée';
}

function numbers({ identifiers }: Side): HtmlValue {
  const shown = identifiers.map(
    ({ value, domain, retired }) =>
      html`<span class="nowrap">${value}</span> <span class="mut">(${domain}${retired === true && ', abandonné'})</span><br>`,
  );
  return shown.length === 0 ? html`<span class="mut">aucun</span>` : shown;
}

function verdictOf(said: TraitScore | undefined): HtmlValue {
  if (said === undefined) return undefined;
  const { tone, label } = levelWord(said);
  const weight = said.weight === 0 ? '' : `${said.weight > 0 ? '+' : '−'}${Math.abs(said.weight).toLocaleString('fr')}`;
  return html`<span class="verdict ${tone}">${toneIcon(tone)}<span>${label}</span></span>${weight !== '' && html` <span class="mut nowrap">${weight}</span>`}`;
}
