/** Duplicates and collisions: the pairs that were found, and the searches over the whole base. */
import { z } from 'zod';
import { decide, startRun, stopRun } from '../../matching/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type CandidatePair, listPairs, pairById } from '../../store/candidate-pairs.ts';
import { identitiesById } from '../../store/identities.ts';
import { listMatchingRuns, type MatchingRun } from '../../store/matching-runs.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView } from '../views.ts';
import { idParams, reason, viewOf } from './patients.ts';

const state = z.enum(['open', 'later', 'different', 'linked', 'merged', 'closed']);
const kind = z.enum(['duplicate', 'same-ins']);

const pairView = z.object({
  id: z.string(),
  kind,
  state,
  /** 0 to 1. */
  score: z.number(),
  patientIds: z.array(z.string()),
  /** What speaks for (above 0) and against (below 0), in bits. */
  traits: z.array(z.object({ trait: z.string(), level: z.string(), weight: z.number() })),
  foundAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

function viewPair(pair: CandidatePair): z.output<typeof pairView> {
  const { firstId, secondId, foundAt, decidedAt, traits, score, ...rest } = pair;
  return {
    ...rest,
    score: Math.round(score * 1_000) / 1_000,
    patientIds: [firstId, secondId],
    traits: [...traits],
    foundAt: foundAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}

async function foundPair({ pool }: UseCaseContext, id: string): Promise<CandidatePair> {
  const pair = await pairById(pool, id);
  if (pair === undefined) throw new ApiRefusal(apiRules.notFound);
  return pair;
}

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/duplicates',
    summary: 'Paires d’identités qui se ressemblent ou réclament la même INS ; les plus sûres d’abord',
    permission: 'patients.read',
    scope: 'domain',
    query: z.object({
      state: state.default('open'),
      kind: kind.optional(),
      patient: z.uuid().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: listOf(pairView),
    handle: async ({ query }) => {
      const rows = await listPairs(pool, {
        state: query.state,
        kind: query.kind ?? null,
        identityId: query.patient ?? null,
        limit: query.limit + 1,
        offset: query.after,
      });
      const more = rows.length > query.limit;
      return {
        items: rows.slice(0, query.limit).map(viewPair),
        next: more ? String(query.after + query.limit) : null,
      };
    },
  });
}

function readRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/duplicates/{id}',
    summary: 'Une paire, avec ses deux identités',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: pairView.extend({ patients: z.array(patientView) }),
    handle: async ({ params }) => {
      const pair = await foundPair(gateway, params.id);
      const records = await identitiesById(gateway.pool, [pair.firstId, pair.secondId]);
      return { ...viewPair(pair), patients: await Promise.all(records.map((record) => viewOf(gateway, record))) };
    },
  });
}

const decisionBody = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('same'), survivor: z.uuid(), reason }),
  z.object({ decision: z.literal('different'), homonym: z.boolean().default(true), reason }),
  z.object({ decision: z.literal('linked'), reason }),
  z.object({ decision: z.literal('later'), reason }),
]);

function decisionRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/duplicates/{id}/decision',
    summary: 'Fusionner, déclarer différentes, lier, ou remettre à plus tard ; la décision est gardée',
    permission: 'patients.settle',
    scope: 'domain',
    params: idParams,
    body: decisionBody,
    response: pairView,
    handle: async ({ actor, params, body }) => {
      await foundPair(gateway, params.id);
      return viewPair(settled(await decide(gateway, params.id, body, actor.name)));
    },
  });
}

const runView = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'cancelled']),
  startedBy: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  total: z.number(),
  compared: z.number(),
  found: z.number(),
});

function viewRun({ cursor: _, startedAt, finishedAt, ...run }: MatchingRun): z.output<typeof runView> {
  return { ...run, startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
}

function runRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const list = route({
    method: 'GET',
    path: '/duplicate-searches',
    summary: 'Recherches de doublons sur toute la base, la dernière d’abord',
    permission: 'patients.read',
    scope: 'domain',
    response: listOf(runView),
    handle: async () => ({ items: (await listMatchingRuns(gateway.pool, 20)).map(viewRun), next: null }),
  });
  const start = route({
    method: 'POST',
    path: '/duplicate-searches',
    summary: 'Comparer toute la base, par exemple après une reprise',
    permission: 'patients.settle',
    scope: 'installation',
    response: runView,
    status: 202,
    handle: async ({ actor }) => viewRun(await startRun(gateway, actor.name)),
  });
  const stop = route({
    method: 'POST',
    path: '/duplicate-searches/{id}/stop',
    summary: 'Arrêter une recherche ; ce qu’elle a trouvé reste',
    permission: 'patients.settle',
    scope: 'installation',
    params: idParams,
    response: runView,
    handle: async ({ params }) => viewRun(settled(await stopRun(gateway, params.id))),
  });
  return [list, start, stop];
}

export function duplicateRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [listRoute(gateway), readRoute(gateway), decisionRoute(gateway), ...runRoutes(gateway)];
}
