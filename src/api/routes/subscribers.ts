/** Subscribers to the identities: what waits for each, what each answered, and what a person decides. */
import { z } from 'zod';
import { changeLoad, decideRefused, holdSubscriber, startInitialLoad } from '../../diffusion/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { diffusionRules } from '../../rules/diffusion.ts';
import { entriesOf, listSubscribers, type ShownEntry, type SubscriberState } from '../../store/subscribers.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';

const time = z.string().nullable();
const subscriberView = z.object({
  name: z.string(),
  declared: z.boolean(),
  paused: z.boolean(),
  waiting: z.number(),
  oldestWaiting: time,
  refused: z.number(),
  lastAnswer: time,
  failingSince: time,
  nextTry: time,
  lastError: z.string().nullable(),
  load: z.object({
    state: z.enum(['none', 'running', 'stopped', 'done']),
    queued: z.number(),
    total: z.number(),
    startedAt: time,
  }),
});

function viewSubscriber(state: SubscriberState): z.output<typeof subscriberView> {
  return {
    name: state.name,
    declared: state.enabled,
    paused: state.paused,
    waiting: state.waiting,
    oldestWaiting: state.oldestWaiting?.toISOString() ?? null,
    refused: state.refused,
    lastAnswer: state.answeredAt?.toISOString() ?? null,
    failingSince: state.failingSince?.toISOString() ?? null,
    nextTry: state.retryAt?.toISOString() ?? null,
    lastError: state.lastError,
    load: {
      state: state.loadState,
      queued: state.loadQueued,
      total: state.loadTotal,
      startedAt: state.loadAt?.toISOString() ?? null,
    },
  };
}

const messageView = z.object({
  id: z.number(),
  kind: z.enum(['state', 'number', 'merge']),
  state: z.enum(['waiting', 'sending', 'refused', 'accepted', 'dropped']),
  patient: z.string(),
  closedPatient: z.string().nullable(),
  event: z.string().nullable(),
  controlId: z.string().nullable(),
  attempts: z.number(),
  answer: z.string().nullable(),
  reason: reasonView,
  addedAt: z.string(),
  settledAt: time,
  settledBy: z.string().nullable(),
});

function viewMessage(entry: ShownEntry): z.output<typeof messageView> {
  const { id, kind, state, event, controlId, attempts, answer, settledBy } = entry;
  return {
    id,
    kind,
    state,
    patient: entry.identityId,
    closedPatient: entry.otherId,
    event,
    controlId,
    attempts,
    answer,
    reason: reasonOf(entry.ruleId, entry.detail),
    addedAt: entry.addedAt.toISOString(),
    settledAt: entry.settledAt?.toISOString() ?? null,
    settledBy,
  };
}

const nameParams = z.object({ id: z.string().min(1).max(40) });
const entryParams = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const done = z.object({ done: z.literal(true) });
const DONE = { done: true } as const;

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/subscribers',
    summary: 'Logiciels abonnés aux identités, avec ce qui attend chacun',
    permission: 'diffusion.read',
    scope: 'domain',
    response: listOf(subscriberView),
    handle: async () => ({ items: (await listSubscribers(pool)).map(viewSubscriber), next: null }),
  });
}

function messagesRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/subscribers/{id}/messages',
    summary: 'Messages d’un abonné : « shown » vaut refused (refusés), waiting (en attente) ou settled (terminés)',
    permission: 'diffusion.read',
    scope: 'domain',
    params: nameParams,
    query: z.object({
      shown: z.enum(['refused', 'waiting', 'settled']).default('refused'),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: listOf(messageView),
    handle: async ({ params: { id }, query: { shown, limit, after } }) => {
      if (!(await listSubscribers(pool)).some(({ name }) => name === id))
        throw new ApiRefusal(diffusionRules.subscriberUnknown);
      const rows = await entriesOf(pool, { subscriber: id, shown, limit: limit + 1, offset: after });
      return {
        items: rows.slice(0, limit).map(viewMessage),
        next: rows.length > limit ? String(after + limit) : null,
      };
    },
  });
}

function decisionRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/subscriber-messages/{id}/decision',
    summary: 'Renvoyer un message refusé par un abonné, ou l’abandonner avec un motif',
    permission: 'diffusion.act',
    scope: 'domain',
    params: entryParams,
    body: z.discriminatedUnion('action', [
      z.object({ action: z.literal('resend') }),
      z.object({ action: z.literal('abandon'), reason: z.string().min(1).max(500) }),
    ]),
    response: done,
    handle: async ({ actor, params: { id }, body }) => {
      settled(await decideRefused(gateway, id, body, actor.name));
      return DONE;
    },
  });
}

function pauseRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/subscribers/{id}/pause',
    summary: 'Suspendre ou reprendre l’envoi à un abonné ; ce qui change entre-temps l’attend',
    permission: 'diffusion.operate',
    scope: 'domain',
    params: nameParams,
    body: z.object({ paused: z.boolean() }),
    response: done,
    handle: async ({ params: { id }, body: { paused } }) => {
      settled(await holdSubscriber(gateway, id, paused));
      return DONE;
    },
  });
}

function loadRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/subscribers/{id}/load',
    summary: 'Chargement initial d’un abonné : tous les patients, ou ceux modifiés depuis une date ; arrêt et reprise',
    permission: 'diffusion.operate',
    scope: 'domain',
    params: nameParams,
    body: z.discriminatedUnion('action', [
      z.object({ action: z.literal('start'), since: z.iso.date().optional() }),
      z.object({ action: z.literal('stop') }),
      z.object({ action: z.literal('resume') }),
    ]),
    response: done,
    status: 202,
    handle: async ({ actor, params: { id }, body }) => {
      if (body.action === 'start') {
        const since = body.since === undefined ? null : new Date(`${body.since}T00:00:00Z`);
        settled(await startInitialLoad(gateway, id, { since, actor: actor.name }));
      } else settled(await changeLoad(gateway, id, body.action));
      return DONE;
    },
  });
}

export function subscriberRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [listRoute(gateway), messagesRoute(gateway), decisionRoute(gateway), pauseRoute(gateway), loadRoute(gateway)];
}
