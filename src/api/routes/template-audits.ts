/** Template audit: a printed document is given, what is wrong with its DataMatrix comes back; the document is not kept. */
import { z } from 'zod';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import {
  listTemplateAudits,
  type TemplateAuditRecord,
  templateAdoption,
  templateAuditById,
} from '../../store/template-audits.ts';
import { auditDocument, expectedBlocks, type TemplateOutcome } from '../../templates/index.ts';
import { sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const MOST_MONTHS = 1_000;
const name = z.string().trim().min(1).max(120);
const count = z.number().int();
const zone = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const block = z.enum(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7']);
const finding = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'information']),
  block: block.nullable(),
  detail: z.string().nullable(),
});

const summary = z.object({
  id: z.string(),
  at: z.string(),
  by: z.string(),
  establishment: z.string(),
  template: z.string(),
  software: z.string(),
  sha256: z.string(),
  bytes: count,
  pages: count,
  pagesExamined: count,
  pagesRight: count,
  right: z.boolean(),
});

const detail = summary.extend({
  compared: z.array(block),
  findings: z.array(finding),
  results: z.array(
    z.object({
      page: count,
      right: z.boolean(),
      findings: z.array(finding),
      unread: z.array(zone),
      symbols: z.array(
        z.object({
          positionMm: zone,
          modules: count,
          moduleMm: z.number(),
          quietZoneModules: z.number().nullable(),
          ins: z.boolean(),
          fields: z
            .array(z.object({ block, length: count, shape: z.string() }))
            .describe(
              'forme de chaque champ (A capitale, a minuscule, 9 chiffre, ¤ autre) : la valeur n’est pas gardée',
            ),
          findings: z.array(finding),
        }),
      ),
    }),
  ),
});

type Audit = TemplateAuditRecord<TemplateOutcome>;

function viewSummary({ at, actor, eg, outcome: _, ...rest }: Audit): z.input<typeof summary> {
  return { ...rest, at: at.toISOString(), by: actor, establishment: eg };
}

function viewDetail(record: Audit): z.input<typeof detail> {
  const { compared, findings, pages } = outcomeShape.parse(record.outcome);
  return { ...viewSummary(record), compared, findings, results: pages };
}

/** What the answer says of it: the sizes of the pages are for the console's drawing. */
const outcomeShape = z.object({
  compared: detail.shape.compared,
  findings: detail.shape.findings,
  pages: detail.shape.results,
});

export function templateAuditRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [submit(gateway), ...readings(gateway)];
}

function submit(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/template-audits',
    summary: 'Auditer le DataMatrix d’un document imprimé (PDF, PNG, JPEG en base64) ; seul le résultat est gardé',
    permission: 'templates.audit',
    scope: 'establishment',
    body: z.object({
      establishment: z.string(),
      template: name,
      software: name,
      content: z.base64().min(1),
      patient: z
        .object({
          matricule: z.string().max(40),
          oid: z.string().max(64),
          birthGivenNames: z.string().max(200),
          birthName: z.string().max(200),
          sex: z.enum(['M', 'F']),
          birthDate: z.string().max(10),
          birthPlace: z.string().max(5),
        })
        .partial()
        .optional()
        .describe('traits attendus, comparés champ par champ ; ils ne sont pas gardés'),
    }),
    response: detail,
    status: 201,
    handle: async ({ actor, body }) => {
      const { establishment: eg, template, software, content, patient = {} } = body;
      if (!sees(actor, eg)) throw new ApiRefusal(apiRules.forbidden);
      if (!isDeclared(gateway, eg)) throw new ApiRefusal(apiRules.invalidRequest, { location: 'establishment' });
      const expected = settled(expectedBlocks(patient));
      const order = { eg, template, software, expected, actor: actor.name, pictures: 0 };
      return viewDetail(settled(await auditDocument(gateway, Buffer.from(content, 'base64'), order)).record);
    },
  });
}

function isDeclared({ config }: UseCaseContext, eg: string): boolean {
  return config.legalEntities.some((legal) => legal.geographicEntities.some(({ finess }) => finess === eg));
}

function readings({ pool }: UseCaseContext): RouteDefinition[] {
  const common = { method: 'GET', permission: 'templates.read', scope: 'establishment' } as const;
  return [
    route({
      ...common,
      path: '/template-audits',
      summary: 'Audits de modèles, du plus récent au plus ancien',
      query: z.object({ template: name.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
      response: listOf(summary),
      handle: async ({ actor, query }) => {
        const filter = { eg: actor.eg, template: query.template ?? null, limit: query.limit };
        return { items: (await listTemplateAudits<TemplateOutcome>(pool, filter)).map(viewSummary), next: null };
      },
    }),
    route({
      ...common,
      path: '/template-adoption',
      summary: 'Part des documents et des pages au DataMatrix juste, par modèle et par mois',
      query: z.object({ template: name.optional() }),
      response: listOf(
        z.object({
          establishment: z.string(),
          template: z.string(),
          software: z.string(),
          month: z.string(),
          documents: count,
          documentsRight: count,
          pages: count,
          pagesRight: count,
        }),
      ),
      handle: async ({ actor, query }) => {
        const filter = { eg: actor.eg, template: query.template ?? null, limit: MOST_MONTHS };
        const rows = await templateAdoption(pool, filter);
        return { items: rows.map(({ eg, ...row }) => ({ establishment: eg, ...row })), next: null };
      },
    }),
    route({
      ...common,
      path: '/template-audits/{id}',
      summary: 'Ce qu’un audit a trouvé, page par page',
      params: z.object({ id: z.uuid() }),
      response: detail,
      handle: async ({ actor, params: { id } }) => {
        const record = await templateAuditById<TemplateOutcome>(pool, id);
        if (record === undefined || !sees(actor, record.eg)) throw new ApiRefusal(apiRules.notFound);
        return viewDetail(record);
      },
    }),
  ];
}
