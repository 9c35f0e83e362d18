/** Documents of the day by hour and outcome, drawn on the server. Values show on hover and on focus; a table says the same. */
import type { HourCount } from '../indicators/feed.ts';
import { table } from './components.ts';
import { counted, hourOf, number } from './format.ts';
import { type Html, html } from './html.ts';

const SERIES = [
  { key: 'accepted', label: 'Acceptés par le DMP' },
  { key: 'other', label: 'En cours ou non transmis' },
  { key: 'waiting', label: 'En attente' },
  { key: 'refused', label: 'Refusés' },
] as const;

type Hour = Pick<HourCount, 'accepted' | 'waiting' | 'refused' | 'other'>;
const NOTHING: Hour = { accepted: 0, waiting: 0, refused: 0, other: 0 };

const PITCH = 30;
const LEFT = 34;
const TOP = 8;
const HEIGHT = 168;
const BASE = TOP + HEIGHT;
const WIDTH = LEFT + 24 * PITCH;
const TIP = { width: 176, line: 18 } as const;

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

/** The first of 2, 4, 6, 8, 10, 20, 40… that is not below: the gridline halfway is a whole number too. */
function roundedUp(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  return [2, 4, 6, 8, 10].map((step) => step * power).find((limit) => limit >= highest) ?? highest;
}

export function hourChart(counts: readonly HourCount[], nowHour: number): Html {
  const hours = byHour(counts);
  const top = Math.max(4, roundedUp(Math.max(...hours.map(total))));
  const grid = [0, top / 2, top].map((value) => {
    const y = BASE - (value / top) * HEIGHT;
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}" /><text class="axis" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${number(value)}</text>`;
  });
  const axis = hours.map(
    (_, hour) =>
      hour % 3 === 0 &&
      html`<text class="axis ${hour % 6 !== 0 && 'fine'}" x="${LEFT + hour * PITCH + PITCH / 2}" y="${BASE + 20}" text-anchor="middle">${hour} h</text>`,
  );
  return html`<figure class="chart">
<svg viewBox="0 0 ${WIDTH} ${BASE + 28}" role="group" aria-label="Documents reçus aujourd’hui, par heure">
${grid}${hours.map((hour, index) => bar(hour, index, top))}${axis}
<line class="now" x1="${LEFT + (nowHour + 1) * PITCH}" x2="${LEFT + (nowHour + 1) * PITCH}" y1="${TOP}" y2="${BASE}" />
${hours.map((hour, index) => (total(hour) > 0 ? tip(hour, index, top) : undefined))}
</svg>
<figcaption class="legend">${SERIES.filter(({ key }) => hours.some((hour) => hour[key] > 0)).map(
    ({ key, label }) =>
      html`<span><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false"><rect class="series ${key}" width="10" height="10" rx="2" /></svg> ${label}</span>`,
  )}</figcaption>
</figure>`;
}

function bar(hour: Hour, index: number, top: number): Html {
  const x = LEFT + index * PITCH + 5;
  let y = BASE;
  return html`${SERIES.map(({ key }) => {
    const height = (hour[key] / top) * HEIGHT;
    if (height === 0) return undefined;
    y -= height;
    return html`<rect class="series ${key}" x="${x}" y="${round(y)}" width="${PITCH - 10}" height="${round(Math.max(height - 1, 1))}" rx="2" />`;
  })}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function tip(hour: Hour, index: number, top: number): Html {
  const lines = SERIES.filter(({ key }) => hour[key] > 0);
  const height = (lines.length + 1) * TIP.line + 12;
  const center = LEFT + index * PITCH + PITCH / 2;
  const x = Math.min(Math.max(center - TIP.width / 2, LEFT), WIDTH - TIP.width);
  const y = Math.max(0, BASE - (total(hour) / top) * HEIGHT - height - 6);
  const said = lines.map(({ key, label }) => `${label} : ${number(hour[key])}`).join(', ');
  return html`<g class="hour" tabindex="0" role="img" aria-label="${index} h : ${counted(total(hour), 'document', 'documents')}. ${said}">
<rect class="hit" x="${LEFT + index * PITCH}" y="${TOP}" width="${PITCH}" height="${HEIGHT}" rx="4" />
<g class="tip" aria-hidden="true"><rect x="${x}" y="${round(y)}" width="${TIP.width}" height="${height}" rx="6" />
<text class="tip-title" x="${x + 12}" y="${round(y + 20)}">${index} h – ${index + 1} h : ${number(total(hour))}</text>
${lines.map(({ key, label }, line) => html`<text x="${x + 12}" y="${round(y + 20 + (line + 1) * TIP.line)}">${label} : ${number(hour[key])}</text>`)}</g></g>`;
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
