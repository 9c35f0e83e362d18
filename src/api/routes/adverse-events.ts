/** The register of adverse events of identification: recorded, completed, linked, settled, exported. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { advanceEvent, eventReference, eventsCsv, recordEvent } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import {
  type AdverseEvent,
  EVENT_CONSEQUENCES,
  EVENT_NATURES,
  eventById,
  eventStepsOf,
  listEvents,
} from '../../store/adverse-events.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
import { instant } from './instants.ts';
import { idParams } from './patients.ts';

const nature = z.enum(EVENT_NATURES);
const consequence = z.enum(EVENT_CONSEQUENCES);
const state = z.enum(['open', 'settled']);
const text = z.string().trim().min(1).max(2_000);

const eventView = z.object({
  id: z.string(),
  reference: z.string(),
  nature,
  consequence,
  description: z.string(),
  foundAt: z.string(),
  foundBy: z.string(),
  establishment: z.string().nullable(),
  patient: z.string().nullable(),
  document: z.string().nullable(),
  recall: z.string().nullable(),
  merge: z.string().nullable(),
  state,
  recordedAt: z.string(),
  recordedBy: z.string(),
  settledAt: z.string().nullable(),
  settledBy: z.string().nullable(),
  settlement: z.string().nullable(),
});

function viewEvent(event: AdverseEvent): z.output<typeof eventView> {
  return {
    id: event.id,
    reference: eventReference(event),
    nature: event.nature,
    consequence: event.consequence,
    description: event.description,
    foundAt: event.foundAt.toISOString(),
    foundBy: event.foundBy,
    establishment: event.eg,
    patient: event.identityId,
    document: event.documentId,
    recall: event.recallId,
    merge: event.mergeId,
    state: event.state,
    recordedAt: event.recordedAt.toISOString(),
    recordedBy: event.recordedBy,
    settledAt: event.settledAt?.toISOString() ?? null,
    settledBy: event.settledBy,
    settlement: event.settlement,
  };
}

const filter = z.object({
  state: state.optional(),
  nature: nature.optional(),
  establishment: z.string().optional(),
  from: instant('start').optional(),
  to: instant('end').optional(),
});

function filterOf({ establishment, ...rest }: z.output<typeof filter>) {
  return { ...rest, eg: establishment };
}

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/adverse-events',
    summary: 'Registre des événements indésirables d’identitovigilance, le dernier découvert d’abord',
    permission: 'patients.read',
    scope: 'domain',
    query: filter.extend({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: listOf(eventView),
    handle: async ({ query }) => {
      const { limit, after, ...asked } = query;
      const rows = await listEvents(pool, { ...filterOf(asked), limit: limit + 1, offset: after });
      return { items: rows.slice(0, limit).map(viewEvent), next: rows.length > limit ? String(after + limit) : null };
    },
  });
}

function exportRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/adverse-events-export',
    summary: 'Le même registre en CSV ; aucun trait ni numéro de patient',
    permission: 'patients.read',
    scope: 'domain',
    query: filter,
    response: z.unknown(),
    binary: true,
    handle: async ({ query, reply }) => {
      reply.type('text/csv; charset=utf-8');
      return Readable.from(eventsCsv(pool, filterOf(query)));
    },
  });
}

function recordRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/adverse-events',
    summary: 'Enregistrer un événement indésirable : ce qui s’est passé, quand et par qui il a été découvert',
    permission: 'events.report',
    scope: 'domain',
    body: z.object({
      nature,
      consequence: consequence.default('unknown'),
      description: text,
      foundAt: instant('start'),
      foundBy: z.string().trim().min(1).max(200).optional(),
      establishment: z.string().optional(),
      patient: z.uuid().optional(),
      document: z.uuid().optional(),
    }),
    response: eventView,
    status: 201,
    handle: async ({ actor, body }) => {
      const { establishment: eg, patient: identityId, document: documentId, ...found } = body;
      return viewEvent(settled(await recordEvent(gateway, { ...found, eg, identityId, documentId }, actor.name)));
    },
  });
}

function readRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/adverse-events/{id}',
    summary: 'Un événement indésirable et ses étapes : qui, quand',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: eventView.extend({
      steps: z.array(z.object({ at: z.string(), actor: z.string(), step: z.string(), note: z.string().nullable() })),
    }),
    handle: async ({ params }) => {
      const event = await eventById(pool, params.id);
      if (event === undefined) throw new ApiRefusal(apiRules.notFound);
      const steps = await eventStepsOf(pool, event.id);
      return { ...viewEvent(event), steps: steps.map((step) => ({ ...step, at: step.at.toISOString() })) };
    },
  });
}

function stepRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/adverse-events/{id}/steps',
    summary: 'Compléter, lier à un rappel ou à une fusion, clore (en disant comment) ou rouvrir un événement',
    permission: 'events.settle',
    scope: 'domain',
    params: idParams,
    body: z.object({
      step: z.enum(['noted', 'linked', 'settled', 'reopened']),
      note: text.optional(),
      consequence: consequence.optional(),
      recall: z.uuid().optional(),
      merge: z.uuid().optional(),
    }),
    response: eventView,
    handle: async ({ actor, params, body }) => {
      const { recall: recallId, merge: mergeId, ...wanted } = body;
      return viewEvent(settled(await advanceEvent(gateway, params.id, { ...wanted, recallId, mergeId }, actor.name)));
    },
  });
}

export function adverseEventRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [listRoute(gateway), exportRoute(gateway), recordRoute(gateway), readRoute(gateway), stepRoute(gateway)];
}
