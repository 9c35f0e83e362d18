/** « Suspendre l'envoi »: bounded holds on a document, a stay, a patient or a service. */
import { z } from 'zod';
import { endSuspension, suspendSending } from '../../feed/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { transaction } from '../../store/db.ts';
import { documentById } from '../../store/documents.ts';
import {
  listSuspensions,
  lockSuspension,
  type SuspensionRecord,
  type SuspensionScope,
} from '../../store/feed-suspensions.ts';
import { identityById } from '../../store/identities.ts';
import { type Actor, sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
import { idParams, reason } from './patients.ts';

const scope = z.enum(['document', 'stay', 'patient', 'service']);

const suspensionView = z.object({
  id: z.string(),
  scope,
  establishment: z.string().nullable(),
  subject: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  until: z.string(),
  endedAt: z.string().nullable(),
  endedBy: z.string().nullable(),
});

function viewSuspension(record: SuspensionRecord): z.output<typeof suspensionView> {
  const { id, subject, eg, at, until, endedAt, endedBy } = record;
  return {
    id,
    scope: record.scope,
    establishment: eg,
    subject,
    reason: record.reason,
    by: record.actor,
    at: at.toISOString(),
    until: until.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    endedBy,
  };
}

/** Whose establishment it holds; what this actor does not see does not exist. */
export async function suspendedEstablishment(
  { pool }: UseCaseContext,
  actor: Actor,
  asked: { readonly scope: SuspensionScope; readonly subject: string; readonly establishment?: string | undefined },
): Promise<string | null | undefined> {
  const { subject, establishment } = asked;
  const isId = z.uuid().safeParse(subject).success;
  if (asked.scope === 'document') {
    const eg = isId ? (await documentById(pool, subject))?.eg : undefined;
    return eg !== undefined && sees(actor, eg) ? eg : undefined;
  }
  if (asked.scope === 'patient')
    return isId && (await identityById(pool, subject)) !== undefined ? (actor.eg ?? establishment ?? null) : undefined;
  const eg = actor.eg ?? establishment;
  return eg !== undefined && sees(actor, eg) ? eg : undefined;
}

export function suspensionRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/suspensions',
      summary: 'Envois suspendus, en cours puis terminés',
      permission: 'documents.read',
      scope: 'establishment',
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
      response: listOf(suspensionView),
      handle: async ({ actor, query }) => {
        const rows = await listSuspensions(gateway.pool, { eg: actor.eg, limit: query.limit });
        return { items: rows.map(viewSuspension), next: null };
      },
    }),
    route({
      method: 'POST',
      path: '/suspensions',
      summary: 'Suspendre l’envoi d’un document, d’un séjour, d’un patient ou d’un service, pour un temps borné',
      permission: 'documents.suspend',
      scope: 'establishment',
      body: z.object({
        scope,
        /** Document or patient id, visit number, code of the unit. */
        subject: z.string().min(1).max(200),
        establishment: z.string().min(1).optional(),
        hours: z.number().min(0.1),
        reason,
      }),
      response: z.object({ id: z.string() }),
      status: 201,
      handle: async ({ actor, body }) => {
        if (body.establishment !== undefined && !sees(actor, body.establishment))
          throw new ApiRefusal(apiRules.forbidden);
        const eg = await suspendedEstablishment(gateway, actor, body);
        if (eg === undefined) throw new ApiRefusal(apiRules.notFound, { location: 'subject' });
        const { subject, hours } = body;
        const asked = { scope: body.scope, subject, hours, reason: body.reason, eg, actor: actor.name };
        return { id: settled(await suspendSending(gateway, asked)) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/suspensions/{id}',
      summary: 'Lever une suspension avant son terme',
      permission: 'documents.suspend',
      scope: 'establishment',
      params: idParams,
      response: suspensionView,
      handle: async ({ actor, params }) => {
        const read = () => transaction(gateway.pool, (tx) => lockSuspension(tx, params.id));
        const known = await read();
        if (known === undefined || !mayEnd(actor, known)) throw new ApiRefusal(apiRules.notFound);
        settled(await endSuspension(gateway, params.id, actor.name));
        return viewSuspension((await read()) ?? known);
      },
    }),
  ];
}

/** One that holds every establishment is lifted by whoever sees them all. */
export function mayEnd(actor: Actor, { eg }: Pick<SuspensionRecord, 'eg'>): boolean {
  return actor.eg === null || actor.eg === eg;
}
