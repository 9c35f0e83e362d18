/** Traits that an application says otherwise of a proved identity: listed, and settled by the cell. */
import { z } from 'zod';
import { settleReceivedTraits } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { discrepanciesOf, listOpenDiscrepancies, type TraitDiscrepancy } from '../../store/discrepancies.ts';
import { editorOf } from '../access.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView } from '../views.ts';
import { found, idParams, presentedDevice, reason, viewOf } from './patients.ts';

const positions = z.array(z.number());

const discrepancyView = z.object({
  id: z.string(),
  patient: z.string(),
  actor: z.string(),
  source: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  times: z.number(),
  state: z.enum(['open', 'kept', 'adopted', 'agreed']),
  differences: z.array(
    z.object({
      trait: z.string(),
      local: z.string(),
      received: z.string(),
      marks: z.object({ local: positions, received: positions }),
    }),
  ),
  settledAt: z.string().nullable(),
  settledBy: z.string().nullable(),
  reason: z.string().nullable(),
});

function viewDiscrepancy(one: TraitDiscrepancy): z.output<typeof discrepancyView> {
  return {
    id: one.id,
    patient: one.identityId,
    actor: one.actor,
    source: one.source,
    firstAt: one.firstAt.toISOString(),
    lastAt: one.lastAt.toISOString(),
    times: one.times,
    state: one.state,
    differences: one.comparison.map(({ marks, ...values }) => ({
      ...values,
      marks: { local: [...marks.local], received: [...marks.received] },
    })),
    settledAt: one.settledAt?.toISOString() ?? null,
    settledBy: one.settledBy,
    reason: one.reason,
  };
}

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/discrepancies',
    summary: 'Écarts de traits à trancher, du plus ancien au plus récent',
    permission: 'patients.read',
    scope: 'domain',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: listOf(discrepancyView),
    handle: async ({ query: { limit, after } }) => {
      const rows = await listOpenDiscrepancies(pool, { limit: limit + 1, offset: after });
      const next = rows.length > limit ? String(after + limit) : null;
      return { items: rows.slice(0, limit).map(viewDiscrepancy), next };
    },
  });
}

function ofPatientRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/discrepancies',
    summary: 'Écarts de traits signalés par les applications pour une identité',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(discrepancyView),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      return { items: (await discrepanciesOf(gateway.pool, record.id)).map(viewDiscrepancy), next: null };
    },
  });
}

function settleRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/discrepancies/{id}/settlement',
    summary: 'Trancher un écart : garder les traits de l’identité, ou retenir ceux reçus (déverrouillage)',
    permission: 'patients.settle',
    scope: 'domain',
    params: idParams,
    body: z.object({ decision: z.enum(['keep', 'adopt']), reason, device: presentedDevice.optional() }),
    response: patientView,
    handle: async ({ actor, params, body }) =>
      viewOf(gateway, settled(await settleReceivedTraits(gateway, params.id, body, editorOf(actor)))),
  });
}

export function discrepancyRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [listRoute(gateway), ofPatientRoute(gateway), settleRoute(gateway)];
}
