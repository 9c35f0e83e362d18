/** What the region administers: installations that push, the pushes themselves, imported figures, risk rules. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import {
  COUNTS_TYPE,
  EXPECTED,
  importFigures,
  isRiskKind,
  MOST_IMPORT_BYTES,
  MOST_PUSH_BYTES,
  RISK_KINDS,
  RISK_RULES,
  type RiskSettings,
  receivePush,
  registerInstallation,
  revoke,
  riskRulesInForce,
  setRiskRule,
  signedHeaders,
} from '../../region/index.ts';
import { apiRules } from '../../rules/api.ts';
import { regionRules } from '../../rules/region.ts';
import { listRegionImports, type RegionImport, regionImportById } from '../../store/region-imports.ts';
import { type Installation, installationByKey, listInstallations } from '../../store/region-installations.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const LISTED = 100;
const count = z.number();

/** The whole body, not more than `most` bytes, whatever its sender announced. */
async function bytesOf(body: unknown, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of body instanceof Readable ? body : []) {
    const bytes: Buffer = part;
    total += bytes.length;
    if (total > most) throw new ApiRefusal(apiRules.bodyTooLarge);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function pushRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/region/pushes',
    summary: 'Comptages signés d’une autre installation : aucun jeton, la clé publique est enregistrée par la région',
    permission: 'region.push',
    scope: 'installation',
    signed: true,
    file: { type: COUNTS_TYPE, maxBytes: MOST_PUSH_BYTES },
    body: z.unknown(),
    response: z.object({
      sequence: count,
      outcome: z.enum(['taken', 'known']),
      added: count,
      replaced: count,
      unchanged: count,
    }),
    handle: async ({ body, request, reply }) => {
      const headers = signedHeaders(request.headers);
      if (headers === undefined) throw new ApiRefusal(apiRules.unauthenticated);
      const outcome = await receivePush(gateway, headers, await bytesOf(body, MOST_PUSH_BYTES));
      if (outcome.kind === 'settled') return settled(outcome.result);
      reply.header(EXPECTED, String(outcome.expected));
      throw new ApiRefusal(regionRules.outOfOrder, { detail: `attendu : ${outcome.expected}` });
    },
  });
}

const installationView = z.object({
  id: z.string(),
  name: z.string(),
  establishments: z.array(z.string()),
  registeredBy: z.string(),
  registeredAt: z.string(),
  revokedBy: z.string().nullable(),
  revokedAt: z.string().nullable(),
  lastSequence: count,
  lastReceivedAt: z.string().nullable(),
});

function viewInstallation(row: Installation): z.output<typeof installationView> {
  const { keyId, name, egs, registeredBy, registeredAt, revokedBy, revokedAt, lastSequence, lastReceivedAt } = row;
  return {
    id: keyId,
    name,
    establishments: [...egs],
    registeredBy,
    registeredAt: registeredAt.toISOString(),
    revokedBy,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastSequence,
    lastReceivedAt: lastReceivedAt?.toISOString() ?? null,
  };
}

function installationRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const shared = { permission: 'region.write', scope: 'installation' } as const;
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/region/installations',
      summary: 'Installations qui transmettent leurs comptages, par leur clé',
      response: listOf(installationView),
      handle: async () => ({ items: (await listInstallations(gateway.pool)).map(viewInstallation), next: null }),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/region/installations',
      summary:
        'Enregistrer la clé publique (Ed25519, PEM) d’une installation et les établissements pour lesquels elle compte',
      status: 201,
      body: z.object({
        name: z.string().min(1).max(200),
        publicKey: z.string().min(1).max(2_000),
        establishments: z
          .array(
            z.object({
              eg: z.string(),
              ej: z.string(),
              name: z.string().min(1).max(200),
              legalName: z.string().max(200).default(''),
            }),
          )
          .max(1_000),
      }),
      response: installationView,
      handle: async ({ actor, body }) => viewInstallation(settled(await registerInstallation(gateway, body, actor))),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/region/installations/{id}/revocation',
      summary: 'Révoquer une clé : plus rien de ce qu’elle signe n’est pris ; les comptages déjà reçus restent',
      params: z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) }),
      response: installationView,
      handle: async ({ actor, params }) => {
        await revoke(gateway, params.id, actor);
        const row = await installationByKey(gateway.pool, params.id);
        if (row === undefined) throw new ApiRefusal(apiRules.notFound);
        return viewInstallation(row);
      },
    }),
  ];
}

