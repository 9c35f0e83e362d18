/** Messages that a rule stopped, kept for inspection: what their header says, never their content. */
import { ruleById } from '../rules/catalogue.ts';
import { listStoppedMessages, type MessageSummary } from '../store/messages.ts';
import { empty, table } from './components.ts';
import { senderName } from './document-table.ts';
import { bytes, counted, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { capital, french, ruleTitle } from './words.ts';

const SHOWN = 200;

export const messagesPage: PageDefinition = {
  method: 'GET',
  path: '/console/messages',
  permission: 'messages.read',
  audited: 'messages',
  answer: showMessages,
};

async function showMessages(visit: Visit): Promise<Answer> {
  const { gateway, actor, query } = visit;
  const rule = ruleById(query('motif'));
  const stopped = await listStoppedMessages(gateway.pool, { eg: actor.eg, limit: SHOWN });
  const shown = rule === undefined ? stopped : stopped.filter(({ ruleId }) => ruleId === rule.id);
  const body = html`${heading(
    'Messages arrêtés',
    html`<p>${
      shown.length === 0
        ? 'Aucun message n’est arrêté.'
        : `${counted(shown.length, 'message arrêté par une règle est conservé', 'messages arrêtés par une règle sont conservés')} pour examen${stopped.length === SHOWN ? `, parmi les ${SHOWN} derniers` : ''}. Chacun est montré avec sa raison et la personne qui peut corriger.`
    }</p>${rule !== undefined && html`<p>Motif : <span class="strong">${ruleTitle(rule)}</span> · <a href="/console/messages">tous les motifs</a></p>`}`,
  )}
<section class="card list" id="direct-messages" data-live>${
    shown.length > 0
      ? messageTable(shown)
      : empty(
          'Rien à examiner',
          'Un message illisible, incomplet ou d’un émetteur non déclaré apparaîtra ici avec la règle qui l’a arrêté et la façon de le corriger.',
        )
  }</section>`;
  return { kind: 'page', title: 'Messages arrêtés', section: 'messages', body };
}

function messageTable(messages: readonly MessageSummary[]): Html {
  return table(
    'Messages arrêtés, du plus récent au plus ancien',
    [
      { label: 'Reçu' },
      { label: 'Message' },
      { label: 'Émetteur' },
      { label: 'Raison' },
      { label: 'Qui corrige, et comment' },
    ],
    messages.map((message) => {
      const rule = ruleById(message.ruleId ?? '');
      return [
        html`<time class="nowrap" datetime="${message.receivedAt.toISOString()}">${dateTime(message.receivedAt)}</time>`,
        html`<span class="strong">${message.kind === '' ? 'Type illisible' : message.kind}</span><br><code>${message.controlId}</code> <span class="mut nowrap">${bytes(message.bytes)}</span>`,
        html`${senderName(message.sender)}<br><span class="mut">${message.peer}</span>`,
        html`<span class="strong">${rule === undefined ? message.ruleId : ruleTitle(rule)}</span>${message.location !== null && html`<br><span class="mut">En ${message.location}</span>`}${message.detail !== null && html`<br><span class="mut">${message.detail}</span>`}`,
        rule !== undefined && html`${capital(rule.owner)}<br><span class="mut">${french(rule.remedy)}</span>`,
      ];
    }),
  );
}
