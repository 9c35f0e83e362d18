/** Documents: list, state and reason, timeline, forms, answers, submission by REST. */
import { z } from 'zod';
import { availableForms, formOf, requestDeletion, submission, submitDocument } from '../../documents/index.ts';
import { askAgain, withdrawDocument } from '../../feed/index.ts';
import { incidentFile } from '../../incident/index.ts';
import { askMailsAgain } from '../../mssante/index.ts';
import { changeLegalHold } from '../../operations/index.ts';
import type { UseCaseContext as Gateway } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { answersOf } from '../../store/answers.ts';
import { chainOf } from '../../store/chains.ts';
import type { Db, Pool } from '../../store/db.ts';
import { deliveriesOf } from '../../store/deliveries.ts';
import { listDocuments } from '../../store/document-list.ts';
import { type DocumentRecord, documentById, eventsOf } from '../../store/documents.ts';
import { mailsOf, recipientsOf } from '../../store/mails.ts';
import { legalHoldOf, prunedContent } from '../../store/retention.ts';
import { type Actor, sees, seesDocument } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import {
  answerView,
  DOCUMENT_STATES,
  documentDetailView,
  documentView,
  legalHoldView,
  listOf,
  reasonOf,
  viewAnswer,
  viewConnector,
  viewDelivery,
  viewDocument,
  viewEvent,
  viewMail,
  viewVersion,
} from '../views.ts';

const idParams = z.object({ id: z.uuid() });

const listQuery = z.object({
  messageControlId: z.string().min(1).optional(),
  uniqueId: z.string().min(1).optional(),
  ipp: z.string().min(1).optional(),
  patientId: z.uuid().optional(),
  state: z.enum(DOCUMENT_STATES).optional(),
  rule: z.string().min(1).optional(),
  establishment: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().optional(),
});

/** The document, if this actor may see it: another establishment's does not exist for it. */
async function visible(gateway: Gateway, actor: Actor, id: string): Promise<DocumentRecord> {
  const record = await documentById(gateway.pool, id);
  if (record === undefined || !seesDocument(actor, record)) throw new ApiRefusal(apiRules.notFound);
  return record;
}

function parseCursor(text: string | undefined): { receivedAt: Date; id: string } | null {
  if (text === undefined) return null;
  const [at, id] = text.split('_');
  const receivedAt = new Date(at ?? '');
  if (
    !/^\d{4}-/.test(at ?? '') ||
    Number.isNaN(receivedAt.getTime()) ||
    !z.uuid().safeParse(id).success ||
    id === undefined
  )
    throw new ApiRefusal(apiRules.invalidRequest, { location: 'after' });
  return { receivedAt, id };
}

/** Where the next page starts; null on the last one. */
function cursorAfter(rows: readonly DocumentRecord[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? `${last.receivedAt.toISOString()}_${last.id}` : null;
}

function listDocumentsRoute(gateway: Gateway): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/documents',
    summary: 'Documents, du plus récent au plus ancien',
    permission: 'documents.read',
    scope: 'establishment',
    forSender: true,
    query: listQuery,
    response: listOf(documentView),
    handle: async ({ actor, query }) => {
      if (query.establishment !== undefined && !sees(actor, query.establishment))
        throw new ApiRefusal(apiRules.forbidden);
      const rows = await listDocuments(pool, {
        eg: actor.eg ?? query.establishment ?? null,
        sender: actor.sender ?? null,
        controlId: query.messageControlId ?? null,
        uniqueId: query.uniqueId ?? null,
        ipp: query.ipp ?? null,
        identityId: query.patientId ?? null,
        state: query.state ?? null,
        ruleId: query.rule ?? null,
        after: parseCursor(query.after),
        limit: query.limit + 1,
      });
      return { items: rows.slice(0, query.limit).map(viewDocument), next: cursorAfter(rows, query.limit) };
    },
  });
}

function submitDocumentRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents',
    summary: 'Déposer un document',
    permission: 'documents.submit',
    scope: 'establishment',
    body: submission,
    response: documentView,
    status: 202,
    handle: async ({ actor, body }) => {
      if (body.establishment !== undefined && !sees(actor, body.establishment))
        throw new ApiRefusal(apiRules.forbidden);
      const submitted = { ...body, establishment: body.establishment ?? actor.eg ?? undefined };
      const id = settled(await submitDocument(gateway, submitted, actor.name));
      return viewDocument(await visible(gateway, actor, id));
    },
  });
}

/** One delivery per destination: the mails beside the one of the DMP. */
async function mailViews(db: Db, { id, overallState }: DocumentRecord) {
  if (overallState === null) return [];
  const mails = await mailsOf(db, id);
  return Promise.all(mails.map(async (mail) => viewMail(mail, await recipientsOf(db, mail.id))));
}

function readDocumentRoute(gateway: Gateway): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/documents/{id}',
    summary: 'Un document : état, motif, envois, chronologie',
    permission: 'documents.read',
    scope: 'establishment',
    forSender: true,
    params: idParams,
    response: documentDetailView,
    handle: async ({ actor, params }) => {
      const record = await visible(gateway, actor, params.id);
      return {
        ...viewDocument(record),
        deliveries: [...(await deliveriesOf(pool, record.id)).map(viewDelivery), ...(await mailViews(pool, record))],
        timeline: (await eventsOf(pool, record.id)).map(viewEvent),
        forms: await availableForms(pool, record),
        ...(await keepingOf(pool, record.id)),
        versions: (record.chainKey === null ? [] : await chainOf(pool, record.chainKey)).map(viewVersion),
        connector: viewConnector(record),
      };
    },
  });
}

