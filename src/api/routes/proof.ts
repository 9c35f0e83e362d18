/** Proof of feed: documents counted from the sealed ledger. */
import { z } from 'zod';
import {
  documentsOf,
  exportProof,
  FORMULAS,
  kindLabel,
  proofCounts,
  proofSigner,
  situation,
} from '../../proof/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
import { instant } from './instants.ts';

const count = z.number().int();

const countView = z.object({
  destination: z.string(),
  legalEntity: z.string(),
  establishment: z.string(),
  month: z.string(),
  kind: z.string(),
  kindLabel: z.string(),
  typeCode: z.string(),
  qualifiedIns: z.boolean(),
  documents: count,
  takenOut: count,
});

export function proofRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool } = gateway;
  return [
    signedExport(gateway),
    figures(gateway),
    documents(gateway),
    route({
      method: 'GET',
      path: '/proof/counts',
      summary:
        'Documents acceptés, comptés dans le registre des preuves : par destination, EJ, EG, mois et type. Un remplacement ne compte pas deux fois, ce qui a été supprimé ne compte plus',
      permission: 'proof.read',
      scope: 'establishment',
      query: period,
      response: listOf(countView),
      handle: async ({ actor, query: { legalEntity: ej, establishment, ...period } }) => {
        const rows = await proofCounts(pool, { ...period, ej, eg: ownOf(actor, establishment) });
        return {
          items: rows.map(({ ej, eg, qualified, ended, ...row }) => ({
            ...row,
            legalEntity: ej,
            establishment: eg,
            kindLabel: kindLabel(row.kind),
            qualifiedIns: qualified,
            takenOut: ended,
          })),
          next: null,
        };
      },
    }),
  ];
}

const period = z.object({
  from: instant('start').optional(),
  to: instant('end').optional(),
  legalEntity: z.string().optional(),
  establishment: z.string().optional(),
});

const figureView = z.object({
  formula: z.string(),
  version: z.string(),
  programme: z.string(),
  objective: z.string(),
  source: z.string(),
  unknown: z.string().describe('ce qui manque pour opposer ce chiffre à un paiement'),
  legalEntity: z.string(),
  establishment: z.string(),
  month: z.string(),
  documents: count,
});

function figures({ pool, now }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/proof/figures',
    summary: 'Chiffres des programmes SUN-ES et HOP’EN 2, par EJ, EG et mois : comptages seuls, sans seuil',
    permission: 'proof.read',
    scope: 'establishment',
    query: period,
    response: listOf(figureView),
    handle: async ({ actor, query: { from = EVER, to = now(), legalEntity: ej, establishment } }) => {
      const asked = { ej, eg: ownOf(actor, establishment), from, to, window: undefined, now: now() };
      const found = await situation(pool, asked);
      return {
        items: found.figures.flatMap(({ formula: id, ej: legalEntity, eg, month, documents: value }) => {
          const formula = FORMULAS.find((each) => each.id === id);
          if (formula === undefined) return [];
          const { version, programme, objective, source, unknown } = formula;
          const said = { formula: id, version, programme, objective, source, unknown };
          return [{ ...said, legalEntity, establishment: eg, month, documents: value }];
        }),
        next: null,
      };
    },
  });
}

const provedView = z.object({
  documentId: z.string(),
  destination: z.string(),
  legalEntity: z.string(),
  establishment: z.string(),
  acceptedAt: z.string(),
  uniqueId: z.string(),
  typeCode: z.string(),
  qualifiedIns: z.boolean(),
  versions: count,
  takenOut: z.enum(['deleted', 'returned', 'superseded']).nullable(),
  submission: z.string(),
  sha1: z.string().describe('de la première version'),
  position: count.describe('maillon de la première acceptation'),
  hash: z.string(),
});

function documents({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/proof/documents',
    summary: 'Les documents d’un chiffre, un par ligne, avec leur maillon',
    permission: 'proof.export',
    scope: 'establishment',
    query: period.extend({
      formula: z.enum(FORMULAS.map(({ id }) => id)).optional(),
      takenOut: z.stringbool().default(false),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      after: z.coerce.number().int().min(0).default(0),
    }),
    response: listOf(provedView),
    handle: async ({ actor, query: { legalEntity: ej, establishment, limit, ...asked } }) => {
      const order = { ...asked, ej, eg: ownOf(actor, establishment), limit: limit + 1 };
      const rows = await documentsOf(pool, order);
      const shown = rows.slice(0, limit);
      return {
        items: shown.map((row) => ({
          documentId: row.documentId,
          destination: row.destination,
          legalEntity: row.ej,
          establishment: row.eg,
          acceptedAt: row.at.toISOString(),
          uniqueId: row.uniqueId,
          typeCode: row.typeCode,
          qualifiedIns: row.qualified,
          versions: row.versions,
          takenOut: row.ended,
          submission: row.submissionUniqueId,
          sha1: row.documentSha1,
          position: row.position,
          hash: row.hash,
        })),
        next: rows.length > limit ? String(shown.at(-1)?.ledgerId ?? 0) : null,
      };
    },
  });
}

/** Before the first line of any ledger. */
const EVER = new Date('2020-01-01T00:00:00Z');

function signedExport(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/proof/export',
    summary:
      'Export signé de la preuve (ZIP), que « traitdunion proof verify » vérifie sans base ni configuration : chiffres, formules, et chaque maillon de la chaîne ; aucun trait de patient',
    permission: 'proof.export',
    // The chain is one for the whole installation.
    scope: 'installation',
    query: period.extend({
      after: z.coerce.number().int().min(0).optional().describe('dernier maillon d’un export précédent, à prolonger'),
    }),
    response: z.string(),
    binary: true,
    handle: async ({ actor, query, reply }) => {
      const { from = EVER, to = gateway.now(), legalEntity, establishment, after } = query;
      const order = { actor: actor.name, ej: legalEntity ?? null, eg: establishment ?? null, from, to, after };
      const { name, bytes } = settled(await exportProof(gateway, order, () => proofSigner(gateway)));
      reply.type('application/zip').header('content-disposition', `attachment; filename="${name}"`);
      return bytes;
    },
  });
}

function ownOf(actor: Actor, establishment: string | undefined): string | undefined {
  if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
  return establishment ?? actor.eg ?? undefined;
}
