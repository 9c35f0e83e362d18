/** Stays, as their movements tell them. */
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import { listStays } from '../../store/stays.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const state = z.enum(['planned', 'open', 'closed', 'cancelled']);

export function stayRoutes({ pool }: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/stays',
      summary: 'Séjours reconstitués des mouvements (ADT), de la sortie la plus récente à la plus ancienne',
      permission: 'patients.read',
      scope: 'establishment',
      query: z.object({
        visitNumber: z.string().min(1).optional(),
        patientId: z.uuid().optional(),
        state: state.optional(),
        limit: z.coerce.number().int().min(1).max(500).default(50),
        after: z.coerce.number().int().min(0).max(100_000).default(0),
      }),
      response: listOf(
        z.object({
          visitNumber: z.string(),
          authority: z.string(),
          patientId: z.string().nullable(),
          establishment: z.string(),
          state,
          patientClass: z.string().nullable(),
          unit: z.string().nullable(),
          admittedAt: z.string().nullable(),
          dischargedAt: z.string().nullable(),
        }),
      ),
      handle: async ({ actor, query }) => {
        const rows = await listStays(pool, {
          eg: actor.eg,
          number: query.visitNumber ?? null,
          identityId: query.patientId ?? null,
          state: query.state ?? null,
          limit: query.limit + 1,
          offset: query.after,
        });
        const items = rows.slice(0, query.limit).map((stay) => ({
          visitNumber: stay.number,
          authority: stay.authority,
          patientId: stay.identityId,
          establishment: stay.eg,
          state: stay.state,
          patientClass: stay.patientClass,
          unit: stay.unit,
          admittedAt: stay.admittedAt?.toISOString() ?? null,
          dischargedAt: stay.dischargedAt?.toISOString() ?? null,
        }));
        return { items, next: rows.length > query.limit ? String(query.after + query.limit) : null };
      },
    }),
  ];
}
