/** Lanes of the flows that leave API V1 or TD0.0: where each stands, its history, and the one action forward or back. */
import { z } from 'zod';
import { LANES } from '../../config/migration-schema.ts';
import { earlierLanes, moveFlow, nextLane } from '../../lanes/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { flowById, type LaneFlow, laneFlows, type Move, movesOf } from '../../store/lanes.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
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

const detail = flowView.extend({ moves: z.array(moveView).describe('le plus récent d’abord') });

/** A flow that this actor sees; what it does not see does not exist. */
async function flowSeen({ pool }: UseCaseContext, actor: Actor, id: string): Promise<LaneFlow> {
  const flow = await flowById(pool, id);
  if (flow === undefined || !sees(actor, flow.eg)) throw new ApiRefusal(apiRules.notFound);
  return flow;
}

async function viewDetail(gateway: UseCaseContext, flow: LaneFlow): Promise<z.input<typeof detail>> {
  return { ...viewFlow(flow), moves: (await movesOf(gateway.pool, flow.id, MOST_MOVES)).map(viewMove) };
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
      summary: 'Un flux : sa voie et son historique',
      permission: 'flows.read',
      scope: 'establishment',
      params: idParams,
      response: detail,
      handle: async ({ actor, params }) => viewDetail(gateway, await flowSeen(gateway, actor, params.id)),
    }),
    route({
      method: 'POST',
      path: '/lanes/{id}/moves',
      summary: 'Faire avancer ou reculer un flux : daté, signé, motivé',
      permission: 'lanes.move',
      scope: 'establishment',
      params: idParams,
      body: z.object({ to: lane, canary: canary.optional(), reason, revision: z.number().int() }),
      response: detail,
      handle: async ({ actor, params, body }) => {
        const { id } = await flowSeen(gateway, actor, params.id);
        return viewDetail(gateway, settled(await moveFlow(gateway, { ...body, flowId: id, actor })));
      },
    }),
  ];
}
