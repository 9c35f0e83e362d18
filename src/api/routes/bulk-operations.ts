/** Operations on many documents or messages: rehearse, submit, approve, follow (promise 10). */
import { z } from 'zod';
import {
  approveBulk,
  cancelBulk,
  needsApproval,
  pauseBulk,
  prepareBulk,
  resumeBulk,
  seesBulk,
  submitBulk,
} from '../../feed/index.ts';
import type { UseCaseContext as Gateway } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import type { Result } from '../../rules/rule.ts';
import {
  type BulkOperation,
  bulkItemCounts,
  bulkOperationById,
  listBulkItems,
  listBulkOperations,
} from '../../store/bulk-operations.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { DOCUMENT_STATES, listOf, reasonOf, reasonView } from '../views.ts';

const idParams = z.object({ id: z.uuid() });
const counted = z.object({ count: z.number().int().min(1) });

const selection = z.strictObject({
  state: z.enum(DOCUMENT_STATES).optional(),
  rule: z.string().min(1).optional(),
  establishment: z.string().min(1).optional(),
  sender: z.string().min(1).optional(),
  typeCode: z.string().min(1).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  ids: z.array(z.string().min(1)).min(1).max(10_000).optional(),
});

const author = z.strictObject({
  id: z.string().min(1),
  family: z.string().min(1),
  given: z.string(),
  specialty: z.string().min(1),
  specialtyLabel: z.string().min(1),
});

const request = z
  .strictObject({
    action: z.enum(['take-up', 'correct', 'withdraw', 'verify', 're-read']),
    selection,
    correction: z
      .strictObject({ typeCode: z.string().optional(), title: z.string().optional(), author: author.optional() })
      .optional(),
    reason: z.string().min(1).max(500),
  })
  .refine(
    ({ action, selection: { ids } }) =>
      ids === undefined ||
      ids.every((id) => (action === 're-read' ? /^\d{1,15}$/.test(id) : z.uuid().safeParse(id).success)),
    { path: ['selection', 'ids'] },
  );

const operationView = z.object({
  id: z.string(),
  action: z.string(),
  establishment: z.string().nullable(),
  selection,
  reason: z.string(),
  state: z.string(),
  selected: z.number(),
  count: z.number(),
  needsApproval: z.boolean(),
  preparedBy: z.string(),
  preparedAt: z.string(),
  submittedAt: z.string().nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  items: z.array(z.object({ state: z.string(), reason: reasonView, items: z.number() })),
});

async function viewOperation(gateway: Gateway, operation: BulkOperation): Promise<z.input<typeof operationView>> {
  const iso = (date: Date | null) => date?.toISOString() ?? null;
  const { id, action, reason, state, selected, count, preparedBy, approvedBy } = operation;
  return {
    id,
    action,
    reason,
    state,
    selected,
    count,
    preparedBy,
    approvedBy,
    establishment: operation.eg,
    selection: operation.selection,
    needsApproval: needsApproval(gateway, operation),
    preparedAt: operation.preparedAt.toISOString(),
    submittedAt: iso(operation.submittedAt),
    approvedAt: iso(operation.approvedAt),
    finishedAt: iso(operation.finishedAt),
    items: (await bulkItemCounts(gateway.pool, id)).map(({ ruleId, ...item }) => ({
      state: item.state,
      items: item.items,
      reason: reasonOf(ruleId, null),
    })),
  };
}

async function visible(gateway: Gateway, actor: Actor, id: string): Promise<BulkOperation> {
  const operation = await bulkOperationById(gateway.pool, id);
  if (operation === undefined || !seesBulk(actor, operation)) throw new ApiRefusal(apiRules.notFound);
  return operation;
}

async function answer(gateway: Gateway, result: Result<BulkOperation>) {
  return viewOperation(gateway, settled(result));
}

function prepareRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/bulk-operations',
    summary: 'Préparer une opération en masse : répétition à blanc, liste figée, rien n’est fait',
    permission: 'documents.bulk',
    scope: 'establishment',
    body: request,
    response: operationView,
    status: 201,
    handle: async ({ actor, body }) => {
      const { establishment } = body.selection;
      if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
      return answer(gateway, await prepareBulk(gateway, actor, body));
    },
  });
}

function listRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/bulk-operations',
    summary: 'Opérations en masse, de la plus récente à la plus ancienne',
    permission: 'documents.bulk',
    scope: 'establishment',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      after: z.iso.datetime({ offset: true }).optional(),
    }),
    response: listOf(operationView),
    handle: async ({ actor, query }) => {
      const before = query.after === undefined ? undefined : new Date(query.after);
      const rows = await listBulkOperations(gateway.pool, { eg: actor.eg, before, limit: query.limit + 1 });
      const shown = rows.slice(0, query.limit);
      const next = rows.length > query.limit ? (shown.at(-1)?.preparedAt.toISOString() ?? null) : null;
      return { items: await Promise.all(shown.map((operation) => viewOperation(gateway, operation))), next };
    },
  });
}

function readRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/bulk-operations/{id}',
    summary: 'Une opération en masse : critères, répétition à blanc, approbation, avancement',
    permission: 'documents.bulk',
    scope: 'establishment',
    params: idParams,
    response: operationView,
    handle: async ({ actor, params }) => viewOperation(gateway, await visible(gateway, actor, params.id)),
  });
}

function itemsRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/bulk-operations/{id}/items',
    summary: 'Les éléments d’une opération en masse et ce qu’il en est advenu',
    permission: 'documents.bulk',
    scope: 'establishment',
    params: idParams,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      after: z.coerce.number().int().min(0).default(0),
    }),
    response: listOf(
      z.object({
        position: z.number(),
        subject: z.string(),
        title: z.string().nullable(),
        state: z.string(),
        reason: reasonView,
      }),
    ),
    handle: async ({ actor, params, query }) => {
      const { id } = await visible(gateway, actor, params.id);
      const rows = await listBulkItems(gateway.pool, id, { after: query.after, limit: query.limit + 1 });
      const items = rows.slice(0, query.limit).map(({ position, subject, title, state, ruleId }) => ({
        position,
        subject,
        title,
        state,
        reason: reasonOf(ruleId, null),
      }));
      return { items, next: rows.length > query.limit ? String(items.at(-1)?.position) : null };
    },
  });
}

/** The two steps at which a person repeats the number of the rehearsal. */
function confirmRoute(
  gateway: Gateway,
  name: 'submit' | 'approve',
  summary: string,
  confirm: typeof submitBulk,
): RouteDefinition {
  return route({
    method: 'POST',
    path: `/bulk-operations/{id}/${name}`,
    summary,
    permission: 'documents.bulk',
    scope: 'establishment',
    params: idParams,
    body: counted,
    response: operationView,
    handle: async ({ actor, params, body }) => answer(gateway, await confirm(gateway, actor, params.id, body.count)),
  });
}

function changeRoute(
  gateway: Gateway,
  name: 'pause' | 'resume' | 'cancel',
  summary: string,
  change: typeof pauseBulk,
): RouteDefinition {
  return route({
    method: 'POST',
    path: `/bulk-operations/{id}/${name}`,
    summary,
    permission: 'documents.bulk',
    scope: 'establishment',
    params: idParams,
    response: operationView,
    handle: async ({ actor, params }) => answer(gateway, await change(gateway, actor, params.id)),
  });
}

export function bulkOperationRoutes(gateway: Gateway): RouteDefinition[] {
  return [
    prepareRoute(gateway),
    listRoute(gateway),
    readRoute(gateway),
    itemsRoute(gateway),
    confirmRoute(gateway, 'submit', 'Proposer l’opération en répétant le nombre d’éléments', submitBulk),
    confirmRoute(gateway, 'approve', 'Approuver l’opération d’une autre personne', approveBulk),
    changeRoute(gateway, 'pause', 'Suspendre l’opération en cours', pauseBulk),
    changeRoute(gateway, 'resume', 'Reprendre une opération suspendue', resumeBulk),
    changeRoute(gateway, 'cancel', 'Annuler ce qui reste à faire', cancelBulk),
  ];
}
