/** Undoing a merge, and splitting a record under which two people stand. */
import { editorOf } from '../api/access.ts';
import { type Split, splitIdentity, undoMerge } from '../identity/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Refusal, refuse } from '../rules/rule.ts';
import { listDocuments } from '../store/document-list.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type Identifier, type IdentityRecord, identifiersOf } from '../store/identities.ts';
import { listStays, type StayRecord } from '../store/stays.ts';
import { actionForm, empty, explanation, notice } from './components.ts';
import { NO_FILTER } from './document-table.ts';
import { birthDate, day, isoDate, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { identityOf, showPatient } from './patient-page.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { FIELD_NAMES, ruleTitle } from './words.ts';

const MOST_LISTED = 100;

export const separationPages: readonly PageDefinition[] = [
  {
    method: 'POST',
    path: '/console/patients/:id/annuler-fusion',
    permission: 'patients.settle',
    audited: 'patients',
    answer: undo,
  },
  {
    method: 'GET',
    path: '/console/patients/:id/separer',
    permission: 'patients.settle',
    audited: 'patients',
    answer: (visit) => showSplit(visit),
  },
  {
    method: 'POST',
    path: '/console/patients/:id/separer',
    permission: 'patients.settle',
    audited: 'patients',
    answer: split,
  },
];

async function undo(visit: Visit): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const reason = visit.form('motif');
  const undone =
    reason === ''
      ? refuse(apiRules.invalidRequest, { detail: 'Le motif est attendu.' })
      : await undoMerge(visit.gateway, identity.id, reason, editorOf(visit.actor));
  return undone.ok
    ? { kind: 'redirect', to: `/console/patients/${undone.value.identityId}` }
    : showPatient(visit, undone.refusal);
}

interface Held {
  readonly identifiers: readonly Identifier[];
  readonly stays: readonly StayRecord[];
  readonly documents: readonly DocumentRecord[];
}

/** Whoever works for one establishment sees, and moves, what is of that one. */
async function heldBy({ gateway: { pool }, actor }: Visit, { id }: IdentityRecord): Promise<Held> {
  const [identifiers, stays, documents] = await Promise.all([
    identifiersOf(pool, id),
    listStays(pool, { eg: actor.eg, number: null, identityId: id, state: null, limit: MOST_LISTED, offset: 0 }),
    listDocuments(pool, { ...NO_FILTER, eg: actor.eg, identityId: id, limit: MOST_LISTED }),
  ]);
  return { identifiers, stays, documents };
}

async function split(visit: Visit): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { form, gateway, actor } = visit;
  const reason = form('motif');
  if (reason === '')
    return showSplit(visit, { rule: apiRules.invalidRequest, detail: 'Le motif de la séparation est attendu.' });
  const held = await heldBy(visit, identity);
  const chosen = (name: string) => form(name) === 'oui';
  const asked: Split = {
    person: {
      birthName: form('nom'),
      firstGivenName: form('premier-prenom'),
      birthGivenNames: form('prenoms') === '' ? undefined : form('prenoms'),
      sex: form('sexe'),
      birthDate: isoDate(form('date-naissance')) ?? form('date-naissance'),
      birthPlace: form('lieu') === '' ? undefined : form('lieu'),
    },
    identifiers: held.identifiers.filter((_, index) => chosen(`numero-${index}`)),
    newIdentifiers: form('ipp') === '' ? [] : [{ value: form('ipp'), type: 'PI' }],
    stayIds: held.stays.filter(({ id }) => chosen(`venue-${id}`)).map(({ id }) => id),
    documentIds: held.documents.filter(({ id }) => chosen(`document-${id}`)).map(({ id }) => id),
    reason,
  };
  const done = await splitIdentity(gateway, identity.id, asked, editorOf(actor));
  return done.ok
    ? { kind: 'redirect', to: `/console/patients/${done.value.identityId}` }
    : showSplit(visit, done.refusal);
}

