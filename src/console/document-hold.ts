/** The legal hold on a document's page: that there is one, and who may set or lift it. */
import { may } from '../api/access.ts';
import { changeLegalHold } from '../operations/index.ts';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { LegalHold } from '../store/retention.ts';
import { actionForm, fields } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

export function holdCard(visit: Visit, document: DocumentRecord, hold: LegalHold | undefined): Html | undefined {
  const mayChange = may(visit.actor, 'documents.hold');
  if (hold === undefined && !mayChange) return undefined;
  const known =
    hold !== undefined &&
    html`<p>Rien de ce document n’est purgé.</p>${fields([
      ['Depuis', dateTime(hold.at)],
      ['Par', hold.by],
      ['Motif', hold.reason],
    ])}`;
  return html`<section class="card"><h2>Conservation</h2>${known}${mayChange && holdForm(visit, document, hold !== undefined)}</section>`;
}

function holdForm(visit: Visit, document: DocumentRecord, held: boolean): Html {
  const label = held ? 'Lever l’interdiction de purge' : 'Interdire la purge';
  const form = actionForm(
    { action: `/console/documents/${document.id}/conserver`, csrf: visit.session.csrf },
    html`<input type="hidden" name="conserver" value="${held ? 'non' : 'oui'}">
<div class="field"><label for="motif-conservation">Motif</label><input id="motif-conservation" name="motif" required maxlength="200" aria-describedby="aide-conservation"><p class="hint" id="aide-conservation">${
      held
        ? 'Les règles de conservation s’appliquent de nouveau. Inscrit dans le journal des accès.'
        : 'Contentieux ou inspection : le contenu reste, quel que soit son âge. Inscrit dans le journal des accès.'
    }</p></div><button type="submit" class="btn">${label}</button>`,
  );
  return html`<details class="behind"><summary>${label}</summary>${form}</details>`;
}

export async function holdDocument(visit: Visit, document: DocumentRecord): Promise<Result<void>> {
  const reason = visit.form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Le motif est vide.' });
  const asked = visit.form('conserver');
  if (asked !== 'oui' && asked !== 'non') return refuse(apiRules.invalidRequest, { detail: 'conserver' });
  await changeLegalHold(visit.gateway, document.id, { by: visit.actor.name, reason, hold: asked === 'oui' });
  return ok(undefined);
}
