/** The region: counts by month and by establishment, each with its origin, and what puts an establishment at risk. */
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import {
  figuresCsv,
  filterStandings,
  isMonth,
  monthsOfRegion,
  productsToMigrate,
  RISK_KINDS,
  type Standing,
  standings,
  standingsCsv,
  threeYears,
} from '../../region/index.ts';
import { apiRules } from '../../rules/api.ts';
import { correctionsOf, type StoredFigure } from '../../store/region-figures.ts';
import { figuresOfEstablishment, namedEstablishments, shownFigures } from '../../store/region-reads.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

/** Ten years of months. */
const MOST_MONTHS_SHOWN = 120;
const MOST_CORRECTIONS = 100;

const month = z.string().refine(isMonth, 'AAAA-MM');
const period = z.object({ from: month.optional(), to: month.optional(), establishment: z.string().optional() });
const count = z.number();
const known = count.nullable();
const kind = z.enum(['INS', 'NIR', 'INS-C']);
const origin = z.enum(['own', 'pushed', 'imported']);

const monthView = z.object({
  month: z.string(),
  added: count,
  addedIns: count,
  addedNir: count,
  addedInsC: count,
  addedUnsaid: count,
  replaced: count,
  deleted: count,
  ins: count,
  nir: count,
  insC: count,
  own: count,
  pushed: count,
  imported: count,
});

const figureView = z.object({
  month: z.string(),
  origin,
  source: z.string(),
  receivedAt: z.string(),
  counted: z.boolean(),
  added: known,
  addedIns: known,
  addedNir: known,
  addedInsC: known,
  replaced: known,
  deleted: known,
  received: known,
  refused: known,
  waiting: known,
  identityKind: kind.nullable(),
  activeIdentities: known,
  qualifiedIdentities: known,
  steps: known,
  lastFedOn: z.string().nullable(),
  products: z.array(z.object({ key: z.string() })),
  blocks: z.array(z.object({ rule: z.string(), documents: count })),
});

const named = { establishment: z.string(), legalEntity: z.string(), name: z.string(), legalName: z.string() };

const standingView = z.object({
  ...named,
  lastMonth: z.string().nullable(),
  origin: origin.nullable(),
  added: known,
  addedMonth: z.string().nullable(),
  identityKind: kind.nullable(),
  qualifiedRate: known,
  steps: known,
  products: z.array(z.string()),
  risks: z.array(z.object({ kind: z.enum(RISK_KINDS), rule: z.string(), title: z.string(), detail: z.string() })),
  blocking: z.array(z.object({ what: z.string(), rule: z.string().nullable() })),
});

function viewFigure({
  eg: _eg,
  ej: _ej,
  shown,
  ...figure
}: StoredFigure & { shown: boolean }): z.output<typeof figureView> {
  return {
    ...figure,
    receivedAt: figure.receivedAt.toISOString(),
    counted: shown,
    products: [...figure.products],
    blocks: [...figure.blocks],
  };
}

function viewStanding(row: Standing): z.output<typeof standingView> {
  const {
    eg,
    ej,
    name,
    legalName,
    last,
    added,
    addedMonth,
    identityKind,
    qualifiedRate,
    steps,
    products,
    risks,
    blocking,
  } = row;
  return {
    establishment: eg,
    legalEntity: ej,
    name,
    legalName,
    lastMonth: last?.month ?? null,
    origin: row.origin,
    added,
    addedMonth,
    identityKind,
    qualifiedRate,
    steps,
    products: [...products],
    risks: risks.map((risk) => ({ kind: risk.kind, rule: risk.rule.id, title: risk.rule.title, detail: risk.detail })),
    blocking: blocking.map(({ what, rule }) => ({ what, rule })),
  };
}

function scopeOf(
  { now }: UseCaseContext,
  actor: Actor,
  { from, to, establishment }: z.output<typeof period>,
): { eg: string | null; from: string; to: string } {
  if (establishment !== undefined && !sees(actor, establishment)) throw new ApiRefusal(apiRules.forbidden);
  const byDefault = threeYears(now());
  const scope = { eg: establishment ?? actor.eg, from: from ?? byDefault.from, to: to ?? byDefault.to };
  const months = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5));
  const asked = months(scope.to) - months(scope.from) + 1;
  if (asked < 1 || asked > MOST_MONTHS_SHOWN)
    throw new ApiRefusal(apiRules.invalidRequest, {
      detail: `de 1 à ${MOST_MONTHS_SHOWN} mois`,
      location: 'paramètres',
    });
  return scope;
}

export function regionRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [monthsRoute(gateway), ...establishmentRoutes(gateway), productsRoute(gateway), ...exportRoutes(gateway)];
}

