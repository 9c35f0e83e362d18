/** Flows, indicators, establishments, messages that a rule stopped, audit trail, and the contract itself. */
import { z } from 'zod';
import { findSource } from '../../config/lookup.ts';
import { LANES } from '../../config/migration-schema.ts';
import type { Config } from '../../config/schema.ts';
import { indicators } from '../../indicators/feed.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type Flow, listFlows } from '../../store/flows.ts';
import { type LaneFlow, type LaneName, laneFlows } from '../../store/lanes.ts';
import { listStoppedMessages } from '../../store/messages.ts';
import { listAudit } from '../../store/proofs.ts';
import { sees } from '../access.ts';
import { ApiRefusal } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf } from '../views.ts';
import { instant } from './instants.ts';

/** The `next` of a list that is read by decreasing row number. */
const rowCursor = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional();

function cursorAfter(rows: readonly { readonly id: number }[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? String(last.id) : null;
}

const DAY_MS = 86_400_000;

function flowsRoute(gateway: UseCaseContext): RouteDefinition {
  const { config, pool } = gateway;
  return route({
    method: 'GET',
    path: '/flows',
    summary: 'Flux observés : application, version, API, nature de l’identité, volumes',
    permission: 'flows.read',
    scope: 'establishment',
    response: listOf(
      z.object({
        application: z.string(),
        facility: z.string(),
        version: z.string(),
        messageKind: z.string(),
        api: z.string(),
        identityKind: z.string(),
        firstSeen: z.string(),
        lastSeen: z.string(),
        messages: z.number(),
        lane: z.enum(LANES).nullable().describe('voie du flux, quand sa source déclare une bascule'),
      }),
    ),
    handle: async ({ actor }) => {
      const lanes = await laneFlows(pool, actor.eg);
      // A flow belongs to the establishment that its sender is declared for.
      const items = (await listFlows(pool))
        .filter((flow) => sees(actor, findSource(config, flow.application, flow.facility)?.eg ?? ''))
        .map((flow) => ({
          ...flow,
          firstSeen: flow.firstSeen.toISOString(),
          lastSeen: flow.lastSeen.toISOString(),
          lane: laneOf(config, lanes, flow),
        }));
      return { items, next: null };
    },
  });
}

/** By the declaration of its sender, and the way that its messages come by. */
function laneOf(config: Config, lanes: readonly LaneFlow[], { application, facility, api }: Flow): LaneName | null {
  const source = findSource(config, application, facility);
  const way = api === 'V1' ? 'xds-v1' : api === 'V2' ? 'xds-v2' : 'hl7';
  const found = lanes.find(
    (lane) =>
      lane.way === way &&
      lane.eg === source?.eg &&
      lane.application === source.application &&
      lane.facility === source.facility,
  );
  return found?.lane ?? null;
}

function indicatorsRoute(gateway: UseCaseContext): RouteDefinition {
  const { pool, now } = gateway;
  return route({
    method: 'GET',
    path: '/indicators',
    summary:
      'Compteurs d’une période : de « from » à « to », jour compris si « to » est une date, sinon exclu ; 30 jours par défaut',
    permission: 'indicators.read',
    scope: 'establishment',
    query: z.object({
      from: instant('start').optional(),
      to: instant('end').optional(),
      establishment: z.string().optional(),
    }),
    response: z.unknown(),
    handle: async ({ actor, query }) => {
      const to = query.to ?? now();
      const from = query.from ?? new Date(to.getTime() - 30 * DAY_MS);
      if (query.establishment !== undefined && !sees(actor, query.establishment))
        throw new ApiRefusal(apiRules.forbidden);
      return indicators(pool, { eg: query.establishment ?? actor.eg }, { from, to });
    },
  });
}

function establishmentsRoute(gateway: UseCaseContext): RouteDefinition {
  const { config } = gateway;
  return route({
    method: 'GET',
    path: '/establishments',
    summary: 'Entités juridiques et géographiques de cette installation',
    permission: 'establishments.read',
    scope: 'establishment',
    response: listOf(
      z.object({ eg: z.string(), ej: z.string(), name: z.string(), legalName: z.string(), sector: z.string() }),
    ),
    handle: async ({ actor }) => {
      const items = config.legalEntities
        .flatMap((legal) =>
          legal.geographicEntities.map((eg) => ({
            eg: eg.finess,
            ej: legal.finess,
            name: eg.name,
            legalName: legal.name,
            sector: eg.sector,
          })),
        )
        .filter((entity) => sees(actor, entity.eg));
      return { items, next: null };
    },
  });
}

function stoppedMessagesRoute(gateway: UseCaseContext): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/messages',
    summary: 'Messages arrêtés par une règle, conservés pour examen',
    permission: 'messages.read',
    scope: 'establishment',
    query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100), after: rowCursor }),
    response: listOf(
      z.object({
        id: z.number(),
        receivedAt: z.string(),
        transport: z.string(),
        peer: z.string(),
        sender: z.string(),
        messageControlId: z.string(),
        kind: z.string(),
        state: z.string(),
        bytes: z.number(),
        location: z.string().nullable(),
        reason: z.unknown(),
      }),
    ),
    handle: async ({ actor, query }) => {
      const rows = await listStoppedMessages(pool, {
        eg: actor.eg,
        before: query.after,
        limit: query.limit + 1,
      });
      const items = rows.slice(0, query.limit).map(({ receivedAt, controlId, ruleId, detail, ...row }) => ({
        ...row,
        receivedAt: receivedAt.toISOString(),
        messageControlId: controlId,
        reason: reasonOf(ruleId, detail),
      }));
      return { items, next: cursorAfter(rows, query.limit) };
    },
  });
}

function auditRoute(gateway: UseCaseContext): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/audit',
    summary: 'Journal des accès',
    permission: 'audit.read',
    scope: 'installation',
    query: z.object({
      subject: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      after: rowCursor,
    }),
    response: listOf(
      z.object({
        id: z.number(),
        at: z.string(),
        actor: z.string(),
        role: z.string(),
        action: z.string(),
        subject: z.string(),
        reason: z.string().nullable(),
        outcome: z.string(),
      }),
    ),
    handle: async ({ query }) => {
      const rows = await listAudit(pool, {
        subject: query.subject ?? null,
        before: query.after,
        limit: query.limit + 1,
      });
      const items = rows.slice(0, query.limit).map((row) => ({ ...row, at: row.at.toISOString() }));
      return { items, next: cursorAfter(rows, query.limit) };
    },
  });
}

export function overviewRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    flowsRoute(gateway),
    indicatorsRoute(gateway),
    establishmentsRoute(gateway),
    stoppedMessagesRoute(gateway),
    auditRoute(gateway),
  ];
}
