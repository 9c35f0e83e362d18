/** What a person may do to an identity: ask INSi, record the check of a device, set or clear an attribute. */
import type { IdentityDevice } from '../codes/identity-devices.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Proposal } from '../wire/insi/proposals.ts';
import { actionForm } from './components.ts';
import { day } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { insiForms } from './patient-insi-forms.ts';
import type { Visit } from './visit.ts';
import { ATTRIBUTES, french } from './words.ts';

export function patientForms(visit: Visit, identity: IdentityRecord, proposals: readonly Proposal[]): HtmlValue {
  if (identity.mirror) return undefined;
  const blocked = identity.douteuse || identity.fictive;
  return html`${!blocked && html`${checkForm(visit, identity)}${insiForms(visit, identity, proposals)}`}${attributeForm(visit, identity)}`;
}

/**
 * The device that was held, the day, and the condition of a derogation. Nothing is preselected: a device is named because
 * it was held (EXI ID 19). `prefix` keeps the ids of two forms of a page apart.
 */
export function deviceFields(visit: Visit, prefix: string, required: boolean): Html {
  const table = visit.gateway.config.identityDevices;
  const devices = (trust: IdentityDevice['trust']) => table.filter((device) => device.trust === trust);
  const options = (trust: IdentityDevice['trust']) =>
    devices(trust).map(({ code, label }) => html`<option value="${code}">${french(label)}</option>`);
  return html`<div class="field"><label for="dispositif-${prefix}">Dispositif présenté</label>
<select id="dispositif-${prefix}" name="dispositif"${required && html` required`}><option value="">Choisir le dispositif</option>
<optgroup label="À haut niveau de confiance">${options('high')}</optgroup>
<optgroup label="Admis sous condition">${options('under-condition')}</optgroup></select></div>
<div class="field"><label for="date-${prefix}">Date du contrôle</label><input id="date-${prefix}" name="date"${required && html` required`} inputmode="numeric" autocomplete="off" maxlength="10" pattern="\\d{1,2}/\\d{1,2}/\\d{4}" title="JJ/MM/AAAA" aria-describedby="aide-date-${prefix}"><p class="hint" id="aide-date-${prefix}">JJ/MM/AAAA ; aujourd’hui : ${day(visit.now)}</p></div>
<details class="behind"><summary>Dispositif admis sous condition</summary><ul class="hint">${devices('under-condition').map(({ label, condition }) => html`<li>${french(label)} : ${french(condition ?? '')}.</li>`)}</ul>
<label class="choice"><input type="checkbox" name="condition" value="oui"> Je confirme que la condition est remplie</label></details>`;
}

function checkForm(visit: Visit, identity: IdentityRecord): Html {
  const form = actionForm(
    { action: `/console/patients/${identity.id}/controle`, csrf: visit.session.csrf },
    html`${deviceFields(visit, 'controle', true)}
<fieldset><legend>Les traits du dispositif sont-ils ceux de l’identité ?</legend>
<label class="choice"><input type="radio" name="coherent" value="oui" required> Oui, tous identiques</label>
<label class="choice"><input type="radio" name="coherent" value="non"> Non, au moins un diffère</label></fieldset>
<button type="submit" class="btn main">Enregistrer le contrôle</button>`,
  );
  return html`<section class="card" id="controle"><h2>Contrôler l’identité</h2>${
    identity.deviceCheckedAt === null
      ? form
      : html`<p class="mut">Un contrôle est enregistré.</p><details class="behind"><summary>Enregistrer un nouveau contrôle</summary>${form}</details>`
  }</section>`;
}

const EFFECTS = {
  homonyme: 'Une autre personne lui ressemble ; l’INS reste.',
  douteuse: 'L’identité redevient provisoire et son INS est retirée.',
  fictive: 'Identité d’essai : jamais appelée ni transmise.',
} as const;

function attributeForm(visit: Visit, identity: IdentityRecord): Html {
  const attributes = ['homonyme', 'douteuse', 'fictive'] as const;
  return html`<section class="card"><h2>Attributs</h2><details class="behind"><summary>Poser ou lever un attribut</summary>${actionForm(
    { action: `/console/patients/${identity.id}/attribut`, csrf: visit.session.csrf },
    html`<fieldset><legend>Changement</legend>${attributes.map((attribute) => {
      const verb = identity[attribute] ? 'lever' : 'poser';
      const { label } = ATTRIBUTES[attribute];
      return html`<label class="choice"><input type="radio" name="changement" value="${verb}:${attribute}" required> <span>${verb === 'poser' ? 'Poser' : 'Lever'} « ${label} »<span class="hint block">${verb === 'poser' ? EFFECTS[attribute] : 'Lever un attribut ne rend aucun statut.'}</span></span></label>`;
    })}</fieldset>
<div class="field"><label for="motif-attribut">Motif</label><input id="motif-attribut" name="motif" required maxlength="200"></div>
<button type="submit" class="btn">Enregistrer</button>`,
  )}</details></section>`;
}
