/** The plan of the transition: five steps with their evidence, for each establishment; statements and aims. */
import { z } from 'zod';
import {
  declare,
  type Plan,
  planCsv,
  planOf,
  publishReference,
  questionsOf,
  referenceInForce,
  setAim,
  stepsReached,
  verdictText,
} from '../../plan/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const one = z.object({ id: z.string().min(1).max(20) });
const evidence = z.object({ text: z.string(), since: z.string().nullable(), link: z.string().nullable() });
const reading = z.object({ day: z.string(), readiness: z.number(), steps: z.array(z.number()), reached: z.number() });
const planView = z.object({
  eg: z.string(),
  context: z.number(),
  /** When the figures were counted. */
  at: z.string(),
  readiness: z.number(),
  deadline: z.string().nullable(),
  aim: z.object({ qualifiedPercent: z.number(), fedPercent: z.number() }),
  forecast: z.unknown(),
  figures: z.array(
    z.object({ figure: z.string(), value: z.number().nullable(), aim: z.number(), forecast: z.unknown() }),
  ),
  steps: z.array(
    z.object({
      step: z.number(),
      title: z.string(),
      percent: z.number(),
      reached: z.boolean(),
      waitsFor: z.array(z.number()),
      checks: z.array(
        z.object({
          rule: z.string(),
          title: z.string(),
          state: z.string(),
          percent: z.number().nullable(),
          label: z.string(),
          why: z.string().nullable(),
          owner: z.string().nullable(),
          remedy: z.string().nullable(),
          evidence: z.array(evidence),
        }),
      ),
    }),
  ),
  questions: z.array(
    z.object({ question: z.string(), answer: z.string(), sentence: z.string(), evidence: z.array(evidence) }),
  ),
  history: z.array(reading),
});

function viewPlan(plan: Plan): z.input<typeof planView> {
  const { eg, facts, readiness, aim, forecast, figures, steps, history } = plan;
  return {
    eg,
    context: facts.context,
    at: facts.at,
    readiness,
    deadline: aim.deadline,
    aim: { qualifiedPercent: aim.qualifiedPercent, fedPercent: aim.fedPercent },
    forecast,
    figures: [...figures],
    steps: steps.map(({ number, title, percent, reached, waitsFor, checks }) => ({
      step: number,
      title,
      percent,
      reached,
      waitsFor: [...waitsFor],
      checks: checks.map(({ rule, title: point, verdict, evidence: found }) => {
        const open = verdict.kind !== 'done' && verdict.kind !== 'not-applicable';
        return {
          rule: rule.id,
          title: point,
          state: verdict.kind,
          percent: verdict.kind === 'running' ? verdict.percent : null,
          label: verdictText(verdict),
          why: verdict.kind === 'not-applicable' ? verdict.why : null,
          owner: open ? rule.owner : null,
          remedy: open ? rule.remedy : null,
          evidence: [...found],
        };
      }),
    })),
    questions: questionsOf(facts, steps).map((question) => ({ ...question, evidence: [...question.evidence] })),
    history: history.map(({ day, readiness: value, steps: percents, reached }) => ({
      day,
      readiness: value,
      steps: [...percents],
      reached,
    })),
  };
}

const text = z.string().trim().max(1_000);
const referenceBody = z.object({
  version: z.string().trim().min(1).max(60),
  constraints: z
    .array(
      z.object({
        from: z.string().max(10),
        title: text,
        text,
        source: text,
        steps: z.array(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])),
      }),
    )
    .max(200),
  contacts: z.array(z.object({ name: text, role: text, reach: text })).max(500),
  links: z.array(z.object({ label: text, url: text })).max(500),
});
const referenceView = referenceBody.extend({ publishedAt: z.string().nullable(), by: z.string().nullable() });

