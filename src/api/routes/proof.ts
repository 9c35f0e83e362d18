/** Proof of feed: documents counted from the sealed ledger. */
import { z } from 'zod';
import { exportProof, kindLabel, proofCounts, proofSigner } from '../../proof/index.ts';
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
    route({
      method: 'GET',
      path: '/proof/counts',
      summary:
        'Documents acceptés, comptés dans le registre des preuves : par destination, EJ, EG, mois et type. Un remplacement ne compte pas deux fois, ce qui a été supprimé ne compte plus',
      permission: 'proof.read',
      scope: 'establishment',
      query: z.object({
        from: instant('start').optional(),
        to: instant('end').optional(),
        legalEntity: z.string().optional(),
        establishment: z.string().optional(),
      }),
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
    query: z.object({
      from: instant('start').optional(),
      to: instant('end').optional(),
      legalEntity: z.string().optional(),
      establishment: z.string().optional(),
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
