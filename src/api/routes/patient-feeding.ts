/** What bears on the feeding of a patient's DMP: information, opposition, anonymity, no INS, the DMP itself. */
import { z } from 'zod';
import { declareFeeding } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import type { IdentityRecord } from '../../store/identities.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { found, idParams, reason } from './patients.ts';

const noInsReason = z.enum(['visitor', 'newborn', 'other']).nullable();

const feedingView = z.object({
  informedAt: z.string().nullable(),
  informedBy: z.string().nullable(),
  opposed: z.boolean(),
  anonymous: z.boolean(),
  noInsReason,
  /** What TD0.2 said last, where it stands against sending or once did. */
  dmp: z.object({ state: z.enum(['active', 'absent', 'closed']), at: z.string() }).nullable(),
});

function viewFeeding(record: IdentityRecord): z.output<typeof feedingView> {
  const { informedAt, informedBy, feedOpposition, anonymous, dmpState, dmpStateAt } = record;
  return {
    informedAt: informedAt?.toISOString() ?? null,
    informedBy,
    opposed: feedOpposition,
    anonymous,
    noInsReason: record.noInsReason,
    dmp: dmpState === null || dmpStateAt === null ? null : { state: dmpState, at: dmpStateAt.toISOString() },
  };
}

export function patientFeedingRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/patients/{id}/feeding',
      summary: 'Alimentation du DMP d’un patient : information, opposition, anonymat, état du DMP',
      permission: 'patients.read',
      scope: 'domain',
      params: idParams,
      response: feedingView,
      handle: async ({ params }) => viewFeeding(await found(gateway, params.id)),
    }),
    route({
      method: 'POST',
      path: '/patients/{id}/feeding',
      summary:
        'Enregistrer l’information, l’opposition, l’anonymat ou l’absence d’INS possible ; ce qui est absent reste',
      permission: 'patients.write',
      scope: 'domain',
      params: idParams,
      body: z.object({
        informed: z.boolean().optional(),
        opposed: z.boolean().optional(),
        anonymous: z.boolean().optional(),
        noInsReason: noInsReason.optional(),
        reason,
      }),
      response: feedingView,
      handle: async ({ actor, params, body }) => {
        const { reason: why, ...declared } = body;
        settled(await declareFeeding(gateway, params.id, declared, { actor: actor.name, reason: why }));
        return viewFeeding(await found(gateway, params.id));
      },
    }),
  ];
}
