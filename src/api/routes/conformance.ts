/** Rule packs: installed, in service or not; their rehearsals; what they said of a document. */
import { z } from 'zod';
import { installPack, packFolders, setPackMode, startRehearsal, stopRehearsal } from '../../conformance/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { documentById } from '../../store/documents.ts';
import {
  brokenDocuments,
  brokenGroups,
  brokenRules,
  listRehearsals,
  type Rehearsal,
  rehearsalById,
} from '../../store/rehearsals.ts';
import { type InstalledPack, judgementsOf, listPacks } from '../../store/rule-packs.ts';
import { sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const MOST_RULES = 200;
const MOST_DOCUMENTS = 500;

const mode = z.enum(['off', 'observe', 'block']);
const idParams = z.object({ id: z.uuid() });
const common = { scope: 'installation' } as const;

const packView = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  hash: z.string(),
  folder: z.string(),
  schematrons: z.array(z.object({ path: z.string(), templates: z.array(z.string()) })),
  xsd: z.string().nullable(),
  validFrom: z.string().nullable(),
  validUntil: z.string().nullable(),
  mode,
  /** Applications whose mode is another. */
  sourceModes: z.array(z.object({ source: z.string(), mode })),
  installedAt: z.string(),
  installedBy: z.string(),
  changedAt: z.string(),
  changedBy: z.string(),
});

function viewPack({ content, installedAt, changedAt, ...pack }: InstalledPack): z.input<typeof packView> {
  return {
    ...pack,
    schematrons: content.entries.map(({ path, templates }) => ({ path, templates: [...templates] })),
    xsd: content.xsd ?? null,
    sourceModes: Object.entries(pack.sourceModes).map(([source, own]) => ({ source, mode: own })),
    installedAt: installedAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}

const rehearsalView = z.object({
  id: z.string(),
  packId: z.string(),
  pack: z.string(),
  state: z.enum(['running', 'done', 'cancelled']),
  from: z.string(),
  to: z.string(),
  startedAt: z.string(),
  startedBy: z.string(),
  finishedAt: z.string().nullable(),
  total: z.number(),
  checked: z.number(),
  broken: z.number(),
  undecided: z.number(),
  skipped: z.number(),
});

function viewRehearsal(rehearsal: Rehearsal): z.input<typeof rehearsalView> {
  const { packName, packVersion, from, to, startedAt, finishedAt, ...rest } = rehearsal;
  return {
    ...rest,
    pack: `${packName} ${packVersion}`,
    from: from.toISOString(),
    to: to.toISOString(),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

const foundView = rehearsalView.extend({
  rules: z.array(
    z.object({
      entry: z.string(),
      test: z.string(),
      text: z.string(),
      location: z.string(),
      documents: z.number(),
      documentId: z.string(),
    }),
  ),
  groups: z.array(z.object({ sender: z.string(), template: z.string(), documents: z.number() })),
  documents: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      sender: z.string(),
      receivedAt: z.string(),
      failures: z.number(),
      text: z.string(),
    }),
  ),
});

export function conformanceRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [...packRoutes(gateway), ...rehearsalRoutes(gateway), documentRoute(gateway)];
}

function packRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/rule-packs',
      summary: 'Paquets de règles installés, du plus récent au plus ancien, et dossiers qui peuvent l’être',
      permission: 'conformance.read',
      response: z.object({ items: z.array(packView), folders: z.array(z.string()) }),
      handle: async () => {
        const folders = packFolders(gateway.config);
        return { items: (await listPacks(gateway.pool)).map(viewPack), folders: folders.ok ? folders.value : [] };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/rule-packs',
      summary: 'Installer un paquet de règles, par le nom de son dossier ; il n’est pas encore en service',
      permission: 'conformance.operate',
      body: z.object({ folder: z.string().min(1).max(200) }),
      response: packView,
      status: 201,
      handle: async ({ actor, body }) => viewPack(settled(await installPack(gateway, body.folder, actor.name))),
    }),
    route({
      ...common,
      method: 'POST',
      path: '/rule-packs/{id}/mode',
      summary:
        'Mettre un paquet hors service, en observation ou bloquant ; pour une application (« source ») sans mode : comme tous',
      permission: 'conformance.operate',
      params: idParams,
      body: z.object({ mode: mode.optional(), source: z.string().max(200).optional() }),
      response: packView,
      handle: async ({ actor, params, body }) =>
        viewPack(settled(await setPackMode(gateway, params.id, { mode: body.mode, source: body.source }, actor.name))),
    }),
  ];
}

function rehearsalRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool } = gateway;
  return [
    route({
      ...common,
      method: 'POST',
      path: '/rule-packs/{id}/rehearsals',
      summary: 'Répéter un paquet sur les documents d’une période (les trente derniers jours) : rien n’est envoyé',
      permission: 'conformance.operate',
      params: idParams,
      body: z.object({
        from: z.iso.datetime({ offset: true }).optional(),
        to: z.iso.datetime({ offset: true }).optional(),
      }),
      response: rehearsalView,
      status: 201,
      handle: async ({ actor, params, body: { from, to } }) => {
        const period = { from: from && new Date(from), to: to && new Date(to) };
        const dates = { ...(period.from && { from: period.from }), ...(period.to && { to: period.to }) };
        return viewRehearsal(settled(await startRehearsal(gateway, params.id, dates, actor.name)));
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: '/rehearsals',
      summary: 'Répétitions de paquets de règles, de la plus récente à la plus ancienne',
      permission: 'conformance.read',
      query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) }),
      response: listOf(rehearsalView),
      handle: async ({ query }) => ({
        items: (await listRehearsals(pool, query.limit)).map(viewRehearsal),
        next: null,
      }),
    }),
    route({
      ...common,
      method: 'GET',
      path: '/rehearsals/{id}',
      summary: 'Ce qu’un paquet casserait, par règle, par application et modèle, et par document',
      permission: 'conformance.read',
      params: idParams,
      response: foundView,
      handle: async ({ params: { id } }) => {
        const rehearsal = await rehearsalById(pool, id);
        if (rehearsal === undefined) throw new ApiRefusal(apiRules.notFound);
        const [rules, groups, documents] = await Promise.all([
          brokenRules(pool, id, MOST_RULES),
          brokenGroups(pool, id, MOST_RULES),
          brokenDocuments(pool, id, { test: null, limit: MOST_DOCUMENTS }),
        ]);
        const dated = documents.map(({ receivedAt, ...one }) => ({ ...one, receivedAt: receivedAt.toISOString() }));
        return { ...viewRehearsal(rehearsal), rules, groups, documents: dated };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/rehearsals/{id}/cancel',
      summary: 'Arrêter une répétition ; ce qu’elle a trouvé reste',
      permission: 'conformance.operate',
      params: idParams,
      response: rehearsalView,
      handle: async ({ params }) => viewRehearsal(settled(await stopRehearsal(gateway, params.id))),
    }),
  ];
}

function documentRoute({ pool }: UseCaseContext): RouteDefinition {
  const failure = z.object({ entry: z.string(), location: z.string(), text: z.string(), test: z.string() });
  return route({
    method: 'GET',
    path: '/documents/{id}/conformance',
    summary: 'Ce que les paquets de règles en service ont dit d’un document avant son envoi',
    permission: 'documents.read',
    scope: 'establishment',
    params: idParams,
    response: listOf(
      z.object({
        pack: z.string(),
        at: z.string(),
        outcome: z.enum(['conformant', 'failed', 'undecided']),
        ruleId: z.string().nullable(),
        failed: z.number(),
        ms: z.number(),
        failures: z.array(failure),
      }),
    ),
    handle: async ({ actor, params: { id } }) => {
      const document = await documentById(pool, id);
      if (document === undefined || !sees(actor, document.eg)) throw new ApiRefusal(apiRules.notFound);
      const judgements = await judgementsOf(pool, id);
      const items = judgements.map(({ name, version, at, outcome, ruleId, failed, ms, failures }) => ({
        pack: `${name} ${version}`,
        at: at.toISOString(),
        outcome,
        ruleId,
        failed,
        ms,
        failures: [...failures],
      }));
      return { items, next: null };
    },
  });
}
