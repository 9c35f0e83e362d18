/** Inventory files: what is installed where, which versions vendors maintain; each line with what became of it. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { importInventory, LARGEST_INVENTORY, lineReport } from '../../observatory/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import {
  type InventoryImport,
  inventoryEntries,
  inventoryImportById,
  inventoryLines,
  listInventoryImports,
} from '../../store/inventory.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';

/** Imports of a list. */
const MOST_LISTED = 100;

const kind = z.enum(['installed', 'versions']);
const importView = z.object({
  id: z.string(),
  at: z.string(),
  by: z.string(),
  kind,
  name: z.string(),
  added: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
});
const lineView = z.object({
  line: z.number(),
  outcome: z.enum(['added', 'changed', 'unchanged', 'rejected']),
  detail: z.string().nullable(),
  reason: reasonView,
});

function view({ id, at, by, kind: of, name, added, changed, unchanged, rejected }: InventoryImport) {
  return { id, at: at.toISOString(), by, kind: of, name, added, changed, unchanged, rejected };
}

async function found({ pool }: UseCaseContext, id: string): Promise<InventoryImport> {
  const file = await inventoryImportById(pool, id);
  if (file === undefined) throw new ApiRefusal(apiRules.notFound);
  return file;
}

function receiveRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/inventory-imports',
    summary:
      'Importer un inventaire (CSV) : « installed », ce qui est installé ; « versions », ce que déclarent les éditeurs',
    permission: 'inventory.import',
    scope: 'installation',
    query: z.object({ kind: kind.default('installed'), name: z.string().min(1).max(200).default('inventaire.csv') }),
    body: z.custom<Readable>(),
    file: { type: 'text/csv', maxBytes: LARGEST_INVENTORY },
    response: importView.extend({ lines: z.array(lineView) }),
    status: 201,
    handle: async ({ actor, query, body }) => {
      if (!(body instanceof Readable))
        throw new ApiRefusal(apiRules.invalidRequest, { detail: 'corps text/csv attendu' });
      const bytes = await buffer(body);
      const file = settled(await importInventory(gateway, { ...query, bytes }, actor.name));
      return { ...view(file), lines: await linesOf(gateway, file.id) };
    },
  });
}

async function linesOf({ pool }: UseCaseContext, id: string): Promise<z.input<typeof lineView>[]> {
  return (await inventoryLines(pool, id)).map(({ line, outcome, ruleId, detail }) => ({
    line,
    outcome,
    detail,
    reason: reasonOf(ruleId, detail),
  }));
}

export function inventoryRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool } = gateway;
  const reading = { method: 'GET', permission: 'inventory.import', scope: 'installation' } as const;
  const params = z.object({ id: z.uuid() });
  return [
    receiveRoute(gateway),
    route({
      ...reading,
      path: '/inventory-imports',
      summary: 'Inventaires importés, du plus récent au plus ancien, avec leurs comptes',
      response: listOf(importView),
      handle: async () => ({ items: (await listInventoryImports(pool, MOST_LISTED)).map(view), next: null }),
    }),
    route({
      ...reading,
      path: '/inventory-imports/{id}/lines',
      summary: 'Ce qu’est devenue chaque ligne d’un inventaire',
      params,
      response: listOf(lineView),
      handle: async ({ params: { id } }) => {
        await found(gateway, id);
        return { items: await linesOf(gateway, id), next: null };
      },
    }),
    route({
      ...reading,
      path: '/inventory-imports/{id}/report',
      summary: 'Le fichier importé, chaque ligne avec ce qu’elle est devenue, CSV à corriger et à renvoyer',
      params,
      response: z.string(),
      binary: true,
      handle: async ({ params: { id }, reply }) => {
        const file = await found(gateway, id);
        reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="inventaire.csv"');
        return Buffer.from(lineReport(file, await inventoryLines(pool, id)));
      },
    }),
    route({
      method: 'GET',
      path: '/inventory',
      summary: 'Ce que disent les inventaires importés : installé ici, ou versions déclarées par les éditeurs',
      permission: 'flows.read',
      scope: 'establishment',
      query: z.object({ kind: kind.default('installed') }),
      response: listOf(z.object({ establishment: z.string(), fields: z.object({}).catchall(z.string()) })),
      handle: async ({ actor, query }) => {
        const entries = await inventoryEntries(pool, query.kind, actor.eg);
        return { items: entries.map(({ eg, fields }) => ({ establishment: eg, fields: { ...fields } })), next: null };
      },
    }),
  ];
}
