/** What must be fed and what can be fed: the versions in force, and publishing the next one. */
import { z } from 'zod';
import { listsInForce, publishList } from '../../feed/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import type { ListKind } from '../../store/document-lists.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { reason } from './patients.ts';

const entry = z.object({
  code: z.string().min(1),
  /** AAAA-MM-JJ. */
  since: z.string().min(1).optional(),
  outsideStay: z.literal(true).optional(),
  /** PV1-2 of the stays that are expected to end with this type. */
  dischargeOf: z.array(z.string().min(1).max(1)).optional(),
});
const list = z.object({
  version: z.string().min(1).max(40),
  source: z.string().min(1).max(300),
  dated: z.string().min(1),
  entries: z.array(entry).min(1).max(1_000),
});
const listView = list.extend({ publishedAt: z.string().nullable(), by: z.string().nullable() });

function routesOf(gateway: UseCaseContext, kind: ListKind, title: string): RouteDefinition[] {
  const inForce = async (): Promise<z.input<typeof listView>> => {
    const { version, source, dated, entries, at, actor } = (await listsInForce(gateway))[kind];
    const shown = entries.map(({ dischargeOf, ...rest }) => ({
      ...rest,
      ...(dischargeOf && { dischargeOf: [...dischargeOf] }),
    }));
    return { version, source, dated, entries: shown, publishedAt: at?.toISOString() ?? null, by: actor ?? null };
  };
  return [
    route({
      method: 'GET',
      path: `/document-lists/${kind}`,
      summary: `${title} : la version en vigueur, sa source et sa date`,
      permission: 'policy.read',
      scope: 'domain',
      response: listView,
      handle: inForce,
    }),
    route({
      method: 'PUT',
      path: `/document-lists/${kind}`,
      summary: `${title} : publier une version, en vigueur aussitôt`,
      permission: 'policy.write',
      scope: 'installation',
      body: list.extend({ reason }),
      response: listView,
      handle: async ({ actor, body }) => {
        const entries = body.entries.map(({ code, since, outsideStay, dischargeOf }) => ({
          code,
          ...(since !== undefined && { since }),
          ...(outsideStay && { outsideStay }),
          ...(dischargeOf !== undefined && { dischargeOf }),
        }));
        settled(await publishList(gateway, { ...body, entries, kind }, actor.name));
        return inForce();
      },
    }),
  ];
}

export function documentListRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    ...routesOf(gateway, 'mandatory', 'Documents qui doivent alimenter le DMP'),
    ...routesOf(gateway, 'feedable', 'Documents que le DMP admet'),
  ];
}
