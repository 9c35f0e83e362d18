/** Words of the register of adverse events. */
import type { EventState, EventStepName } from '../store/adverse-events.ts';
import type { Word } from './words.ts';

export const EVENTS = '/console/evenements';

export const EVENT_STATES: Readonly<Record<EventState, Word>> = {
  open: { tone: 'wait', label: 'Ouvert' },
  settled: { tone: 'ok', label: 'Clos' },
};

export const EVENT_STEPS: Readonly<Record<EventStepName, string>> = {
  recorded: 'Enregistré',
  noted: 'Complété',
  linked: 'Lié à ce qui a été fait',
  settled: 'Clos',
  reopened: 'Rouvert',
};
