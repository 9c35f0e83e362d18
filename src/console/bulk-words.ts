/** Words of the operations on many documents or messages. */
import type { BulkAction, BulkState } from '../store/bulk-operations.ts';
import type { Word } from './words.ts';

export const BULK_ACTIONS: Readonly<Record<BulkAction, { readonly label: string; readonly effect: string }>> = {
  'take-up': {
    label: 'Reprendre',
    effect:
      'Chaque document est réexaminé ; il part seulement si plus rien ne l’arrête. Une issue inconnue est demandée au DMP, jamais renvoyée à l’aveugle.',
  },
  correct: {
    label: 'Corriger puis reprendre',
    effect:
      'Le type, le titre ou l’auteur des documents que la passerelle met en forme est remplacé, puis chaque document est réexaminé. Un CDA reçu n’est jamais modifié.',
  },
  withdraw: {
    label: 'Retirer de l’envoi',
    effect: 'Les documents qui ne sont pas encore partis ne partiront pas ; leurs émetteurs en sont avertis.',
  },
  verify: {
    label: 'Vérifier dans le DMP',
    effect:
      'Le DMP dit s’il détient encore chaque document accepté. Absent à plusieurs reprises, le même envoi est refait sous le même identifiant.',
  },
  're-read': {
    label: 'Relire les messages arrêtés',
    effect:
      'Chaque message de document est lu de nouveau, comme s’il arrivait. Un message d’identité ou de mouvement ne se relit pas.',
  },
};

export const BULK_STATES: Readonly<Record<BulkState, Word>> = {
  prepared: { tone: 'idle', label: 'Répétée à blanc' },
  proposed: { tone: 'wait', label: 'À approuver par une seconde personne' },
  running: { tone: 'wait', label: 'En cours' },
  paused: { tone: 'doubt', label: 'Suspendue' },
  done: { tone: 'ok', label: 'Terminée' },
  cancelled: { tone: 'idle', label: 'Annulée' },
};

export const BULK_ITEM_STATES = {
  pending: { tone: 'wait', label: 'À faire' },
  skipped: { tone: 'idle', label: 'Laissé tel quel' },
  done: { tone: 'ok', label: 'Fait' },
} as const satisfies Record<string, Word>;
