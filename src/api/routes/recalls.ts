/** Recalls: what was emitted under an INS that turned out wrong, what is decided of it, by whom, how far it is (practice 23). */
import { z } from 'zod';
import type { UseCaseContext as Gateway } from '../../queue/context.ts';
import {
  approveRecall,
  decideRecall,
  incidentFile,
  liftRecall,
  markGiven,
  openRecall,
  prepareRecall,
  type RecallDetail,
  type RecallReport,
  recallDetail,
  reopenRecall,
  textOfNotice,
} from '../../recall/index.ts';
import { apiRules } from '../../rules/api.ts';
import type { Result } from '../../rules/rule.ts';
import { identityById } from '../../store/identities.ts';
import { listRecalls, type Recall, recallById, recallsOf } from '../../store/recalls.ts';
import type { Actor } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';

const idParams = z.object({ id: z.uuid() });
const words = z.string().trim().min(1).max(500);

const answerBody = z.strictObject({
  decision: z.enum(['wrong-person', 'new-ins', 'release']),
  explanation: words,
  /** Wrong person: the patient to whom the documents belong, when the INS of this one is right. */
  rightPatientId: z.uuid().optional(),
});

const recallView = z.object({
  id: z.string(),
  patientId: z.string(),
  path: z.string(),
  state: z.string(),
  cause: z.string(),
  reason: z.string(),
  openedBy: z.string(),
  openedAt: z.string(),
  explanation: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  rightPatientId: z.string().nullable(),
  count: z.number().nullable(),
  preparedBy: z.string().nullable(),
  preparedAt: z.string().nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  liftedBy: z.string().nullable(),
});

const reportView = z.object({
  emitted: z.number(),
  toCorrect: z.number(),
  deleted: z.number(),
  refused: z.number(),
  inProgress: z.number(),
  builtAgain: z.number(),
  sentAgain: z.number(),
  askedToSender: z.number(),
  notificationDeadline: z.string(),
  remaining: z.array(z.string()),
});

const itemView = z.object({
  position: z.number(),
  kind: z.string(),
  subject: z.string(),
  documentId: z.string().nullable(),
  title: z.string().nullable(),
  uniqueId: z.string().nullable(),
  sentAt: z.string().nullable(),
  documentState: z.string().nullable(),
  correction: z.string(),
  resend: z.string(),
  state: z.string(),
  reason: reasonView,
  requestId: z.string().nullable(),
  resendId: z.string().nullable(),
  resendState: z.string().nullable(),
});

const noticeView = z.object({
  recipient: z.string(),
  person: z.string(),
  name: z.string(),
  documents: z.number(),
  state: z.string(),
  /** What it says; also to be handed over where no address is known. */
  text: z.string(),
});

const detailView = recallView.extend({
  report: reportView,
  items: z.array(itemView),
  notices: z.array(noticeView),
});

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Without the INS itself: the console shows its last digits to who may, nothing else does. */
function viewRecall(recall: Recall): z.input<typeof recallView> {
  const { id, identityId, path, state, cause, reason, openedBy, explanation, count, liftedBy } = recall;
  const { decidedBy, preparedBy, approvedBy, rightIdentityId } = recall;
  return {
    ...{ id, path, state, cause, reason, openedBy, explanation, count, decidedBy, preparedBy, approvedBy, liftedBy },
    patientId: identityId,
    rightPatientId: rightIdentityId,
    openedAt: recall.openedAt.toISOString(),
    decidedAt: iso(recall.decidedAt),
    preparedAt: iso(recall.preparedAt),
    approvedAt: iso(recall.approvedAt),
    finishedAt: iso(recall.finishedAt),
  };
}

function viewReport({ notificationDeadline, remaining, ...counts }: RecallReport): z.input<typeof reportView> {
  return { ...counts, notificationDeadline: notificationDeadline.toISOString(), remaining: [...remaining] };
}

