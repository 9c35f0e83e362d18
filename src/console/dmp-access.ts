/** Before a document is read: why the DMP is opened, how long, and the professional's authorisation. */
import { type Consultation, reasonText } from '../consultation/index.ts';
import { actionForm, chip, fields } from './components.ts';
import type { DmpVisit } from './dmp-visit.ts';
import { establishmentName } from './establishments.ts';
import { clock } from './format.ts';
import { type Html, html } from './html.ts';
import type { Word } from './words.ts';

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
}

const CHOICES: readonly Choice[] = [
  {
    value: 'presumed',
    label: 'Je fais partie de l’équipe de soins de ce patient',
    hint: 'Consentement présumé : le patient a été informé et ne s’y est pas opposé.',
  },
  {
    value: 'explicit',
    label: 'Le patient m’a donné son accord pour cette consultation',
    hint: 'Hors de l’équipe de soins : consentement exprès.',
  },
  {
    value: 'bris_de_glace',
    label: 'Bris de glace : urgence, le patient est hors d’état d’exprimer sa volonté',
    hint: 'Les raisons s’écrivent ci-dessous et partent avec la demande.',
  },
];
const REGULATION: Choice = {
  value: 'centre_15',
  label: 'Régulation médicale (centre 15)',
  hint: 'Appel en cours au SAMU.',
};

export function reasonForm({ visit, reading, url }: DmpVisit): Html {
  const choices = reading.reader.regulation ? [...CHOICES, REGULATION] : CHOICES;
  const { config } = visit.gateway;
  const minutes = config.signIn.openid?.consultationMinutes ?? 0;
  return html`<section class="card"><h2>Motif d’accès</h2>
<p>Vous consultez au titre de : <span class="strong">${establishmentName(config, reading.reader.eg ?? '')}</span>. Chaque accès est tracé avec son motif, ici et dans le DMP, où le patient le voit. La consultation dure ${minutes} minutes ; les documents lus restent en mémoire ce temps-là, et ne sont pas enregistrés par Trait d’Union.</p>
${actionForm(
  { action: url, csrf: visit.session.csrf },
  html`<fieldset><legend>Pourquoi ouvrir ce DMP ?</legend>${choices.map(
    ({ value, label, hint }) =>
      html`<label class="choice"><input type="radio" name="acces" value="${value}" required> <span>${label}<span class="hint block">${hint}</span></span></label>`,
  )}</fieldset>
<div class="field"><label for="motif">Raisons du bris de glace</label><textarea id="motif" name="motif" rows="3" maxlength="400" aria-describedby="motif-aide"></textarea><p class="hint" id="motif-aide">Obligatoire pour un bris de glace. Ne pas y écrire de numéro de sécurité sociale.</p></div>
<button type="submit" class="btn main">Ouvrir le DMP</button>`,
)}</section>`;
}

const AUTHORISATIONS: Readonly<Record<string, Word>> = {
  valid: { tone: 'ok', label: 'Accès autorisé' },
  expired: { tone: 'wait', label: 'Autorisation expirée' },
  none: { tone: 'wait', label: 'Pas d’autorisation' },
  forbidden: { tone: 'bad', label: 'Accès bloqué par le patient' },
  unstated: { tone: 'doubt', label: 'Autorisation non précisée' },
};

const STATES: Readonly<Record<string, Word>> = {
  absent: { tone: 'idle', label: 'Pas de DMP' },
  closed: { tone: 'idle', label: 'DMP fermé' },
  active: { tone: 'ok', label: 'DMP ouvert' },
};

export function consultationHead({ visit, url }: DmpVisit, consultation: Consultation): Html {
  const { existence, access, until } = consultation;
  const state = STATES[existence.state];
  const authorisation = existence.state === 'active' ? AUTHORISATIONS[existence.authorisation] : undefined;
  return html`<section class="card"><div class="card-head"><h2>Consultation en cours</h2>${actionForm(
    { action: `${url}/fin`, csrf: visit.session.csrf },
    html`<button type="submit" class="btn small">Terminer la consultation</button>`,
  )}</div>
<p class="chips">${state !== undefined && chip(state)}${authorisation !== undefined && chip(authorisation)}${existence.state === 'active' && existence.treatingPhysician && chip({ tone: 'ok', label: 'Médecin traitant' })}</p>
${fields([
  ['Motif', reasonText(access)],
  ['Jusqu’à', clock(until)],
])}</section>`;
}

/** TD0.3: the act says what it does, and is never a consequence of another. */
export function authorisationCard({ visit, url }: DmpVisit, { existence }: Consultation): Html {
  const expired = existence.state === 'active' && existence.authorisation === 'expired';
  return html`<section class="card"><h2>Autorisation d’accès</h2><p>${expired ? 'L’autorisation de ce professionnel a expiré.' : 'Le DMP ne connaît pas d’autorisation de ce professionnel pour ce patient.'} La déclarer l’inscrit dans le DMP, où le patient la voit et peut la retirer.</p>${actionForm(
    { action: `${url}/autorisation`, csrf: visit.session.csrf },
    html`<label class="choice"><input type="checkbox" name="accord" value="oui" required> <span>Le patient est informé et d’accord</span></label><button type="submit" class="btn main">Déclarer l’autorisation</button>`,
  )}</section>`;
}
