/** One adverse event: its form, its page, and the steps that the cell takes. */
import { may } from '../api/access.ts';
import {
  advanceEvent,
  CONSEQUENCE_LABELS,
  type EventStepWanted,
  eventReference,
  NATURE_LABELS,
  recordEvent,
} from '../identity/index.ts';
import { adverseEventRules } from '../rules/adverse-event.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import {
  type AdverseEvent,
  EVENT_CONSEQUENCES,
  EVENT_NATURES,
  type EventStep,
  eventById,
  eventStepsOf,
} from '../store/adverse-events.ts';
import { documentById } from '../store/documents.ts';
import { identityById } from '../store/identities.ts';
import { type MergeRecord, mergesOf } from '../store/merges.ts';
import { type Recall, recallsOf } from '../store/recalls.ts';
import { actionForm, chip, explanation, fields, filterSelect, notice, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { EVENT_STATES, EVENT_STEPS, EVENTS } from './event-words.ts';
import { dateTime, day } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { parisDay } from './period.ts';
import { RECALL_PATHS } from './recall-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

export const eventPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: `${EVENTS}/nouveau`,
    permission: 'events.report',
    audited: 'events',
    answer: (visit) => showForm(visit, visit.query),
  },
  { method: 'POST', path: `${EVENTS}/nouveau`, permission: 'events.report', audited: 'events', answer: record },
  {
    method: 'GET',
    path: `${EVENTS}/:id`,
    permission: 'patients.read',
    audited: 'events',
    answer: (visit) => showEvent(visit),
  },
  { method: 'POST', path: `${EVENTS}/:id/etape`, permission: 'events.settle', audited: 'events', answer: advance },
];

function above(): Html {
  return html`<a href="/console/cellule">Identitovigilance</a> <span aria-hidden="true">/</span> <a href="${EVENTS}">Événements indésirables</a>`;
}

/** `field`: what was typed, or what the address brings. */
async function showForm(visit: Visit, field: Visit['form'], problem?: Refusal): Promise<Answer> {
  const { gateway, actor, now, session } = visit;
  const patient = isUuid(field('patient')) ? await identityById(gateway.pool, field('patient')) : undefined;
  const document = isUuid(field('document')) ? await documentById(gateway.pool, field('document')) : undefined;
  const seen = document !== undefined && (actor.eg === null || document.eg === actor.eg) ? document : undefined;
  const select = (name: string, label: string, labels: Readonly<Record<string, string>>, none: string) =>
    html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}" required>${none !== '' && html`<option value="">${none}</option>`}${Object.entries(labels).map(([value, text]) => html`<option value="${value}"${value === field(name) && html` selected`}>${text}</option>`)}</select></div>`;
  const body = html`${heading('Enregistrer un événement indésirable', undefined, above())}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card">${actionForm(
    { action: `${EVENTS}/nouveau`, csrf: session.csrf },
    html`${fields([
      [
        'Patient concerné',
        patient && html`<a href="/console/patients/${patient.id}">${patient.birthName} ${patient.firstGivenName}</a>`,
      ],
      ['Document concerné', seen && html`<a href="/console/documents/${seen.id}">${seen.title}</a>`],
    ])}${patient === undefined && html`<p class="hint">Si une identité est concernée, enregistrer l’événement depuis la fiche du patient.</p>`}
<input type="hidden" name="patient" value="${patient?.id}"><input type="hidden" name="document" value="${seen?.id}">
${select('nature', 'Nature', NATURE_LABELS, 'Choisir la nature')}
<div class="field"><label for="description">Ce qui s’est passé</label><textarea id="description" name="description" required maxlength="500" rows="4" aria-describedby="aide-description">${field('description')}</textarea><p class="hint" id="aide-description">Sans matricule ni NIR ; le nom du patient n’est pas nécessaire, la fiche est liée.</p></div>
<div class="field"><label for="decouvert">Découvert le</label><input id="decouvert" name="decouvert" required inputmode="numeric" autocomplete="off" maxlength="10" value="${field('decouvert')}" aria-describedby="aide-decouvert"><p class="hint" id="aide-decouvert">JJ/MM/AAAA ; aujourd’hui : ${day(now)}</p></div>
<div class="field"><label for="par">Découvert par (personne ou service)</label><input id="par" name="par" maxlength="200" autocomplete="off" value="${field('par')}"></div>
${select('consequence', 'Conséquence pour le patient', CONSEQUENCE_LABELS, '')}
${filterSelect('etablissement', 'Établissement', 'Non précisé', establishmentChoices(gateway.config, actor.eg), field('etablissement'))}
<button type="submit" class="btn main">Enregistrer l’événement</button>`,
  )}</section>`;
  const status = problem === undefined ? {} : { status: problem.rule.http };
  return { kind: 'page', title: 'Enregistrer un événement indésirable', section: 'cellule', body, ...status };
}

