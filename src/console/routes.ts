/** Puts pages on fastify: session, permission, form token, then the page, then the audit trail. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { may } from '../api/access.ts';
import { insiStanding } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import { countWaiting } from '../store/console-lists.ts';
import { addAudit } from '../store/proofs.ts';
import { FRAME_POLICY } from './cda-frame.ts';
import { explanation, notice } from './components.ts';
import { establishmentName } from './establishments.ts';
import { uploadedFile } from './file-form.ts';
import { html, render } from './html.ts';
import { insiBanner } from './insi-banner.ts';
import { barePage, heading, page, type Reader, type Section } from './layout.ts';
import { isFormOf, isFromElsewhere, type Session, sessionOf } from './sessions.ts';
import { type Answer, exactTextOf, type PageDefinition, textOf, textsOf, type Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

/** Up to this many documents are counted beside « À traiter ». */
const MOST_COUNTED = 1_000;

/** Content of a document: nothing of it runs, and nothing of it can reach the console (design 8). */
const CONTENT_HEADERS = {
  'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

export function registerPages(
  app: FastifyInstance,
  gateway: UseCaseContext,
  definitions: readonly PageDefinition[],
): void {
  for (const definition of definitions) {
    app.route({
      method: definition.method,
      url: definition.path,
      ...(definition.maxBytes !== undefined && { bodyLimit: definition.maxBytes }),
      handler: async (request, reply) => {
        const session = await sessionOf(gateway, request);
        if (session === undefined) return reply.redirect(loginUrl(request), 303);
        const answer = await answerOf(gateway, definition, session, request);
        await audit(gateway, definition, session, request, answer);
        return send(gateway, session, answer, reply);
      },
    });
  }
}

async function answerOf(
  gateway: UseCaseContext,
  definition: PageDefinition,
  session: Session,
  request: FastifyRequest,
): Promise<Answer> {
  const { actor } = session;
  if (!may(actor, definition.permission) || (definition.whole && actor.eg !== null))
    return { kind: 'refused', refusal: { rule: apiRules.forbidden } };
  if (definition.method === 'POST') {
    const token = textOf(request.body, 'jeton');
    if (isFromElsewhere(request) || !isFormOf(session, token))
      return { kind: 'refused', refusal: { rule: apiRules.unauthenticated } };
  }
  const visit: Visit = {
    gateway,
    session,
    actor: session.actor,
    now: gateway.now(),
    id: textOf(request.params, 'id'),
    query: (name) => textOf(request.query, name),
    form: (name) => textOf(request.body, name),
    forms: (name) => textsOf(request.body, name),
    wholeForm: (name) => exactTextOf(request.body, name),
    file: uploadedFile(request.body),
  };
  return definition.answer(visit);
}

/** A reader comes back to the page asked for; a form is not sent again. */
function loginUrl(request: FastifyRequest): string {
  return request.method === 'GET'
    ? `/console/connexion?suite=${encodeURIComponent(request.url)}`
    : '/console/connexion';
}

async function send(gateway: UseCaseContext, session: Session, answer: Answer, reply: FastifyReply) {
  switch (answer.kind) {
    case 'redirect':
      return reply.redirect(answer.to, 303);
    case 'stream':
      return reply
        .headers(CONTENT_HEADERS)
        .header('content-disposition', `attachment; filename="${answer.saveAs}"`)
        .type(answer.mimeType)
        .send(Readable.from(answer.chunks));
    case 'frame':
      return reply
        .headers({ ...CONTENT_HEADERS, 'content-security-policy': FRAME_POLICY })
        .type('text/html; charset=utf-8')
        .send(answer.text);
    case 'content':
      return reply
        .headers(CONTENT_HEADERS)
        .header(
          'content-disposition',
          answer.saveAs === undefined ? 'inline' : `attachment; filename="${answer.saveAs}"`,
        )
        .type(answer.mimeType)
        .send(Buffer.from(answer.bytes));
    case 'refused': {
      const { refusal } = answer;
      const body = refusalBody(refusal);
      return sendPage(gateway, session, reply, { status: refusal.rule.http, title: ruleTitle(refusal.rule), body });
    }
    case 'page':
      if (answer.refreshSeconds !== undefined) reply.header('refresh', String(answer.refreshSeconds));
      return sendPage(gateway, session, reply, answer);
  }
}

async function sendPage(
  gateway: UseCaseContext,
  session: Session,
  reply: FastifyReply,
  content: {
    title: string;
    body: ReturnType<typeof refusalBody> | Extract<Answer, { kind: 'page' }>['body'];
    status?: number;
    section?: Section;
    live?: string;
  },
) {
  const { title, body, section, live } = content;
  const text = render(page({ title, section, body, live }, await readerOf(gateway, session)));
  return reply
    .status(content.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(text);
}

async function readerOf(gateway: UseCaseContext, session: Session): Promise<Reader> {
  const { actor, displayName, csrf } = session;
  const waiting = may(actor, 'documents.read') ? await countWaiting(gateway.pool, actor.eg, MOST_COUNTED) : 0;
  const place =
    actor.eg === null ? (gateway.config.legalEntities[0]?.name ?? '') : establishmentName(gateway.config, actor.eg);
  const banner = insiBanner(await insiStanding(gateway, actor.eg), gateway.now());
  return { actor, displayName, csrf, place, waiting, professional: session.professional !== undefined, banner };
}

function refusalBody(refusal: Refusal) {
  return html`${heading(ruleTitle(refusal.rule))}${notice('bad', 'Pourquoi ?', explanation(refusal.rule, refusal.detail))}<p><a class="btn" href="/console/">Retour à l’accueil</a></p>`;
}

/** The same page for someone whom we do not know yet, or when the page itself failed. */
export function bareRefusal(refusal: Refusal): string {
  return render(barePage(ruleTitle(refusal.rule), refusalBody(refusal)));
}

async function audit(
  gateway: UseCaseContext,
  definition: PageDefinition,
  session: Session,
  request: FastifyRequest,
  answer: Answer,
): Promise<void> {
  if (definition.audited === undefined) return;
  const id = textOf(request.params, 'id').slice(0, 64);
  const reason = textOf(request.body, 'motif');
  await addAudit(gateway.pool, {
    at: gateway.now(),
    actor: session.actor.name,
    role: session.actor.role,
    action: `${definition.method} ${definition.path}`,
    subject: id === '' ? definition.audited : `${definition.audited}:${id}`,
    reason: reason === '' ? null : reason,
    outcome: answer.kind === 'refused' ? answer.refusal.rule.id : 'done',
  });
}
