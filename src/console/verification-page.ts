/** Verification of the INS: the campaign that runs, how far it is, what it found, and the former ones. */
import { type CampaignAction, changeCampaign, dueNow, progressOf, startCampaign } from '../identity/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type Campaign, countDueIns, listCampaigns, verificationCallsOf } from '../store/verification-campaigns.ts';
import { actionForm, chip, empty, explanation, fields, notice, table } from './components.ts';
import { counted, dateTime, duration, isoDate, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle, type Word } from './words.ts';

const PATH = '/console/verifications';
const SHOWN = 20;

const STATES: Readonly<Record<Campaign['state'], Word>> = {
  running: { tone: 'wait', label: 'En cours' },
  paused: { tone: 'doubt', label: 'Suspendue' },
  done: { tone: 'ok', label: 'Terminée' },
  cancelled: { tone: 'idle', label: 'Close' },
};

const ACTIONS: Readonly<Record<string, CampaignAction>> = { suspendre: 'pause', reprendre: 'resume', clore: 'cancel' };

export const verificationPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'patients.settle', audited: 'operations', answer: (visit) => show(visit) },
  { method: 'POST', path: PATH, permission: 'patients.settle', audited: 'operations', answer: open },
  ...Object.entries(ACTIONS).map(
    ([name, action]): PageDefinition => ({
      method: 'POST',
      path: `${PATH}/:id/${name}`,
      permission: 'patients.settle',
      audited: 'operations',
      answer: async (visit) =>
        isUuid(visit.id)
          ? shown(visit, await changeCampaign(visit.gateway, visit.id, action, visit.actor.name))
          : { kind: 'refused', refusal: { rule: apiRules.notFound } },
    }),
  ),
];

async function open(visit: Visit): Promise<Answer> {
  const day = isoDate(visit.form('avant'));
  const before = day === undefined ? undefined : new Date(`${day}T00:00:00Z`);
  if (before === undefined || Number.isNaN(before.getTime()))
    return shown(visit, refuse(apiRules.invalidRequest, { detail: 'La date est attendue, JJ/MM/AAAA.' }));
  return shown(visit, await startCampaign(visit.gateway, before, visit.actor.name));
}

async function shown(visit: Visit, result: Result<unknown>): Promise<Answer> {
  return result.ok ? { kind: 'redirect', to: PATH } : show(visit, result.refusal);
}

