/** Months of the region, drawn: documents added to the DMP, and establishments by kind of identity. The tables say the same. */
import type { RegionMonth } from '../store/region-reads.ts';
import { table } from './components.ts';
import { counted, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { kindLabel, monthName, monthShort, REGION } from './region-words.ts';
import { type Series, stackedChart } from './stacked-chart.ts';

interface Measure {
  readonly title: string;
  readonly series: readonly (Series & { readonly value: (month: RegionMonth) => number; readonly kind?: string })[];
  readonly words: readonly [singular: string, plural: string];
}

const DOCUMENTS: Measure = {
  title: 'Documents ajoutés au DMP, par mois et par nature d’identité',
  words: ['document', 'documents'],
  series: [
    { name: 'accepted', label: kindLabel('INS'), value: ({ addedIns }) => addedIns, kind: 'INS' },
    { name: 'waiting', label: kindLabel('NIR'), value: ({ addedNir }) => addedNir, kind: 'NIR' },
    { name: 'refused', label: kindLabel('INS-C'), value: ({ addedInsC }) => addedInsC, kind: 'INS-C' },
    { name: 'other', label: 'Nature non connue', value: ({ addedUnsaid }) => addedUnsaid },
  ],
};

const ESTABLISHMENTS: Measure = {
  title: 'Établissements alimentant le DMP, par mois et par nature d’identité',
  words: ['établissement', 'établissements'],
  series: [
    { name: 'accepted', label: kindLabel('INS'), value: ({ ins }) => ins, kind: 'INS' },
    { name: 'waiting', label: kindLabel('NIR'), value: ({ nir }) => nir, kind: 'NIR' },
    { name: 'refused', label: kindLabel('INS-C'), value: ({ insC }) => insC, kind: 'INS-C' },
  ],
};

/** `whole`: the tables open, as on paper. */
export function documentsByMonth(months: readonly RegionMonth[], whole: boolean): Html {
  return drawn(DOCUMENTS, months, whole);
}

export function kindsByMonth(months: readonly RegionMonth[], whole: boolean): Html {
  return drawn(ESTABLISHMENTS, months, whole);
}

/** One label under every third, sixth or twelfth bar. */
function stepOf(bars: number): number {
  return bars <= 12 ? 2 : bars <= 36 ? 6 : 12;
}

function drawn(measure: Measure, months: readonly RegionMonth[], whole: boolean): Html {
  const { title, series, words } = measure;
  const step = stepOf(months.length);
  const chart = stackedChart({
    label: `${title} ; le tableau donne les mêmes chiffres`,
    series,
    bars: months.map((month, index) => {
      const values = series.map(({ value }) => value(month));
      return {
        title: monthName(month.month),
        said: `${monthName(month.month)} : ${counted(sum(values), ...words)}`,
        axis: (months.length - 1 - index) % step === 0 ? monthShort(month.month) : undefined,
        fine: (months.length - 1 - index) % (2 * step) !== 0,
        values,
      };
    }),
  });
  return html`${chart}<details class="behind"${whole && html` open`}><summary>Voir le tableau</summary>${monthTable(measure, months)}</details>`;
}

function monthTable({ title, series }: Measure, months: readonly RegionMonth[]): Html {
  const right = { align: 'right' } as const;
  return table(
    title,
    [{ label: 'Mois' }, ...series.map(({ label }) => ({ label, ...right })), { label: 'Total', ...right }],
    months.toReversed().map((month) => {
      const values = series.map(({ value }) => value(month));
      return [
        html`<a href="${REGION}/mois/${month.month}">${monthName(month.month)}</a>`,
        ...series.map(({ kind }, place): HtmlValue => {
          const value = values[place] ?? 0;
          return value === 0 || kind === undefined
            ? number(value)
            : html`<a href="${REGION}/mois/${month.month}?nature=${kind}">${number(value)}</a>`;
        }),
        html`<span class="strong">${number(sum(values))}</span>`,
      ];
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
