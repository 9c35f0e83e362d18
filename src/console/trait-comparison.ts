/** Local values and INSi's in two columns, the differing characters marked, so that a person can settle. */
import { z } from 'zod';
import type { TraitComparison } from '../ins/coherence.ts';
import { birthDate } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { toneIcon } from './icons.ts';
import { FIELD_NAMES, french, type Word } from './words.ts';

const positions = z.array(z.number().int().nonnegative());

/** The `discrepancy` column: the comparison of ins/coherence.ts, its rule as an id. */
const stored = z.array(
  z.object({
    trait: z.string(),
    local: z.string().optional(),
    insi: z.string().optional(),
    outcome: z.enum(['equal', 'acceptable', 'different']),
    explanation: z.string(),
    ruleId: z.string().nullable(),
    marks: z.object({ local: positions, insi: positions }).optional(),
  }),
);
type Stored = z.output<typeof stored>[number];

const OUTCOMES: Readonly<Record<TraitComparison['outcome'], Word>> = {
  equal: { tone: 'ok', label: 'Identique' },
  acceptable: { tone: 'ok', label: 'Admis' },
  different: { tone: 'bad', label: 'Différent' },
};

/** Undefined when there is nothing to compare. */
export function traitComparison(discrepancy: unknown): Html | undefined {
  const parsed = stored.safeParse(discrepancy);
  if (!parsed.success || parsed.data.length === 0) return undefined;
  return html`<table role="table" class="cards compare">
<caption class="unseen">Comparaison des traits enregistrés et de ceux renvoyés par INSi</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Trait</th><th scope="col" role="columnheader">Enregistré ici</th><th scope="col" role="columnheader">Renvoyé par INSi</th><th scope="col" role="columnheader">Constat</th></tr></thead>
<tbody role="rowgroup">${parsed.data.map(row)}</tbody>
</table>`;
}

/** Only what differs, in a line each: for a list. */
export function differingTraits(discrepancy: unknown): Html | undefined {
  const parsed = stored.safeParse(discrepancy);
  if (!parsed.success) return undefined;
  const apart = parsed.data.filter(({ outcome }) => outcome === 'different');
  return html`<ul class="changes">${apart.map(
    ({ trait, local, insi, marks }) =>
      html`<li><span class="mut">${FIELD_NAMES[trait] ?? trait} :</span> ${traitValue(trait, local, marks?.local, 'local')} <span class="mut">ici, INSi :</span> ${traitValue(trait, insi, marks?.insi, 'insi')}</li>`,
  )}</ul>`;
}

function row(comparison: Stored): Html {
  const { trait, outcome, explanation, local, insi, marks } = comparison;
  const { tone, label } = OUTCOMES[outcome];
  return html`<tr role="row" class="${outcome}">
<th scope="row" role="rowheader">${FIELD_NAMES[trait] ?? trait}</th>
<td role="cell" data-label="Enregistré ici"><div>${traitValue(trait, local, marks?.local, 'local')}</div></td>
<td role="cell" data-label="Renvoyé par INSi"><div>${traitValue(trait, insi, marks?.insi, 'insi')}</div></td>
<td role="cell" data-label="Constat"><div><span class="verdict ${tone}">${toneIcon(tone)}<span>${label}</span></span>${outcome !== 'equal' && html` <span class="mut">${french(explanation)}</span>`}</div></td>
</tr>`;
}

/** A value with its differing characters marked; « absent » when a side has none. */
export function traitValue(
  trait: string,
  text: string | undefined,
  marks: readonly number[] | undefined,
  side: 'local' | 'insi',
): HtmlValue {
  if (text === undefined) return html`<span class="mut">absent</span>`;
  // A date is shown in French order: its marks would point at other characters.
  if (trait === 'birthDate')
    return marks === undefined ? birthDate(text) : html`<mark class="${side}">${birthDate(text)}</mark>`;
  return html`<span class="trait">${marked(text, new Set(marks)).map(({ piece, differs }) =>
    differs ? html`<mark class="${side}">${visible(piece)}</mark>` : piece,
  )}</span>`;
}

/** A space that differs would be invisible. */
function visible(piece: string): string {
  return piece.replaceAll(' ', '\u2423');
}

interface Piece {
  readonly piece: string;
  readonly differs: boolean;
}

/** Runs of characters that differ or agree. */
function marked(text: string, marks: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const differs = marks.has(index);
    const last = pieces.at(-1);
    if (last !== undefined && last.differs === differs)
      pieces[pieces.length - 1] = { piece: last.piece + text.charAt(index), differs };
    else pieces.push({ piece: text.charAt(index), differs });
  }
  return pieces;
}
