/** Who sends what, from traffic alone, beside what was declared. */
import { z } from 'zod';
import { verdictOf } from '../../catalogue/index.ts';
import {
  type Figures,
  monthsOfApplication,
  readPicture,
  type SeenApplication,
  type SeenUse,
} from '../../observatory/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const figures = {
  firstSeen: z.string(),
  lastSeen: z.string(),
  today: z.number(),
  month: z.number(),
  /** Of the last thirty days; refused: of these. */
  recent: z.number(),
  refused: z.number(),
};

const texts = z.array(z.string());
const useView = z.object({
  api: z.string(),
  product: z.string(),
  productVersion: z.string(),
  protocolVersions: texts,
  homologations: texts,
  certificates: texts,
  structures: texts,
  transactions: texts,
  identities: z.array(z.object({ kind: z.string(), basis: z.string(), because: z.string() })),
  /** The product of the catalogue, and what there is to do about it. */
  catalogue: z
    .object({ key: z.string(), standing: z.string(), verdict: z.string(), apiDiffers: z.boolean() })
    .nullable(),
  ...figures,
});

const applicationView = z.object({
  establishment: z.string(),
  application: z.string(),
  facility: z.string(),
  declared: z.enum(['yes', 'wildcard', 'no']),
  uses: z.array(useView),
  ...figures,
});

const place = { establishment: z.string(), application: z.string(), facility: z.string(), product: z.string() };
/** Seen otherwise than declared, or one without the other. */
const differenceView = z.object({
  kind: z.enum([
    'undeclared',
    'source-unseen',
    'inventory-unseen',
    'version-behind',
    'version-ahead',
    'api',
    'identity',
  ]),
  ...place,
  declared: z.string(),
  seen: z.string(),
});
/** Here, and no longer maintained by its vendor, or soon. */
const obsoleteView = z.object({
  ...place,
  version: z.string(),
  from: z.enum(['seen', 'inventory']),
  standing: z.enum(['ended', 'ending', 'unlisted']),
  endOfMaintenance: z.string(),
  compatibleVersion: z.string(),
  link: z.string(),
  source: z.string(),
});

function viewFigures({ firstSeen, lastSeen, today, month, recent, refused }: Figures) {
  const at = { firstSeen: firstSeen.toISOString(), lastSeen: lastSeen.toISOString() };
  return { ...at, today, month, recent, refused };
}

function viewUse(use: SeenUse): z.input<typeof useView> {
  const { recognition } = use;
  return {
    api: use.api,
    product: use.product,
    productVersion: use.productVersion,
    protocolVersions: [...use.protocolVersions],
    homologations: [...use.homologations],
    certificates: [...use.certificates],
    structures: [...use.structures],
    transactions: [...use.transactions],
    identities: [...use.identities],
    catalogue:
      recognition === undefined
        ? null
        : {
            key: recognition.product.key,
            standing: recognition.standing,
            verdict: verdictOf(recognition),
            apiDiffers: recognition.apiDiffers,
          },
    ...viewFigures(use),
  };
}

function viewApplication(seen: SeenApplication): z.input<typeof applicationView> {
  const { eg, application, facility, declared } = seen;
  return { establishment: eg, application, facility, declared, uses: seen.uses.map(viewUse), ...viewFigures(seen) };
}

export function observatoryRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/observatory',
      summary: 'Applications observées : produit, version, API, nature de l’identité (vue ou déduite), volumes, refus',
      permission: 'flows.read',
      scope: 'establishment',
      response: listOf(applicationView).extend({
        differences: z.array(differenceView),
        obsolete: z.array(obsoleteView),
      }),
      handle: async ({ actor }) => {
        const { applications, differences, obsolete } = await readPicture(gateway, actor.eg);
        return {
          items: applications.map(viewApplication),
          next: null,
          differences: differences.map(({ eg, ...difference }) => ({ establishment: eg, ...difference })),
          obsolete: obsolete.map(({ eg, ...held }) => ({ establishment: eg, ...held })),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/observatory/months',
      summary: 'Une application mois par mois : par API, produit, issue et règle, du plus récent au plus ancien',
      permission: 'flows.read',
      scope: 'establishment',
      query: z.object({
        establishment: z.string().max(200).default(''),
        application: z.string().max(200).default(''),
        facility: z.string().max(200).default(''),
      }),
      response: listOf(
        z.object({
          month: z.string(),
          api: z.string(),
          product: z.string(),
          productVersion: z.string(),
          transaction: z.string(),
          outcome: z.string(),
          ruleId: z.string().nullable(),
          messages: z.number(),
        }),
      ),
      handle: async ({ actor, query: { establishment, application, facility } }) => {
        const { applications } = await readPicture(gateway, actor.eg);
        const asked = applications.find(
          (seen) => seen.eg === establishment && seen.application === application && seen.facility === facility,
        );
        const months = asked === undefined ? [] : await monthsOfApplication(gateway.pool, asked);
        return { items: months.map(({ ruleId, ...month }) => ({ ...month, ruleId: ruleId || null })), next: null };
      },
    }),
  ];
}