async function show(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { gateway, now } = visit;
  const { insi } = gateway.config;
  if (insi === undefined) return { kind: 'refused', refusal: { rule: identityVerificationRules.insiNotConfigured } };
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(now);
  const [campaigns, due, calls] = await Promise.all([
    listCampaigns(gateway.pool, SHOWN),
    countDueIns(gateway.pool, dueNow(insi.reverification, now)),
    verificationCallsOf(gateway.pool, day),
  ]);
  const current = campaigns.find(({ state }) => state === 'running' || state === 'paused');
  const { everyDays, callsPerDay } = insi.reverification;
  const body = html`${heading(
    'Vérification des INS',
    html`<p>Chaque INS récupérée auprès d’INSi lui est soumise de nouveau tous les ${number(everyDays)} jours au plus, au rythme permis, après les appels des admissions.</p>`,
    html`<a href="/console/travail">À traiter</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<div id="direct-verification" data-live>${current === undefined ? noCampaign(due) : campaignCard(visit, current)}
<section class="card"><h2>Aujourd’hui</h2>${fields([
    ['Appels de vérification', `${number(calls)} sur ${number(callsPerDay)} permis`],
    ['INS à vérifier', counted(due, 'échue', 'échues')],
  ])}</section></div>
${current === undefined && startForm(visit)}
<section class="card list"><h2>Campagnes</h2>${campaigns.length > 0 ? past(campaigns) : empty('Aucune campagne', 'La première s’ouvrira d’elle-même quand des INS seront échues.')}</section>`;
  return {
    kind: 'page',
    title: 'Vérification des INS',
    section: 'travail',
    body,
    live: 'installation',
    ...(refusal !== undefined && { status: refusal.rule.http }),
  };
}

function noCampaign(due: number): Html {
  return html`<section class="card">${
    due === 0
      ? empty('Aucune INS à vérifier', 'Toutes ont été récupérées ou vérifiées dans le délai.')
      : empty(
          'Aucune campagne en cours',
          `${counted(due, 'INS est échue', 'INS sont échues')} : la campagne s’ouvre d’elle-même, si la configuration le permet.`,
        )
  }</section>`;
}

function campaignCard(visit: Visit, campaign: Campaign): Html | undefined {
  const { insi } = visit.gateway.config;
  if (insi === undefined) return undefined;
  const { done, remaining, remainingMs } = progressOf(campaign, insi);
  const { state, total, startedBy, startedAt, before, pausedBy, pausedReason } = campaign;
  const rule = state === 'paused' && pausedReason !== null ? ruleById(pausedReason) : undefined;
  return html`<section class="card"><div class="card-head"><h2>Campagne ouverte le ${dateTime(startedAt)}</h2>${chip(STATES[state])}</div>
<p><progress value="${done}" max="${total}" aria-label="Avancement">${done} sur ${total}</progress> ${number(done)} sur ${number(total)}</p>
${fields([
  ['Ouverte par', startedBy === 'system' ? 'le calendrier' : actorName(startedBy)],
  ['INS prouvées avant le', dateTime(before)],
  ['Reste', counted(remaining, 'identité', 'identités')],
  ['Fin estimée', remainingMs !== undefined && (remaining === 0 ? 'imminente' : `dans ${duration(remainingMs)}`)],
  [
    'Suspendue par',
    state === 'paused' && (pausedBy === 'system' ? 'son frein' : pausedBy !== null && actorName(pausedBy)),
  ],
])}
${rule !== undefined && notice('doubt', ruleTitle(rule), explanation(rule, undefined))}
${outcomes(campaign)}${buttons(visit, campaign)}</section>`;
}

/** What became of the identities; those that a person must settle lead to their list. */
function outcomes({ identical, updated, insChanged, differing, notFound, unanswered, skipped }: Campaign): Html {
  const list = (state: string) =>
    html` <a href="/console/patients?insi=${state}">Voir<span class="unseen"> la liste</span></a>`;
  const rows: readonly (readonly [string, HtmlValue, number])[] = [
    ['Identiques', 'La date de vérification est notée.', identical],
    ['Traits complétés par INSi', 'La copie d’INSi est reprise, la qualification reste.', updated],
    [
      'Nouvelle INS de la même personne',
      'L’ancienne est citée par INSi : le numéro suit, rien n’est supprimé.',
      insChanged,
    ],
    [
      'Traits différents ou autre INS',
      html`INS en doute : plus rien ne part sous elle avant décision.${list('discrepancy')}`,
      differing,
    ],
    ['Non retrouvées', html`INS en doute : plus rien ne part sous elle avant décision.${list('not-found')}`, notFound],
    ['Sans réponse d’INSi', 'Reprises par la campagne suivante.', unanswered],
    ['Laissées', 'L’identité a changé entre-temps.', skipped],
  ];
  return table(
    'Résultats de la campagne',
    [{ label: 'Résultat' }, { label: 'Effet', wide: true }, { label: 'Identités', align: 'right' }],
    rows.map(([label, effect, count]) => [html`<span class="strong">${label}</span>`, effect, number(count)]),
  );
}

function buttons(visit: Visit, { id, state }: Campaign): Html {
  const button = (name: string, label: string, main: boolean) =>
    actionForm(
      { action: `${PATH}/${id}/${name}`, csrf: visit.session.csrf, className: 'form inline' },
      html`<button type="submit" class="btn${main && ' main'}">${label}</button>`,
    );
  return html`<div class="field-actions">${state === 'running' ? button('suspendre', 'Suspendre', false) : button('reprendre', 'Reprendre', true)}${button('clore', 'Clore la campagne', false)}</div>`;
}

function startForm(visit: Visit): Html {
  return html`<section class="card"><h2>Ouvrir une campagne</h2><details class="behind"><summary>Vérifier sans attendre l’échéance</summary>${actionForm(
    { action: PATH, csrf: visit.session.csrf },
    html`<div class="field"><label for="avant">INS récupérées ou vérifiées avant le</label><input id="avant" name="avant" required inputmode="numeric" autocomplete="off" maxlength="10" pattern="\\d{1,2}/\\d{1,2}/\\d{4}" title="JJ/MM/AAAA" aria-describedby="aide-avant"><p class="hint" id="aide-avant">JJ/MM/AAAA. Après un incident chez INSi, ou avant une reprise.</p></div>
<button type="submit" class="btn">Ouvrir la campagne</button>`,
  )}</details></section>`;
}

function past(campaigns: readonly Campaign[]): Html {
  return table(
    'Campagnes de vérification',
    [
      { label: 'Ouverte' },
      { label: 'Par' },
      { label: 'État' },
      { label: 'Confirmées', align: 'right' },
      { label: 'En doute', align: 'right' },
    ],
    campaigns.map(({ startedAt, startedBy, state, identical, updated, insChanged, differing, notFound }) => [
      dateTime(startedAt),
      startedBy === 'system' ? 'le calendrier' : actorName(startedBy),
      chip(STATES[state]),
      number(identical + updated + insChanged),
      number(differing + notFound),
    ]),
  );
}