const importView = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  dated: z.string(),
  sha256: z.string(),
  importedBy: z.string(),
  importedAt: z.string(),
  lines: count,
  added: count,
  replaced: count,
  unchanged: count,
  rejected: count,
  rejections: z.array(z.object({ line: count, rule: z.string(), detail: z.string() })),
});

function viewImport(row: RegionImport): z.output<typeof importView> {
  return { ...row, importedAt: row.importedAt.toISOString(), rejections: [...row.rejections] };
}

function importRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const shared = { permission: 'region.write', scope: 'installation' } as const;
  return [
    route({
      ...shared,
      method: 'POST',
      path: '/region/imports',
      summary:
        'Importer des chiffres publiés (CSV, colonnes dans docs/fr/region.md), avec leur source et leur date ; « rehearsal » dit ce que l’import ferait',
      status: 201,
      query: z.object({
        source: z.string().max(200).default(''),
        dated: z.string().max(10).default(''),
        name: z.string().max(200).default('fichier.csv'),
        mode: z.enum(['rehearsal', 'import']).default('import'),
      }),
      file: { type: 'text/csv', maxBytes: MOST_IMPORT_BYTES },
      body: z.unknown(),
      response: importView,
      handle: async ({ actor, body, query }) =>
        viewImport(
          settled(
            await importFigures(
              gateway,
              await bytesOf(body, MOST_IMPORT_BYTES),
              { ...query, rehearsal: query.mode === 'rehearsal' },
              actor,
            ),
          ),
        ),
    }),
    route({
      ...shared,
      method: 'GET',
      path: '/region/imports',
      summary: 'Imports de chiffres, le dernier d’abord',
      response: listOf(importView),
      handle: async () => ({ items: (await listRegionImports(gateway.pool, LISTED)).map(viewImport), next: null }),
    }),
    route({
      ...shared,
      method: 'GET',
      path: '/region/imports/{id}',
      summary: 'Un import et ses lignes écartées',
      params: z.object({ id: z.uuid() }),
      response: importView,
      handle: async ({ params }) => {
        const row = await regionImportById(gateway.pool, params.id);
        if (row === undefined) throw new ApiRefusal(apiRules.notFound);
        return viewImport(row);
      },
    }),
  ];
}

const riskView = z.object({
  kind: z.enum(RISK_KINDS),
  rule: z.string(),
  title: z.string(),
  cause: z.string(),
  unit: z.string().nullable(),
  enabled: z.boolean(),
  threshold: count,
  changedBy: z.string().nullable(),
  changedAt: z.string().nullable(),
});

function viewRisk({ kind, enabled, threshold, changedBy, changedAt }: RiskSettings): z.output<typeof riskView> {
  const { rule, unit } = RISK_RULES[kind];
  const { id, title, cause } = rule;
  return {
    kind,
    rule: id,
    title,
    cause,
    unit,
    enabled,
    threshold,
    changedBy,
    changedAt: changedAt?.toISOString() ?? null,
  };
}

function riskRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/region/risk-rules',
      summary: 'Règles de vigilance et leurs seuils',
      permission: 'region.read',
      scope: 'domain',
      response: listOf(riskView),
      handle: async () => ({ items: (await riskRulesInForce(gateway)).map(viewRisk), next: null }),
    }),
    route({
      method: 'PUT',
      path: '/region/risk-rules/{id}',
      summary: 'Régler une règle de vigilance',
      permission: 'region.write',
      scope: 'installation',
      params: z.object({ id: z.string().max(40) }),
      body: z.object({ enabled: z.boolean(), threshold: z.number() }),
      response: riskView,
      handle: async ({ actor, params, body }) => {
        if (!isRiskKind(params.id)) throw new ApiRefusal(apiRules.notFound);
        return viewRisk(settled(await setRiskRule(gateway, { kind: params.id, ...body }, actor)));
      },
    }),
  ];
}

export function regionAdministrationRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [pushRoute(gateway), ...installationRoutes(gateway), ...importRoutes(gateway), ...riskRoutes(gateway)];
}
