/** Abonnés : which software is told of the identities, and how each one takes it. */
import { listSubscribers, type SubscriberState } from '../store/subscribers.ts';
import { chip, empty, table } from './components.ts';
import { age, counted, number, recent } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { LOAD_STATES, subscriberState } from './subscriber-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

export const subscribersPage: PageDefinition = {
  method: 'GET',
  path: '/console/abonnes',
  permission: 'diffusion.read',
  answer: showSubscribers,
};

async function showSubscribers({ gateway, now }: Visit): Promise<Answer> {
  const subscribers = await listSubscribers(gateway.pool);
  const away = subscribers.filter(({ enabled, failingSince }) => enabled && failingSince !== null).length;
  const refused = subscribers.reduce((sum, subscriber) => sum + subscriber.refused, 0);
  const body = html`<div id="direct-abonnes" data-live>${heading(
    'Abonnés aux identités',
    subscribers.length > 0 &&
      html`<p>${counted(subscribers.length, 'logiciel reçoit', 'logiciels reçoivent')} les identités (A28, A31, A40, A47). ${away === 0 ? 'Tous répondent' : `${counted(away, 'ne répond pas', 'ne répondent pas')} : ce qui change l’attend`}. ${refused > 0 && `${counted(refused, 'message refusé attend', 'messages refusés attendent')} une décision.`}</p>`,
    html`<a href="/console/flux">Flux</a>`,
  )}
<section class="card list">${
    subscribers.length === 0
      ? empty(
          'Aucun abonné',
          'Un logiciel déclaré dans la section « diffusion » de la configuration recevra les identités, leurs changements et leurs fusions.',
        )
      : subscriberTable(subscribers, now)
  }</section></div>`;
  return { kind: 'page', title: 'Abonnés aux identités', section: 'flux', body, live: 'installation' };
}

function subscriberTable(subscribers: readonly SubscriberState[], now: Date): Html {
  return table(
    'Abonnés aux identités',
    [
      { label: 'Abonné', wide: true },
      { label: 'État' },
      { label: 'En attente', align: 'right' },
      { label: 'Refusés', align: 'right' },
      { label: 'Dernière réponse', align: 'right' },
      { label: 'Chargement initial' },
    ],
    subscribers.map((subscriber) => [
      html`<a class="strong" href="/console/abonnes/${subscriber.name}">${subscriber.name}</a>`,
      html`${chip(subscriberState(subscriber))}${subscriber.failingSince !== null && html`<br><span class="mut">depuis ${age(subscriber.failingSince, now)}</span>`}`,
      html`${number(subscriber.waiting)}${subscriber.oldestWaiting !== null && html`<br><span class="mut nowrap">depuis ${age(subscriber.oldestWaiting, now)}</span>`}`,
      number(subscriber.refused),
      subscriber.answeredAt === null ? html`<span class="mut">aucune</span>` : recent(subscriber.answeredAt, now),
      html`${LOAD_STATES[subscriber.loadState]}${subscriber.loadState !== 'none' && html`<br><span class="mut nowrap">${number(subscriber.loadQueued)} sur ${number(subscriber.loadTotal)}</span>`}`,
    ]),
  );
}
