/** What lies beyond the gateway: whom to call, in which order, and the file to give them. */
import { may } from '../api/access.ts';
import { callsAbout } from '../incident/index.ts';
import { type DocumentRecord, standingOf } from '../store/documents.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

/** Shown as soon as something holds the document back or stopped it. */
export function incidentCard(visit: Visit, document: DocumentRecord): Html | undefined {
  if (standingOf(document).ruleId === null || !may(visit.actor, 'documents.incident')) return undefined;
  const calls = callsAbout(visit.gateway, document);
  const order = calls.map(
    ({ name, contact }) =>
      html`<li><span class="strong">${name}</span> : ${contact ?? html`<span class="mut">contact à déclarer dans la configuration</span>`}</li>`,
  );
  return html`<section class="card"><h2>Transmettre l’incident</h2>
${calls.length > 0 ? html`<p>À appeler, dans cet ordre :</p><ol>${order}</ol>` : html`<p>Cela se règle dans l’établissement : aucun appel à l’extérieur n’est utile.</p>`}
<p><a class="btn" href="/console/documents/${document.id}/incident">Enregistrer le dossier d’incident</a></p>
<p class="mut">Fichier ZIP : identifiants, heures, codes et échanges. Tous les traits du patient y sont masqués.</p></section>`;
}
