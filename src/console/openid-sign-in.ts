/** Connection of professionals by OpenID Connect: the departure, the return, the end of the provider's session. */
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { openIdRules } from '../rules/openid.ts';
import type { Refusal } from '../rules/rule.ts';
import { type ProfessionalRight, putAttempt, rightsOf, takeAttempt } from '../store/professionals.ts';
import { addAudit } from '../store/proofs.ts';
import type { SignedIn } from '../wire/openid/provider.ts';
import { explanation, notice } from './components.ts';
import { type Html, html, render } from './html.ts';
import { barePage } from './layout.ts';
import { createLoginLimit } from './login-limit.ts';
import { nextPage } from './next-page.ts';
import { type DeclaredProvider, RETURN } from './openid-provider.ts';
import { startProfessionalSession } from './sessions.ts';
import { textOf } from './visit.ts';
import { ruleTitle } from './words.ts';

export const DEPARTURE = '/console/connexion/professionnel';
const COOKIE = 'tdu_connexion';
/** Time to take out a card or a telephone. */
const ATTEMPT_MS = 10 * 60_000;
/** A minute, from one address: a whole hospital may stand behind one. Each departure is a row until it ends. */
const DEPARTURES = { login: 300, address: 300 };

export function registerOpenId(
  app: FastifyInstance,
  gateway: UseCaseContext,
  { provider, settings }: DeclaredProvider,
): void {
  const limit = createLoginLimit(DEPARTURES);
  app.addHook('onClose', () => provider.close());

  app.get(DEPARTURE, async (request, reply) => {
    const next = nextPage(textOf(request.query, 'suite'));
    if (!limit.admit(request.ip, request.ip, gateway.now())) return refused(reply, { rule: apiRules.tooMany });
    const begun = await provider.begin();
    if (!begun.ok) {
      await record(gateway, undefined, begun.refusal.rule.id);
      return refused(reply, begun.refusal);
    }
    const key = randomBytes(32).toString('base64url');
    const at = gateway.now();
    const expiresAt = new Date(at.getTime() + ATTEMPT_MS);
    await putAttempt(gateway.pool, { ...begun.value.attempt, next, digest: digestOf(key), at, expiresAt });
    // Lax: the return comes from the provider's site, by a link.
    reply.setCookie(COOKIE, key, {
      path: RETURN,
      httpOnly: true,
      sameSite: 'lax',
      secure: gateway.config.installation === 'production',
      maxAge: ATTEMPT_MS / 1_000,
    });
    return reply.redirect(begun.value.url, 303);
  });

  app.get(RETURN, async (request, reply) => {
    reply.clearCookie(COOKIE, { path: RETURN });
    const key = request.cookies[COOKIE];
    const attempt = key === undefined ? undefined : await takeAttempt(gateway.pool, digestOf(key), gateway.now());
    if (attempt === undefined) return refused(reply, { rule: openIdRules.attemptUnknown });
    const query = request.url.slice(Math.max(0, request.url.indexOf('?')));
    const signed = await provider.finish(query, attempt);
    if (!signed.ok) {
      await record(gateway, undefined, signed.refusal.rule.id);
      return refused(reply, signed.refusal);
    }
    const [right] = await rightsOf(gateway.pool, signed.value.professional.id);
    if (right === undefined) {
      await record(gateway, signed.value, openIdRules.notListed.id);
      return refused(reply, { rule: openIdRules.notListed, detail: personOf(signed.value) });
    }
    await startProfessionalSession(
      gateway,
      { ...signed.value, right, minutes: settings.sessionMinutes },
      request,
      reply,
    );
    await record(gateway, signed.value, 'done', right);
    return goOn(reply, attempt.next, 'Connexion réussie', `Vous êtes connecté avec ${settings.label}.`);
  });
}

/** Where the session of the provider ends, shown after ours has. A form must not lead to another site: a page does. */
export async function endProviderSession(
  { provider, redirectUri, settings }: DeclaredProvider,
  idToken: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const back = new URL('/console/connexion', redirectUri()).href;
  const url = await provider.endUrl(idToken, back);
  if (url === undefined) return reply.redirect('/console/connexion', 303);
  const body = html`<h1>Vous êtes déconnecté de Trait d’Union</h1><p>La session ${settings.label} se ferme aussi.</p><p><a class="btn main" href="${url}">Continuer</a></p>`;
  return reply
    .header('refresh', `0; url=${url}`)
    .type('text/html; charset=utf-8')
    .send(render(barePage('Déconnexion', body)));
}

/**
 * The cookie of the session is strict: a browser that another site has just sent here keeps it until a page of ours asks.
 * Hence a page that leads on by itself instead of a redirection.
 */
function goOn(reply: FastifyReply, to: string, title: string, text: string): FastifyReply {
  const body = html`<h1>${title}</h1><p>${text}</p><p><a class="btn main" href="${to}">Continuer</a></p>`;
  return reply
    .header('refresh', `0; url=${to}`)
    .type('text/html; charset=utf-8')
    .send(render(barePage(title, body)));
}

function refused(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .status(refusal.rule.http)
    .type('text/html; charset=utf-8')
    .send(render(barePage(ruleTitle(refusal.rule), refusalPage(refusal))));
}

function refusalPage({ rule, detail }: Refusal): Html {
  return html`<h1>${ruleTitle(rule)}</h1>${notice('bad', 'Pourquoi ?', explanation(rule, detail))}<p><a class="btn" href="/console/connexion">Retour à la connexion</a></p>`;
}

function personOf({ professional }: SignedIn): string {
  return `${professional.given} ${professional.family}, identifiant ${professional.id}`;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

async function record(
  gateway: UseCaseContext,
  signed: SignedIn | undefined,
  outcome: string,
  right?: ProfessionalRight,
): Promise<void> {
  await addAudit(gateway.pool, {
    at: gateway.now(),
    actor: `user:${signed?.professional.id ?? 'inconnu'}`,
    role: right?.role ?? '',
    action: 'connexion à la console par OpenID Connect',
    subject: 'console',
    reason: null,
    outcome,
  });
}
