/** What did not go and why, by destination; what must be fed and did not; what its patient does not see yet. */
import { z } from 'zod';
import { makeVisible } from '../../documents/index.ts';
import { listsInForce } from '../../feed/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { documentById } from '../../store/documents.ts';
import { endingsByReason, invisibleDocuments, mandatoryNotGone, type Period } from '../../store/feed-endings.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';
import { instant } from './instants.ts';
import { idParams, reason } from './patients.ts';

const DAY_MS = 86_400_000;
const count = z.number();
const destination = z.enum(['DMP', 'MSSANTE-PS', 'MSSANTE-PATIENT']);

const period = z.object({
  from: instant('start').optional(),
  to: instant('end').optional(),
  establishment: z.string().optional(),
});

function periodOf({ now }: UseCaseContext, actor: Actor, asked: z.output<typeof period>): Period {
  const { from, to = now(), establishment } = asked;
  if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
  return { from: from ?? new Date(to.getTime() - 30 * DAY_MS), to, eg: establishment ?? actor.eg };
}

export function documentPolicyRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool } = gateway;
  return [
    route({
      method: 'GET',
      path: '/endings',
      summary: 'Documents non transmissibles, par destination et motif ; 30 jours par défaut',
      permission: 'indicators.read',
      scope: 'establishment',
      query: period,
      response: listOf(z.object({ destination, documents: count, mandatory: count, reason: reasonView })),
      handle: async ({ actor, query }) => {
        const { mandatory } = await listsInForce(gateway);
        const types = mandatory.entries.map(({ code }) => code);
        const rows = await endingsByReason(pool, periodOf(gateway, actor, query), types);
        const items = rows.map(({ ruleId, ...row }) => ({ ...row, reason: reasonOf(ruleId, null) }));
        return { items, next: null };
      },
    }),
    route({
      method: 'GET',
      path: '/mandatory-not-fed',
      summary: 'Documents qui doivent alimenter le DMP et n’y sont pas, par type, situation et motif',
      permission: 'indicators.read',
      scope: 'establishment',
      query: period,
      response: listOf(
        z.object({
          typeCode: z.string(),
          state: z.enum(['waiting', 'refused', 'withdrawn']),
          documents: count,
          oldest: z.string(),
          reason: reasonView,
        }),
      ),
      handle: async ({ actor, query }) => {
        const { mandatory } = await listsInForce(gateway);
        const rows = await mandatoryNotGone(pool, periodOf(gateway, actor, query), mandatory.entries);
        const items = rows.map(({ ruleId, oldest, ...row }) => ({
          ...row,
          oldest: oldest.toISOString(),
          reason: reasonOf(ruleId, null),
        }));
        return { items, next: null };
      },
    }),
    route({
      method: 'GET',
      path: '/invisible-documents',
      summary: 'Documents du DMP encore invisibles à leur patient, du plus ancien au plus récent',
      permission: 'documents.read',
      scope: 'establishment',
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
      response: listOf(
        z.object({
          id: z.string(),
          patientId: z.string().nullable(),
          establishment: z.string(),
          typeCode: z.string(),
          title: z.string(),
          since: z.string(),
          /** False for a received CDA: its sender sends the visible version. */
          ours: z.boolean(),
        }),
      ),
      handle: async ({ actor, query }) => {
        const rows = await invisibleDocuments(pool, { eg: actor.eg, limit: query.limit });
        const items = rows.map(({ id, identityId, eg, typeCode, title, since, kind }) => ({
          id,
          patientId: identityId,
          establishment: eg,
          typeCode,
          title,
          since: since.toISOString(),
          ours: kind === 'raw',
        }));
        return { items, next: null };
      },
    }),
    route({
      method: 'POST',
      path: '/documents/{id}/visibility',
      summary: 'Rendre visible du patient, par une version de remplacement : seulement un document construit ici',
      permission: 'documents.act',
      scope: 'establishment',
      params: idParams,
      body: z.object({ visible: z.literal(true), reason }),
      response: z.object({ id: z.string() }),
      status: 202,
      handle: async ({ actor, params, body }) => {
        const record = await documentById(pool, params.id);
        if (record === undefined || !sees(actor, record.eg)) throw new ApiRefusal(apiRules.notFound);
        return { id: settled(await makeVisible(gateway, params.id, { actor: actor.name, reason: body.reason })) };
      },
    }),
  ];
}
