/**
 * One identity to check after the other: the device that is held, its traits compared, the next one. Two gestures an
 * identity: choose the device, say whether it agrees.
 */
import { may } from '../api/access.ts';
import type { IdentityDevice } from '../codes/identity-devices.ts';
import { recordDeviceCheck } from '../identity/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { nextToCheck, type ToCheck } from '../store/cell-lists.ts';
import { identifiersOfAll, identitiesToCheck } from '../store/console-lists.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import { actionForm, chip, empty, explanation, fields, notice } from './components.ts';
import { birthDate, counted, day } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { presentedDevice } from './patient-actions.ts';
import { traitComparison } from './trait-comparison.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { french, INSI_STATES, ruleTitle, STATUSES } from './words.ts';

export const QUALIFY = '/console/qualifier';

export const qualifyPages: readonly PageDefinition[] = [
  { method: 'GET', path: QUALIFY, permission: 'patients.qualify', audited: 'patients', answer: toNext },
  {
    method: 'GET',
    path: `${QUALIFY}/:id`,
    permission: 'patients.qualify',
    audited: 'patients',
    answer: (visit) => showOne(visit),
  },
  { method: 'POST', path: `${QUALIFY}/:id`, permission: 'patients.qualify', audited: 'patients', answer: check },
];

function statusOf(text: string): ToCheck['status'] {
  return text === 'PROV' ? 'PROV' : 'RECUP';
}

/** The one that waits the longest, behind the one just left when there is one. */
async function toNext({ gateway: { pool }, query }: Visit): Promise<Answer> {
  const status = statusOf(query('statut'));
  const after = isUuid(query('apres')) ? query('apres') : undefined;
  const done = isUuid(query('fait')) ? query('fait') : undefined;
  const next = await nextToCheck(pool, status, after);
  const asked = new URLSearchParams({ statut: status, ...(done !== undefined && { fait: done }) });
  if (next !== undefined) return { kind: 'redirect', to: `${QUALIFY}/${next.id}?${asked}` };
  const before = done === undefined ? undefined : await identityById(pool, done);
  const body = html`${heading('Identités à contrôler', undefined, above())}
${before !== undefined && doneNotice(before)}
<section class="card">${empty(
    after === undefined ? 'Plus aucune identité à contrôler' : 'Fin de la liste',
    html`<a href="/console/cellule">Retour aux listes de la cellule</a>${after !== undefined && html` ou <a href="${QUALIFY}?statut=${status}">reprendre la liste au début</a>`}.`,
  )}</section>`;
  return { kind: 'page', title: 'Identités à contrôler', section: 'cellule', body };
}

function above(): Html {
  return html`<a href="/console/cellule">Identitovigilance</a>`;
}

async function identityOf({ gateway, id }: Visit): Promise<IdentityRecord | undefined> {
  return isUuid(id) ? identityById(gateway.pool, id) : undefined;
}

/** A check that was recorded leads to the next; what is refused shows the same identity with its reason. */
async function check(visit: Visit): Promise<Answer> {
  const { form, actor, id } = visit;
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const status = statusOf(form('statut'));
  const recorded = await recordCheck(visit, identity.id, actor.name);
  if (!recorded.ok) return showOne(visit, recorded.refusal);
  return { kind: 'redirect', to: `${QUALIFY}?${new URLSearchParams({ statut: status, fait: id })}` };
}

async function recordCheck({ gateway, form }: Visit, id: string, actor: string): Promise<Result<IdentityRecord>> {
  const coherent = form('coherent');
  if (coherent !== 'oui' && coherent !== 'non')
    return refuse(apiRules.invalidRequest, { detail: 'Indiquer si les traits du dispositif sont ceux de l’identité.' });
  const device = presentedDevice(form);
  if (!device.ok) return device;
  return recordDeviceCheck(gateway, id, { ...device.value, coherent: coherent === 'oui' }, actor);
}

