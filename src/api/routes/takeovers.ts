/** Take-over of an existing identity repository: lines come in order, the counts and the discrepancy report come out. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { listTakeovers, type Takeover, takeoverById } from '../../store/takeovers.ts';
import { closeTakeover, openTakeover, reportOf, takeLines } from '../../takeover/index.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const MOST_LINES = 500;
const SHOWN = 100;

const takeoverView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  domain: z.string(),
  trustsStatus: z.boolean(),
  position: z.number(),
  created: z.number(),
  known: z.number(),
  validated: z.number(),
  rejected: z.number(),
  discrepancies: z.number(),
  nirs: z.number(),
  nirsSame: z.number(),
  endedAt: z.string().nullable(),
});

function view(takeover: Takeover): z.output<typeof takeoverView> {
  const { createdAt, endedAt, ...rest } = takeover;
  return { ...rest, createdAt: createdAt.toISOString(), endedAt: endedAt?.toISOString() ?? null };
}

const idParams = z.object({ id: z.uuid() });
const text = z.string().max(500);
const optional = text
  .nullish()
  .transform((value) => (value === null || value === undefined || value.trim() === '' ? undefined : value.trim()));
const line = z.object({
  line: z.number().int().min(0),
  ipp: text,
  domain: optional,
  birthName: text,
  firstGivenName: text,
  birthGivenNames: optional,
  sex: text,
  birthDate: text,
  birthPlace: optional,
  usedName: optional,
  usedGivenName: optional,
  status: optional,
  nir: optional,
});

function openRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/takeovers',
    summary: 'Commencer la reprise d’un référentiel d’identités existant',
    permission: 'patients.takeover',
    scope: 'domain',
    body: z.object({
      name: z.string().min(1).max(200),
      domain: optional,
      /** The site vouches for the checks recorded there: VALI and QUAL become VALI, never more. */
      trustsStatus: z.boolean().default(false),
    }),
    response: takeoverView,
    status: 201,
    handle: async ({ actor, body }) => view(settled(await openTakeover(gateway, body, actor.name))),
  });
}

function linesRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/takeovers/{id}/lines',
    summary: 'Les lignes suivantes d’une reprise ; « from » : combien ont été prises avant. Aucun NIR n’est gardé',
    permission: 'patients.takeover',
    scope: 'domain',
    params: idParams,
    body: z.object({ from: z.number().int().min(0), lines: z.array(line).min(1).max(MOST_LINES) }),
    response: takeoverView,
    handle: async ({ actor, params: { id }, body }) => view(settled(await takeLines(gateway, id, body, actor.name))),
  });
}

function endRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/takeovers/{id}/end',
    summary: 'Terminer une reprise',
    permission: 'patients.takeover',
    scope: 'domain',
    params: idParams,
    response: takeoverView,
    handle: async ({ params: { id } }) => view(settled(await closeTakeover(gateway, id))),
  });
}

function listRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/takeovers',
    summary: 'Reprises, de la plus récente à la plus ancienne, avec leurs comptes',
    permission: 'patients.takeover',
    scope: 'domain',
    response: listOf(takeoverView),
    handle: async () => ({ items: (await listTakeovers(pool, SHOWN)).map(view), next: null }),
  });
}

function readRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/takeovers/{id}',
    summary: 'Une reprise : sa position et ses comptes',
    permission: 'patients.takeover',
    scope: 'domain',
    params: idParams,
    response: takeoverView,
    handle: async ({ params: { id } }) => view(await known(pool, id)),
  });
}

function reportRoute({ pool }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/takeovers/{id}/report',
    summary: 'Rapport d’écarts d’une reprise, CSV ; un NIR n’y figure que par sa clé',
    permission: 'patients.takeover',
    scope: 'domain',
    params: idParams,
    response: z.string(),
    binary: true,
    handle: async ({ params: { id }, reply }) => {
      await known(pool, id);
      reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="reprise.csv"');
      return buffer(Readable.from(reportOf(pool, id)));
    },
  });
}

async function known(pool: UseCaseContext['pool'], id: string): Promise<Takeover> {
  const takeover = await takeoverById(pool, id);
  if (takeover === undefined) throw new ApiRefusal(apiRules.notFound);
  return takeover;
}

export function takeoverRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    openRoute(gateway),
    linesRoute(gateway),
    endRoute(gateway),
    listRoute(gateway),
    readRoute(gateway),
    reportRoute(gateway),
  ];
}
