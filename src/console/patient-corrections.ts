/** Corrections asked for an identity, on its sheet, and the way to a new one. */
import { may } from '../api/access.ts';
import { referenceOf } from '../identity/index.ts';
import type { CorrectionRequest } from '../store/corrections.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { chip } from './components.ts';
import { CORRECTION_STATES, CORRECTIONS, SIDES } from './correction-words.ts';
import { day } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

export function correctionsCard(visit: Visit, identity: IdentityRecord, requests: readonly CorrectionRequest[]): Html {
  const opens = identity.active && !identity.mirror && may(visit.actor, 'patients.qualify');
  return html`<section class="card" id="corrections"><h2>Corrections</h2>${
    requests.length === 0 && !opens && html`<p class="mut">Aucune pour cette identité.</p>`
  }${
    requests.length > 0 &&
    html`<ul>${requests.map((request) => html`<li><a href="${CORRECTIONS}/${request.id}">${referenceOf(request)}</a> · ${SIDES[request.side]} · ouvert le ${day(request.openedAt)} ${chip(CORRECTION_STATES[request.state])}</li>`)}</ul>`
  }${opens && html`<p class="mut">Document d’identité, INSi et identité ne disent pas la même chose ?</p><p><a class="btn" href="/console/patients/${identity.id}/correction">Voir quelle source faire corriger</a></p>`}</section>`;
}
