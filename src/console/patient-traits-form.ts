/** « Corriger les traits » : free before any proof; afterwards an unlocking that says what it costs (ins.md 3). */
import { may } from '../api/access.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { actionForm } from './components.ts';
import { birthDate } from './format.ts';
import { type Html, html } from './html.ts';
import { deviceFields } from './patient-forms.ts';
import type { Visit } from './visit.ts';
import { FIELD_NAMES } from './words.ts';

export function traitsForm(visit: Visit, identity: IdentityRecord): Html {
  const proved = identity.matricule !== null || identity.deviceCheckedAt !== null;
  const settles = may(visit.actor, 'patients.settle');
  return html`<section class="card" id="traits"><h2>Traits d’identité</h2>${
    proved &&
    html`<p class="mut">Traits stricts verrouillés : ${identity.matricule === null ? 'un dispositif d’identité a été contrôlé' : 'l’INS a été récupérée'}. ${settles ? 'Les modifier retire ces preuves.' : 'La cellule d’identitovigilance peut les déverrouiller.'}</p>`
  }<details class="behind"><summary>Corriger les traits</summary>${actionForm(
    { action: `/console/patients/${identity.id}/traits`, csrf: visit.session.csrf },
    html`${strictFields(identity, proved && !settles)}
${field('nom-utilise', FIELD_NAMES.usedName ?? '', identity.usedName ?? '')}
${field('prenom-utilise', FIELD_NAMES.usedGivenName ?? '', identity.usedGivenName ?? '')}
${proved && settles && unlocking(visit)}
<div class="field"><label for="motif-traits">Motif</label><input id="motif-traits" name="motif" required maxlength="200"></div>
<button type="submit" class="btn">Enregistrer la correction</button>`,
  )}</details></section>`;
}

function field(name: string, label: string, value: string, hint?: string, locked = false): Html {
  return html`<div class="field"><label for="trait-${name}">${label}</label><input id="trait-${name}" name="${name}" value="${value}" autocomplete="off" maxlength="100"${locked && html` readonly`}${hint !== undefined && html` aria-describedby="aide-trait-${name}"`}>${hint !== undefined && html`<p class="hint" id="aide-trait-${name}">${hint}</p>`}</div>`;
}

const SEXES = [
  ['F', 'Féminin'],
  ['M', 'Masculin'],
  ['I', 'Indéterminé'],
] as const;

function strictFields(identity: IdentityRecord, locked: boolean): Html {
  const name = (key: string): string => FIELD_NAMES[key] ?? key;
  return html`${field('nom', name('birthName'), identity.birthName, undefined, locked)}
${field('premier-prenom', name('firstGivenName'), identity.firstGivenName, 'Un prénom composé sans trait d’union s’écrit en entier : ANNE SOPHIE.')}
${field('prenoms', name('birthGivenNames'), identity.birthGivenNames ?? '', undefined, locked)}
<div class="field"><label for="trait-sexe">${name('sex')}</label><select id="trait-sexe" name="sexe">${SEXES.filter(([code]) => !locked || code === identity.sex).map(([code, label]) => html`<option value="${code}"${code === identity.sex && html` selected`}>${label}</option>`)}</select></div>
${field('date-naissance', name('birthDate'), birthDate(identity.birthDate), 'JJ/MM/AAAA. Jour ou mois inconnu : 00 ; la date est complétée par la règle du RNIV.', locked)}
<label class="choice"><input type="checkbox" name="interpretee" value="oui"> Année ou décennie estimée d’après l’âge annoncé</label>
${field('lieu', name('birthPlace'), identity.birthPlace ?? '', 'Code INSEE du lieu à la naissance ; pays de naissance : 99 suivi de trois chiffres.', locked)}`;
}

function unlocking(visit: Visit): Html {
  return html`<fieldset><legend>Déverrouillage</legend>
<label class="choice"><input type="checkbox" name="deverrouiller" value="oui"> <span>Je déverrouille les traits stricts<span class="hint block">L’INS est retirée, l’identité perd son statut et ses documents attendent ; INSi est interrogé de nouveau dès que l’identité est validée.</span></span></label>
<details class="behind"><summary>Un dispositif montre les nouvelles valeurs</summary><p class="hint">L’identité reste alors validée ; sinon elle redevient provisoire.</p>${deviceFields(visit, 'traits', false)}</details></fieldset>`;
}
