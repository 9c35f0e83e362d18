/** One subscriber: what it refused and why, what waits for it, what it answered last; and what a person decides. */
import { may } from '../api/access.ts';
import { changeLoad, decideRefused, holdSubscriber, startInitialLoad } from '../diffusion/index.ts';
import { parseCivilDate } from '../ins/civil-date.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { entriesOf, listSubscribers, type ShownEntry, type SubscriberState } from '../store/subscribers.ts';
import { actionForm, chip, empty, explanation, notice, table } from './components.ts';
import { counted, dateTime, isoDate, number, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { ENTRY_STATES, entryName, LOAD_STATES, subscriberState } from './subscriber-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, capital, french, ruleTitle } from './words.ts';

/** Of each list; the API reads further. */
const SHOWN = 50;

export const subscriberPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: '/console/abonnes/:id',
    permission: 'diffusion.read',
    audited: 'subscribers',
    answer: (visit) => showSubscriber(visit),
  },
  act('decision', 'diffusion.act', decide),
  act('envoi', 'diffusion.operate', async ({ gateway, id, form }) =>
    holdSubscriber(gateway, id, form('envoi') === 'suspendre'),
  ),
  act('chargement', 'diffusion.operate', load),
];

function act(
  name: string,
  permission: PageDefinition['permission'],
  perform: (visit: Visit) => Promise<Result<unknown>>,
): PageDefinition {
  return {
    method: 'POST',
    path: `/console/abonnes/:id/${name}`,
    permission,
    audited: 'subscribers',
    answer: async (visit) => {
      const result = await perform(visit);
      if (result.ok) return { kind: 'redirect', to: `/console/abonnes/${encodeURIComponent(visit.id)}` };
      return showSubscriber(visit, result.refusal);
    },
  };
}

async function decide({ gateway, actor, form }: Visit): Promise<Result<unknown>> {
  const entry = Number(form('message'));
  if (!Number.isSafeInteger(entry) || entry < 1) return refuse(diffusionRules.entryNotRefused);
  if (form('action') !== 'abandonner') return decideRefused(gateway, entry, { action: 'resend' }, actor.name);
  const reason = form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Donner le motif de l’abandon.' });
  return decideRefused(gateway, entry, { action: 'abandon', reason }, actor.name);
}

async function load({ gateway, actor, id, form }: Visit): Promise<Result<unknown>> {
  const action = form('action');
  if (action === 'arreter' || action === 'reprendre')
    return changeLoad(gateway, id, action === 'arreter' ? 'stop' : 'resume');
  const typed = form('depuis');
  const date = parseCivilDate(isoDate(typed) ?? typed);
  if (typed !== '' && !date.ok) return refuse(apiRules.invalidRequest, { detail: 'Une date JJ/MM/AAAA est attendue.' });
  const since = typed !== '' && date.ok ? new Date(`${date.value}T00:00:00Z`) : null;
  return startInitialLoad(gateway, id, { since, actor: actor.name });
}

