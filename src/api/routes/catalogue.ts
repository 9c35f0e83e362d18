/** The catalogue of products to migrate: read by whoever migrates, edited by the region. */
import { z } from 'zod';
import { editProduct, historyOf, type Product, readCatalogue } from '../../catalogue/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { observatoryRules } from '../../rules/observatory.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';

const text = z.string().max(2_000).default('');
const fields = z.object({
  /** `V1`: to be replaced; `V2`: with the NIR of TD0.0, to be moved to V2 with INS. */
  api: z.enum(['V1', 'V2']),
  name: z.string().min(1).max(200),
  version: z.string().min(1).max(100),
  aliases: z.array(z.string().max(200)).max(50).default([]),
  contact: text,
  compatibleVersion: text,
  compatibleLink: text,
  note: text,
  source: text,
  sourceDate: text,
  retired: z.boolean().default(false),
});

const productView = fields.extend({
  key: z.string(),
  revision: z.number(),
  editedAt: z.string().nullable(),
  editedBy: z.string().nullable(),
  /** Fields that the data file of the program says otherwise. */
  seedDiffers: z.array(z.string()),
});

function view({ editedAt, aliases, seedDiffers, ...product }: Product): z.input<typeof productView> {
  return {
    ...product,
    aliases: [...aliases],
    seedDiffers: [...seedDiffers],
    editedAt: editedAt?.toISOString() ?? null,
  };
}

/** The stable name of the product. */
const idParams = z.object({ id: z.string().max(200) });

export function catalogueRoutes(gateway: UseCaseContext): RouteDefinition[] {
  const { pool } = gateway;
  return [
    route({
      method: 'GET',
      path: '/catalogue',
      summary: 'Produits à migrer : à remplacer (API V1), à passer de V2 avec NIR à V2 avec INS',
      permission: 'catalogue.read',
      scope: 'domain',
      response: listOf(productView),
      handle: async () => ({ items: (await readCatalogue(pool)).map(view), next: null }),
    }),
    route({
      method: 'GET',
      path: '/catalogue/{id}/history',
      summary: 'La fiche d’un produit à chaque modification, de la plus récente à la plus ancienne',
      permission: 'catalogue.read',
      scope: 'domain',
      params: idParams,
      response: listOf(productView),
      handle: async ({ params: { id } }) => {
        if (!(await readCatalogue(pool)).some((product) => product.key === id))
          throw new ApiRefusal(observatoryRules.productUnknown);
        return { items: (await historyOf(pool, id)).map(view), next: null };
      },
    }),
    route({
      method: 'PUT',
      path: '/catalogue/{id}',
      summary: 'Modifier la fiche d’un produit ; « revision » : celle qui a été lue',
      permission: 'catalogue.write',
      scope: 'installation',
      params: idParams,
      body: fields.extend({ revision: z.number().int().min(0) }),
      response: productView,
      handle: async ({ actor, params: { id }, body: { revision, ...edited } }) =>
        view(settled(await editProduct(gateway, { key: id, revision, fields: edited }, actor.name))),
    }),
    route({
      method: 'POST',
      path: '/catalogue',
      summary: 'Ajouter un produit au catalogue',
      permission: 'catalogue.write',
      scope: 'installation',
      body: fields,
      response: productView,
      status: 201,
      handle: async ({ actor, body }) =>
        view(settled(await editProduct(gateway, { revision: 0, fields: body }, actor.name))),
    }),
  ];
}
