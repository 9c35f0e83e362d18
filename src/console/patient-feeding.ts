/** « Alimentation du DMP » on the sheet of a patient: what was declared, what TD0.2 said, and the form that changes it. */
import { may } from '../api/access.ts';
import type { IdentityRecord, NoInsReason } from '../store/identities.ts';
import { actionForm, fields } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { suspensionForm } from './suspension-form.ts';
import type { Visit } from './visit.ts';
import { actorName } from './words.ts';

const NO_INS: Readonly<Record<NoInsReason, string>> = {
  visitor: 'Patient de passage, non immatriculé en France',
  newborn: 'Nouveau-né, non encore déclaré',
  other: 'Autre motif',
};
const DMP: Readonly<Record<NonNullable<IdentityRecord['dmpState']>, string>> = {
  active: 'Ouvert',
  absent: 'Aucun DMP',
  closed: 'Fermé',
};

export function feedingCard(visit: Visit, identity: IdentityRecord): Html {
  const { informedAt, informedBy, feedOpposition, anonymous, noInsReason, dmpState, dmpStateAt } = identity;
  const informed =
    informedAt === null
      ? 'Rien ne le dit'
      : `Le ${dateTime(informedAt)}${informedBy === null ? '' : `, ${actorName(informedBy)}`}`;
  const known = fields([
    ['Patient informé', informed],
    ['Opposition', feedOpposition ? 'Oui : rien n’alimente son DMP' : 'Aucune connue'],
    ['Anonymat', anonymous && 'Oui'],
    ['INS', noInsReason !== null && NO_INS[noInsReason]],
    ['DMP', dmpState !== null && dmpStateAt !== null && `${DMP[dmpState]} (TD0.2 du ${dateTime(dmpStateAt)})`],
  ]);
  const write = identity.active && may(visit.actor, 'patients.write');
  const suspend = identity.active && may(visit.actor, 'documents.suspend');
  return html`<section class="card" id="alimentation"><h2>Alimentation du DMP</h2>${known}${write && feedingForm(visit, identity)}${suspend && suspensionForm(visit, { scope: 'patient', subject: identity.id, label: 'de ce patient' })}</section>`;
}

function feedingForm(visit: Visit, identity: IdentityRecord): Html {
  const choice = (name: string, label: string, yes: boolean) =>
    html`<label class="choice"><input type="checkbox" name="${name}" value="oui"${yes && html` checked`}> <span>${label}</span></label>`;
  const form = actionForm(
    { action: `/console/patients/${identity.id}/alimentation`, csrf: visit.session.csrf },
    html`${choice('informe', 'Patient informé de l’alimentation de son DMP', identity.informedAt !== null)}${choice('opposition', 'Le patient s’y oppose', identity.feedOpposition)}${choice('anonymat', 'Prise en charge sous anonymat', identity.anonymous)}
<div class="field"><label for="sans-ins">INS</label><select id="sans-ins" name="sans-ins"><option value="">Peut être obtenue</option>${Object.entries(NO_INS).map(([value, label]) => html`<option value="${value}"${value === identity.noInsReason && html` selected`}>Impossible : ${label}</option>`)}</select></div>
<div class="field"><label for="motif-alimentation">Motif</label><input id="motif-alimentation" name="motif" required maxlength="200" aria-describedby="aide-alimentation"><p class="hint" id="aide-alimentation">Inscrit dans l’historique. Les documents que cela retenait sont réexaminés aussitôt.</p></div><button type="submit" class="btn">Enregistrer</button>`,
  );
  return html`<details class="behind"><summary>Modifier</summary>${form}</details>`;
}