const reads = { method: 'GET', permission: 'region.read', scope: 'establishment' } as const;

function monthsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    ...reads,
    path: '/region/months',
    summary:
      'Comptages de la région par mois ; trois ans par défaut. Chaque établissement et mois n’est compté qu’une fois',
    query: period,
    response: listOf(monthView),
    handle: async ({ actor, query }) => ({
      items: await monthsOfRegion(gateway, scopeOf(gateway, actor, query)),
      next: null,
    }),
  });
}

function establishmentRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      ...reads,
      path: '/region/establishments',
      summary: 'Établissements de la région : dernière situation, vigilance, trois points de blocage',
      query: period.pick({ to: true }).extend({
        search: z.string().max(200).optional(),
        identityKind: z.enum(['INS', 'NIR', 'INS-C', 'unknown']).optional(),
        product: z.string().max(60).optional(),
        risk: z.enum(['any', ...RISK_KINDS]).optional(),
        steps: z.coerce.number().int().min(0).max(5).optional(),
        origin: z.enum(['own', 'pushed', 'imported', 'none']).optional(),
      }),
      response: listOf(standingView),
      handle: async ({ actor, query }) => {
        const { to } = scopeOf(gateway, actor, { to: query.to });
        const rows = filterStandings(await standings(gateway, { eg: actor.eg, to }), {
          ...query,
          kind: query.identityKind,
        });
        return { items: rows.map(viewStanding), next: null };
      },
    }),
    route({
      ...reads,
      path: '/region/establishments/{id}',
      summary: 'Un établissement (FINESS géographique) : chaque mois avec toutes ses origines, et les corrections',
      params: z.object({ id: z.string().max(20) }),
      query: period.pick({ from: true, to: true }),
      response: z.object({
        ...standingView.shape,
        figures: z.array(figureView),
        corrections: z.array(
          z.object({
            month: z.string(),
            origin,
            added: known,
            identityKind: kind.nullable(),
            source: z.string(),
            receivedAt: z.string(),
            replacedAt: z.string(),
          }),
        ),
      }),
      handle: async ({ actor, params, query }) => {
        if (!sees(actor, params.id)) throw new ApiRefusal(apiRules.notFound);
        const { from, to } = scopeOf(gateway, actor, query);
        const [row] = await standings(gateway, { eg: params.id, to });
        if (row === undefined) throw new ApiRefusal(apiRules.notFound);
        const [figures, corrections] = await Promise.all([
          figuresOfEstablishment(gateway.pool, { eg: params.id, from, to }),
          correctionsOf(gateway.pool, params.id, MOST_CORRECTIONS),
        ]);
        return {
          ...viewStanding(row),
          figures: figures.map(viewFigure),
          corrections: corrections.map((one) => ({
            ...one,
            receivedAt: one.receivedAt.toISOString(),
            replacedAt: one.replacedAt.toISOString(),
          })),
        };
      },
    }),
  ];
}

function productsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    ...reads,
    path: '/region/products',
    summary: 'Produits encore à migrer, et les établissements où ils sont',
    response: listOf(z.object({ key: z.string(), establishments: z.array(z.object(named)) })),
    handle: async ({ actor }) => {
      const rows = await standings(gateway, { eg: actor.eg, to: threeYears(gateway.now()).to });
      const items = productsToMigrate(rows).map(({ key, establishments }) => ({
        key,
        establishments: establishments.map(({ eg, ej, name, legalName }) => ({
          establishment: eg,
          legalEntity: ej,
          name,
          legalName,
        })),
      }));
      return { items, next: null };
    },
  });
}

function exportRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const csv = { ...reads, response: z.string(), binary: true } as const;
  return [
    route({
      ...csv,
      path: '/region/months-export',
      summary: 'Comptages par établissement et par mois, en CSV, avec leur origine',
      query: period,
      handle: async ({ actor, query, reply }) => {
        const scope = scopeOf(gateway, actor, query);
        const [figures, rows] = await Promise.all([
          shownFigures(gateway.pool, scope),
          namedEstablishments(gateway.pool, scope.eg),
        ]);
        reply.type('text/csv; charset=utf-8');
        return Buffer.from(figuresCsv(figures, new Map(rows.map((row) => [row.eg, row]))), 'utf8');
      },
    }),
    route({
      ...csv,
      path: '/region/establishments-export',
      summary: 'Situation de chaque établissement, en CSV, avec sa vigilance et ses trois points de blocage',
      handle: async ({ actor, reply }) => {
        reply.type('text/csv; charset=utf-8');
        const rows = await standings(gateway, { eg: actor.eg, to: threeYears(gateway.now()).to });
        return Buffer.from(standingsCsv(rows), 'utf8');
      },
    }),
  ];
}
