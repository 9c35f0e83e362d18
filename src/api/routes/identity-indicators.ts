/** Indicators of the identitovigilance cell, and their file for the regional referent. */
import { z } from 'zod';
import { FORMULAS, type IdentityIndicators, identityIndicators, rateOf, totalOf } from '../../indicators/identity.ts';
import { identityCsv } from '../../indicators/identity-csv.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { instant } from './instants.ts';

const DAY_MS = 86_400_000;
/** A year at most: every day of it is a line. */
const MOST_DAYS = 366;

const period = z.object({
  from: instant('start').optional(),
  to: instant('end').optional(),
  establishment: z.string().optional(),
});

async function figuresOf(
  { pool, now }: UseCaseContext,
  actor: Actor,
  { from: asked, to = now(), establishment }: z.output<typeof period>,
): Promise<IdentityIndicators> {
  const from = asked ?? new Date(to.getTime() - 30 * DAY_MS);
  if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
  if (to <= from || to.getTime() - from.getTime() > MOST_DAYS * DAY_MS)
    throw new ApiRefusal(apiRules.invalidRequest, { detail: 'période d’un an au plus', location: 'paramètres' });
  return identityIndicators(pool, { eg: establishment ?? actor.eg }, { from, to }, now());
}

const count = z.number();
const figuresView = z.object({
  formulas: count,
  from: z.string(),
  to: z.string(),
  establishment: z.string().nullable(),
  activeFile: z.object({
    identities: count,
    byStatus: z.object({ PROV: count, VALI: count, RECUP: count, QUAL: count }),
    qualifiedRate: z.number().nullable(),
  }),
  admissionDays: z.array(
    z.object({ day: z.string(), admitted: count, qualified: count, qualifiedRate: z.number().nullable() }),
  ),
  retrieved: z.object({
    stock: count,
    oldest: z.string().nullable(),
    medianDays: z.number().nullable(),
    underDay: count,
    underWeek: count,
    underMonth: count,
    older: count,
  }),
  duplicates: z.object({ open: count, found: count, merged: count, linked: count, different: count }),
  adverseEvents: z.object({ found: count, settled: count, open: count }),
});

function viewFigures(figures: IdentityIndicators): z.output<typeof figuresView> {
  const { activeFile, admissionDays, retrieved, duplicates, adverseEvents } = figures;
  const identities = totalOf(activeFile);
  return {
    formulas: FORMULAS,
    from: figures.from.toISOString(),
    to: figures.to.toISOString(),
    establishment: figures.establishment,
    activeFile: { identities, byStatus: activeFile, qualifiedRate: rateOf(activeFile.QUAL, identities) },
    admissionDays: admissionDays.map((day) => ({ ...day, qualifiedRate: rateOf(day.qualified, day.admitted) })),
    retrieved: { ...retrieved, oldest: retrieved.oldest?.toISOString() ?? null },
    duplicates,
    adverseEvents,
  };
}

export function identityIndicatorRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const shared = { permission: 'indicators.read', scope: 'establishment', query: period } as const;
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/indicators/identity',
      summary:
        'Indicateurs de la cellule d’identitovigilance sur une période d’un an au plus, 30 jours par défaut : comptages seuls',
      response: figuresView,
      handle: async ({ actor, query }) => viewFigures(await figuresOf(gateway, actor, query)),
    }),
    route({
      ...shared,
      method: 'GET',
      path: '/indicators/identity-export',
      summary: 'Les mêmes en CSV, pour le référent régional',
      response: z.unknown(),
      binary: true,
      handle: async ({ actor, query, reply }) => {
        reply.type('text/csv; charset=utf-8');
        return Buffer.from(identityCsv([await figuresOf(gateway, actor, query)]));
      },
    }),
  ];
}
