/** Alerts: what is wrong now, what was, how the messages went, and a trial of the recipients. */
import { z } from 'zod';
import { createChannels, tryChannels } from '../../operations/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { listAlerts, noticesOfAlerts } from '../../store/alerts.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf } from '../views.ts';

const alertView = z.object({
  id: z.number(),
  state: z.enum(['started', 'ended']),
  severity: z.string(),
  subject: z.string(),
  detail: z.string().nullable(),
  establishment: z.string().nullable(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  reason: z.unknown(),
  notices: z.array(
    z.object({
      event: z.string(),
      channel: z.string(),
      target: z.string(),
      state: z.string(),
      lastError: z.string().nullable(),
    }),
  ),
});

function alertsRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/alerts',
    summary: 'Alertes, de la plus récente à la plus ancienne ; « state » : started (en cours) ou ended (terminées)',
    permission: 'alerts.read',
    scope: 'establishment',
    query: z.object({
      state: z.enum(['started', 'ended']).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      after: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    }),
    response: listOf(alertView),
    handle: async ({ actor, query: { state, limit, after } }) => {
      const open = state === undefined ? null : state === 'started';
      const rows = await listAlerts(pool, { open, eg: actor.eg, before: after, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const notices = await noticesOfAlerts(
        pool,
        shown.map(({ id }) => id),
      );
      const items = shown.map(({ id, ruleId, severity, subject, detail, eg, startedAt, endedAt }) => ({
        id,
        state: endedAt === null ? ('started' as const) : ('ended' as const),
        severity,
        subject,
        detail,
        establishment: eg,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
        reason: reasonOf(ruleId, detail),
        notices: notices.filter(({ alertId }) => alertId === id).map(({ alertId: _, ...notice }) => notice),
      }));
      return { items, next: rows.length > limit ? String(shown.at(-1)?.id) : null };
    },
  });
}

function trialRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/alerts/test',
    summary: "Envoyer un message d'essai à chaque destinataire déclaré, et dire comment chacun l'a pris",
    permission: 'installation.operate',
    scope: 'installation',
    response: listOf(z.object({ channel: z.string(), target: z.string(), error: z.string().nullable() })),
    handle: async () => ({
      items: await tryChannels(gateway, createChannels(gateway.config.alerts)),
      next: null,
    }),
  });
}

export function alertRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [alertsRoute(gateway), trialRoute(gateway)];
}
