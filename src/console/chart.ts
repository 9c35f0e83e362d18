/** Documents of the day by hour and outcome. */
import type { HourCount } from '../indicators/feed.ts';
import { table } from './components.ts';
import { counted, hourOf, number } from './format.ts';
import { type Html, html } from './html.ts';
import { stackedChart } from './stacked-chart.ts';

const SERIES = [
  { key: 'accepted', label: 'Acceptés par le DMP' },
  { key: 'other', label: 'En cours ou non transmis' },
  { key: 'waiting', label: 'En attente' },
  { key: 'refused', label: 'Refusés' },
] as const;

type Hour = Pick<HourCount, 'accepted' | 'waiting' | 'refused' | 'other'>;
const NOTHING: Hour = { accepted: 0, waiting: 0, refused: 0, other: 0 };

/** Two instants of one hour of the clock (when clocks change) are added. */
function byHour(counts: readonly HourCount[]): Hour[] {
  const hours = Array.from({ length: 24 }, () => NOTHING);
  for (const count of counts) {
    const hour = hourOf(count.hour);
    const before = hours[hour] ?? NOTHING;
    hours[hour] = {
      accepted: before.accepted + count.accepted,
      waiting: before.waiting + count.waiting,
      refused: before.refused + count.refused,
      other: before.other + count.other,
    };
  }
  return hours;
}

function total({ accepted, waiting, refused, other }: Hour): number {
  return accepted + waiting + refused + other;
}

export function hourChart(counts: readonly HourCount[], nowHour: number): Html {
  return stackedChart({
    label: 'Documents reçus aujourd’hui, par heure',
    series: SERIES.map(({ key, label }) => ({ name: key, label })),
    mark: nowHour,
    bars: byHour(counts).map((hour, index) => ({
      title: `${index} h – ${index + 1} h`,
      said: `${index} h : ${counted(total(hour), 'document', 'documents')}`,
      axis: index % 3 === 0 ? `${index} h` : undefined,
      fine: index % 6 !== 0,
      values: SERIES.map(({ key }) => hour[key]),
    })),
  });
}

/** The same figures, hour by hour; hours without a document are left out. */
export function hourTable(counts: readonly HourCount[]): Html {
  const rows = byHour(counts).flatMap((hour, index) =>
    total(hour) === 0
      ? []
      : [
          [
            `${index} h`,
            ...SERIES.map(({ key }) => number(hour[key])),
            html`<span class="strong">${number(total(hour))}</span>`,
          ],
        ],
  );
  return table(
    'Documents reçus aujourd’hui, par heure et par issue',
    [
      { label: 'Heure' },
      ...SERIES.map(({ label }) => ({ label, align: 'right' as const })),
      { label: 'Total', align: 'right' },
    ],
    rows,
  );
}
