/** Flows as rows, lanes as columns; what stands against the next one, in words. */
import { LANES, type Lane } from '../config/migration-schema.ts';
import { reportOf } from '../lanes/index.ts';
import { type LaneFlow, laneFlows } from '../store/lanes.ts';
import { chip, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { counted, day } from './format.ts';
import { type Html, html } from './html.ts';
import { canaryText, FLOWS, flowName, LANE_NAMES } from './lane-words.ts';
import type { Visit } from './visit.ts';

/** Beyond this what stands against each flow is said on its own page only: it takes some questions to the database. */
const JUDGED = 40;

/** Nothing while no flow is on its way. */
export async function lanesSection(visit: Visit): Promise<Html | undefined> {
  const { gateway, actor } = visit;
  const flows = await laneFlows(gateway.pool, actor.eg);
  if (flows.length === 0) return undefined;
  const against = new Map(
    await Promise.all(
      flows.slice(0, JUDGED).map(async (flow) => [flow.id, (await reportOf(gateway, flow)).against] as const),
    ),
  );
  const rows = flows.map((flow) => [
    html`<a class="strong" href="${FLOWS}/${flow.id}">${flowName(flow)}</a><br><span class="mut">${establishmentName(gateway.config, flow.eg)}</span>`,
    ...LANES.map((lane) => laneCell(flow, lane)),
    blockingCell(flow, against.get(flow.id)),
  ]);
  return html`<section class="card list"><div class="card-head"><h2>Bascule vers l’API V2</h2><a href="${FLOWS}/voies.csv">Exporter (CSV)</a></div>${table(
    'Flux en cours de bascule vers l’API V2, et la voie de chacun',
    [{ label: 'Flux', wide: true }, ...LANES.map((lane) => ({ label: LANE_NAMES[lane] })), { label: 'Ce qui bloque' }],
    rows,
  )}</section>`;
}

function laneCell(flow: LaneFlow, lane: Lane): Html {
  if (flow.lane === lane) {
    const rule = flow.canary === null ? '' : html`<br><span class="mut">${canaryText(flow.canary)}</span>`;
    return html`${chip({ tone: lane === 'v2' || lane === 'closed' ? 'ok' : 'wait', label: LANE_NAMES[lane] })}<br><span class="mut">depuis le ${day(flow.since)}</span>${rule}`;
  }
  const passed = LANES.indexOf(lane) < LANES.indexOf(flow.lane);
  return html`<span class="mut">${passed ? 'passée' : '—'}</span>`;
}

function blockingCell(
  { id, lane }: LaneFlow,
  against: Awaited<ReturnType<typeof reportOf>>['against'] | undefined,
): Html {
  if (against === undefined) return html`<a href="${FLOWS}/${id}">Voir</a>`;
  if (lane === 'closed') return html`<span class="mut">Bascule terminée</span>`;
  const [first, ...others] = against;
  if (first === undefined) return html`Rien : prêt pour la voie suivante`;
  return html`${first.rule.title}${others.length > 0 && html`<br><a href="${FLOWS}/${id}">et ${counted(others.length, 'autre raison', 'autres raisons')}</a>`}`;
}
