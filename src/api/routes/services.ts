/** Health of the national services, for whoever shows it to staff: since when, what waits, and how long it will take. */
import { z } from 'zod';
import { insiStanding } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { type RouteDefinition, route } from '../route.ts';

const insiView = z
  .object({
    state: z.enum(['answering', 'away', 'draining']),
    since: z.string().nullable(),
    lastError: z.string().nullable(),
    nextTryAt: z.string().nullable(),
    waitingSearches: z.number(),
    waitingDocuments: z.number(),
    ratePerSecond: z.number(),
    remainingSeconds: z.number(),
  })
  .nullable();

export function serviceRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/services',
      summary: 'État d’INSi : en panne depuis quand, ce qui attend, et le temps de reprise au rythme permis',
      permission: 'indicators.read',
      scope: 'establishment',
      response: z.object({ insi: insiView }),
      handle: async ({ actor }) => {
        const standing = await insiStanding(gateway, actor.eg);
        if (standing === undefined) return { insi: null };
        const { state, since, lastError, nextTryAt, searches, documents, ratePerSecond, remainingMs } = standing;
        return {
          insi: {
            state,
            since: since?.toISOString() ?? null,
            lastError: lastError ?? null,
            nextTryAt: nextTryAt?.toISOString() ?? null,
            waitingSearches: searches,
            waitingDocuments: documents,
            ratePerSecond,
            remainingSeconds: Math.round(remainingMs / 1_000),
          },
        };
      },
    }),
  ];
}
