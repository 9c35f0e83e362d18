/** The mapping tables, and the values that wait to be mapped. */
import { z } from 'zod';
import { NEVER_FED, removeMapping, saveMapping, scopeIsVisible, type TypedMapping } from '../../mapping/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { listMappings, type MappingRecord } from '../../store/mappings.ts';
import { valuesToMap } from '../../store/unmapped-values.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const kind = z.enum(['types', 'units', 'authors']);
const kindParams = z.object({ kind });
const text = z.string().max(200);

/** `typeCode` or `neverFed` for a type; `eg`, `sector`, `practiceSetting` for a unit; the rest for an author. */
const target = z.object({
  typeCode: z.string().optional(),
  neverFed: z.boolean().optional(),
  eg: z.string().optional(),
  sector: z.string().optional(),
  practiceSetting: z.string().optional(),
  rpps: z.string().optional(),
  family: z.string().optional(),
  given: z.string().optional(),
  specialty: z.string().optional(),
});

const mappingView = z.object({
  id: z.string(),
  kind,
  scope: z.string(),
  localValue: z.string(),
  localName: z.string(),
  label: z.string(),
  target,
  revision: z.number(),
  updatedAt: z.string(),
  updatedBy: z.string(),
});

function viewMapping(record: MappingRecord): z.output<typeof mappingView> {
  const { kind: of, updatedAt, ...rest } = record;
  const { id: rpps, ...author } = record.kind === 'authors' ? record.target : { id: undefined };
  return {
    ...rest,
    kind: of,
    target: record.kind === 'authors' ? { rpps, ...author } : record.target,
    updatedAt: updatedAt.toISOString(),
  };
}

function listRoute({ pool, config }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/mappings/{kind}',
    summary: 'Correspondances des codes locaux : types de document, unités ou auteurs',
    permission: 'mappings.read',
    scope: 'establishment',
    params: kindParams,
    query: z.object({
      search: text.default(''),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      after: z.string().optional(),
    }),
    response: listOf(mappingView),
    handle: async ({ actor, params, query }) => {
      const rows = await listMappings(pool, {
        kind: params.kind,
        search: query.search,
        after: cursor(query.after),
        limit: query.limit + 1,
      });
      const last = rows[query.limit - 1];
      const page = rows.slice(0, query.limit).filter(({ scope }) => scopeIsVisible(config, actor.eg, scope));
      const more = rows.length > query.limit && last !== undefined;
      return { items: page.map(viewMapping), next: more ? cursorOf(last) : null };
    },
  });
}

/** Any character may stand in a local value: the cursor is one word. */
function cursorOf({ id, localValue }: MappingRecord): string {
  return Buffer.from(`${id}_${localValue}`, 'utf8').toString('base64url');
}

function cursor(word: string | undefined): { localValue: string; id: string } | null {
  if (word === undefined) return null;
  const given = Buffer.from(word, 'base64url').toString('utf8');
  const id = given.slice(0, 36);
  if (!z.uuid().safeParse(id).success || given[36] !== '_')
    throw new ApiRefusal(apiRules.invalidRequest, { location: 'after' });
  return { id, localValue: given.slice(37) };
}

function putRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'PUT',
    path: '/mappings/{kind}',
    summary: 'Enregistrer une correspondance ; les documents qui attendent cette valeur repartent',
    permission: 'mappings.write',
    scope: 'establishment',
    params: kindParams,
    body: z.object({
      /** `''` for the installation, `eg:FINESS`, `source:MSH-3|MSH-4`. */
      scope: z.string().max(300).default(''),
      localValue: text.min(1),
      localName: text.optional(),
      label: text.optional(),
      target,
      /** The one that was read; 0 when there must be no such row yet. */
      revision: z.number().int().min(0).optional(),
    }),
    response: mappingView,
    handle: async ({ actor, params, body }) => {
      const { neverFed, ...typed } = body.target;
      const row: TypedMapping = {
        ...body,
        kind: params.kind,
        target: neverFed === true ? { typeCode: NEVER_FED } : typed,
      };
      return viewMapping(settled(await saveMapping(gateway, row, actor)));
    },
  });
}

function deleteRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'DELETE',
    path: '/mappings/{kind}',
    summary: 'Supprimer une correspondance ; ce qui est déjà parti ne change pas',
    permission: 'mappings.write',
    scope: 'establishment',
    params: kindParams,
    query: z.object({ id: z.uuid() }),
    response: z.object({ id: z.string() }),
    handle: async ({ actor, params, query }) => {
      const refusal = await removeMapping(gateway, { kind: params.kind, id: query.id }, actor);
      if (refusal !== undefined) throw new ApiRefusal(refusal.rule, refusal);
      return { id: query.id };
    },
  });
}

function unmappedRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/mappings/unmapped',
    summary: 'Valeurs à rattacher : combien de documents les attendent, depuis quand, de quel émetteur',
    permission: 'mappings.read',
    scope: 'establishment',
    query: z.object({
      kind: kind.optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(200),
    }),
    response: listOf(
      z.object({
        kind,
        localValue: z.string(),
        localName: z.string(),
        label: z.string(),
        sender: z.string(),
        establishment: z.string(),
        documents: z.number(),
        firstSeen: z.string(),
        lastSeen: z.string(),
        examples: z.array(z.string()),
      }),
    ),
    handle: async ({ actor, query }) => {
      const values = await valuesToMap(pool, { eg: actor.eg, kind: query.kind ?? null, limit: query.limit });
      const items = values.map(({ eg, firstSeen, lastSeen, examples, ...value }) => ({
        ...value,
        establishment: eg,
        firstSeen: firstSeen.toISOString(),
        lastSeen: lastSeen.toISOString(),
        examples: [...examples],
      }));
      return { items, next: null };
    },
  });
}

export function mappingRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [unmappedRoute(gateway), listRoute(gateway), putRoute(gateway), deleteRoute(gateway)];
}
