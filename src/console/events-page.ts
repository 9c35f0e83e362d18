/** Événements indésirables : the register, by state, nature and period, and its file. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { may } from '../api/access.ts';
import { CONSEQUENCE_LABELS, eventReference, eventsCsv, NATURE_LABELS } from '../identity/index.ts';
import {
  type AdverseEvent,
  EVENT_NATURES,
  type EventFilter,
  type EventState,
  listEvents,
} from '../store/adverse-events.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { establishmentChoices } from './establishments.ts';
import { EVENT_STATES, EVENTS } from './event-words.ts';
import { age, day } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { nextDay, parisDay } from './period.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const PAGE = 200;

export const eventsPages: readonly PageDefinition[] = [
  { method: 'GET', path: EVENTS, permission: 'patients.read', audited: 'events', answer: showEvents },
  { method: 'GET', path: `${EVENTS}/export`, permission: 'patients.read', audited: 'events', answer: exportEvents },
];

const NAMES = ['etat', 'nature', 'etablissement', 'du', 'au'] as const;

function filterOf({ query }: Visit): EventFilter {
  const to = parisDay(query('au'));
  return {
    state: Object.hasOwn(EVENT_STATES, query('etat')) ? (query('etat') as EventState) : undefined,
    nature: EVENT_NATURES.find((known) => known === query('nature')),
    eg: query('etablissement') === '' ? undefined : query('etablissement'),
    from: parisDay(query('du')),
    to: to === undefined ? undefined : nextDay(to),
  };
}

async function showEvents(visit: Visit): Promise<Answer> {
  const { gateway, actor, query, now } = visit;
  const events = await listEvents(gateway.pool, { ...filterOf(visit), limit: PAGE, offset: 0 });
  const asked = NAMES.flatMap((name) => (query(name) === '' ? [] : [[name, query(name)] as [string, string]]));
  const address = new URLSearchParams(asked).toString();
  const body = html`${heading(
    'Événements indésirables d’identitovigilance',
    html`<p>Ce qui a été découvert, par qui, et comment cela a été réglé. Rien n’en est effacé.</p>
<p class="field-actions">${may(actor, 'events.report') && html`<a class="btn main" href="${EVENTS}/nouveau">Enregistrer un événement</a> `}<a class="btn" href="${EVENTS}/export${address !== '' && `?${address}`}">Exporter (CSV)</a></p>`,
    html`<a href="/console/cellule">Identitovigilance</a>`,
  )}
${filterForm(
  EVENTS,
  asked.length > 0,
  html`${filterSelect('etat', 'État', 'Tous', choices(EVENT_STATES), query('etat'))}
${filterSelect(
  'nature',
  'Nature',
  'Toutes',
  EVENT_NATURES.map((value) => ({ value, label: NATURE_LABELS[value] })),
  query('nature'),
)}
${filterSelect('etablissement', 'Établissement', 'Tous', establishmentChoices(gateway.config, actor.eg), query('etablissement'))}
${filterText('du', 'Découvert du', query('du'), 'JJ/MM/AAAA')}
${filterText('au', 'Au', query('au'), 'JJ/MM/AAAA')}`,
)}
<section class="card list">${events.length > 0 ? eventTable(events, now) : empty(asked.length > 0 ? 'Aucun événement ne correspond' : 'Aucun événement enregistré', 'Un événement s’enregistre ici, ou depuis la fiche du patient concerné.')}</section>`;
  return { kind: 'page', title: 'Événements indésirables', section: 'cellule', body };
}

function choices(words: Readonly<Record<string, { label: string }>>) {
  return Object.entries(words).map(([value, { label }]) => ({ value, label }));
}

function eventTable(events: readonly AdverseEvent[], now: Date): Html {
  return table(
    'Événements indésirables, le dernier découvert d’abord',
    [
      { label: 'Référence' },
      { label: 'Nature', wide: true },
      { label: 'Conséquence' },
      { label: 'Découvert' },
      { label: 'État' },
      { label: 'Âge', align: 'right' },
    ],
    events.map((event) => [
      html`<a class="strong nowrap" href="${EVENTS}/${event.id}">${eventReference(event)}</a>`,
      NATURE_LABELS[event.nature],
      CONSEQUENCE_LABELS[event.consequence],
      html`${day(event.foundAt)}<br><span class="mut">${event.foundBy.replace(/^(user|token):/, '')}</span>`,
      chip(EVENT_STATES[event.state]),
      event.settledAt === null
        ? age(event.foundAt, now)
        : html`<span class="mut">clos le ${day(event.settledAt)}</span>`,
    ]),
  );
}

/** On the sheet of the patient concerned: the column is narrow. */
export function eventLine(event: AdverseEvent): Html {
  return html`<li><a class="strong" href="${EVENTS}/${event.id}">${eventReference(event)}</a> ${chip(EVENT_STATES[event.state])}<br><span class="mut">${NATURE_LABELS[event.nature]}, ${day(event.foundAt)}</span></li>`;
}

async function exportEvents(visit: Visit): Promise<Answer> {
  const bytes = await buffer(Readable.from(eventsCsv(visit.gateway.pool, filterOf(visit))));
  const saveAs = `evenements-${visit.now.toISOString().slice(0, 10)}.csv`;
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs };
}
