/** What is asked of INSi for one patient: by the recorded traits, by a proposed query, by the Vitale card. */
import { z } from 'zod';
import { insiProposals, requestCardSearch, requestInsiSearch, requestProposedSearch } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView } from '../views.ts';
import { found, idParams, optionalText, viewOf } from './patients.ts';

const proposalId = z.enum([
  'given-names',
  'place',
  'other-place',
  'completed-date',
  'lunar-date',
  'name-punctuation',
  'used-name',
]);

function searchRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/insi-search',
    summary: 'Demander une recherche INSi, ou accepter une recherche proposée ; le résultat se lit sur le patient',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: z
      .object({
        /** One of those of `GET /patients/{id}/insi-proposals`. */
        proposal: proposalId.optional(),
        /** What the identity document shows, where the proposal asks for it. */
        value: optionalText,
      })
      .nullish(),
    response: patientView,
    status: 202,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      const { proposal, value } = body ?? {};
      const asked =
        proposal === undefined
          ? requestInsiSearch(gateway, params.id, actor.name)
          : requestProposedSearch(gateway, params.id, { proposal, value }, actor.name);
      return viewOf(gateway, settled(await asked));
    },
  });
}

const proposalView = z.object({
  id: proposalId,
  change: z.enum(['adds', 'replaces']),
  trait: z.string(),
  reason: z.string(),
  /** The value that an operator has to give. */
  asks: z.enum(['birthGivenNames', 'birthPlace']).nullable(),
  criteria: z.object({
    birthName: z.string(),
    firstGivenName: z.string(),
    birthGivenNames: z.string().optional(),
    sex: z.string(),
    birthDate: z.string(),
    birthPlace: z.string().optional(),
  }),
});

function proposalsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/insi-proposals',
    summary: 'Recherches INSi permises après « aucune » ou « plusieurs identités », la prochaine d’abord',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(proposalView),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      const items = (await insiProposals(gateway.pool, record)).map(({ asks, ...proposal }) => ({
        ...proposal,
        asks: asks ?? null,
      }));
      return { items, next: null };
    },
  });
}

/** As the desk's software read it, for the beneficiary that the operator picked; numbers with their key. */
const cardBody = z.object({
  insured: z.string().min(1),
  beneficiary: optionalText,
  certifiedOn: optionalText,
  birthName: optionalText,
  birthDate: z.string().min(1),
  birthRank: z.number().int().optional(),
  regime: optionalText,
  fund: optionalText,
  centre: optionalText,
  bearer: optionalText,
});

function cardRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/insi-search-card',
    summary: 'Rechercher l’INS par les données lues sur la carte Vitale (WS_INS1) ; le résultat se lit sur le patient',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: cardBody,
    response: patientView,
    status: 202,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewOf(gateway, settled(await requestCardSearch(gateway, params.id, body, actor.name)));
    },
  });
}

export function patientInsiRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [searchRoute(gateway), proposalsRoute(gateway), cardRoute(gateway)];
}
