/** Corrections of documents, registers and identities: advised, opened, followed, explained to the patient by a letter. */
import { z } from 'zod';
import {
  advanceCorrection,
  adviseCorrection,
  correctionLetterPdf,
  openCorrection,
  referenceOf,
} from '../../identity/index.ts';
import { CORRECTION_ADDRESSEES, CORRECTION_SIDES } from '../../ins/correction-route.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import {
  type CorrectionRequest,
  correctionById,
  correctionStepsOf,
  correctionsOf,
  listCorrections,
} from '../../store/corrections.ts';
import { editorOf } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
import { found, idParams, optionalText, reason } from './patients.ts';

const states = z.enum(['opened', 'handed', 'corrected', 'closed']);
const side = z.enum(CORRECTION_SIDES);
const addressee = z.enum(CORRECTION_ADDRESSEES);

/** What a source shows; what is absent is as in the identity. */
const readTraits = z.object({
  birthName: optionalText,
  firstGivenName: optionalText,
  birthGivenNames: optionalText,
  sex: z.enum(['M', 'F', 'I']).optional(),
  birthDate: optionalText,
  birthPlace: optionalText,
});

const sources = z.object({
  document: readTraits.optional(),
  certificate: readTraits.optional(),
  sender: readTraits.optional(),
  deviceType: z.string().min(1).optional(),
});

const differences = z.array(
  z.object({
    trait: z.string(),
    identity: z.string().optional(),
    document: z.string().optional(),
    registry: z.string().optional(),
    certificate: z.string().optional(),
    sender: z.string().optional(),
  }),
);

const correctionView = z.object({
  id: z.string(),
  reference: z.string(),
  patient: z.string(),
  side,
  addressee,
  state: states,
  differences,
  deviceType: z.string().nullable(),
  reason: z.string(),
  openedAt: z.string(),
  openedBy: z.string(),
  updatedAt: z.string(),
});

function viewCorrection(request: CorrectionRequest): z.output<typeof correctionView> {
  const { identityId, openedAt, updatedAt, differences: said, ...rest } = request;
  return {
    ...rest,
    reference: referenceOf(request),
    patient: identityId,
    differences: [...said],
    openedAt: openedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function adviceRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/correction-advice',
    summary: 'Quelle source est à corriger et par qui, d’après ce qui a été lu ; rien n’est enregistré',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: sources,
    response: z.object({
      sides: z.array(side),
      ground: z.enum(['certain', 'likely', 'open', 'agreed']),
      explanation: z.string(),
      /** Where it can be told. */
      addressees: z.array(z.object({ side, addressee })),
      differences,
    }),
    handle: async ({ params, body }) => {
      await found(gateway, params.id);
      const { proposal, addressees, differences: said } = settled(await adviseCorrection(gateway, params.id, body));
      const told = CORRECTION_SIDES.flatMap((each) => {
        const asked = addressees[each];
        return asked === undefined ? [] : [{ side: each, addressee: asked }];
      });
      return { ...proposal, sides: [...proposal.sides], addressees: told, differences: [...said] };
    },
  });
}

function openRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/corrections',
    summary: 'Ouvrir un dossier de correction ; l’identité perd les preuves que le désaccord fait tomber',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: sources.extend({ side, addressee: addressee.optional(), reason }),
    response: correctionView,
    status: 201,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewCorrection(settled(await openCorrection(gateway, params.id, body, editorOf(actor))));
    },
  });
}

function ofPatientRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/corrections',
    summary: 'Dossiers de correction d’une identité, du plus récent au plus ancien',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(correctionView),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      return { items: (await correctionsOf(gateway.pool, record.id)).map(viewCorrection), next: null };
    },
  });
}

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/corrections',
    summary: 'Dossiers de correction, du plus ancien au plus récent ; les dossiers clos seulement si on les demande',
    permission: 'patients.read',
    scope: 'domain',
    query: z.object({
      state: states.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    response: listOf(correctionView),
    handle: async ({ query }) => {
      const { state, limit, after } = query;
      const rows = await listCorrections(pool, { state, limit: limit + 1, offset: after });
      const items = rows.slice(0, limit).map(({ birthName: _, firstGivenName: __, ...row }) => viewCorrection(row));
      return { items, next: rows.length > limit ? String(after + limit) : null };
    },
  });
}

async function foundCorrection({ pool }: UseCaseContext, id: string): Promise<CorrectionRequest> {
  const request = await correctionById(pool, id);
  if (request === undefined) throw new ApiRefusal(apiRules.notFound);
  return request;
}

function readRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/corrections/{id}',
    summary: 'Un dossier de correction et ses étapes : qui, quand',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: correctionView.extend({
      steps: z.array(z.object({ at: z.string(), actor: z.string(), step: states, note: z.string().nullable() })),
    }),
    handle: async ({ params }) => {
      const request = await foundCorrection(gateway, params.id);
      const steps = await correctionStepsOf(gateway.pool, request.id);
      return { ...viewCorrection(request), steps: steps.map((step) => ({ ...step, at: step.at.toISOString() })) };
    },
  });
}

function stepRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/corrections/{id}/steps',
    summary: 'Faire avancer un dossier : remis, corrigé, clos ; la clôture demande une raison',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: z.object({ step: z.enum(['handed', 'corrected', 'closed']), note: z.string().max(500).optional() }),
    response: correctionView,
    handle: async ({ actor, params, body }) =>
      viewCorrection(settled(await advanceCorrection(gateway, params.id, body, editorOf(actor)))),
  });
}

function letterRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/corrections/{id}/letter',
    summary: 'La lettre à remettre au patient, PDF ; elle ne porte pas de matricule',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: z.unknown(),
    binary: true,
    handle: async ({ actor, params, reply }) => {
      const request = await foundCorrection(gateway, params.id);
      reply.type('application/pdf');
      return settled(await correctionLetterPdf(gateway, request, actor.eg));
    },
  });
}

export function correctionRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    adviceRoute(gateway),
    openRoute(gateway),
    ofPatientRoute(gateway),
    listRoute(gateway),
    readRoute(gateway),
    stepRoute(gateway),
    letterRoute(gateway),
  ];
}
