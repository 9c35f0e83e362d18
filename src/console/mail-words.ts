/** How received mails and their documents are called. */
import type { IncomingDocument } from '../store/incoming-documents.ts';
import type { MailRow } from '../store/incoming-mail.ts';
import type { IncomingReply } from '../store/incoming-replies.ts';
import type { MailboxState } from '../store/mailboxes.ts';
import type { Word } from './words.ts';

const MAIL_STATES: Readonly<Record<MailRow['state'], Word>> = {
  received: { tone: 'wait', label: 'Ouverture en cours' },
  desk: { tone: 'doubt', label: 'À décider' },
  handing: { tone: 'wait', label: 'Remise au DPI' },
  done: { tone: 'ok', label: 'Traité' },
  closed: { tone: 'idle', label: 'Classé' },
};

export function mailState({ state }: MailRow): Word {
  return MAIL_STATES[state];
}

const KINDS: Readonly<Record<NonNullable<MailRow['kind']>, string>> = {
  documents: 'Documents',
  message: 'Message',
  receipt: 'Accusé',
  notice: 'Avis d’échec',
};

export function mailKind({ kind }: MailRow): string {
  return kind === null ? '' : KINDS[kind];
}

export const DOCUMENT_WORDS: Readonly<Record<IncomingDocument['state'], Word>> = {
  desk: { tone: 'doubt', label: 'À décider' },
  queued: { tone: 'wait', label: 'Remise au DPI' },
  handed: { tone: 'ok', label: 'Remis au DPI' },
  known: { tone: 'idle', label: 'Document déjà reçu' },
  refused: { tone: 'bad', label: 'Refusé' },
};

export const REPLY_WORDS: Readonly<Record<IncomingReply['state'], Word>> = {
  waiting: { tone: 'wait', label: 'À envoyer' },
  sent: { tone: 'ok', label: 'Envoyé' },
  failed: { tone: 'bad', label: 'Non envoyé' },
};

export const REPLY_KINDS: Readonly<Record<IncomingReply['kind'], string>> = {
  receipt: 'Accusé de lecture',
  forward: 'Transfert',
};

export function mailboxState({ enabled, failingSince, readAt }: MailboxState): Word {
  if (!enabled) return { tone: 'idle', label: 'Plus déclarée' };
  if (failingSince !== null) return { tone: 'bad', label: 'Injoignable' };
  return readAt === null ? { tone: 'wait', label: 'Jamais relevée' } : { tone: 'ok', label: 'Relevée' };
}

/** A mail may have no subject. */
export function subjectOf({ subject }: MailRow): string {
  return subject === '' ? '(sans objet)' : subject;
}
