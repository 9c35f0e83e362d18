/** Accueil: what waits and who must act, then the day, then the national services. */
import { may } from '../api/access.ts';
import { documentsByHour, type HourCount } from '../indicators/feed.ts';
import { listDocuments } from '../store/document-list.ts';
import { hourChart, hourTable } from './chart.ts';
import { empty } from './components.ts';
import { documentTable, NO_FILTER } from './document-table.ts';
import { counted, hourOf, startOfDay } from './format.ts';
import { type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { processesCard, readProcesses } from './processes.ts';
import { readServices, serviceSentences, servicesList } from './services.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { sumOf, waitingReasons, waitingSentences, waitingTable } from './waiting.ts';

const LAST_DOCUMENTS = 8;

export const homePage: PageDefinition = {
  method: 'GET',
  path: '/console/',
  permission: 'indicators.read',
  // The last documents are shown with their patients (promise 8).
  audited: 'documents',
  answer: showHome,
};

async function showHome(visit: Visit): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const readsDocuments = may(actor, 'documents.read');
  const [hours, reasons, services, processes, last] = await Promise.all([
    documentsByHour(gateway.pool, { eg: actor.eg }, startOfDay(now)),
    waitingReasons(visit),
    readServices(visit),
    readProcesses(visit),
    readsDocuments
      ? listDocuments(gateway.pool, { ...NO_FILTER, eg: actor.eg, limit: LAST_DOCUMENTS })
      : Promise.resolve([]),
  ]);
  const waiting = sumOf(reasons)?.documents ?? 0;
  const accepted = hours.reduce((sum, hour) => sum + hour.accepted, 0);
  const sentences = [...waitingSentences(reasons, now), ...serviceSentences(services, now)];
  const quiet = hours.length === 0 && last.length === 0 && waiting === 0;
  const body = html`<div id="direct-accueil" data-live>
${heading(title(accepted, waiting), sentences.length > 0 ? sentences.map((text) => html`<p>${text}</p>`) : html`<p>${quiet ? 'Aucun document n’est encore arrivé.' : 'Rien n’attend : personne n’a à agir.'}</p>`)}
${quiet && html`<section class="card">${firstVisit(visit)}</section>`}
${waiting > 0 && readsDocuments && html`<section class="card"><h2>Ce qui attend, et qui doit agir</h2>${waitingTable(reasons, now)}</section>`}
<div class="columns wide-left">
<section class="card"><h2>Documents reçus aujourd’hui</h2>${dayOf(hours, now)}</section>
<section class="card"><h2>Services nationaux</h2>${servicesList(visit, services)}</section>
</div>
${processesCard(processes)}
${last.length > 0 && html`<section class="card"><div class="card-head"><h2>Derniers documents</h2><a href="/console/documents">Tous les documents</a></div>${documentTable(visit, last)}</section>`}
</div>`;
  return { kind: 'page', title: 'Accueil', section: 'accueil', body, live: 'installation' };
}

function title(accepted: number, waiting: number): string {
  const done = `${counted(accepted, 'document reçu aujourd’hui est au DMP', 'documents reçus aujourd’hui sont au DMP')}`;
  return waiting === 0 ? done : `${done}, ${counted(waiting, 'attend', 'attendent')}`;
}

function dayOf(hours: readonly HourCount[], now: Date): HtmlValue {
  if (hours.length === 0)
    return empty('Aucun document aujourd’hui', 'Chaque document reçu apparaîtra ici à son heure, avec son issue.');
  return html`${hourChart(hours, hourOf(now))}<details class="behind"><summary>Voir le tableau</summary>${hourTable(hours)}</details>`;
}

function firstVisit({ gateway: { config } }: Visit): HtmlValue {
  const { mllp, http } = config;
  return html`<h2>Pour faire venir un premier document</h2>
<ol class="steps-list">
<li>Déclarer l’application émettrice dans la configuration (<code>sources</code>).</li>
<li>Envoyer l’admission du patient (HL7 ADT) au port MLLP ${mllp.port === 0 ? 'affiché au démarrage' : mllp.port}${mllp.tls !== undefined && mllp.tlsPort !== 0 && html`, ou ${mllp.tlsPort} en TLS`}.</li>
<li>Envoyer le document : message HL7 MDM sur le même port, ou <code>POST /api/v1/documents</code>${http.port !== 0 && html` sur le port ${http.port}`}.</li>
</ol>
<p class="mut">Le document sera suivi ici dès son arrivée ; s’il ne peut pas partir, la raison et la personne qui peut agir seront indiquées.</p>`;
}