async function showSubscriber(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { gateway, id } = visit;
  const subscriber = (await listSubscribers(gateway.pool)).find(({ name }) => name === id);
  if (subscriber === undefined) return { kind: 'refused', refusal: { rule: diffusionRules.subscriberUnknown } };
  const list = (shown: 'refused' | 'waiting' | 'settled') =>
    entriesOf(gateway.pool, { subscriber: id, shown, limit: SHOWN, offset: 0 });
  const [refused, waiting, settled] = await Promise.all([list('refused'), list('waiting'), list('settled')]);
  const body = html`${heading(
    html`Abonné ${subscriber.name}`,
    html`<p>${chip(subscriberState(subscriber))} ${said(subscriber, visit.now)}</p>`,
    html`<a href="/console/abonnes">Abonnés aux identités</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<section class="card"><h2>Refusés : une personne décide</h2>${
    refused.length === 0
      ? empty('Rien à décider', 'Ce que l’abonné refuse apparaîtra ici avec sa raison. Rien n’est renvoyé tout seul.')
      : refusedTable(visit, refused)
  }</section>
<section class="card"><h2>En attente</h2>${
    waiting.length === 0
      ? empty('Rien n’attend', 'L’abonné connaît la dernière version de chaque identité qu’il reçoit.')
      : messageTable('Messages en attente', waiting, visit.now)
  }</section>
<section class="card"><h2>Dernières réponses</h2>${
    settled.length === 0
      ? empty('Aucune réponse', 'Les réponses de l’abonné apparaîtront ici.')
      : messageTable('Dernières réponses', settled, visit.now)
  }</section>
${may(visit.actor, 'diffusion.operate') && subscriber.enabled && operations(visit, subscriber)}`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: `Abonné ${subscriber.name}`, section: 'flux', body, ...status };
}

function said(subscriber: SubscriberState, now: Date): string {
  const { failingSince, lastError, retryAt, waiting } = subscriber;
  const queue = counted(waiting, 'message en attente', 'messages en attente');
  if (failingSince === null) return `${queue}.`;
  const next = retryAt === null ? '' : ` Nouvel essai à ${recent(retryAt, now)}.`;
  return `Sans réponse depuis le ${dateTime(failingSince)} (${lastError ?? 'cause inconnue'}), ${queue}.${next}`;
}

function patientLink({ identityId, birthName, firstGivenName }: ShownEntry): Html {
  return html`<a href="/console/patients/${identityId}">${birthName} ${firstGivenName}</a>`;
}

function reasonCell({ ruleId, detail, answer }: ShownEntry): HtmlValue {
  const rule = ruleById(ruleId ?? '');
  if (rule === undefined) return answer;
  return html`<span class="strong">${ruleTitle(rule)}</span>${detail !== null && html`<br>${detail}`}<br><a href="/console/regles#${rule.id}">${rule.id}</a>`;
}

function refusedTable(visit: Visit, entries: readonly ShownEntry[]): Html {
  const decides = may(visit.actor, 'diffusion.act');
  return table(
    'Messages refusés par l’abonné',
    [
      { label: 'Refusé' },
      { label: 'Message' },
      { label: 'Patient' },
      { label: 'Raison', wide: true },
      { label: 'Qui corrige' },
      { label: 'Décision', quiet: true },
    ],
    entries.map((entry) => {
      const rule = ruleById(entry.ruleId ?? '');
      return [
        entry.settledAt !== null && recent(entry.settledAt, visit.now),
        entryName(entry),
        patientLink(entry),
        reasonCell(entry),
        rule !== undefined && html`${capital(rule.owner)}<br><span class="mut">${french(rule.remedy)}</span>`,
        decides && decision(visit, entry),
      ];
    }),
  );
}

function decision({ session, id }: Visit, entry: ShownEntry): Html {
  const who = `${entry.birthName} ${entry.firstGivenName}`;
  const field = `motif-${entry.id}`;
  return actionForm(
    { action: `/console/abonnes/${encodeURIComponent(id)}/decision`, csrf: session.csrf, className: 'form act' },
    html`<input type="hidden" name="message" value="${entry.id}">
<button type="submit" name="action" value="renvoyer" class="btn main small">Renvoyer<span class="unseen"> le message de ${who}</span></button>
<div class="field"><label for="${field}">Motif d’un abandon</label><input id="${field}" name="motif" maxlength="200" autocomplete="off"></div>
<button type="submit" name="action" value="abandonner" class="btn small">Abandonner<span class="unseen"> le message de ${who}</span></button>`,
  );
}

function messageTable(caption: string, entries: readonly ShownEntry[], now: Date): Html {
  return table(
    caption,
    [
      { label: 'Depuis' },
      { label: 'Message' },
      { label: 'Patient', wide: true },
      { label: 'État' },
      { label: 'Réponse' },
      { label: 'MSH-10' },
    ],
    entries.map((entry) => [
      recent(entry.settledAt ?? entry.addedAt, now),
      entryName(entry),
      patientLink(entry),
      html`${chip(ENTRY_STATES[entry.state])}${entry.load && html`<br><span class="mut">chargement initial</span>`}${entry.attempts > 1 && html`<br><span class="mut">${counted(entry.attempts, 'envoi', 'envois')}</span>`}`,
      html`${reasonCell(entry)}${entry.settledBy !== null && html`<br><span class="mut">${actorName(entry.settledBy)}</span>`}`,
      entry.controlId !== null && html`<code>${entry.controlId}</code>`,
    ]),
  );
}

function operations({ session, id }: Visit, subscriber: SubscriberState): Html {
  const base = `/console/abonnes/${encodeURIComponent(id)}`;
  const { paused, loadState, loadQueued, loadTotal } = subscriber;
  const form = (action: string, body: HtmlValue): Html =>
    actionForm({ action: `${base}/${action}`, csrf: session.csrf, className: 'form inline act' }, body);
  const progress = `${LOAD_STATES[loadState]}${loadState === 'none' ? '' : `, ${number(loadQueued)} patients sur ${number(loadTotal)}`}`;
  return html`<section class="card"><h2>Envoi</h2>${form(
    'envoi',
    paused
      ? html`<button type="submit" name="envoi" value="reprendre" class="btn main">Reprendre l’envoi</button>`
      : html`<button type="submit" name="envoi" value="suspendre" class="btn">Suspendre l’envoi</button><p class="mut">Rien n’est perdu : ce qui change attend.</p>`,
  )}</section>
<section class="card"><h2>Chargement initial</h2><p>Chargement ${progress}.</p>${
    loadState === 'running'
      ? form(
          'chargement',
          html`<button type="submit" name="action" value="arreter" class="btn">Arrêter le chargement</button>`,
        )
      : html`${loadState === 'stopped' && form('chargement', html`<button type="submit" name="action" value="reprendre" class="btn main">Reprendre le chargement</button>`)}${form(
          'chargement',
          html`<div class="field"><label for="depuis">Patients modifiés depuis le</label><input id="depuis" name="depuis" placeholder="JJ/MM/AAAA" maxlength="10" autocomplete="off" aria-describedby="depuis-aide"><p class="mut" id="depuis-aide">Vide : tous les patients.</p></div><button type="submit" name="action" value="commencer" class="btn">Envoyer les patients</button>`,
        )}`
  }</section>`;
}
