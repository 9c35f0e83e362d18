/** Connection and disconnection. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { openIdRules } from '../rules/openid.ts';
import { consoleUser } from '../store/console-accounts.ts';
import { addAudit } from '../store/proofs.ts';
import { type Html, type HtmlValue, html, render } from './html.ts';
import { brandMark } from './icons.ts';
import { barePage } from './layout.ts';
import { createLoginLimit } from './login-limit.ts';
import { nextPage } from './next-page.ts';
import { declaredProvider } from './openid-provider.ts';
import { DEPARTURE, endProviderSession, registerOpenId } from './openid-sign-in.ts';
import { verifyPassword } from './passwords.ts';
import { bareRefusal } from './routes.ts';
import { endSession, isFormOf, isFromElsewhere, sessionOf, startSession } from './sessions.ts';
import { loginForm } from './users.ts';
import { exactTextOf, textOf } from './visit.ts';

/** What this installation offers to whoever connects. */
interface Ways {
  readonly localAccounts: boolean;
  /** How the provider of OpenID Connect is named. */
  readonly provider: string | undefined;
  readonly hint: string;
}

function waysOf({ config }: UseCaseContext): Ways {
  const hint =
    config.installation === 'demonstration'
      ? 'Démonstration : l’identifiant et le mot de passe sont affichés dans le terminal au démarrage.'
      : 'Mot de passe oublié : demander à l’administration de l’installation.';
  return { localAccounts: config.signIn.localAccounts, provider: config.signIn.openid?.label, hint };
}

function loginPage(next: string, ways: Ways, problem?: HtmlValue): Html {
  const { localAccounts, provider, hint } = ways;
  return barePage(
    'Connexion',
    html`<div class="login"><div class="brand">${brandMark()}<h1>Trait d’Union</h1></div>
<p class="lead">Identité nationale de santé et alimentation du DMP.</p>
${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
${provider !== undefined && html`<p><a class="btn wide${!localAccounts && ' main'}" href="${DEPARTURE}?suite=${encodeURIComponent(next)}">Se connecter avec ${provider}</a></p>`}
${
  localAccounts &&
  html`${provider !== undefined && html`<h2 class="or">ou avec un compte local</h2>`}<form method="post" action="/console/connexion" class="form">
<input type="hidden" name="suite" value="${next}">
<div class="field"><label for="identifiant">Identifiant</label><input id="identifiant" name="identifiant" autocomplete="username" required maxlength="100" autocapitalize="none" spellcheck="false"></div>
<div class="field"><label for="mot-de-passe">Mot de passe</label><input id="mot-de-passe" name="mot-de-passe" type="password" autocomplete="current-password" required maxlength="200"></div>
<button type="submit" class="btn main wide">Se connecter</button>
</form>
<p class="mut">${hint}</p>`
}</div>`,
  );
}

export function registerLogin(app: FastifyInstance, gateway: UseCaseContext): void {
  const limit = createLoginLimit();
  const declared = declaredProvider(app, gateway);
  if (declared !== undefined) registerOpenId(app, gateway, declared);
  const ways = waysOf(gateway);
  const send = (reply: FastifyReply, status: number, text: string) =>
    reply.status(status).type('text/html; charset=utf-8').send(text);
  // What was typed where no account has that name may be a password: it is not kept.
  const record = (user: { login: string; role: string } | undefined, outcome: string) =>
    addAudit(gateway.pool, {
      at: gateway.now(),
      actor: `user:${user?.login ?? 'inconnu'}`,
      role: user?.role ?? '',
      action: 'connexion à la console',
      subject: 'console',
      reason: null,
      outcome,
    });

  app.get('/console/connexion', async (request, reply) => {
    const next = nextPage(textOf(request.query, 'suite'));
    if ((await sessionOf(gateway, request)) !== undefined) return reply.redirect(next, 303);
    return send(reply, 200, render(loginPage(next, ways)));
  });

  app.post('/console/connexion', async (request, reply) => {
    if (isFromElsewhere(request)) return send(reply, 401, bareRefusal({ rule: apiRules.unauthenticated }));
    const next = nextPage(textOf(request.body, 'suite'));
    if (!ways.localAccounts)
      return send(reply, openIdRules.localClosed.http, bareRefusal({ rule: openIdRules.localClosed }));
    const login = loginForm(textOf(request.body, 'identifiant'));
    const user = await consoleUser(gateway.pool, login);
    if (!limit.admit(login, request.ip, gateway.now())) {
      await record(user, apiRules.tooMany.id);
      const { cause, remedy, http } = apiRules.tooMany;
      return send(reply, http, render(loginPage(next, ways, `${cause} ${remedy}`)));
    }
    const right = await verifyPassword(user?.password, exactTextOf(request.body, 'mot-de-passe'));
    if (user === undefined || !right || user.disabled) {
      await record(user, apiRules.unauthenticated.id);
      return send(reply, 401, render(loginPage(next, ways, 'Identifiant ou mot de passe incorrect.')));
    }
    limit.succeeded(login);
    await startSession(gateway, user.login, request, reply);
    await record(user, 'done');
    return reply.redirect(next, 303);
  });

  app.post('/console/deconnexion', async (request, reply) => {
    const session = await sessionOf(gateway, request);
    if (session === undefined) return reply.redirect('/console/connexion', 303);
    if (isFromElsewhere(request) || !isFormOf(session, textOf(request.body, 'jeton')))
      return send(reply, 401, bareRefusal({ rule: apiRules.unauthenticated }));
    await endSession(gateway, request, reply);
    if (declared !== undefined && session.professional !== undefined)
      return endProviderSession(declared, session.professional.idToken, reply);
    return reply.redirect('/console/connexion', 303);
  });
}