function viewItem(item: RecallDetail['items'][number]): z.input<typeof itemView> {
  const { position, kind, subject, documentId, title, documentState, correction, resend, state } = item;
  const { requestId, resendId, resendState, reference, sentAt, ruleId, detail } = item;
  return {
    ...{ position, kind, subject, documentId, title, documentState, correction, resend, state },
    ...{ requestId, resendId, resendState },
    uniqueId: reference,
    sentAt: iso(sentAt),
    reason: reasonOf(ruleId, detail),
  };
}

async function viewDetail(gateway: Gateway, recall: Recall, eg: string | null): Promise<z.input<typeof detailView>> {
  const { items, notices, report } = await recallDetail(gateway.pool, gateway, recall, eg);
  const told = [];
  for (const notice of notices) {
    const { recipient, person, name, documents, state } = notice;
    const text = (await textOfNotice(gateway.pool, gateway, notice))?.text ?? '';
    told.push({ recipient, person, name, documents, state, text });
  }
  return { ...viewRecall(recall), report: viewReport(report), items: items.map(viewItem), notices: told };
}

async function found(gateway: Gateway, id: string): Promise<Recall> {
  const recall = await recallById(gateway.pool, id);
  if (recall === undefined) throw new ApiRefusal(apiRules.notFound);
  return recall;
}

const openBody = z.strictObject({
  reason: words,
  /** A document that left wrongly: the INS of its sending is what is asked about. */
  documentId: z.uuid().optional(),
  decision: answerBody.optional(),
});

function openRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/recalls',
    summary: 'Ouvrir un rappel : l’identité est gelée, rien ne part ; sans décision, c’est un doute',
    permission: 'recalls.prepare',
    scope: 'domain',
    params: idParams,
    body: openBody,
    response: recallView,
    status: 201,
    handle: async ({ actor, params, body }) => {
      const { reason, documentId, decision } = body;
      const answer = decision && answerOf(decision);
      const report = { identityId: params.id, reason, documentId, answer };
      return viewRecall(settled(await openRecall(gateway, actor, report)));
    },
  });
}

function answerOf({ decision, explanation, rightPatientId }: z.output<typeof answerBody>) {
  return { decision, explanation, rightIdentityId: rightPatientId };
}

function ofPatientRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/recalls',
    summary: 'Les rappels d’un patient, et ceux des dossiers fusionnés dans le sien',
    permission: 'recalls.read',
    scope: 'domain',
    params: idParams,
    response: listOf(recallView),
    handle: async ({ params }) => {
      if ((await identityById(gateway.pool, params.id)) === undefined) throw new ApiRefusal(apiRules.notFound);
      return { items: (await recallsOf(gateway.pool, params.id)).map(viewRecall), next: null };
    },
  });
}

function listRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/recalls',
    summary: 'Rappels, du plus récent au plus ancien',
    permission: 'recalls.read',
    scope: 'domain',
    query: z.object({
      state: z.enum(['open', 'prepared', 'running', 'done', 'released']).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      after: z.iso.datetime({ offset: true }).optional(),
    }),
    response: listOf(recallView),
    handle: async ({ query }) => {
      const before = query.after === undefined ? undefined : new Date(query.after);
      const rows = await listRecalls(gateway.pool, { state: query.state, before, limit: query.limit + 1 });
      const shown = rows.slice(0, query.limit);
      const next = rows.length > query.limit ? (shown.at(-1)?.openedAt.toISOString() ?? null) : null;
      return { items: shown.map(viewRecall), next };
    },
  });
}

function readRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/recalls/{id}',
    summary: 'Un rappel : ce qui a été transmis, corrections, approbation, avancement, rapport',
    permission: 'recalls.read',
    scope: 'domain',
    params: idParams,
    response: detailView,
    handle: async ({ actor, params }) => viewDetail(gateway, await found(gateway, params.id), actor.eg),
  });
}

function incidentRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'GET',
    path: '/recalls/{id}/incident',
    summary: 'La fiche d’incident pour le support du DMP : ce qu’il n’a pas permis de supprimer',
    permission: 'recalls.read',
    scope: 'domain',
    params: idParams,
    response: z.object({ documents: z.number(), text: z.string().nullable() }),
    handle: async ({ params }) => {
      const recall = await found(gateway, params.id);
      const { report } = await recallDetail(gateway.pool, gateway, recall, null);
      return { documents: report.refused, text: (await incidentFile(gateway.pool, gateway, recall)) ?? null };
    },
  });
}

type Permitted = Pick<RouteDefinition, 'permission' | 'scope'>;
const IDENTITY: Permitted = { permission: 'recalls.prepare', scope: 'domain' };
/** The documents of a recall may be those of several establishments: whoever moves them sees them all. */
const PREPARE: Permitted = { permission: 'recalls.prepare', scope: 'installation' };
const APPROVE: Permitted = { permission: 'recalls.approve', scope: 'installation' };

function stepRoute<B extends z.ZodType>(
  gateway: Gateway,
  name: string,
  summary: string,
  permitted: Permitted,
  body: B,
  step: (actor: Actor, id: string, body: z.output<B>) => Promise<Result<Recall>>,
): RouteDefinition {
  return route({
    method: 'POST',
    path: `/recalls/{id}/${name}`,
    summary,
    ...permitted,
    params: idParams,
    body,
    response: detailView,
    handle: async ({ actor, params, body: asked }) =>
      viewDetail(gateway, settled(await step(actor, params.id, asked)), actor.eg),
  });
}

function givenRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/recalls/{id}/given',
    summary: 'Enregistrer qu’un message sans adresse a été remis à son destinataire',
    ...IDENTITY,
    params: idParams,
    body: z.strictObject({
      recipient: z.enum(['author', 'data-protection-officer', 'regional-referent']),
      person: z.string().default(''),
    }),
    response: detailView,
    handle: async ({ actor, params, body }) => {
      settled(await markGiven(gateway, actor.name, params.id, body));
      return viewDetail(gateway, await found(gateway, params.id), actor.eg);
    },
  });
}

function reopenRoute(gateway: Gateway): RouteDefinition {
  return route({
    method: 'POST',
    path: '/recalls/{id}/reopen',
    summary: 'Défaire la préparation, pour préparer ou trancher autrement',
    ...PREPARE,
    params: idParams,
    response: detailView,
    handle: async ({ actor, params }) => viewDetail(gateway, settled(await reopenRecall(gateway, params.id)), actor.eg),
  });
}

const prepareBody = z.strictObject({
  /** `subject` of the items to correct; absent: everything that this patient's own record sent. */
  chosen: z.array(z.string().min(1)).max(10_000).optional(),
});
const counted = z.strictObject({ count: z.number().int().min(1) });
const reasoned = z.strictObject({ reason: words });

export function recallRoutes(gateway: Gateway): RouteDefinition[] {
  return [
    openRoute(gateway),
    ofPatientRoute(gateway),
    listRoute(gateway),
    readRoute(gateway),
    incidentRoute(gateway),
    stepRoute(
      gateway,
      'decide',
      'Trancher : mauvaise personne, nouvelle INS, doute levé',
      IDENTITY,
      answerBody,
      (actor, id, body) => decideRecall(gateway, actor, id, answerOf(body)),
    ),
    stepRoute(
      gateway,
      'prepare',
      'Préparer les corrections ; rien n’est fait',
      PREPARE,
      prepareBody,
      (actor, id, { chosen }) => prepareRecall(gateway, actor, id, chosen),
    ),
    reopenRoute(gateway),
    stepRoute(
      gateway,
      'approve',
      'Approuver les corrections préparées par une autre personne',
      APPROVE,
      counted,
      (actor, id, { count }) => approveRecall(gateway, actor, id, count),
    ),
    stepRoute(
      gateway,
      'lift',
      'Admettre de nouveau l’INS rappelée pour ce patient',
      APPROVE,
      reasoned,
      (actor, id, { reason }) => liftRecall(gateway, actor, id, reason),
    ),
    givenRoute(gateway),
  ];
}