/** Whether the content is still here, by which rule it went, and who forbids it to go. */
async function keepingOf(pool: Pool, id: string) {
  const [gone, hold] = [await prunedContent(pool, id), await legalHoldOf(pool, id)];
  return {
    pruned: gone === undefined ? null : { at: gone.at.toISOString(), reason: reasonOf(gone.ruleId, null) },
    legalHold: hold === undefined ? null : { ...hold, at: hold.at.toISOString() },
  };
}

function legalHoldRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents/{id}/legal-hold',
    summary: 'Interdire la purge de ce document (contentieux, inspection), ou lever cette interdiction',
    permission: 'documents.hold',
    scope: 'establishment',
    params: idParams,
    body: z.object({ hold: z.boolean(), reason: z.string().min(1).max(500) }),
    response: z.object({ legalHold: legalHoldView }),
    handle: async ({ actor, params, body }) => {
      const record = await visible(gateway, actor, params.id);
      await changeLegalHold(gateway, record.id, { by: actor.name, ...body });
      return { legalHold: (await keepingOf(gateway.pool, record.id)).legalHold };
    },
  });
}

function openContentRoute(gateway: Gateway): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/documents/{id}/content',
    summary: "Le contenu d'un document, sous la forme demandée ; l'accès est journalisé avec son motif",
    permission: 'documents.open',
    scope: 'establishment',
    params: idParams,
    query: z.object({
      form: z.enum(['original', 'prepared', 'cda', 'difference']).default('original'),
      reason: z.string().min(1).max(500).optional(),
    }),
    response: z.unknown(),
    binary: true,
    handle: async ({ actor, params, query, reply }) => {
      const record = await visible(gateway, actor, params.id);
      // A person states why; a machine's purpose is the name of its token (practice 24).
      if (query.reason === undefined && !actor.name.startsWith('token:')) throw new ApiRefusal(apiRules.reasonRequired);
      const { mimeType, bytes } = settled(await formOf(pool, record, query.form));
      reply.type(mimeType).header('content-disposition', 'inline');
      return bytes;
    },
  });
}

function incidentRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/documents/{id}/incident',
    summary:
      "Le dossier d'incident d'un document (ZIP) : identifiants, heures, codes, échanges, traits du patient masqués",
    permission: 'documents.incident',
    scope: 'establishment',
    params: idParams,
    response: z.unknown(),
    binary: true,
    handle: async ({ actor, params, reply }) => {
      const { name, bytes } = await incidentFile(gateway, await visible(gateway, actor, params.id));
      reply.type('application/zip').header('content-disposition', `attachment; filename="${name}"`);
      return bytes;
    },
  });
}

function listAnswersRoute(gateway: Gateway): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/documents/{id}/answers',
    summary: 'Les acquittements métier dus à l’émetteur',
    permission: 'documents.read',
    scope: 'establishment',
    forSender: true,
    params: idParams,
    response: listOf(answerView),
    handle: async ({ actor, params }) => {
      const record = await visible(gateway, actor, params.id);
      return { items: (await answersOf(pool, record.id)).map(viewAnswer), next: null };
    },
  });
}

function askAgainRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents/{id}/ask-again',
    summary: "Reprendre un document arrêté : interroger le DMP si l'issue est inconnue, sinon le réexaminer",
    permission: 'documents.act',
    scope: 'establishment',
    params: idParams,
    response: documentView,
    status: 202,
    handle: async ({ actor, params }) => {
      const record = await visible(gateway, actor, params.id);
      settled(await askAgain(gateway, record.id, actor.name));
      return viewDocument(await visible(gateway, actor, record.id));
    },
  });
}

function askMailsAgainRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents/{id}/mails/ask-again',
    summary: 'Reprendre les courriels MSSanté d’un document qui ne sont pas arrivés',
    permission: 'documents.act',
    scope: 'establishment',
    params: idParams,
    response: documentView,
    status: 202,
    handle: async ({ actor, params }) => {
      const record = await visible(gateway, actor, params.id);
      settled(await askMailsAgain(gateway, record.id, actor.name));
      return viewDocument(await visible(gateway, actor, record.id));
    },
  });
}

function withdrawRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents/{id}/withdraw',
    summary: 'Retirer un document qui n’est pas encore parti',
    permission: 'documents.act',
    scope: 'establishment',
    params: idParams,
    body: z.object({ reason: z.string().min(1).max(500) }),
    response: documentView,
    handle: async ({ actor, params, body }) => {
      const record = await visible(gateway, actor, params.id);
      settled(await withdrawDocument(gateway, record.id, { actor: actor.name, reason: body.reason }));
      return viewDocument(await visible(gateway, actor, record.id));
    },
  });
}

function deleteRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/documents/{id}/deletion',
    summary: 'Demander la suppression d’un document ; s’il n’est pas encore parti, il ne part pas',
    permission: 'documents.delete',
    scope: 'establishment',
    params: idParams,
    body: z.object({ reason: z.string().min(1).max(500) }),
    response: documentView.extend({ deletionId: z.string() }),
    status: 202,
    handle: async ({ actor, params, body }) => {
      const record = await visible(gateway, actor, params.id);
      const deletionId = settled(await requestDeletion(gateway, record.id, { actor: actor.name, reason: body.reason }));
      return { ...viewDocument(await visible(gateway, actor, record.id)), deletionId };
    },
  });
}

export function documentRoutes(gateway: Gateway): RouteDefinition[] {
  return [
    listDocumentsRoute(gateway),
    submitDocumentRoute(gateway),
    readDocumentRoute(gateway),
    openContentRoute(gateway),
    listAnswersRoute(gateway),
    incidentRoute(gateway),
    askAgainRoute(gateway),
    askMailsAgainRoute(gateway),
    withdrawRoute(gateway),
    legalHoldRoute(gateway),
    deleteRoute(gateway),
  ];
}
