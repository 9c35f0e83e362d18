/** Recalls as a list, and what a patient's page shows of them. */
import { may } from '../api/access.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { type Recall, recallsOf } from '../store/recalls.ts';
import { actionForm, chip, table } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { maskedIns, RECALL_CAUSES, RECALL_PATHS, recallState } from './recall-words.ts';
import type { Visit } from './visit.ts';
import { actorName } from './words.ts';

export function recallTable(recalls: readonly Recall[]): Html {
  return table(
    'Rappels, du plus récent au plus ancien',
    [{ label: 'Ouvert' }, { label: 'Rappel', wide: true }, { label: 'INS' }, { label: 'Par' }, { label: 'État' }],
    recalls.map((recall) => [
      html`<time class="nowrap" datetime="${recall.openedAt.toISOString()}">${dateTime(recall.openedAt)}</time>`,
      html`<a class="strong" href="/console/rappels/${recall.id}">${RECALL_PATHS[recall.path]}</a><br><span class="mut">${RECALL_CAUSES[recall.cause]}</span>`,
      maskedIns(recall),
      actorName(recall.openedBy),
      chip(recallState(recall)),
    ]),
  );
}

/** On the patient's page: what is asked about this identity, and how to ask. */
export async function patientRecalls(visit: Visit, identity: IdentityRecord): Promise<Html | undefined> {
  if (!may(visit.actor, 'recalls.read')) return undefined;
  const recalls = await recallsOf(visit.gateway.pool, identity.id);
  const form = identity.active && may(visit.actor, 'recalls.prepare') && openForm(visit, identity);
  return html`<section class="card" id="rappels"><h2>Rappels</h2>${recalls.length > 0 && html`<ul>${recalls.map(line)}</ul>`}${form}</section>`;
}

/** The column is narrow: a line says what, since when, and how far. */
function line(recall: Recall): Html {
  return html`<li><a class="strong" href="/console/rappels/${recall.id}">${RECALL_PATHS[recall.path]}</a> ${chip(recallState(recall))}<br><span class="mut">${RECALL_CAUSES[recall.cause]}, ${dateTime(recall.openedAt)}</span></li>`;
}

function openForm(visit: Visit, identity: IdentityRecord): Html {
  return html`<details class="behind"${visit.query('document') !== '' && html` open`}><summary>Signaler une erreur sur ce qui a été transmis</summary>${actionForm(
    { action: `/console/patients/${identity.id}/rappel`, csrf: visit.session.csrf },
    html`<p class="hint">L’identité est gelée : rien ne part tant que personne n’a tranché, rien n’est perdu.</p>
<div class="field"><label for="rappel-motif">Ce qui a été constaté</label><input id="rappel-motif" name="motif" required maxlength="300"></div>
<div class="field"><label for="rappel-document">Document transmis à tort (identifiant de sa fiche), si plusieurs INS ont servi</label><input id="rappel-document" name="document" value="${visit.query('document')}" maxlength="36" autocomplete="off"></div>
<button type="submit" class="btn">Ouvrir un rappel</button>`,
  )}</details>`;
}

/** From the page of a document that left, or may have. */
export function documentRecall(visit: Visit, { id, identityId, state, action }: DocumentRecord): Html | undefined {
  const left = ['accepted', 'replaced', 'sending', 'unknown'].includes(state) && action !== 'delete';
  if (!left || identityId === null || !may(visit.actor, 'recalls.prepare')) return undefined;
  return html`<section class="card"><h2>Mauvais patient ?</h2><p class="mut">Un rappel gèle l’identité et prépare le retrait de l’ancien DMP.</p><p class="act"><a class="btn" href="/console/patients/${identityId}?document=${id}#rappels">Signaler une erreur d’identité</a></p></section>`;
}