/** Legal constraints, contacts and links: the same for every establishment of the installation. */
function referenceRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const inForce = async (): Promise<z.input<typeof referenceView>> => {
    const { version, constraints, contacts, links, published } = await referenceInForce(gateway);
    return {
      version,
      constraints: constraints.map((one) => ({ ...one, steps: [...one.steps] })),
      contacts: [...contacts],
      links: [...links],
      publishedAt: published?.at.toISOString() ?? null,
      by: published?.actor ?? null,
    };
  };
  const path = '/plan-reference';
  return [
    route({
      method: 'GET',
      path,
      summary: 'Textes et dates, contacts et liens du plan : la version en vigueur',
      permission: 'plan.read',
      scope: 'domain',
      response: referenceView,
      handle: inForce,
    }),
    route({
      method: 'PUT',
      path,
      summary: 'Publier une version des textes, contacts et liens du plan, en vigueur aussitôt',
      permission: 'policy.write',
      scope: 'installation',
      body: referenceBody.extend({ reason: z.string().trim().min(1).max(300) }),
      response: referenceView,
      handle: async ({ actor, body }) => {
        settled(await publishReference(gateway, body, actor.name));
        return inForce();
      },
    }),
  ];
}

export function planRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const declared = gateway.config.legalEntities.flatMap(({ geographicEntities }) =>
    geographicEntities.map(({ finess }) => finess),
  );
  /** Undeclared, or of somebody else: it does not exist. */
  const known = (actor: Actor, eg: string): string => {
    if (!declared.includes(eg) || !sees(actor, eg)) throw new ApiRefusal(apiRules.notFound);
    return eg;
  };
  const path = '/establishments/{id}/plan';
  const shared = { scope: 'establishment', params: one } as const;
  return [
    ...referenceRoutes(gateway),
    route({
      method: 'GET',
      path: '/plans',
      summary: 'Étapes atteintes et préparation de chaque établissement, au dernier relevé',
      permission: 'plan.read',
      scope: 'establishment',
      response: listOf(reading.extend({ eg: z.string(), at: z.string() })),
      handle: async ({ actor }) => {
        const egs = declared.filter((eg) => sees(actor, eg));
        const items = (await stepsReached(gateway, egs)).map(({ at, steps, ...rest }) => ({
          ...rest,
          at: at.toISOString(),
          steps: [...steps],
        }));
        return { items, next: null };
      },
    }),
    route({
      ...shared,
      method: 'GET',
      path,
      summary:
        'Plan de transition d’un établissement : cinq étapes, preuves, questions, prévision ; « fresh » recompte',
      permission: 'plan.read',
      query: z.object({ fresh: z.enum(['true', 'false']).default('false') }),
      response: planView,
      handle: async ({ actor, params, query }) =>
        viewPlan(await planOf(gateway, known(actor, params.id), query.fresh === 'true')),
    }),
    route({
      ...shared,
      method: 'GET',
      path: `${path}/export`,
      summary: 'Le même plan en CSV, un point par ligne',
      permission: 'plan.read',
      response: z.unknown(),
      binary: true,
      handle: async ({ actor, params, reply }) => {
        const text = planCsv(await planOf(gateway, known(actor, params.id)));
        reply.type('text/csv; charset=utf-8');
        return Buffer.from(text);
      },
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${path}/declarations`,
      summary: 'Déclarer ce qu’aucun logiciel ne voit : organisation INS, charte, formation',
      permission: 'plan.write',
      status: 201,
      body: z.object({
        item: z.enum(['organisation', 'charter', 'training']),
        state: z.enum(['done', 'started', 'not-done']),
        /** AAAA-MM-JJ. */
        onDay: z.string().max(10),
        note: z.string().trim().max(500),
        attachment: z.string().trim().min(1).max(300).optional(),
      }),
      response: planView,
      handle: async ({ actor, params, body }) => {
        const eg = known(actor, params.id);
        settled(await declare(gateway, eg, { ...body, attachment: body.attachment ?? null }, actor.name));
        return viewPlan(await planOf(gateway, eg));
      },
    }),
    route({
      ...shared,
      method: 'PUT',
      path: `${path}/aim`,
      summary: 'Échéance et objectifs que l’établissement se fixe',
      permission: 'plan.write',
      body: z.object({
        deadline: z.string().max(10).nullable(),
        qualifiedPercent: z.number(),
        fedPercent: z.number(),
        reason: z.string().trim().max(300),
      }),
      response: planView,
      handle: async ({ actor, params, body }) => {
        const eg = known(actor, params.id);
        settled(await setAim(gateway, eg, body, actor.name));
        return viewPlan(await planOf(gateway, eg));
      },
    }),
  ];
}
