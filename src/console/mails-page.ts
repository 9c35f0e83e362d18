/** Courriels reçus : what came by MSSanté, what waits for a decision, and how the mailboxes are. */
import { ruleById } from '../rules/catalogue.ts';
import { listMails, type MailFilter, type MailRow } from '../store/incoming-mail.ts';
import { listMailboxes, type MailboxState } from '../store/mailboxes.ts';
import { chip, empty, table } from './components.ts';
import { dateTime, recent } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { mailboxState, mailKind, mailState, subjectOf } from './mail-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const SHOWN = 100;

export const mailsPage: PageDefinition = {
  method: 'GET',
  path: '/console/courriels',
  permission: 'mails.read',
  audited: 'mails',
  answer: showMails,
};

const LISTS: readonly { readonly shown: MailFilter['shown']; readonly name: string; readonly label: string }[] = [
  { shown: 'desk', name: 'bureau', label: 'À décider' },
  { shown: 'handing', name: 'en-cours', label: 'En cours' },
  { shown: 'all', name: 'tous', label: 'Tous' },
];

async function showMails({ gateway, actor, query, now }: Visit): Promise<Answer> {
  const asked = LISTS.find(({ name }) => name === query('liste'))?.shown ?? 'desk';
  const [mails, boxes] = await Promise.all([
    listMails(gateway.pool, { shown: asked, eg: actor.eg, limit: SHOWN, offset: 0 }),
    listMailboxes(gateway.pool),
  ]);
  const body = html`<div id="direct-courriels" data-live>${heading(
    'Courriels reçus',
    html`<p>Documents et messages arrivés par la messagerie sécurisée de santé (MSSanté).</p>`,
  )}
<nav class="tools" aria-label="Listes">${LISTS.map(
    ({ shown, name, label }) =>
      html`<a class="btn small${shown === asked && ' main'}" href="/console/courriels?liste=${name}"${shown === asked && html` aria-current="page"`}>${label}</a> `,
  )}</nav>
<section class="card list">${mails.length === 0 ? nothing(asked) : mailTable(mails, now)}</section>
<section class="card"><h2>Boîtes</h2>${
    boxes.length === 0
      ? empty(
          'Aucune boîte',
          'Une boîte déclarée dans la section « incomingMail » de la configuration sera relevée, et ses documents remis au DPI.',
        )
      : mailboxTable(boxes, now)
  }</section></div>`;
  return { kind: 'page', title: 'Courriels reçus', section: 'courriels', body, live: 'installation' };
}

function nothing(shown: MailFilter['shown']): Html {
  return shown === 'desk'
    ? empty(
        'Rien à décider',
        'Ce que la passerelle ne peut pas rattacher seule à un patient apparaîtra ici, avec sa raison.',
      )
    : empty('Aucun courriel', 'Les courriels reçus apparaîtront ici.');
}

function mailTable(mails: readonly MailRow[], now: Date): Html {
  return table(
    'Courriels reçus',
    [
      { label: 'Reçu' },
      { label: 'Expéditeur' },
      { label: 'Objet', wide: true },
      { label: 'Nature' },
      { label: 'État' },
    ],
    mails.map((mail) => {
      const rule = ruleById(mail.ruleId ?? '');
      return [
        recent(mail.receivedAt, now),
        html`${mail.senderName !== '' && html`<span class="strong">${mail.senderName}</span><br>`}<span class="mut">${mail.sender}</span>`,
        html`<a class="strong" href="/console/courriels/${mail.id}">${subjectOf(mail)}</a>${rule !== undefined && html`<br><span class="mut">${ruleTitle(rule)}</span>`}`,
        mailKind(mail),
        chip(mailState(mail)),
      ];
    }),
  );
}

function mailboxTable(boxes: readonly MailboxState[], now: Date): Html {
  return table(
    'Boîtes relevées',
    [
      { label: 'Boîte', wide: true },
      { label: 'État' },
      { label: 'Dernière relève' },
      { label: 'À décider', align: 'right' },
    ],
    boxes.map((box) => [
      html`<span class="strong">${box.name}</span>${box.lastError !== null && html`<br><span class="mut">${box.lastError}</span>`}`,
      html`${chip(mailboxState(box))}${box.failingSince !== null && html`<br><span class="mut">depuis le ${dateTime(box.failingSince)}</span>`}`,
      box.readAt === null ? html`<span class="mut">jamais</span>` : recent(box.readAt, now),
      String(box.desk),
    ]),
  );
}
