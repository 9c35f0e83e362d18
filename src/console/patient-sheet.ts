/** Parts of the sheet of an identity that only show: where its sections are, its numbers by domain, INSi calls, events. */
import { may } from '../api/access.ts';
import { ruleById } from '../rules/catalogue.ts';
import { eventsAbout } from '../store/adverse-events.ts';
import type { Identifier, IdentityRecord } from '../store/identities.ts';
import { type InsiCall, insiCallsOf } from '../store/insi-calls.ts';
import { chip, empty, table } from './components.ts';
import { EVENTS } from './event-words.ts';
import { eventLine } from './events-page.ts';
import { counted, dateTime, duration } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { ruleTitle, type Word } from './words.ts';

const SECTIONS = [
  ['identite', 'Identité'],
  ['direct-statut', 'Statut'],
  ['alimentation', 'Alimentation du DMP'],
  ['numeros', 'Identifiants'],
  ['appels', 'Appels INSi'],
  ['corrections', 'Corrections'],
  ['rappels', 'Rappels'],
  ['evenements', 'Événements'],
  ['direct-documents', 'Documents'],
  ['historique', 'Historique'],
] as const;

/** A long page says what is on it; only what this person sees is named. */
export function sections({ actor }: Visit): Html {
  const hidden = [
    ...(may(actor, 'documents.read') ? [] : ['direct-documents']),
    ...(may(actor, 'recalls.read') ? [] : ['rappels']),
  ];
  return html`<nav class="on-page" aria-label="Sections de la fiche"><ul>${SECTIONS.filter(([id]) => !hidden.includes(id)).map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>`;
}

/** Local numbers, domain by domain, those given up included. */
export function identifiersCard({ gateway: { config } }: Visit, identifiers: readonly Identifier[]): Html {
  const nameOf = (domain: string): string =>
    config.identificationDomains.find(({ oid }) => oid === domain)?.authorities[0] ?? domain;
  const rows = identifiers.map(({ value, domain, kind, retired }) => [
    html`<span class="strong">${value}</span>`,
    kind,
    html`${nameOf(domain)}${nameOf(domain) !== domain && html`<br><span class="mut">${domain}</span>`}`,
    chip(retired === true ? { tone: 'idle', label: 'Abandonné' } : { tone: 'ok', label: 'En usage' }),
  ]);
  return html`<section class="card" id="numeros"><h2>Identifiants par domaine</h2>${
    rows.length === 0
      ? empty('Aucun identifiant local', 'Ils arrivent avec les messages d’admission.')
      : table(
          'Identifiants locaux',
          [{ label: 'Identifiant' }, { label: 'Type' }, { label: 'Domaine', wide: true }, { label: 'Usage' }],
          rows,
        )
  }</section>`;
}

const OUTCOMES: Readonly<Record<string, Word>> = {
  found: { tone: 'ok', label: 'Identité trouvée' },
  identical: { tone: 'ok', label: 'INS confirmée' },
  none: { tone: 'bad', label: 'Aucune identité' },
  several: { tone: 'doubt', label: 'Plusieurs identités' },
  transient: { tone: 'wait', label: 'Erreur passagère' },
  permanent: { tone: 'bad', label: 'Appel refusé' },
  unavailable: { tone: 'wait', label: 'INSi indisponible' },
  unreadable: { tone: 'bad', label: 'Réponse illisible' },
};
const MOST_CALLS = 20;

export async function callsCard({ gateway: { pool } }: Visit, { id }: IdentityRecord): Promise<Html> {
  const calls = await insiCallsOf(pool, id, MOST_CALLS);
  return html`<section class="card" id="appels"><h2>Appels INSi</h2>${
    calls.length === 0
      ? empty('INSi n’a pas été interrogé', 'Chaque appel sera noté ici, avec sa réponse et sa durée.')
      : table(
          'Appels INSi, le dernier d’abord',
          [
            { label: 'Date' },
            { label: 'Réponse', wide: true },
            { label: 'Questions', align: 'right' },
            { label: 'Durée', align: 'right' },
          ],
          calls.map(callRow),
        )
  }</section>`;
}

function callRow({ at, outcome, ruleId, attempts, durationMs }: InsiCall) {
  const rule = ruleId === null ? undefined : ruleById(ruleId);
  return [
    html`<time class="nowrap" datetime="${at.toISOString()}">${dateTime(at)}</time>`,
    html`${chip(OUTCOMES[outcome] ?? { tone: 'idle', label: outcome })}${rule !== undefined && html`<br><span class="mut">${ruleTitle(rule)}</span>`}`,
    counted(attempts, 'question', 'questions'),
    duration(durationMs),
  ];
}

export async function eventsCard({ gateway: { pool }, actor }: Visit, { id }: IdentityRecord): Promise<Html> {
  const events = await eventsAbout(pool, id);
  return html`<section class="card" id="evenements"><h2>Événements indésirables</h2>${
    events.length > 0 ? html`<ul>${events.map(eventLine)}</ul>` : html`<p class="mut">Aucun pour cette identité.</p>`
  }${may(actor, 'events.report') && html`<p class="act"><a class="btn" href="${EVENTS}/nouveau?patient=${id}">Enregistrer un événement</a></p>`}</section>`;
}