async function showOne(visit: Visit, problem?: Refusal): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { pool } = visit.gateway;
  const status = statusOf(visit.query('statut') === '' ? visit.form('statut') : visit.query('statut'));
  const done = isUuid(visit.query('fait')) ? await identityById(pool, visit.query('fait')) : undefined;
  const [left, ipps] = await Promise.all([identitiesToCheck(pool), identifiersOfAll(pool, [identity.id])]);
  const waiting = left.find((each) => each.status === status)?.identities ?? 0;
  const name = `${identity.birthName} ${identity.firstGivenName}`;
  const compared = traitComparison(identity.discrepancy);
  const body = html`${heading(
    html`Contrôler ${name}`,
    html`<p class="chips">${chip(STATUSES[identity.status])}</p><p>${counted(waiting, 'identité attend', 'identités attendent')} un contrôle dans cette liste.</p>`,
    above(),
  )}
${done !== undefined && doneNotice(done)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns"><section class="card"><h2>Traits de l’identité</h2>${traits(identity)}${fields([
    ['IPP', (ipps.get(identity.id) ?? []).map(({ value }) => value).join(', ')],
    ['INSi', INSI_STATES[identity.insiState].label],
  ])}<p><a href="/console/patients/${identity.id}">Ouvrir la fiche du patient</a></p>${compared !== undefined && html`<h3>Comparaison avec INSi</h3>${compared}`}</section>
${checkForm(visit, identity, status)}</div>`;
  const title = `Contrôler ${name}`;
  return { kind: 'page', title, section: 'cellule', body, ...(problem !== undefined && { status: problem.rule.http }) };
}

/** What the check just recorded made of the one before. */
function doneNotice({ id, birthName, firstGivenName, status, insiState }: IdentityRecord): Html {
  const { label, tone } = STATUSES[status];
  const after = status === 'QUAL' ? '' : ` ${INSI_STATES[insiState].label}.`;
  return notice(
    status === 'QUAL' ? 'ok' : tone,
    `${birthName} ${firstGivenName} : ${label.toLowerCase()}`,
    html`<p role="status">Le contrôle est enregistré.${after} <a href="/console/patients/${id}">Voir la fiche</a></p>`,
  );
}

function traits(identity: IdentityRecord): Html {
  return html`<div class="banner">${fields([
    ['Nom de naissance', html`<span class="strong trait">${identity.birthName}</span>`],
    ['Premier prénom', html`<span class="strong trait">${identity.firstGivenName}</span>`],
    ['Prénom(s) de naissance', identity.birthGivenNames],
    ['Né(e) le', html`<span class="strong">${birthDate(identity.birthDate)}</span>`],
    ['Sexe', identity.sex],
    ['Lieu de naissance (code)', identity.birthPlace],
  ])}</div>`;
}

/** The day is that of the check, today unless said otherwise; the device is never preselected (EXI ID 19). */
function checkForm(visit: Visit, identity: IdentityRecord, status: string): Html | undefined {
  const { gateway, session, actor, now } = visit;
  if (!may(actor, 'patients.qualify')) return undefined;
  const devices = (trust: IdentityDevice['trust']) =>
    gateway.config.identityDevices.filter((device) => device.trust === trust);
  const choice = ({ code, label }: IdentityDevice) =>
    html`<label class="choice"><input type="radio" name="dispositif" value="${code}" required> ${french(label)}</label>`;
  return html`<section class="card" id="controle"><h2>Dispositif présenté</h2>${actionForm(
    { action: `${QUALIFY}/${identity.id}`, csrf: session.csrf },
    html`<input type="hidden" name="statut" value="${status}">
<fieldset><legend>À haut niveau de confiance</legend>${devices('high').map(choice)}</fieldset>
<details class="behind"><summary>Dispositif admis sous condition, ou contrôlé un autre jour</summary>
<fieldset><legend>Admis sous condition</legend>${devices('under-condition').map((device) => html`${choice(device)}<p class="hint">${french(device.condition ?? '')}</p>`)}</fieldset>
<label class="choice"><input type="checkbox" name="condition" value="oui"> Je confirme que la condition est remplie</label>
<div class="field"><label for="date">Date du contrôle (JJ/MM/AAAA)</label><input id="date" name="date" value="${day(now)}" inputmode="numeric" autocomplete="off" maxlength="10"></div></details>
<div class="field-actions"><button type="submit" name="coherent" value="oui" class="btn main">Traits identiques : enregistrer</button>
<button type="submit" name="coherent" value="non" class="btn">Au moins un trait diffère</button>
<a class="btn" href="${QUALIFY}?statut=${status}&amp;apres=${identity.id}">Passer</a></div>`,
  )}</section>`;
}
