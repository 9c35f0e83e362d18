/** Admissions by day, qualified or not, drawn on the server; the table beside it says the same. */
import type { AdmissionDay } from '../indicators/identity.ts';
import { counted, birthDate as frenchDay, number } from './format.ts';
import { type Html, html } from './html.ts';

const LEFT = 34;
const TOP = 8;
const HEIGHT = 140;
const BASE = TOP + HEIGHT;
const WIDTH = 754;

export function dayChart(days: readonly AdmissionDay[]): Html | undefined {
  if (days.length === 0) return undefined;
  const top = Math.max(1, ...days.map(({ admitted }) => admitted));
  const pitch = (WIDTH - LEFT) / days.length;
  const scaled = (value: number): number => Math.round((value / top) * HEIGHT * 10) / 10;
  const bars = days.map(({ day, admitted, qualified }, index) => {
    const x = Math.round((LEFT + index * pitch + pitch * 0.1) * 10) / 10;
    const width = Math.round(Math.min(pitch * 0.8, 40) * 10) / 10;
    const said = `${frenchDay(day)} : ${counted(admitted, 'identité admise', 'identités admises')}, dont ${counted(qualified, 'qualifiée', 'qualifiées')}`;
    return html`<g><title>${said}</title><rect class="series waiting" x="${x}" y="${BASE - scaled(admitted)}" width="${width}" height="${scaled(admitted - qualified)}" /><rect class="series accepted" x="${x}" y="${BASE - scaled(qualified)}" width="${width}" height="${scaled(qualified)}" /></g>`;
  });
  return html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${BASE + 24}" role="img" aria-label="Identités admises par jour, qualifiées ou non ; le tableau donne les mêmes chiffres">
<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${BASE}" y2="${BASE}" /><line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${TOP}" y2="${TOP}" />
<text class="axis" x="${LEFT - 8}" y="${TOP + 4}" text-anchor="end">${number(top)}</text><text class="axis" x="${LEFT - 8}" y="${BASE + 4}" text-anchor="end">0</text>${bars}
<text class="axis" x="${LEFT}" y="${BASE + 20}">${frenchDay(days[0]?.day ?? '')}</text>${days.length > 1 && html`<text class="axis" x="${WIDTH}" y="${BASE + 20}" text-anchor="end">${frenchDay(days.at(-1)?.day ?? '')}</text>`}</svg>
<figcaption class="legend">${legend('accepted', 'Qualifiées à ce jour')}${legend('waiting', 'Pas encore qualifiées')}</figcaption></figure>`;
}

function legend(series: string, label: string): Html {
  return html`<span><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false"><rect class="series ${series}" width="10" height="10" rx="2" /></svg> ${label}</span>`;
}
