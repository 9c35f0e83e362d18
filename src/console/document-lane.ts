/** By which lane a document of a migrating flow leaves: decided when, handed on to whom, and what the shadow said of it. */
import { ruleById } from '../rules/catalogue.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { shadowResultOf } from '../store/lane-evidence.ts';
import { documentLane } from '../store/lanes.ts';
import { type RelayRecord, relayOfMessage } from '../store/relays.ts';
import { chip, fields } from './components.ts';
import { counted, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { FLOWS, LANE_NAMES, OUTCOME_WORDS } from './lane-words.ts';
import type { Visit } from './visit.ts';

const CARRIERS = {
  v2: 'L’API V2, par cette passerelle',
  old: 'L’ancienne voie, hors de cette passerelle',
  none: 'Aucune encore : il attend son flux',
} as const;

/** Nothing for the documents of a sender that declares no migration: nothing is asked for them either. */
export async function laneCard({ gateway }: Visit, document: DocumentRecord): Promise<Html | undefined> {
  if (document.notice.migrating === undefined) return undefined;
  const { pool } = gateway;
  const [lane, relay, tried] = await Promise.all([
    documentLane(pool, document.id),
    relayOfMessage(pool, document.messageId),
    shadowResultOf(pool, document.id),
  ]);
  if (lane === undefined) return undefined;
  return html`<section class="card"><h2>Voie</h2>${fields([
    [
      'Flux',
      html`<a href="${FLOWS}/${lane.flowId}">${LANE_NAMES[lane.lane]}</a> <span class="mut">quand elle fut décidée</span>`,
    ],
    ['Envoyé par', CARRIERS[lane.carrier]],
    ['Décidé', dateTime(lane.decidedAt)],
    ['Ancienne plateforme', relay !== undefined && relayText(relay)],
    [
      'Essai à blanc',
      tried !== undefined &&
        html`${chip(OUTCOME_WORDS[tried.outcome])}${tried.ruleId !== null && html`<br>${ruleById(tried.ruleId)?.title ?? tried.ruleId}`}${tried.detail !== null && html`<br><span class="mut">${tried.detail}</span>`}`,
    ],
  ])}</section>`;
}

function relayText({ state, attempts, lastError, settledAt, createdAt }: RelayRecord): Html {
  const tried = counted(attempts, 'présentation', 'présentations');
  switch (state) {
    case 'taken':
      return html`message remis, inchangé, le ${dateTime(settledAt ?? createdAt)} <span class="mut">${tried}</span>`;
    case 'refused':
      return html`message refusé le ${dateTime(settledAt ?? createdAt)}${lastError !== null && html` : ${lastError}`}`;
    case 'pending':
      return html`accusé attendu depuis le ${dateTime(createdAt)}, ${tried}${lastError !== null && html` <span class="mut">${lastError}</span>`}`;
  }
}
