/** Alertes: what is wrong now, who acts and how; what was; and a trial of the recipients. */
import { may } from '../api/access.ts';
import { createChannels, type Trial, tryChannels } from '../operations/index.ts';
import { ruleById } from '../rules/catalogue.ts';
import { type AlertRecord, listAlerts, type NoticeSummary, noticesOfAlerts } from '../store/alerts.ts';
import { actionForm, chip, empty, table } from './components.ts';
import { counted, dateTime, duration } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { capital, french, ruleTitle, type Word } from './words.ts';

const MOST_OPEN = 200;
const MOST_ENDED = 50;

export const alertRoutes: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: '/console/alertes',
    permission: 'alerts.read',
    answer: (visit) => showAlerts(visit, []),
  },
  {
    method: 'POST',
    path: '/console/alertes/essai',
    permission: 'installation.operate',
    answer: async (visit) =>
      showAlerts(visit, await tryChannels(visit.gateway, createChannels(visit.gateway.config.alerts))),
  },
];

async function showAlerts(visit: Visit, trials: readonly Trial[]): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const [current, ended] = await Promise.all([
    listAlerts(gateway.pool, { open: true, eg: actor.eg, limit: MOST_OPEN }),
    listAlerts(gateway.pool, { open: false, eg: actor.eg, limit: MOST_ENDED }),
  ]);
  const open = [...current.filter(isUrgent), ...current.filter((alert) => !isUrgent(alert))];
  const notices = await noticesOfAlerts(
    gateway.pool,
    [...open, ...ended].map(({ id }) => id),
  );
  const urgent = open.filter(isUrgent).length;
  const body = html`<div id="direct-alertes" data-live>${heading(
    open.length === 0 ? 'Aucune alerte en cours' : counted(open.length, 'alerte en cours', 'alertes en cours'),
    html`<p>${lead(urgent)}</p>`,
  )}
<section class="card"><h2>En cours</h2>${
    open.length === 0
      ? empty('Rien à signaler', 'Une alerte apparaît ici à son début et s’en va d’elle-même quand sa cause a disparu.')
      : alertTable('Alertes en cours', open, notices, now)
  }</section>
${ended.length > 0 && html`<section class="card"><h2>Terminées</h2>${alertTable('Alertes terminées', ended, notices, now)}</section>`}</div>
${may(actor, 'installation.operate') && actor.eg === null && recipients(visit, trials)}`;
  return { kind: 'page', title: 'Alertes', section: 'alertes', body, live: 'installation' };
}

function isUrgent({ severity }: AlertRecord): boolean {
  return severity === 'critical';
}

function lead(urgent: number): string {
  const told = 'Un message part au début de chaque alerte, un autre à sa fin.';
  return urgent === 0 ? told : `${counted(urgent, 'est urgente', 'sont urgentes')}. ${told}`;
}

const SEVERITIES: Readonly<Record<AlertRecord['severity'], Word>> = {
  warning: { tone: 'wait', label: 'À surveiller' },
  critical: { tone: 'bad', label: 'Urgente' },
};

function alertTable(
  caption: string,
  alerts: readonly AlertRecord[],
  notices: readonly NoticeSummary[],
  now: Date,
): Html {
  return table(
    caption,
    [
      { label: 'Gravité' },
      { label: 'Alerte', wide: true },
      { label: 'Qui agit, et comment' },
      { label: 'Début' },
      { label: 'Messages' },
    ],
    alerts.map((alert) => {
      const rule = ruleById(alert.ruleId);
      const own = notices.filter(({ alertId }) => alertId === alert.id);
      return [
        chip(alert.endedAt === null ? SEVERITIES[alert.severity] : { tone: 'ok', label: 'Terminée' }),
        html`<span class="strong">${rule === undefined ? alert.ruleId : ruleTitle(rule)}</span><br>${french(alert.subject)}${alert.detail !== null && html`<br><span class="mut">${french(alert.detail)}</span>`}`,
        rule !== undefined &&
          html`${capital(rule.owner)}<br><span class="mut">${french(rule.remedy)}</span><br><a href="/console/regles#${rule.id}">${rule.id}</a>`,
        html`<time class="nowrap" datetime="${alert.startedAt.toISOString()}">${dateTime(alert.startedAt)}</time><br><span class="mut">${lasted(alert, now)}</span>`,
        told(own),
      ];
    }),
  );
}

function lasted({ startedAt, endedAt }: AlertRecord, now: Date): string {
  return endedAt === null
    ? `dure depuis ${duration(now.getTime() - startedAt.getTime())}`
    : `a duré ${duration(endedAt.getTime() - startedAt.getTime())}`;
}

function told(notices: readonly NoticeSummary[]): Html {
  const failed = notices.filter(({ state }) => state === 'failed');
  const sent = notices.filter(({ state }) => state === 'sent').length;
  if (notices.length === 0) return html`<span class="mut">aucun destinataire</span>`;
  return html`${sent} sur ${notices.length} envoyé${sent > 1 && 's'}${failed.map(({ target, lastError }) => html`<br><span class="mut">${target} : ${lastError}</span>`)}`;
}

function recipients({ gateway, session }: Visit, trials: readonly Trial[]): Html {
  const { mail, recipients: people, webhooks } = gateway.config.alerts;
  const declared = people.length + webhooks.length;
  const said =
    declared === 0
      ? 'Aucun destinataire n’est déclaré : les alertes ne se voient qu’ici. La section « alerts » de la configuration les déclare.'
      : `${counted(people.length, 'adresse', 'adresses')}${mail === undefined ? '' : ` par ${mail.host}`}, ${counted(webhooks.length, 'point d’appel', 'points d’appel')}.`;
  return html`<section class="card"><h2>Destinataires</h2><p>${said}</p>${
    trials.length > 0 &&
    html`<ul class="services">${trials.map(
      ({ target, error }) =>
        html`<li><div class="card-head"><p class="strong">${target}</p>${chip(error === null ? { tone: 'ok', label: 'Essai remis' } : { tone: 'bad', label: 'Essai refusé' })}</div>${error !== null && html`<p class="mut">${error}</p>`}</li>`,
    )}</ul>`
  }${
    declared > 0 &&
    actionForm(
      { action: '/console/alertes/essai', csrf: session.csrf, className: 'form inline act' },
      html`<button type="submit" class="btn">Envoyer un essai</button><p class="mut">Chaque destinataire reçoit un message marqué « Essai ».</p>`,
    )
  }</section>`;
}
