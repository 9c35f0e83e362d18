/** Words of recalls. */
import { formatMatricule, parseMatricule } from '../ins/matricule.ts';
import type { Correction, RecallItemState, RecallNotice, Resend } from '../store/recall-items.ts';
import type { Recall, RecallCause, RecallPath, RecallState } from '../store/recalls.ts';
import type { Word } from './words.ts';

export const RECALL_PATHS: Readonly<Record<RecallPath, string>> = {
  doubt: 'Doute',
  'wrong-person': 'Mauvaise personne',
  'new-ins': 'Même personne, nouvelle INS',
};

const STATES: Readonly<Record<RecallState, Word>> = {
  open: { tone: 'wait', label: 'À trancher' },
  prepared: { tone: 'wait', label: 'À approuver' },
  running: { tone: 'idle', label: 'En cours' },
  done: { tone: 'ok', label: 'Terminé' },
  released: { tone: 'ok', label: 'Doute levé' },
};

/** A decided wrong person waits for its preparation, not for a decision. */
export function recallState({ path, state }: Pick<Recall, 'path' | 'state'>): Word {
  return path === 'wrong-person' && state === 'open' ? { tone: 'wait', label: 'À préparer' } : STATES[state];
}

export const RECALL_CAUSES: Readonly<Record<RecallCause, string>> = {
  report: 'Signalé par une personne',
  'qualification-lost': 'Qualification perdue',
  doubtful: 'Attribut « identité douteuse »',
  'ins-changed': 'INS changée',
  merge: 'Fusion de dossiers',
  unmerge: 'Fusion annulée',
  split: 'Collision séparée',
  verification: 'Vérification INSi',
};

export const CORRECTIONS: Readonly<Record<Correction, string>> = {
  delete: 'Supprimer de l’ancien DMP',
  withdraw: 'Retirer chez les abonnés',
  declare: 'Signaler au support du DMP',
  none: 'Rien',
};

export const RESENDS: Readonly<Record<Resend, string>> = {
  rebuild: 'refait pour le bon patient',
  'ask-sender': 'à renvoyer par le logiciel',
  none: '',
};

export const RECALL_ITEM_STATES: Readonly<Record<RecallItemState, Word>> = {
  listed: { tone: 'idle', label: 'Laissé tel quel' },
  pending: { tone: 'wait', label: 'À faire' },
  started: { tone: 'idle', label: 'Demandé' },
  done: { tone: 'ok', label: 'Corrigé' },
  refused: { tone: 'bad', label: 'À signaler' },
};

export const RECALL_NOTICES: Readonly<Record<RecallNotice['state'], Word>> = {
  prepared: { tone: 'idle', label: 'Préparé' },
  pending: { tone: 'wait', label: 'En cours d’envoi' },
  sent: { tone: 'ok', label: 'Envoyé' },
  failed: { tone: 'bad', label: 'Non remis : à donner en main propre' },
  'by-hand': { tone: 'wait', label: 'À remettre en main propre' },
  given: { tone: 'ok', label: 'Remis en main propre' },
};

/** Enough to tell two numbers apart, not enough to use one: it may be that of somebody who is not this patient. */
export function maskedIns({ matricule }: Pick<Recall, 'matricule'>): string {
  const parsed = parseMatricule(matricule);
  return parsed.ok ? `se terminant par ${formatMatricule(parsed.value).slice(-8)}` : 'illisible';
}
