/** The messages exchanged about a document: what came, and the business answers given back, as ER7. */
import { LEGACY_KIND } from '../documents/index.ts';
import type { AnswerRecord } from '../store/answers.ts';
import type { MessageSummary } from '../store/messages.ts';
import { chip, fields } from './components.ts';
import { senderName } from './document-table.ts';
import { bytes, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { ANSWER_STATES } from './words.ts';

const TRANSPORTS: Readonly<Record<string, string>> = { mllp: 'MLLP', mllps: 'MLLP sur TLS', http: 'HTTP' };

export function exchanges(visit: Visit, message: MessageSummary | undefined, answers: readonly AnswerRecord[]): Html {
  return html`<ul class="exchanges">${message !== undefined && received(message)}${answers.map(given)}${
    answers.length === 0 &&
    message?.kind !== LEGACY_KIND &&
    html`<li><p class="mut">Aucun acquittement métier pour l’instant : il est adressé à l’émetteur quand le sort du document est connu${visit.gateway.config.dmp === undefined && ', et le DMP n’est pas configuré'}.</p></li>`
  }</ul>`;
}

function received(message: MessageSummary): Html {
  const { kind, transport, sender, controlId, receivedAt, peer } = message;
  const legacy = kind === LEGACY_KIND;
  return html`<li><div class="card-head"><p><span class="strong">${kind}</span> reçu de ${senderName(sender)}</p><span class="mut">${dateTime(receivedAt)}</span></div>${fields(
    [
      [legacy ? 'Lot (uniqueId)' : 'Identifiant (MSH-10)', html`<code>${controlId}</code>`],
      ['Transport', `${TRANSPORTS[transport] ?? transport}, depuis ${peer}`],
      ['Taille', bytes(message.bytes)],
      [
        'Acquittement',
        legacy
          ? 'Réponse rendue au connecteur dans sa requête'
          : 'Positif, émis une fois le message enregistré durablement',
      ],
    ],
  )}</li>`;
}

function given(answer: AnswerRecord): Html {
  const segments = answer.er7
    .toString('utf8')
    .split(/\r\n?|\n/)
    .filter((segment) => segment !== '');
  return html`<li><div class="card-head"><p><span class="strong">${answer.kind}</span> vers l’émetteur</p>${chip(ANSWER_STATES[answer.state])}</div>
<p class="mut">Créé le ${dateTime(answer.createdAt)}${answer.settledAt !== null && `, remis le ${dateTime(answer.settledAt)}`}${answer.lastError !== null && ` · ${answer.lastError}`}</p>
<details class="behind"><summary>Voir le message (ER7)</summary><pre tabindex="0">${segments.join('\n')}</pre></details></li>`;
}
