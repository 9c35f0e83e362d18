/** The banner of every page while INSi is away, and while its queue drains afterwards. */
import type { InsiStanding } from '../identity/index.ts';
import { counted, duration, number, recent } from './format.ts';
import { type Html, html } from './html.ts';
import { toneIcon } from './icons.ts';

/** Always there, empty when all is well: a live page puts it in place without being loaded again. */
export function insiBanner(standing: InsiStanding | undefined, now: Date): Html {
  return html`<div id="direct-insi" data-live role="status">${standing !== undefined && content(standing, now)}</div>`;
}

function content(standing: InsiStanding, now: Date): Html | undefined {
  const { state, since, searches, documents, remainingMs, ratePerSecond } = standing;
  if (state === 'answering') return undefined;
  const waiting = [
    searches > 0 && counted(searches, 'appel INSi attend', 'appels INSi attendent'),
    documents > 0 &&
      counted(documents, 'document attend l’INS de son patient', 'documents attendent l’INS de leur patient'),
  ].filter((part) => part !== false);
  if (state === 'away')
    return html`<section class="notice bad"><p class="strong">${toneIcon('bad')} INSi ne répond plus${since !== undefined && ` depuis ${recent(since, now)}`}</p>
<p>Les admissions et les soins continuent\u00a0: les identités gardent leur statut, les documents sont reçus, et ceux des identités déjà qualifiées partent. Rien ne porte le matricule d’une identité qui n’est pas qualifiée.${waiting.length > 0 && ` ${waiting.join(', ')}\u00a0: tout repart seul à son retour.`}</p></section>`;
  return html`<section class="notice wait"><p class="strong">${toneIcon('wait')} INSi répond, ses appels en attente sont en cours</p>
<p>${waiting.join(', ')}\u00a0; à ${number(ratePerSecond)} par seconde, encore ${duration(remainingMs)} environ.</p></section>`;
}
