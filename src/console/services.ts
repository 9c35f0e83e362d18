/** Health of INSi and of the DMP: the state of the circuit, what waits behind it, and since when. */
import { allCircuits, type Circuit, type Service } from '../store/circuits.ts';
import { insiQueueLength, recentInsiCalls } from '../store/console-lists.ts';
import { lastAcceptance } from '../store/proofs.ts';
import { chip } from './components.ts';
import { counted, duration, recent } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { CIRCUITS } from './words.ts';

export interface Services {
  readonly circuits: readonly Circuit[];
  readonly insiQueue: number;
  readonly insiCalls: { readonly medianMs: number; readonly last: Date } | undefined;
  readonly accepted: Date | undefined;
}

export async function readServices({ gateway: { pool } }: Visit): Promise<Services> {
  const [circuits, insiQueue, insiCalls, accepted] = await Promise.all([
    allCircuits(pool),
    insiQueueLength(pool),
    recentInsiCalls(pool),
    lastAcceptance(pool),
  ]);
  return { circuits, insiQueue, insiCalls, accepted };
}

/** One sentence per service that does not answer; nothing when all is well. */
export function serviceSentences({ circuits, insiQueue }: Services, now: Date): string[] {
  return circuits
    .filter(({ state }) => state !== 'closed')
    .map(({ service, since }) => {
      const from = `${service} ne répond plus depuis ${recent(since, now)}`;
      if (service === 'DMP') return `${from} : les documents sont reçus et partiront dès son retour.`;
      const calls = `${counted(insiQueue, 'appel INSi sera relancé', 'appels INSi seront relancés')} dès son retour`;
      return `${from} : les admissions continuent${insiQueue === 0 ? '' : `, ${calls}`}.`;
    });
}

export function servicesList(visit: Visit, services: Services): Html {
  const { insi, dmp } = visit.gateway.config;
  const { insiQueue, insiCalls, accepted } = services;
  const insiFacts = [
    insiCalls !== undefined &&
      `médiane ${duration(insiCalls.medianMs)}, dernier appel ${recent(insiCalls.last, visit.now)}`,
    insiQueue > 0 && `${counted(insiQueue, 'appel', 'appels')} en file`,
  ];
  const dmpFacts = [accepted !== undefined && `dernière acceptation ${recent(accepted, visit.now)}`];
  return html`<ul class="services">${line(visit, 'INSi', insi !== undefined, services, insiFacts)}${line(visit, 'DMP', dmp !== undefined, services, dmpFacts)}</ul>`;
}

function line(
  visit: Visit,
  service: Service,
  declared: boolean,
  { circuits }: Services,
  facts: readonly (string | false)[],
): Html {
  const circuit = circuits.find((known) => known.service === service);
  const known = facts.filter((fact) => fact !== false);
  return html`<li><div class="card-head"><p class="strong">${service}</p>${state(circuit, declared, known.length > 0)}</div><p class="mut">${known.length > 0 ? known.join(' · ') : 'aucun appel pour l’instant'}</p>${
    circuit !== undefined && circuit.state !== 'closed' && html`<p class="mut">${circuitText(circuit, visit.now)}</p>`
  }</li>`;
}

/** Before the breaker has a row of its own, an answer already received says that the service works. */
function state(circuit: Circuit | undefined, declared: boolean, hasAnswered: boolean): Html {
  if (!declared) return chip({ tone: 'idle', label: 'Non configuré' });
  if (circuit === undefined) return chip(hasAnswered ? CIRCUITS.closed : { tone: 'idle', label: 'Pas encore appelé' });
  if (circuit.state === 'closed' && circuit.failures > 0) return chip({ tone: 'wait', label: 'Échecs récents' });
  return chip(CIRCUITS[circuit.state]);
}

function circuitText({ since, probeAt, lastError }: Circuit, now: Date): string {
  const cause = lastError === null ? '' : `${lastError.replace(/\.$/, '')} · `;
  const probe = probeAt !== null && probeAt > now ? ` · prochain essai ${recent(probeAt, now)}` : '';
  return `${cause}depuis ${recent(since, now)}${probe}`;
}