async function showSplit(visit: Visit, problem?: Refusal): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const held = await heldBy(visit, identity);
  const name = `${identity.birthName} ${identity.firstGivenName}`;
  const body = html`${heading(
    'Séparer deux personnes',
    html`<p>Deux personnes sont sous le dossier de ${name}, né(e) le ${birthDate(identity.birthDate)}. La seconde reçoit un dossier. Le premier devient douteux : son INS est retirée et rien ne part, jusqu’à un nouveau contrôle.</p>`,
    html`<a href="/console/patients/${identity.id}">${name}</a>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
${actionForm({ action: `/console/patients/${identity.id}/separer`, csrf: visit.session.csrf }, splitFields(visit, held))}`;
  return {
    kind: 'page',
    title: `Séparer : ${name}`,
    section: 'patients',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function splitFields(visit: Visit, { identifiers, stays, documents }: Held): Html {
  const { form, now } = visit;
  const check = (name: string, label: HtmlValue): Html =>
    html`<label class="choice"><input type="checkbox" name="${name}" value="oui"${form(name) === 'oui' && html` checked`}> <span>${label}</span></label>`;
  const text = (name: string, key: string, required: boolean, hint?: string): Html =>
    html`<div class="field"><label for="seconde-${name}">${FIELD_NAMES[key] ?? key}</label><input id="seconde-${name}" name="${name}" value="${form(name)}" autocomplete="off" maxlength="100"${required && html` required`}${hint !== undefined && html` aria-describedby="aide-seconde-${name}"`}>${hint !== undefined && html`<p class="hint" id="aide-seconde-${name}">${hint}</p>`}</div>`;
  const sexes = [
    ['F', 'Féminin'],
    ['M', 'Masculin'],
    ['I', 'Indéterminé'],
  ] as const;
  return html`<section class="card whole"><h2>La seconde personne</h2><div class="form short">
${text('nom', 'birthName', true)}${text('premier-prenom', 'firstGivenName', true)}${text('prenoms', 'birthGivenNames', false)}
<div class="field"><label for="seconde-sexe">Sexe</label><select id="seconde-sexe" name="sexe" required><option value="">Choisir</option>${sexes.map(([code, label]) => html`<option value="${code}"${form('sexe') === code && html` selected`}>${label}</option>`)}</select></div>
${text('date-naissance', 'birthDate', true, 'JJ/MM/AAAA ; jour ou mois inconnu : 00.')}${text('lieu', 'birthPlace', false, 'Code INSEE du lieu à la naissance.')}</div></section>
<section class="card whole"><h2>Ce qui est à elle</h2><div class="form short">
<fieldset><legend>Numéros du dossier</legend>${identifiers.map(({ value, domain, retired }, index) => check(`numero-${index}`, html`${value} <span class="mut">(${domain}${retired === true && ', abandonné'})</span>`))}</fieldset>
<div class="field"><label for="seconde-ipp">Nouvel IPP, si elle n’en a pas ici</label><input id="seconde-ipp" name="ipp" value="${form('ipp')}" autocomplete="off" maxlength="100"></div>
<fieldset><legend>Venues</legend>${stays.length === 0 ? empty('Aucune venue', '') : stays.map(({ id, number, admittedAt, unit }) => check(`venue-${id}`, html`${number}${admittedAt !== null && ` du ${day(admittedAt)}`}${unit !== null && html` <span class="mut">${unit}</span>`}`))}</fieldset>
<fieldset><legend>Documents</legend>${documents.length === 0 ? empty('Aucun document', '') : documents.map(({ id, title, receivedAt, state }) => check(`document-${id}`, html`${title} <span class="mut">reçu le ${recent(receivedAt, now)}, ${state === 'accepted' || state === 'replaced' ? 'déjà parti : sera listé pour rappel' : 'pas encore parti'}</span>`))}</fieldset></div></section>
<section class="card whole"><div class="form"><div class="field"><label for="seconde-motif">Motif</label><input id="seconde-motif" name="motif" required maxlength="200" value="${form('motif')}" autocomplete="off"></div>
<button type="submit" class="btn main">Séparer les deux personnes</button></div></section>`;
}
