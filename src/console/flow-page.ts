/** One flow: its lane, what stands against the next, forward and back, what the shadow says, its history. */
import { may } from '../api/access.ts';
import { LANES, type Lane } from '../config/migration-schema.ts';
import { earlierLanes, lanesCsv, moveFlow, nextLane, reportOf } from '../lanes/index.ts';
import { apiRules } from '../rules/api.ts';
import { laneRules } from '../rules/lanes.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type CanaryRule, flowById, type LaneFlow, laneFlows, movesOf } from '../store/lanes.ts';
import { chip, explanation, fields, notice } from './components.ts';
import { establishmentName } from './establishments.ts';
import { moveForms } from './flow-forms.ts';
import { blockingSection, historySection, shadowSection } from './flow-view.ts';
import { counted, dateTime, number } from './format.ts';
import { html } from './html.ts';
import { canaryText, FLOWS, flowName, LANE_NAMES, LANE_SENTENCES } from './lane-words.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const MOST_MOVES = 200;

export const flowPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: `${FLOWS}/voies.csv`,
    permission: 'flows.read',
    answer: async ({ gateway, actor }) => ({
      kind: 'content',
      mimeType: 'text/csv; charset=utf-8',
      bytes: Buffer.from(lanesCsv(await laneFlows(gateway.pool, actor.eg))),
      saveAs: 'voies-des-flux.csv',
    }),
  },
  { method: 'GET', path: `${FLOWS}/:id`, permission: 'flows.read', answer: (visit) => showFlow(visit) },
  { method: 'POST', path: `${FLOWS}/:id/voie`, permission: 'lanes.move', answer: move },
];

/** Undefined where there is none, or it is not for this person. */
async function flowSeen({ gateway, actor, id }: Visit): Promise<LaneFlow | undefined> {
  const flow = isUuid(id) ? await flowById(gateway.pool, id) : undefined;
  return flow !== undefined && (actor.eg === null || actor.eg === flow.eg) ? flow : undefined;
}

async function showFlow(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway } = visit;
  const flow = await flowSeen(visit);
  if (flow === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const [{ counts, shadow, against }, moves] = await Promise.all([
    reportOf(gateway, flow),
    movesOf(gateway.pool, flow.id, MOST_MOVES),
  ]);
  const next = nextLane(flow.lane);
  const { documents, qualified, byV2, byTheOldWay, waiting, onTheirWay } = counts;
  const body = html`${heading(
    flowName(flow),
    html`<p>${establishmentName(gateway.config, flow.eg)}. ${LANE_SENTENCES[flow.lane]}</p>`,
    html`<a href="${FLOWS}">Flux</a>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card"><div class="card-head"><h2>Voie</h2>${chip({ tone: flow.lane === 'v2' || flow.lane === 'closed' ? 'ok' : 'wait', label: LANE_NAMES[flow.lane] })}</div>${fields(
    [
      ['Depuis', dateTime(flow.since)],
      ['Rodage', flow.canary === null ? null : canaryText(flow.canary)],
      [
        `Documents, ${counted(gateway.config.lanes.windowDays, 'jour', 'jours')}`,
        html`${number(documents)}${documents > 0 && html` <span class="mut">dont ${number(qualified)} d’un patient à l’identité qualifiée</span>`}`,
      ],
      ['Par l’API V2', number(byV2)],
      ['Par l’ancienne voie', number(byTheOldWay)],
      ['En attente de leur voie', waiting > 0 && number(waiting)],
      [
        'En attente d’accusé',
        onTheirWay > 0 && html`${number(onTheirWay)} <span class="mut">remis à l’ancienne plateforme</span>`,
      ],
    ],
  )}</section>
${next !== undefined && blockingSection(next, against)}
${may(visit.actor, 'lanes.move') && moveForms(visit, flow, { next, earlier: earlierLanes(flow.lane), against })}
${shadowSection(visit, flow, shadow)}
${historySection(moves)}`;
  const status = problem === undefined ? {} : { status: problem.rule.http };
  return { kind: 'page', title: flowName(flow), section: 'flux', body, ...status };
}

async function move(visit: Visit): Promise<Answer> {
  const { gateway, actor, form } = visit;
  const flow = await flowSeen(visit);
  if (flow === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const to = LANES.find((lane) => lane === form('vers'));
  const overrides = form('outre') === 'oui';
  if (to === undefined) return showFlow(visit, { rule: laneRules.notThisMove });
  if (overrides && !may(actor, 'lanes.override')) return showFlow(visit, { rule: apiRules.forbidden });
  const canary = canaryOf(visit, to);
  if (!canary.ok) return showFlow(visit, canary.refusal);
  const order = { flowId: flow.id, to, reason: form('motif'), revision: Number(form('revision')), actor, overrides };
  const moved = await moveFlow(gateway, { ...order, canary: canary.value });
  return moved.ok ? { kind: 'redirect', to: `${FLOWS}/${flow.id}` } : showFlow(visit, moved.refusal);
}

function canaryOf({ form }: Visit, to: Lane): Result<CanaryRule | undefined> {
  if (to !== 'canary') return ok(undefined);
  if (form('regle') === 'services')
    return ok({
      services: form('services')
        .split(/[\s,;]+/)
        .filter((code) => code !== ''),
    });
  const share = form('part').replace(',', '.');
  return share === '' ? refuse(laneRules.canaryInvalid) : ok({ percentage: Number(share) });
}
