/** Corrections in progress, and one of them: what differs, who corrects, the letter for the patient, each step. */
import { editorOf, may } from '../api/access.ts';
import { advanceCorrection, correctionLetterPdf, referenceOf, stepsAfter } from '../identity/index.ts';
import type { Disagreement } from '../ins/correction-route.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import {
  type CorrectionRequest,
  type CorrectionState,
  correctionById,
  correctionStepsOf,
  type ListedCorrection,
  listCorrections,
} from '../store/corrections.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import { actionForm, chip, empty, explanation, fields, filterForm, filterSelect, notice, table } from './components.ts';
import { ADDRESSEES, CORRECTION_STATES, CORRECTION_STEPS, CORRECTIONS, SIDES } from './correction-words.ts';
import { age, birthDate, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { identityAxes } from './identity-axes.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, FIELD_NAMES, ruleTitle } from './words.ts';

const PAGE = 200;

export const correctionPages: readonly PageDefinition[] = [
  { method: 'GET', path: CORRECTIONS, permission: 'patients.read', audited: 'corrections', answer: showList },
  {
    method: 'GET',
    path: `${CORRECTIONS}/:id`,
    permission: 'patients.read',
    audited: 'corrections',
    answer: (visit) => showOne(visit),
  },
  {
    method: 'GET',
    path: `${CORRECTIONS}/:id/lettre`,
    permission: 'patients.read',
    audited: 'corrections',
    answer: showLetter,
  },
  {
    method: 'POST',
    path: `${CORRECTIONS}/:id/etape`,
    permission: 'patients.qualify',
    audited: 'corrections',
    answer: advance,
  },
];

async function requestOf({ gateway, id }: Visit): Promise<CorrectionRequest | undefined> {
  return isUuid(id) ? correctionById(gateway.pool, id) : undefined;
}

async function showList(visit: Visit): Promise<Answer> {
  const asked = visit.query('etat');
  const state = Object.hasOwn(CORRECTION_STATES, asked) ? (asked as CorrectionState) : undefined;
  const requests = await listCorrections(visit.gateway.pool, { state, limit: PAGE, offset: 0 });
  const body = html`${heading('Corrections demandées', html`<p>Ce que le patient ou un service doit faire corriger, du plus ancien au plus récent.</p>`)}
${filterForm(
  CORRECTIONS,
  state !== undefined,
  filterSelect(
    'etat',
    'État',
    'En cours',
    Object.entries(CORRECTION_STATES).map(([value, { label }]) => ({ value, label })),
    asked,
  ),
)}
<section class="card list" id="direct-corrections" data-live>${requests.length === 0 ? empty('Aucune correction en cours', 'Quand le document d’identité, INSi et l’identité se contredisent, la fiche du patient permet d’ouvrir un dossier de correction.') : requestTable(requests, visit.now)}</section>`;
  return { kind: 'page', title: 'Corrections demandées', section: 'travail', body, live: 'installation' };
}

function requestTable(requests: readonly ListedCorrection[], now: Date): Html {
  return table(
    'Corrections demandées',
    [
      { label: 'Patient', wide: true },
      { label: 'À corriger' },
      { label: 'Par qui' },
      { label: 'État' },
      { label: 'Ouvert depuis', align: 'right' },
      { label: 'Dossier', quiet: true, align: 'right' },
    ],
    requests.map((request) => [
      html`<a href="/console/patients/${request.identityId}">${request.birthName} ${request.firstGivenName}</a>`,
      SIDES[request.side],
      ADDRESSEES[request.addressee],
      chip(CORRECTION_STATES[request.state]),
      age(request.openedAt, now),
      html`<a class="btn small" href="${CORRECTIONS}/${request.id}">Ouvrir<span class="unseen"> le dossier ${referenceOf(request)}</span></a>`,
    ]),
  );
}

/** What each source said at the opening. */
export function differenceTable(differences: readonly Disagreement[]): Html {
  const shown = ({ trait }: Disagreement, value: string | undefined): string =>
    value === undefined ? '' : trait === 'birthDate' ? birthDate(value) : value;
  return table(
    'Ce que dit chaque source',
    [
      { label: 'Trait' },
      { label: 'Identité' },
      { label: 'Document' },
      { label: 'INSi' },
      { label: 'Acte de naissance' },
      { label: 'Application' },
    ],
    differences.map((difference) => [
      html`<span class="strong">${FIELD_NAMES[difference.trait] ?? difference.trait}</span>`,
      ...(['identity', 'document', 'registry', 'certificate', 'sender'] as const).map(
        (source) => html`<span class="trait">${shown(difference, difference[source])}</span>`,
      ),
    ]),
  );
}

async function showOne(visit: Visit, problem?: Refusal): Promise<Answer> {
  const request = await requestOf(visit);
  const identity = request && (await identityById(visit.gateway.pool, request.identityId));
  if (request === undefined || identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const steps = await correctionStepsOf(visit.gateway.pool, request.id);
  const body = html`${heading(
    html`Correction ${referenceOf(request)}`,
    html`<p class="chips">${chip(CORRECTION_STATES[request.state])}</p><p><a href="/console/patients/${identity.id}">${identity.birthName} ${identity.firstGivenName}</a></p>`,
    html`<a href="${CORRECTIONS}">Corrections demandées</a>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns wide-left"><div class="stack">
<section class="card"><h2>Ce qui est à corriger</h2>${fields([
    ['À corriger', SIDES[request.side]],
    ['Par qui', ADDRESSEES[request.addressee]],
    ['Motif', request.reason],
  ])}${differenceTable(request.differences)}</section>
<section class="card list"><h2>Étapes</h2>${table(
    'Étapes du dossier',
    [{ label: 'Date' }, { label: 'Étape' }, { label: 'Précision' }, { label: 'Par' }],
    steps.map(({ at, step, note, actor }) => [
      html`<time class="nowrap" datetime="${at.toISOString()}">${dateTime(at)}</time>`,
      CORRECTION_STATES[step].label,
      note,
      actorName(actor),
    ]),
  )}</section></div>
<div class="stack"><section class="card"><h2>Statut en attendant</h2>${identityAxes(identity)}</section>
<section class="card"><h2>Pour le patient</h2><p>La lettre dit ce qui diffère, à qui s’adresser et ce qui se passe en attendant. Elle ne porte pas de matricule.</p><p><a class="btn" href="${CORRECTIONS}/${request.id}/lettre">Imprimer la lettre (PDF)</a></p></section>
${may(visit.actor, 'patients.qualify') && stepForm(visit, request, identity)}</div></div>`;
  return {
    kind: 'page',
    title: `Correction ${referenceOf(request)}`,
    section: 'travail',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function stepForm(visit: Visit, request: CorrectionRequest, identity: IdentityRecord): Html | undefined {
  const next = stepsAfter(request.state);
  if (next.length === 0) return undefined;
  return html`<section class="card"><h2>Faire avancer</h2>${
    request.side === 'identity' &&
    html`<p><a href="/console/patients/${identity.id}#traits">Corriger les traits sur la fiche du patient</a></p>`
  }${actionForm(
    { action: `${CORRECTIONS}/${request.id}/etape`, csrf: visit.session.csrf },
    html`<fieldset><legend>Étape</legend>${next.map(
      (step) =>
        html`<label class="choice"><input type="radio" name="etape" value="${step}" required> <span>${CORRECTION_STEPS[step]}${step === 'corrected' && request.side === 'registry' && html`<span class="hint block">INSi est interrogé de nouveau.</span>`}${step === 'corrected' && request.side === 'document' && html`<span class="hint block">Contrôler ensuite le nouveau document sur la fiche du patient.</span>`}</span></label>`,
    )}</fieldset>
<div class="field"><label for="precision">Précision</label><input id="precision" name="precision" maxlength="200" aria-describedby="aide-precision"><p class="hint" id="aide-precision">Obligatoire pour clore.</p></div>
<button type="submit" class="btn main">Enregistrer l’étape</button>`,
  )}</section>`;
}

async function advance(visit: Visit): Promise<Answer> {
  const request = await requestOf(visit);
  if (request === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const step = (['handed', 'corrected', 'closed'] as const).find((known) => known === visit.form('etape'));
  if (step === undefined) return showOne(visit, { rule: apiRules.invalidRequest, detail: 'Choisir une étape.' });
  const done = await advanceCorrection(
    visit.gateway,
    request.id,
    { step, note: visit.form('precision') },
    editorOf(visit.actor),
  );
  return done.ok ? { kind: 'redirect', to: `${CORRECTIONS}/${request.id}` } : showOne(visit, done.refusal);
}

async function showLetter(visit: Visit): Promise<Answer> {
  const request = await requestOf(visit);
  if (request === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const pdf = await correctionLetterPdf(visit.gateway, request, visit.actor.eg);
  if (!pdf.ok) return { kind: 'refused', refusal: pdf.refusal };
  const saveAs = `${referenceOf(request).toLowerCase()}.pdf`;
  return { kind: 'content', mimeType: 'application/pdf', bytes: pdf.value, saveAs };
}