async function record(visit: Visit): Promise<Answer> {
  const { form, now } = visit;
  const nature = EVENT_NATURES.find((known) => known === form('nature'));
  const consequence = EVENT_CONSEQUENCES.find((known) => known === form('consequence'));
  const foundOn = parisDay(form('decouvert'));
  if (nature === undefined || consequence === undefined || foundOn === undefined || form('description') === '') {
    const detail = 'La nature, la date (JJ/MM/AAAA) et ce qui s’est passé sont attendus.';
    return showForm(visit, form, { rule: apiRules.invalidRequest, detail });
  }
  if (foundOn > now) return showForm(visit, form, { rule: adverseEventRules.foundInTheFuture });
  const optional = (name: string) => (form(name) === '' ? undefined : form(name));
  const recorded = await recordEvent(
    visit.gateway,
    {
      nature,
      consequence,
      description: form('description'),
      foundAt: foundOn,
      foundBy: optional('par'),
      eg: optional('etablissement'),
      identityId: isUuid(form('patient')) ? form('patient') : undefined,
      documentId: isUuid(form('document')) ? form('document') : undefined,
    },
    visit.actor.name,
  );
  return recorded.ok
    ? { kind: 'redirect', to: `${EVENTS}/${recorded.value.id}` }
    : showForm(visit, form, recorded.refusal);
}

async function eventOf({ gateway, id }: Visit): Promise<AdverseEvent | undefined> {
  return isUuid(id) ? eventById(gateway.pool, id) : undefined;
}

async function showEvent(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway, actor } = visit;
  const event = await eventOf(visit);
  if (event === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { identityId } = event;
  const [steps, patient, recalls, merges] = await Promise.all([
    eventStepsOf(gateway.pool, event.id),
    identityId === null ? undefined : identityById(gateway.pool, identityId),
    identityId === null ? [] : recallsOf(gateway.pool, identityId),
    identityId === null ? [] : mergesOf(gateway.pool, identityId),
  ]);
  const body = html`${heading(
    html`Événement ${eventReference(event)}`,
    html`<p class="chips">${chip(EVENT_STATES[event.state])}</p><p>${NATURE_LABELS[event.nature]}</p>`,
    above(),
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns wide-left"><div class="stack">
<section class="card"><h2>Ce qui a été découvert</h2><p>${event.description}</p>${fields([
    ['Découvert le', day(event.foundAt)],
    ['Découvert par', actorName(event.foundBy)],
    ['Établissement', event.eg !== null && establishmentName(gateway.config, event.eg)],
    ['Conséquence pour le patient', CONSEQUENCE_LABELS[event.consequence]],
    [
      'Patient',
      patient && html`<a href="/console/patients/${patient.id}">${patient.birthName} ${patient.firstGivenName}</a>`,
    ],
    [
      'Document',
      event.documentId !== null && html`<a href="/console/documents/${event.documentId}">Document concerné</a>`,
    ],
    ['Rappel', event.recallId !== null && html`<a href="/console/rappels/${event.recallId}">Rappel lié</a>`],
    ['Fusion', event.mergeId !== null && mergeName(merges.find(({ id }) => id === event.mergeId))],
    ['Règlement', event.settlement],
  ])}</section>
${stepTable(steps)}</div>
<div class="stack">${may(actor, 'events.settle') && html`${stepForm(visit, event)}${linkForm(visit, event, recalls, merges)}`}</div></div>`;
  const title = `Événement ${eventReference(event)}`;
  return { kind: 'page', title, section: 'cellule', body, ...(problem !== undefined && { status: problem.rule.http }) };
}

