/** Lanes of the flows that leave API V1 or TD0.0: where each stands, its history, and the one action forward or back. */
import { z } from 'zod';
import { LANES } from '../../config/migration-schema.ts';
import { earlierLanes, moveFlow, nextLane, reportOf } from '../../lanes/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { shadowDocuments } from '../../store/lane-evidence.ts';
import { flowById, type LaneFlow, laneFlows, type Move, movesOf } from '../../store/lanes.ts';
import { type Actor, may, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';
import { idParams, reason } from './patients.ts';

const MOST_MOVES = 200;
const lane = z.enum(LANES);
const canary = z.union([
  z.strictObject({ services: z.array(z.string().min(1).max(60)).min(1).max(200) }),
  z.strictObject({ percentage: z.number().min(0).max(100) }),
]);
const canaryView = z
  .union([z.object({ services: z.array(z.string()) }), z.object({ percentage: z.number() })])
  .nullable();

const flowView = z.object({
  id: z.string(),
  establishment: z.string(),
  application: z.string(),
  facility: z.string(),
  way: z.enum(['hl7', 'xds-v1', 'xds-v2']),
  lane,
  canary: canaryView,
  since: z.string(),
  revision: z.number().int().describe('à redonner pour déplacer le flux : quelqu’un d’autre l’a peut-être déplacé'),
  forward: lane.nullable().describe('voie suivante'),
  back: z.array(lane).describe('voies antérieures, la plus proche d’abord'),
});

const moveView = z.object({
  at: z.string(),
  by: z.string(),
  from: lane,
  to: lane,
  canary: canaryView,
  reason: z.string(),
  overridden: z.array(z.string()).describe('règles des raisons passées outre'),
});

function viewCanary(rule: LaneFlow['canary']): z.input<typeof canaryView> {
  return rule !== null && 'services' in rule ? { services: [...rule.services] } : rule;
}

function viewFlow({ eg, createdAt: _, ...flow }: LaneFlow): z.input<typeof flowView> {
  return {
    ...flow,
    establishment: eg,
    canary: viewCanary(flow.canary),
    since: flow.since.toISOString(),
    forward: nextLane(flow.lane) ?? null,
    back: [...earlierLanes(flow.lane)],
  };
}

function viewMove({ at, actor, overridden, ...move }: Move): z.input<typeof moveView> {
  return {
    ...move,
    at: at.toISOString(),
    by: actor,
    canary: viewCanary(move.canary),
    overridden: [...overridden],
  };
}

const count = z.number().int();
const detail = flowView.extend({
  counts: z.object({
    documents: count,
    qualified: count.describe('dont le patient a une identité qualifiée'),
    byTheOldWay: count,
    byV2: count,
    waiting: count.describe('attendent la voie suivante'),
    onTheirWay: count.describe('remis à l’ancienne plateforme, sans accusé encore'),
    lastByTheOldWay: z.string().nullable(),
  }),
  blocking: z
    .array(z.object({ reason: reasonView, detail: z.string(), absolute: z.boolean() }))
    .describe('ce qui s’oppose à la voie suivante ; « absolute » : personne ne peut passer outre'),
  shadow: z
    .array(z.object({ outcome: z.enum(['leaves', 'waits', 'refused']), reason: reasonView, documents: count }))
    .describe('ce que l’API V2 aurait fait des documents qui ne lui ont pas été donnés'),
  moves: z.array(moveView).describe('le plus récent d’abord'),
});

/** A flow that this actor sees; what it does not see does not exist. */
async function flowSeen({ pool }: UseCaseContext, actor: Actor, id: string): Promise<LaneFlow> {
  const flow = await flowById(pool, id);
  if (flow === undefined || !sees(actor, flow.eg)) throw new ApiRefusal(apiRules.notFound);
  return flow;
}

async function viewDetail(gateway: UseCaseContext, flow: LaneFlow): Promise<z.input<typeof detail>> {
  const [{ counts, shadow, against }, moves] = await Promise.all([
    reportOf(gateway, flow),
    movesOf(gateway.pool, flow.id, MOST_MOVES),
  ]);
  return {
    ...viewFlow(flow),
    counts: { ...counts, lastByTheOldWay: counts.lastByTheOldWay?.toISOString() ?? null },
    blocking: against.map(({ rule, ...reason }) => ({ ...reason, reason: reasonOf(rule.id, null) })),
    shadow: shadow.map(({ outcome, ruleId, documents }) => ({ outcome, documents, reason: reasonOf(ruleId, null) })),
    moves: moves.map(viewMove),
  };
}

export function laneRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/lanes',
      summary: 'Flux en cours de bascule vers l’API V2, avec la voie de chacun',
      permission: 'flows.read',
      scope: 'establishment',
      response: listOf(flowView),
      handle: async ({ actor }) => ({ items: (await laneFlows(gateway.pool, actor.eg)).map(viewFlow), next: null }),
    }),
    route({
      method: 'GET',
      path: '/lanes/{id}',
      summary: 'Un flux : sa voie, ce qui s’oppose à la suivante, le résultat des essais à blanc, son historique',
      permission: 'flows.read',
      scope: 'establishment',
      params: idParams,
      response: detail,
      handle: async ({ actor, params }) => viewDetail(gateway, await flowSeen(gateway, actor, params.id)),
    }),
    route({
      method: 'GET',
      path: '/lanes/{id}/shadow',
      summary: 'Derniers documents d’un flux dont l’essai à blanc a donné ce résultat',
      permission: 'documents.read',
      scope: 'establishment',
      params: idParams,
      query: z.object({
        outcome: z.enum(['leaves', 'waits', 'refused']),
        rule: z.string().max(40).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      response: listOf(
        z.object({
          document: z.string(),
          title: z.string(),
          messageControlId: z.string(),
          at: z.string(),
          detail: z.string().nullable(),
        }),
      ),
      handle: async ({ actor, params, query: { outcome, rule = null, limit } }) => {
        const { id } = await flowSeen(gateway, actor, params.id);
        const rows = await shadowDocuments(gateway.pool, id, { outcome, ruleId: rule, limit });
        const items = rows.map(({ documentId, controlId, at, ...row }) => ({
          ...row,
          document: documentId,
          messageControlId: controlId,
          at: at.toISOString(),
        }));
        return { items, next: null };
      },
    }),
    route({
      method: 'POST',
      path: '/lanes/{id}/moves',
      summary: 'Faire avancer ou reculer un flux : daté, signé, motivé',
      permission: 'lanes.move',
      scope: 'establishment',
      params: idParams,
      body: z.object({
        to: lane,
        canary: canary.optional(),
        reason,
        revision: z.number().int(),
        override: z
          .boolean()
          .default(false)
          .describe('passer outre ce qui peut l’être ; à un administrateur seulement'),
      }),
      response: detail,
      handle: async ({ actor, params, body }) => {
        const { id } = await flowSeen(gateway, actor, params.id);
        if (body.override && !may(actor, 'lanes.override')) throw new ApiRefusal(apiRules.forbidden);
        const { override: overrides, ...order } = body;
        return viewDetail(gateway, settled(await moveFlow(gateway, { ...order, overrides, flowId: id, actor })));
      },
    }),
  ];
}
