/** How a subscriber and its messages are called. */
import type { EntryState } from '../store/diffusion.ts';
import type { ShownEntry, SubscriberState } from '../store/subscribers.ts';
import { type HtmlValue, html } from './html.ts';
import type { Word } from './words.ts';

export function subscriberState(state: SubscriberState): Word {
  if (!state.enabled) return { tone: 'idle', label: 'Plus déclaré' };
  if (state.paused) return { tone: 'wait', label: 'Envoi suspendu' };
  if (state.failingSince !== null) return { tone: 'bad', label: 'Ne répond pas' };
  if (state.refused > 0) return { tone: 'doubt', label: 'Messages refusés' };
  return state.waiting > 0 ? { tone: 'wait', label: 'Envoi en cours' } : { tone: 'ok', label: 'À jour' };
}

export const LOAD_STATES: Readonly<Record<SubscriberState['loadState'], string>> = {
  none: 'jamais demandé',
  running: 'en cours',
  stopped: 'arrêté',
  done: 'terminé',
};

export const ENTRY_STATES: Readonly<Record<EntryState, Word>> = {
  waiting: { tone: 'wait', label: 'En attente' },
  sending: { tone: 'wait', label: 'En cours d’envoi' },
  refused: { tone: 'bad', label: 'Refusé' },
  accepted: { tone: 'ok', label: 'Accepté' },
  dropped: { tone: 'idle', label: 'Sans envoi' },
};

const KINDS = { state: 'Identité', number: 'Changement d’identifiant', merge: 'Fusion' } as const;

/** What the message is about; the code of its event once it was made. */
export function entryName({ kind, event }: ShownEntry): HtmlValue {
  return html`<span class="strong">${KINDS[kind]}</span>${event !== null && html`<br><span class="mut">ADT^${event}</span>`}`;
}
