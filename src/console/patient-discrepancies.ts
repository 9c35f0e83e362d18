/** What applications say otherwise of an identity, on its sheet: the two values, the decision of the cell. */
import { may } from '../api/access.ts';
import type { TraitDifference, TraitDiscrepancy } from '../store/discrepancies.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { actionForm } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { deviceFields } from './patient-forms.ts';
import { traitValue } from './trait-comparison.ts';
import type { Visit } from './visit.ts';
import { actorName, FIELD_NAMES } from './words.ts';

export function differenceList(comparison: readonly TraitDifference[]): Html {
  return html`<ul class="changes">${comparison.map(
    ({ trait, local, received, marks }) =>
      html`<li><span class="mut">${FIELD_NAMES[trait] ?? trait} :</span> ${traitValue(trait, local, marks.local, 'local')} <span class="mut">ici, reçu</span> ${traitValue(trait, received, marks.received, 'insi')}</li>`,
  )}</ul>`;
}

const STATES = {
  kept: 'Traits de l’identité gardés',
  adopted: 'Traits reçus retenus',
  agreed: 'Plus de différence',
} as const;

/** On the sheet: the open ones with their form, the settled ones in a line each. */
export function discrepanciesCard(
  visit: Visit,
  identity: IdentityRecord,
  known: readonly TraitDiscrepancy[],
): Html | undefined {
  if (known.length === 0) return undefined;
  const open = known.filter(({ state }) => state === 'open');
  const settles = identity.active && may(visit.actor, 'patients.settle');
  return html`<section class="card" id="ecarts"><h2>Écarts signalés par les applications</h2>${open.map(
    (each) =>
      html`<div><p><span class="strong">${actorName(each.actor)}</span> <span class="mut">${each.source}, ${dateTime(each.lastAt)}</span></p>${differenceList(each.comparison)}${settles && form(visit, each)}</div>`,
  )}${known.length > open.length && html`<ul class="changes">${known.flatMap((each) => (each.state === 'open' ? [] : [html`<li><span class="mut">${each.settledAt !== null && dateTime(each.settledAt)} · ${actorName(each.actor)} :</span> ${STATES[each.state]} <span class="mut">(${each.reason}, ${actorName(each.settledBy ?? '')})</span></li>`]))}</ul>`}</section>`;
}

function form(visit: Visit, { id }: TraitDiscrepancy): Html {
  return html`<details class="behind"><summary>Trancher cet écart</summary>${actionForm(
    { action: `/console/ecarts/${id}`, csrf: visit.session.csrf },
    html`<fieldset><legend>Décision</legend>
<label class="choice"><input type="radio" name="decision" value="keep" required> <span>Garder les traits de l’identité<span class="hint block">L’application est à corriger ; le même écart n’est plus signalé.</span></span></label>
<label class="choice"><input type="radio" name="decision" value="adopt"> <span>Retenir les traits reçus<span class="hint block">Déverrouillage : l’INS est retirée, les documents attendent.</span></span></label></fieldset>
<details class="behind"><summary>Un dispositif montre les traits reçus</summary>${deviceFields(visit, `ecart-${id}`, false)}</details>
<div class="field"><label for="motif-${id}">Motif</label><input id="motif-${id}" name="motif" required maxlength="200"></div>
<button type="submit" class="btn">Enregistrer la décision</button>`,
  )}</details>`;
}
