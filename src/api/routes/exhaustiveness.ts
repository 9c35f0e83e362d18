/** Closed stays and their discharge document, by unit and day; the stays behind each figure. */
import { z } from 'zod';
import { listsInForce } from '../../feed/index.ts';
import { type Asked, exhaustiveness, judgedStays } from '../../indicators/exhaustiveness.ts';
import { exhaustivenessCsv } from '../../indicators/exhaustiveness-csv.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';
import { instant } from './instants.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

const period = z.object({
  from: instant('start').optional(),
  to: instant('end').optional(),
  establishment: z.string().optional(),
  unit: z.string().optional(),
});

const OUTCOMES = ['fed', 'waiting', 'refused', 'ended', 'missing', 'not-due'] as const;
const count = z.number();

const unitDayView = z.object({
  establishment: z.string(),
  unit: z.string().nullable(),
  day: z.string(),
  stays: count,
  fed: count,
  waiting: count,
  refused: count,
  ended: count,
  missing: count,
  notDue: count,
});

const stayView = z.object({
  visitNumber: z.string(),
  establishment: z.string(),
  unit: z.string().nullable(),
  patientClass: z.string().nullable(),
  admittedAt: z.string().nullable(),
  dischargedAt: z.string(),
  outcome: z.enum(OUTCOMES),
  documentId: z.string().nullable(),
  documentState: z.string().nullable(),
  reason: reasonView,
});

function askedOf(
  { now }: UseCaseContext,
  actor: Actor,
  { from, to = now(), establishment, unit }: z.output<typeof period>,
): Asked {
  const start = from ?? new Date(to.getTime() - 30 * DAY_MS);
  if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
  if (to <= start || to.getTime() - start.getTime() > MOST_DAYS * DAY_MS)
    throw new ApiRefusal(apiRules.invalidRequest, { detail: 'période d’un an au plus', location: 'paramètres' });
  return { from: start, to, eg: establishment ?? actor.eg, unit: unit ?? null, now: now() };
}

export function exhaustivenessRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool, config } = gateway;
  const counted = { method: 'GET', permission: 'indicators.read', scope: 'establishment', query: period } as const;
  const figures = async (actor: Actor, query: z.output<typeof period>) =>
    exhaustiveness(pool, config, (await listsInForce(gateway)).mandatory, askedOf(gateway, actor, query));
  return [
    route({
      ...counted,
      path: '/exhaustiveness',
      summary: 'Séjours clos et leur document de sortie, par unité et par jour ; 30 jours par défaut, un an au plus',
      response: listOf(unitDayView),
      handle: async ({ actor, query }) => ({
        items: (await figures(actor, query)).map(({ eg, ...row }) => ({ ...row, establishment: eg })),
        next: null,
      }),
    }),
    route({
      ...counted,
      path: '/exhaustiveness/export',
      summary: 'Les mêmes comptages, en CSV',
      response: z.string(),
      binary: true,
      handle: async ({ actor, query, reply }) => {
        reply.type('text/csv; charset=utf-8');
        return Buffer.from(exhaustivenessCsv(await figures(actor, query)), 'utf8');
      },
    }),
    route({
      method: 'GET',
      path: '/exhaustiveness/stays',
      summary: 'Les séjours d’un comptage, avec le document qui est allé le plus loin',
      permission: 'documents.read',
      scope: 'establishment',
      query: period.extend({
        outcome: z.enum(OUTCOMES).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: z.coerce.number().int().min(0).max(100_000).default(0),
      }),
      response: listOf(stayView),
      handle: async ({ actor, query }) => {
        const { mandatory } = await listsInForce(gateway);
        const rows = await judgedStays(pool, config, mandatory, askedOf(gateway, actor, query), {
          outcomes: query.outcome === undefined ? [] : [query.outcome],
          limit: query.limit + 1,
          offset: query.after,
        });
        return {
          items: rows.slice(0, query.limit).map((stay) => ({
            visitNumber: stay.number,
            establishment: stay.eg,
            unit: stay.unit,
            patientClass: stay.patientClass,
            admittedAt: stay.admittedAt?.toISOString() ?? null,
            dischargedAt: stay.dischargedAt.toISOString(),
            outcome: stay.outcome,
            documentId: stay.documentId,
            documentState: stay.documentState,
            reason: reasonOf(stay.ruleId, null),
          })),
          next: rows.length > query.limit ? String(query.after + query.limit) : null,
        };
      },
    }),
  ];
}
