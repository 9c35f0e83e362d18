/** Asking INSi from a patient's page: by the recorded traits, by the next permitted query, by the Vitale card. */
import type { IdentityRecord } from '../store/identities.ts';
import type { Proposal } from '../wire/insi/proposals.ts';
import { actionForm } from './components.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { capital, french } from './words.ts';

export function insiForms(visit: Visit, identity: IdentityRecord, proposals: readonly Proposal[]): Html {
  return html`<div id="direct-recherche" data-live>${searchCard(visit, identity, proposals)}</div>`;
}

function searchCard(visit: Visit, identity: IdentityRecord, proposals: readonly Proposal[]): Html | undefined {
  if (identity.insiState === 'queued' || identity.status === 'QUAL') return undefined;
  const main = identity.deviceCheckedAt !== null && proposals.length === 0;
  return html`<section class="card" id="recherche-ins"><h2>Rechercher l’INS</h2>${
    identity.deviceCheckedAt === null &&
    html`<p class="mut">À demander quand le dispositif d’identité est en main : une identité provisoire n’est pas appelée automatiquement.</p>`
  }${proposalForms(visit, identity, proposals)}${actionForm(
    { action: `/console/patients/${identity.id}/insi`, csrf: visit.session.csrf },
    html`<button type="submit" class="btn${main && ' main'}">Demander la recherche INSi</button>`,
  )}${cardForm(visit, identity)}</section>`;
}

/** The next query first, with its reason; nothing widens before somebody says so. */
function proposalForms(visit: Visit, identity: IdentityRecord, proposals: readonly Proposal[]): Html | undefined {
  const [next, ...others] = proposals;
  if (next === undefined) return undefined;
  return html`<div class="stack"><p class="strong">Recherche proposée</p>${proposalForm(visit, identity, next, true)}${
    others.length > 0 &&
    html`<details class="behind"><summary>Autres recherches permises</summary>${others.map((other) => proposalForm(visit, identity, other, false))}</details>`
  }<p class="hint">Rien n’est élargi sans vous : à défaut, relire les traits sur le dispositif d’identité et les corriger.</p></div>`;
}

function proposalForm(visit: Visit, identity: IdentityRecord, proposal: Proposal, main: boolean): Html {
  const { id, change, trait, reason, asks, criteria } = proposal;
  const value =
    asks === undefined
      ? undefined
      : html`<div class="field"><label for="valeur-${id}">${asks === 'birthPlace' ? 'Code du lieu de naissance lu sur le dispositif' : 'Prénoms de naissance lus sur le dispositif'}</label><input id="valeur-${id}" name="valeur" required autocomplete="off" maxlength="100"></div>`;
  const searched = `${criteria.birthName} ${criteria.birthGivenNames ?? criteria.firstGivenName}, ${criteria.sex}, ${criteria.birthDate}`;
  return actionForm(
    { action: `/console/patients/${identity.id}/insi-proposition`, csrf: visit.session.csrf },
    html`<input type="hidden" name="proposition" value="${id}"><p>${change === 'adds' ? 'Ajouter' : 'Changer'}\u00a0: ${french(trait)}<span class="hint block">${french(reason)}</span>${asks === undefined && html`<span class="hint block">Serait cherché\u00a0: ${searched}</span>`}</p>
${value}<button type="submit" class="btn${main && ' main'}">${capital(change === 'adds' ? 'ajouter et rechercher' : 'accepter et rechercher')}<span class="unseen"> : ${trait}</span></button>`,
  );
}

/** What a desk without software of its own copies from its card reader. */
function cardForm(visit: Visit, identity: IdentityRecord): Html {
  const field = (name: string, label: string, more: Html) =>
    html`<div class="field"><label for="vitale-${name}">${label}</label><input id="vitale-${name}" name="${name}" autocomplete="off" ${more}></div>`;
  return html`<details class="behind"><summary>Par la carte Vitale</summary>${actionForm(
    { action: `/console/patients/${identity.id}/insi-vitale`, csrf: visit.session.csrf },
    html`<p class="hint">Données du lecteur de carte, pour le bénéficiaire choisi. La carte n’est qu’une clé de recherche : INSi rend l’INS de la personne, et ses traits sont comparés à ceux de l’identité.</p>
${field('assure', 'NIR de l’assuré, avec sa clé', html`required maxlength="21" inputmode="text"`)}
${field('beneficiaire', 'NIR du bénéficiaire, avec sa clé (si la carte le porte)', html`maxlength="21" inputmode="text"`)}
${field('naissance', 'Date de naissance lue sur la carte (JJ/MM/AAAA)', html`required maxlength="10" inputmode="numeric"`)}
${field('rang', 'Rang de naissance', html`value="1" required maxlength="1" inputmode="numeric"`)}
<button type="submit" class="btn">Rechercher par la carte Vitale</button>`,
  )}</details>`;
}
