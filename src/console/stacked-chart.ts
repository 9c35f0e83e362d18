/** Counts in stacked bars, drawn on the server. Values show on hover and on focus; a table beside it says the same. */
import { number } from './format.ts';
import { type Html, html } from './html.ts';

export interface Series {
  /** Its colour in pages.css. */
  readonly name: string;
  readonly label: string;
}

export interface StackedBar {
  /** First line of what shows on hover, and what a screen reader says before the values. */
  readonly title: string;
  readonly said: string;
  /** Under the bar; `fine` where a narrow screen leaves it out. */
  readonly axis?: string | undefined;
  readonly fine?: boolean;
  /** In the order of the series. */
  readonly values: readonly number[];
}

export interface StackedChart {
  readonly label: string;
  readonly series: readonly Series[];
  readonly bars: readonly StackedBar[];
  /** A line at the end of this bar. */
  readonly mark?: number;
}

const LEFT = 34;
const TOP = 8;
const HEIGHT = 168;
const BASE = TOP + HEIGHT;
const ROOM = 720;
const WIDTH = LEFT + ROOM;
/** Half of what a character under the axis takes. */
const CHARACTER = 3.6;
const TIP = { width: 176, line: 18 } as const;

function total({ values }: StackedBar): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The first of 2, 4, 6, 8, 10, 20, 40… that is not below: the gridline halfway is a whole number too. */
function roundedUp(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  return [2, 4, 6, 8, 10].map((step) => step * power).find((limit) => limit >= highest) ?? highest;
}

interface Frame extends StackedChart {
  readonly top: number;
  readonly pitch: number;
  /** Large figures take more room beside the axis. */
  readonly left: number;
}

export function stackedChart(chart: StackedChart): Html {
  const top = Math.max(4, roundedUp(Math.max(0, ...chart.bars.map(total))));
  const left = Math.max(LEFT, 12 + 7 * number(top).length);
  const frame: Frame = { ...chart, top, left, pitch: (WIDTH - left) / Math.max(1, chart.bars.length) };
  const { bars, series, label, mark, pitch } = frame;
  const grid = [0, top / 2, top].map((value) => {
    const y = BASE - (value / top) * HEIGHT;
    return html`<line class="grid" x1="${left}" x2="${WIDTH}" y1="${y}" y2="${y}" /><text class="axis" x="${left - 8}" y="${y + 4}" text-anchor="end">${number(value)}</text>`;
  });
  const axis = bars.map(
    ({ axis: under, fine }, index) =>
      under !== undefined &&
      html`<text class="axis ${fine === true && 'fine'}" x="${round(Math.min(left + index * pitch + pitch / 2, WIDTH - CHARACTER * under.length))}" y="${BASE + 20}" text-anchor="middle">${under}</text>`,
  );
  const marked = mark === undefined ? undefined : round(left + (mark + 1) * pitch);
  return html`<figure class="chart">
<svg viewBox="0 0 ${WIDTH} ${BASE + 28}" role="group" aria-label="${label}">
${grid}${bars.map((bar, index) => drawn(frame, bar, index))}${axis}
${marked !== undefined && html`<line class="now" x1="${marked}" x2="${marked}" y1="${TOP}" y2="${BASE}" />`}
${bars.map((bar, index) => (total(bar) > 0 ? tip(frame, bar, index) : undefined))}
</svg>
<figcaption class="legend">${series
    .filter((_, place) => bars.some(({ values }) => (values[place] ?? 0) > 0))
    .map(
      ({ name, label: said }) =>
        html`<span><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false"><rect class="series ${name}" width="10" height="10" rx="2" /></svg> ${said}</span>`,
    )}</figcaption>
</figure>`;
}

function drawn({ series, top, pitch, left }: Frame, { values }: StackedBar, index: number): Html {
  const gap = Math.min(5, pitch / 6);
  let y = BASE;
  return html`${series.map(({ name }, place) => {
    const height = ((values[place] ?? 0) / top) * HEIGHT;
    if (height === 0) return undefined;
    y -= height;
    return html`<rect class="series ${name}" x="${round(left + index * pitch + gap)}" y="${round(y)}" width="${round(pitch - 2 * gap)}" height="${round(Math.max(height - 1, 1))}" rx="2" />`;
  })}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function tip({ series, top, pitch, left }: Frame, bar: StackedBar, index: number): Html {
  const lines = series.flatMap(({ label }, place) => {
    const value = bar.values[place] ?? 0;
    return value > 0 ? [`${label} : ${number(value)}`] : [];
  });
  const height = (lines.length + 1) * TIP.line + 12;
  const center = left + index * pitch + pitch / 2;
  const width = Math.max(TIP.width, 24 + 6.4 * Math.max(...lines.map((line) => line.length)));
  const x = round(Math.min(Math.max(center - width / 2, left), WIDTH - width));
  const y = Math.max(0, BASE - (total(bar) / top) * HEIGHT - height - 6);
  return html`<g class="hour" tabindex="0" role="img" aria-label="${bar.said}. ${lines.join(', ')}">
<rect class="hit" x="${round(left + index * pitch)}" y="${TOP}" width="${round(pitch)}" height="${HEIGHT}" rx="4" />
<g class="tip" aria-hidden="true"><rect x="${x}" y="${round(y)}" width="${round(width)}" height="${height}" rx="6" />
<text class="tip-title" x="${x + 12}" y="${round(y + 20)}">${bar.title} : ${number(total(bar))}</text>
${lines.map((line, place) => html`<text x="${x + 12}" y="${round(y + 20 + (place + 1) * TIP.line)}">${line}</text>`)}</g></g>`;
}
