/** « Les sources ne disent pas la même chose » : what each says, which is likely wrong, whom to ask, and the opening. */
import { editorOf } from '../api/access.ts';
import { adviseCorrection, type CorrectionAdvice, openCorrection, type ReadTraits } from '../identity/index.ts';
import {
  ADDRESSEES_OF,
  CORRECTION_ADDRESSEES,
  CORRECTION_SIDES,
  type CorrectionAddressee,
  type CorrectionSide,
} from '../ins/correction-route.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { actionForm, explanation, notice } from './components.ts';
import { differenceTable } from './correction-page.ts';
import { ADDRESSEES, CORRECTIONS, SIDES } from './correction-words.ts';
import { isoDate } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { identityOf } from './patient-page.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { FIELD_NAMES, french, ruleTitle } from './words.ts';

const path = '/console/patients/:id/correction';

export const correctionFormPages: readonly PageDefinition[] = [
  { method: 'GET', path, permission: 'patients.qualify', audited: 'patients', answer: (visit) => showForm(visit) },
  { method: 'POST', path, permission: 'patients.qualify', audited: 'patients', answer: answerForm },
];

/** `avis` reads what was typed and says which side is likely wrong; `ouvrir` opens. */
async function answerForm(visit: Visit): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const read = readSources(visit);
  if (visit.form('geste') !== 'ouvrir') {
    const advice = await adviseCorrection(visit.gateway, identity.id, read);
    return advice.ok ? showForm(visit, { advice: advice.value }) : showForm(visit, { problem: advice.refusal });
  }
  const [side, addressee] = chosen(visit);
  const reason = visit.form('motif');
  if (side === undefined || reason === '')
    return showForm(visit, {
      problem: { rule: apiRules.invalidRequest, detail: 'Choisir ce qui est à corriger et en donner le motif.' },
    });
  const opened = await openCorrection(
    visit.gateway,
    identity.id,
    { ...read, side, addressee, reason },
    editorOf(visit.actor),
  );
  return opened.ok
    ? { kind: 'redirect', to: `${CORRECTIONS}/${opened.value.id}` }
    : showForm(visit, { problem: opened.refusal });
}

/** `document:prefecture`. */
function chosen(visit: Visit): [CorrectionSide | undefined, CorrectionAddressee | undefined] {
  const [side, addressee] = visit.form('corriger').split(':');
  return [CORRECTION_SIDES.find((known) => known === side), CORRECTION_ADDRESSEES.find((known) => known === addressee)];
}

const TRAITS = [
  ['nom', 'birthName'],
  ['premier-prenom', 'firstGivenName'],
  ['prenoms', 'birthGivenNames'],
  ['sexe', 'sex'],
  ['naissance', 'birthDate'],
  ['lieu', 'birthPlace'],
] as const;

function readSources(visit: Visit) {
  const deviceType = visit.form('dispositif');
  return {
    document: read(visit, 'document'),
    certificate: visit.form('acte-lu') === 'oui' ? read(visit, 'acte') : undefined,
    deviceType: deviceType === '' ? undefined : deviceType,
  };
}

/** An empty field says: as in the identity. */
function read(visit: Visit, source: string): ReadTraits {
  const values = TRAITS.flatMap(([field, trait]) => {
    const text = visit.form(`${source}-${field}`);
    if (text === '') return [];
    return [[trait, trait === 'birthDate' ? (isoDate(text) ?? text) : text] as const];
  });
  return Object.fromEntries(values);
}

interface Said {
  readonly problem?: Refusal;
  readonly advice?: CorrectionAdvice;
}

async function showForm(visit: Visit, { problem, advice }: Said = {}): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const body = html`${heading(
    'Faire corriger une source',
    html`<p>Saisir ce que montre chaque source là où elle diffère de l’identité ; laisser vide ce qui est identique.</p>`,
    html`<a href="/console/patients">Patients</a> <span aria-hidden="true">/</span> <a href="/console/patients/${identity.id}">${identity.birthName} ${identity.firstGivenName}</a>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
${actionForm(
  { action: `/console/patients/${identity.id}/correction`, csrf: visit.session.csrf },
  html`${sourceFields(visit, identity)}
<button type="submit" name="geste" value="avis" class="btn main">Voir qui doit corriger</button>
${advice !== undefined && adviceCard(visit, advice)}`,
)}`;
  return {
    kind: 'page',
    title: 'Faire corriger une source',
    section: 'patients',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function sourceFields(visit: Visit, identity: IdentityRecord): Html {
  const devices = visit.gateway.config.identityDevices;
  return html`<div class="columns halves">
<fieldset class="card"><legend>Document d’identité présenté</legend>
<div class="field"><label for="dispositif">Dispositif lu</label><select id="dispositif" name="dispositif"><option value="">Choisir le dispositif</option>${devices.map(({ code, label }) => html`<option value="${code}"${code === visit.form('dispositif') && html` selected`}>${french(label)}</option>`)}</select></div>
${TRAITS.map(([field, trait]) => traitField(visit, 'document', field, trait, identity))}</fieldset>
<fieldset class="card"><legend>Acte de naissance</legend>
<label class="choice"><input type="checkbox" name="acte-lu" value="oui"${visit.form('acte-lu') === 'oui' && html` checked`}> Un acte ou un extrait a été lu ; il fait foi</label>
${TRAITS.map(([field, trait]) => traitField(visit, 'acte', field, trait, identity))}</fieldset></div>`;
}

function traitField(visit: Visit, source: string, field: string, trait: string, identity: IdentityRecord): Html {
  const name = `${source}-${field}`;
  const recorded = String(identity[trait as keyof IdentityRecord] ?? 'absent');
  const shown = trait === 'birthDate' ? recorded.split('-').toReversed().join('/') : recorded;
  return html`<div class="field"><label for="${name}">${FIELD_NAMES[trait] ?? trait}</label><input id="${name}" name="${name}" value="${visit.form(name)}" autocomplete="off" maxlength="100" aria-describedby="aide-${name}"><p class="hint" id="aide-${name}">Identité : ${shown}</p></div>`;
}

const GROUNDS: Readonly<Record<CorrectionAdvice['proposal']['ground'], string>> = {
  certain: 'Établi par l’acte de naissance',
  likely: 'Probable, à confirmer',
  open: 'Indéterminé',
  agreed: 'Rien à corriger',
};

function adviceCard(visit: Visit, { proposal, differences, addressees }: CorrectionAdvice): Html {
  return html`<section class="card"><h2>${GROUNDS[proposal.ground]}</h2><p>${french(proposal.explanation)}</p>
${differences.length > 0 && differenceTable(differences)}
${
  differences.length > 0 &&
  html`<fieldset><legend>Ce qui est à corriger, et par qui</legend>${CORRECTION_SIDES.filter(
    (side) => side !== 'sender',
  ).flatMap((side) =>
    ADDRESSEES_OF[side].map((addressee) => {
      const advised = proposal.sides.includes(side) && addressees[side] === addressee;
      return html`<label class="choice"><input type="radio" name="corriger" value="${side}:${addressee}"> <span>${SIDES[side]}${advised && html` <span class="strong">(proposé)</span>`}<span class="hint block">${ADDRESSEES[addressee]}</span></span></label>`;
    }),
  )}</fieldset>
<div class="field"><label for="motif">Motif</label><input id="motif" name="motif" value="${visit.form('motif')}" maxlength="200"></div>
<p class="hint">À l’ouverture, l’identité perd la preuve que le désaccord fait tomber ; ses documents attendent.</p>
<button type="submit" name="geste" value="ouvrir" class="btn">Ouvrir le dossier de correction</button>`
}</section>`;
}
