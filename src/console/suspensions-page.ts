/** « Envois suspendus »: what is held, by whom, until when; lifting, and suspending a stay or a service. */
import { may } from '../api/access.ts';
import { mayEnd, suspendedEstablishment } from '../api/routes/suspensions.ts';
import { endSuspension, suspendSending } from '../feed/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import {
  listSuspensions,
  lockSuspension,
  type SuspensionRecord,
  type SuspensionScope,
} from '../store/feed-suspensions.ts';
import { actionForm, chip, empty, explanation, notice, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { durationAndReason, SUSPENSIONS } from './suspension-form.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const SHOWN = 200;

export const suspensionPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: SUSPENSIONS,
    permission: 'documents.read',
    audited: 'suspensions',
    answer: (visit) => showSuspensions(visit),
  },
  { method: 'POST', path: SUSPENSIONS, permission: 'documents.suspend', audited: 'suspensions', answer: suspend },
  {
    method: 'POST',
    path: `${SUSPENSIONS}/:id/lever`,
    permission: 'documents.suspend',
    audited: 'suspensions',
    answer: lift,
  },
];

async function showSuspensions(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway, actor } = visit;
  const rows = await listSuspensions(gateway.pool, { eg: actor.eg, limit: SHOWN });
  const [open, ended] = [
    rows.filter(({ endedAt }) => endedAt === null),
    rows.filter(({ endedAt }) => endedAt !== null),
  ];
  const body = html`${heading('Envois suspendus', html`<p>Une suspension est toujours bornée : l’envoi reprend seul. Un document se suspend depuis sa page, un patient depuis sa fiche.</p>`, html`<a href="/console/travail">À traiter</a>`)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card list"><h2>En cours</h2>${open.length === 0 ? empty('Aucun envoi suspendu', 'Les suspensions en cours apparaîtront ici, avec leur terme.') : suspensionTable(visit, open, 'Suspensions en cours')}</section>
${may(actor, 'documents.suspend') && newForm(visit)}
${ended.length > 0 && html`<section class="card list"><h2>Terminées</h2>${suspensionTable(visit, ended, 'Suspensions terminées')}</section>`}`;
  return {
    kind: 'page',
    title: 'Envois suspendus',
    section: 'travail',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function suspensionTable(visit: Visit, rows: readonly SuspensionRecord[], caption: string): Html {
  return table(
    caption,
    [
      { label: 'Quoi', wide: true },
      { label: 'Motif' },
      { label: 'Par' },
      { label: 'Terme' },
      { label: 'Lever', quiet: true, align: 'right' },
    ],
    rows.map((row) => [
      html`${subjectOf(row)}${row.eg !== null && html`<br><span class="mut">${establishmentName(visit.gateway.config, row.eg)}</span>`}`,
      row.reason,
      html`${actorName(row.actor)}<br><span class="mut">${dateTime(row.at)}</span>`,
      row.endedAt === null
        ? chip({ tone: 'wait', label: `jusqu’au ${dateTime(row.until)}` })
        : html`${dateTime(row.endedAt)}${row.endedBy !== null && html`<br><span class="mut">levée par ${actorName(row.endedBy)}</span>`}`,
      row.endedAt === null && may(visit.actor, 'documents.suspend') && mayEnd(visit.actor, row) && liftForm(visit, row),
    ]),
  );
}

function subjectOf({ scope, subject }: SuspensionRecord): Html {
  switch (scope) {
    case 'document':
      return html`<a href="/console/documents/${subject}">Un document</a>`;
    case 'patient':
      return html`<a href="/console/patients/${subject}#alimentation">Un patient</a>`;
    case 'stay':
      return html`Séjour <span class="strong">${subject}</span>`;
    case 'service':
      return html`Service <span class="strong">${subject}</span>`;
  }
}

function liftForm(visit: Visit, { id, subject }: SuspensionRecord): Html {
  return actionForm(
    { action: `${SUSPENSIONS}/${id}/lever`, csrf: visit.session.csrf, className: 'form inline' },
    html`<button type="submit" class="btn small">Lever<span class="unseen"> la suspension ${subject}</span></button>`,
  );
}

function newForm(visit: Visit): Html {
  const choices = establishmentChoices(visit.gateway.config, visit.actor.eg);
  return html`<section class="card"><h2>Suspendre un séjour ou un service</h2>${actionForm(
    { action: SUSPENSIONS, csrf: visit.session.csrf },
    html`<div class="field"><label for="portee">Quoi</label><select id="portee" name="portee"><option value="stay">Un séjour, par son numéro de venue</option><option value="service">Un service, par le code de son unité</option></select></div>
<div class="field"><label for="sujet">Numéro ou code</label><input id="sujet" name="sujet" required maxlength="200" autocomplete="off"></div>
<div class="field"><label for="etablissement">Établissement</label><select id="etablissement" name="etablissement">${choices.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}</select></div>${durationAndReason(visit, 'liste')}`,
  )}</section>`;
}

async function suspend(visit: Visit): Promise<Answer> {
  const asked = await asSuspended(visit);
  if (!asked.ok) return showSuspensions(visit, asked.refusal);
  const [scope, subject] = asked.value;
  const sheet: Partial<Record<SuspensionScope, string>> = {
    document: `/console/documents/${subject}`,
    patient: `/console/patients/${subject}#alimentation`,
  };
  return { kind: 'redirect', to: sheet[scope] ?? SUSPENSIONS };
}

async function asSuspended({ gateway, actor, form }: Visit): Promise<Result<[SuspensionScope, string]>> {
  const scope = (['document', 'stay', 'patient', 'service'] as const).find((known) => known === form('portee'));
  const subject = form('sujet');
  const establishment = form('etablissement') === '' ? undefined : form('etablissement');
  if (scope === undefined) return refuse(apiRules.invalidRequest, { detail: 'portee' });
  const eg = await suspendedEstablishment(gateway, actor, { scope, subject, establishment });
  if (eg === undefined) return refuse(apiRules.notFound);
  const [hours, reason] = [Number(form('heures')), form('motif')];
  if (reason === '' || !(hours > 0))
    return refuse(apiRules.invalidRequest, { detail: 'Donner une durée et un motif.' });
  const done = await suspendSending(gateway, { scope, subject, eg, hours, reason, actor: actor.name });
  return done.ok ? { ok: true, value: [scope, subject] } : done;
}

async function lift(visit: Visit): Promise<Answer> {
  const { gateway, actor, id } = visit;
  const known = isUuid(id) ? await transaction(gateway.pool, (tx) => lockSuspension(tx, id)) : undefined;
  if (known === undefined || !mayEnd(actor, known)) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const done = await endSuspension(gateway, id, actor.name);
  return done.ok ? { kind: 'redirect', to: SUSPENSIONS } : showSuspensions(visit, done.refusal);
}
