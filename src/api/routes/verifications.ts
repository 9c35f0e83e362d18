/** Verification of what INSi gave: one identity, and the campaigns that verify them all again. */
import { z } from 'zod';
import {
  changeCampaign,
  confirmVerificationFailure,
  progressOf,
  requestVerification,
  startCampaign,
} from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { identityVerificationRules } from '../../rules/identity-verification.ts';
import { type Campaign, listCampaigns } from '../../store/verification-campaigns.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView, reasonOf, reasonView } from '../views.ts';
import { found, idParams, reason, viewOf } from './patients.ts';

const campaignView = z.object({
  id: z.string(),
  origin: z.enum(['periodic', 'on-demand']),
  state: z.enum(['running', 'paused', 'done', 'cancelled']),
  startedBy: z.string(),
  startedAt: z.string(),
  /** INS last proved before that instant. */
  before: z.string(),
  total: z.number(),
  done: z.number(),
  remaining: z.number(),
  /** At the permitted pace; null while it does not run. */
  remainingSeconds: z.number().nullable(),
  outcomes: z.object({
    identical: z.number(),
    updated: z.number(),
    insChanged: z.number(),
    differing: z.number(),
    notFound: z.number(),
    unanswered: z.number(),
    skipped: z.number(),
  }),
  pausedBy: z.string().nullable(),
  reason: reasonView,
  finishedAt: z.string().nullable(),
});

function viewCampaign({ config }: UseCaseContext, campaign: Campaign): z.output<typeof campaignView> {
  const { insi } = config;
  if (insi === undefined) throw new ApiRefusal(identityVerificationRules.insiNotConfigured);
  const { id, origin, state, startedBy, startedAt, before, total, pausedBy, pausedReason, finishedAt } = campaign;
  const { identical, updated, insChanged, differing, notFound, unanswered, skipped } = campaign;
  const { done, remaining, remainingMs } = progressOf(campaign, insi);
  return {
    id,
    origin,
    state,
    startedBy,
    startedAt: startedAt.toISOString(),
    before: before.toISOString(),
    total,
    done,
    remaining,
    remainingSeconds: remainingMs === undefined ? null : Math.round(remainingMs / 1_000),
    outcomes: { identical, updated, insChanged, differing, notFound, unanswered, skipped },
    pausedBy,
    reason: reasonOf(pausedReason, null),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function campaignRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const common = { scope: 'domain', response: campaignView } as const;
  return [
    route({
      method: 'GET',
      path: '/verification-campaigns',
      summary: 'Campagnes de vérification des INS, de la plus récente à la plus ancienne, avec leur avancement',
      permission: 'patients.settle',
      scope: 'domain',
      query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) }),
      response: listOf(campaignView),
      handle: async ({ query }) => {
        const campaigns = gateway.config.insi === undefined ? [] : await listCampaigns(gateway.pool, query.limit);
        return { items: campaigns.map((campaign) => viewCampaign(gateway, campaign)), next: null };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/verification-campaigns',
      summary: 'Vérifier auprès d’INSi toutes les INS dont la dernière preuve est antérieure à un instant',
      permission: 'patients.settle',
      body: z.object({ before: z.iso.datetime({ offset: true }) }),
      status: 201,
      handle: async ({ actor, body }) =>
        viewCampaign(gateway, settled(await startCampaign(gateway, new Date(body.before), actor.name))),
    }),
    route({
      ...common,
      method: 'POST',
      path: '/verification-campaigns/{id}/state',
      summary: 'Suspendre, reprendre ou clore une campagne de vérification',
      permission: 'patients.settle',
      params: idParams,
      body: z.object({ action: z.enum(['pause', 'resume', 'cancel']) }),
      handle: async ({ actor, params, body }) =>
        viewCampaign(gateway, settled(await changeCampaign(gateway, params.id, body.action, actor.name))),
    }),
  ];
}

function patientRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'POST',
      path: '/patients/{id}/insi-verification',
      summary: 'Demander à INSi si l’INS est toujours celle de ce patient ; le résultat se lit sur le patient',
      permission: 'patients.qualify',
      scope: 'domain',
      params: idParams,
      response: patientView,
      status: 202,
      handle: async ({ actor, params }) => {
        await found(gateway, params.id);
        return viewOf(gateway, settled(await requestVerification(gateway, params.id, actor.name)));
      },
    }),
    route({
      method: 'POST',
      path: '/patients/{id}/insi-verification/failure',
      summary: 'Confirmer qu’INSi ne connaît plus cette INS : elle est retirée, et la qualification avec elle',
      permission: 'patients.settle',
      scope: 'domain',
      params: idParams,
      body: z.object({ reason }),
      response: patientView,
      handle: async ({ actor, params, body }) => {
        await found(gateway, params.id);
        const confirmed = confirmVerificationFailure(gateway, params.id, body.reason, actor.name);
        return viewOf(gateway, settled(await confirmed));
      },
    }),
  ];
}

export function verificationRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [...campaignRoutes(gateway), ...patientRoutes(gateway)];
}