function mergeName(merge: MergeRecord | undefined): string {
  if (merge === undefined) return 'Fusion liée';
  return `Fusion du ${day(merge.at)}${merge.undoneAt === null ? '' : `, annulée le ${day(merge.undoneAt)}`}`;
}

function stepTable(steps: readonly EventStep[]): Html {
  return html`<section class="card list"><h2>Étapes</h2>${table(
    'Étapes de l’événement',
    [{ label: 'Date' }, { label: 'Étape' }, { label: 'Précision', wide: true }, { label: 'Par' }],
    steps.map(({ at, step, note, actor }) => [
      html`<time class="nowrap" datetime="${at.toISOString()}">${dateTime(at)}</time>`,
      EVENT_STEPS[step],
      note,
      actorName(actor),
    ]),
  )}</section>`;
}

function stepForm(visit: Visit, event: AdverseEvent): Html {
  const steps = event.state === 'open' ? (['noted', 'settled'] as const) : (['reopened'] as const);
  const words = { noted: 'Compléter', settled: 'Clore, en disant comment', reopened: 'Rouvrir, en disant pourquoi' };
  return html`<section class="card"><h2>Suivre</h2>${actionForm(
    { action: `${EVENTS}/${event.id}/etape`, csrf: visit.session.csrf },
    html`<fieldset><legend>Étape</legend>${steps.map((step) => html`<label class="choice"><input type="radio" name="etape" value="${step}" required> ${words[step]}</label>`)}</fieldset>
<div class="field"><label for="precision">Précision</label><textarea id="precision" name="precision" maxlength="500" rows="3"></textarea></div>
<div class="field"><label for="consequence">Conséquence pour le patient</label><select id="consequence" name="consequence">${EVENT_CONSEQUENCES.map((value) => html`<option value="${value}"${value === event.consequence && html` selected`}>${CONSEQUENCE_LABELS[value]}</option>`)}</select></div>
<button type="submit" class="btn main">Enregistrer l’étape</button>`,
  )}</section>`;
}

function linkForm(visit: Visit, event: AdverseEvent, recalls: readonly Recall[], merges: readonly MergeRecord[]) {
  const choices = [
    ...recalls.map(({ id, path, openedAt }) => ({
      value: `recall:${id}`,
      label: `Rappel du ${day(openedAt)} : ${RECALL_PATHS[path]}`,
    })),
    ...merges.map((merge) => ({ value: `merge:${merge.id}`, label: mergeName(merge) })),
  ];
  if (choices.length === 0) return undefined;
  return html`<section class="card"><h2>Ce qui a été fait</h2>${actionForm(
    { action: `${EVENTS}/${event.id}/etape`, csrf: visit.session.csrf },
    html`<input type="hidden" name="etape" value="linked"><div class="field"><label for="lien">Rappel ou fusion de ce patient</label><select id="lien" name="lien" required><option value="">Choisir</option>${choices.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}</select></div>
<button type="submit" class="btn">Lier à l’événement</button>`,
  )}</section>`;
}

async function advance(visit: Visit): Promise<Answer> {
  const event = await eventOf(visit);
  if (event === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const step = (['noted', 'linked', 'settled', 'reopened'] as const).find((known) => known === visit.form('etape'));
  if (step === undefined) return showEvent(visit, { rule: apiRules.invalidRequest, detail: 'Choisir une étape.' });
  const done = await advanceEvent(visit.gateway, event.id, wantedOf(visit, step), visit.actor.name);
  return done.ok ? { kind: 'redirect', to: `${EVENTS}/${event.id}` } : showEvent(visit, done.refusal);
}

function wantedOf({ form }: Visit, step: EventStepWanted['step']): EventStepWanted {
  const consequence = EVENT_CONSEQUENCES.find((known) => known === form('consequence'));
  const [kind, id = ''] = form('lien').split(':');
  return {
    step,
    note: form('precision'),
    consequence,
    ...(kind === 'recall' && isUuid(id) && { recallId: id }),
    ...(kind === 'merge' && isUuid(id) && { mergeId: id }),
  };
}
