/** The mails of a document: each destination with its state, its reason, and what became of it at each recipient. */
import { may } from '../api/access.ts';
import { mayGoAgain } from '../mssante/index.ts';
import { ruleById } from '../rules/catalogue.ts';
import { type MailRecipient, type MailRecord, recipientsOf } from '../store/mails.ts';
import { actionForm, chip, explanation, fields } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { MAIL_DESTINATIONS, MAIL_STATES, RECIPIENT_STATES, ruleTitle } from './words.ts';

export async function mailCards(visit: Visit, mails: readonly MailRecord[]): Promise<Html[]> {
  const { pool } = visit.gateway;
  const cards = await Promise.all(mails.map(async (mail) => mailCard(mail, await recipientsOf(pool, mail.id))));
  return [...cards, ...again(visit, mails)];
}

/** One act for all of them: what has arrived is left as it is. */
function again(visit: Visit, mails: readonly MailRecord[]): Html[] {
  const [mail] = mails.filter(mayGoAgain);
  if (mail === undefined || !may(visit.actor, 'documents.act')) return [];
  const action = `/console/documents/${mail.documentId}/reprendre-courriels`;
  const form = actionForm(
    { action, csrf: visit.session.csrf, className: 'form inline act' },
    html`<button type="submit" class="btn">Reprendre les courriels</button><p class="mut">Ceux qui ne sont pas arrivés sont réexaminés et renvoyés sous le même Message-ID ; ceux qui sont arrivés ne le sont pas.</p>`,
  );
  return [html`<section class="card">${form}</section>`];
}

const ENDED = { replaced: 'Remplacé par une nouvelle version', deleted: 'Annulé par un courriel' } as const;

function mailCard(mail: MailRecord, recipients: readonly MailRecipient[]): Html {
  const { attempts, firstSentAt, settledAt, ended, messageId } = mail;
  return html`<section class="card"><div class="card-head"><h2>${MAIL_DESTINATIONS[mail.destination]}</h2>${chip(MAIL_STATES[mail.state])}</div>${reason(mail)}${fields(
    [
      ['Tentatives', attempts > 0 && attempts],
      ['Premier envoi', firstSentAt !== null && dateTime(firstSentAt)],
      ['Terminé', settledAt !== null && dateTime(settledAt)],
      ['Ensuite', ended !== null && ENDED[ended]],
      ['Message-ID', firstSentAt !== null && html`<code>${messageId}</code>`],
    ],
  )}<ul class="plain">${recipients.map(recipientLine)}</ul></section>`;
}

function reason({ ruleId, detail }: Pick<MailRecord, 'ruleId' | 'detail'>): Html | false {
  const rule = ruleId === null ? undefined : ruleById(ruleId);
  return rule !== undefined && html`<p class="strong">${ruleTitle(rule)}</p>${explanation(rule, detail)}`;
}

/** A patient's address is made of the matricule: it is not shown. */
function recipientLine({ address, name, state, readAt, ruleId, detail }: MailRecipient): Html {
  const who =
    address === null
      ? 'Messagerie du patient (Mon espace santé)'
      : html`${name !== null && html`${name} · `}<code>${address}</code>`;
  return html`<li><p>${who} ${chip(RECIPIENT_STATES[state])}</p>${readAt !== null && html`<p class="mut">Accusé de lecture du ${dateTime(readAt)}</p>`}${reason({ ruleId, detail })}</li>`;
}
