/** Words of the console: what each stored state is called, and its tone. A tone is never shown without icon and word. */
import type { IdentityAttribute, IdentityStatus } from '../ins/types.ts';
import type { Rule } from '../rules/rule.ts';
import type { Circuit } from '../store/circuits.ts';
import type { DeliveryState } from '../store/deliveries.ts';
import { type DocumentRecord, type DocumentState, standingOf } from '../store/documents.ts';
import type { InsiState } from '../store/identities.ts';
import type { MailRecipient, MailRecord } from '../store/mails.ts';

/** `ok` done, `wait` waits, `bad` stopped, `doubt` not known, `idle` nothing to do. */
export type Tone = 'ok' | 'wait' | 'bad' | 'doubt' | 'idle';

export interface Word {
  readonly label: string;
  readonly tone: Tone;
}

function word(tone: Tone, label: string): Word {
  return { tone, label };
}

export const DOCUMENT_STATES: Readonly<Record<DocumentState, Word>> = {
  received: word('idle', 'Reçu'),
  unreadable: word('bad', 'Illisible'),
  waiting: word('wait', 'En attente'),
  ready: word('idle', 'Prêt à partir'),
  sending: word('idle', 'En cours d’envoi'),
  accepted: word('ok', 'Accepté par le DMP'),
  refused: word('bad', 'Refusé'),
  unknown: word('doubt', 'Issue inconnue'),
  withdrawn: word('idle', 'Non transmis'),
  replaced: word('idle', 'Remplacé'),
  deleted: word('idle', 'Supprimé'),
};

export const DELIVERY_STATES: Readonly<Record<DeliveryState, Word>> = {
  waiting: word('wait', 'Pas encore envoyé'),
  ready: word('idle', 'Prêt à partir'),
  sending: word('idle', 'En cours d’envoi'),
  accepted: word('ok', 'Accepté'),
  refused: word('bad', 'Refusé'),
  unknown: word('doubt', 'Issue inconnue'),
  withdrawn: word('idle', 'Non transmis'),
};

/** Of a document with several destinations the DMP is not the only one to accept. */
export function documentWord(document: DocumentRecord): Word {
  const { state } = standingOf(document);
  return document.overallState === 'accepted' ? word('ok', 'Transmis') : DOCUMENT_STATES[state];
}

export const MAIL_DESTINATIONS: Readonly<Record<MailRecord['destination'], string>> = {
  'MSSANTE-PS': 'Courriel MSSanté aux professionnels',
  'MSSANTE-PATIENT': 'Courriel MSSanté au patient',
};

export const MAIL_STATES: Readonly<Record<MailRecord['state'], Word>> = {
  ...DELIVERY_STATES,
  accepted: word('ok', 'Pris par la messagerie'),
};

export const RECIPIENT_STATES: Readonly<Record<MailRecipient['state'], Word>> = {
  pending: word('wait', 'Pas encore pris'),
  taken: word('idle', 'Pris par la messagerie'),
  delivered: word('ok', 'Déposé dans la boîte'),
  failed: word('bad', 'Non remis'),
};

export const STATUSES: Readonly<Record<IdentityStatus, Word>> = {
  PROV: word('wait', 'Provisoire'),
  VALI: word('idle', 'Validée'),
  RECUP: word('idle', 'Récupérée'),
  QUAL: word('ok', 'Qualifiée'),
};

export const ATTRIBUTES: Readonly<Record<IdentityAttribute, Word>> = {
  homonyme: word('idle', 'Homonyme'),
  douteuse: word('doubt', 'Douteuse'),
  fictive: word('idle', 'Fictive'),
};

export const INSI_STATES: Readonly<Record<InsiState, Word>> = {
  none: word('idle', 'INSi non interrogé'),
  queued: word('wait', 'Appel INSi en file'),
  settled: word('ok', 'INS récupérée auprès d’INSi'),
  'not-found': word('bad', 'Aucune identité trouvée par INSi'),
  several: word('doubt', 'Plusieurs identités trouvées par INSi'),
  discrepancy: word('doubt', 'Traits différents de ceux d’INSi'),
  blocked: word('bad', 'INS déjà portée par une autre identité'),
  failed: word('bad', 'Recherche INSi impossible'),
};

export const CIRCUITS: Readonly<Record<Circuit['state'], Word>> = {
  closed: word('ok', 'Normal'),
  open: word('bad', 'Ne répond plus'),
  'half-open': word('wait', 'Essai de reprise'),
};

const STEPS: Readonly<Record<string, Word>> = {
  received: word('ok', 'Reçu et acquitté'),
  matched: word('ok', 'Rapproché du patient'),
  warning: word('wait', 'Avertissement'),
  waiting: word('wait', 'En attente'),
  confirmed: word('ok', 'Envoi confirmé par une personne'),
  suspended: word('wait', 'Envoi suspendu par une personne'),
  prepared: word('ok', 'Préparé'),
  sent: word('ok', 'Envoyé au DMP'),
  postponed: word('wait', 'Envoi remis à plus tard'),
  accepted: word('ok', 'Accepté par le DMP'),
  reconciled: word('ok', 'Présent dans le DMP, vérifié'),
  refused: word('bad', 'Refusé'),
  unknown: word('doubt', 'Issue inconnue'),
  asked: word('doubt', 'DMP interrogé'),
  'asked-again': word('idle', 'Repris à la demande'),
  corrected: word('idle', 'Corrigé par une personne'),
  verify: word('idle', 'Vérification demandée dans le DMP'),
  resend: word('idle', 'Même envoi à refaire'),
  reopened: word('idle', 'Rouvert'),
  reissued: word('idle', 'En-tête réémis avec l’INS qualifiée'),
  attributed: word('idle', 'Attribué à la structure'),
  'success-when-kept': word('idle', 'Succès rendu au connecteur sans attendre le DMP'),
  withdrawn: word('idle', 'Non transmis'),
  replaced: word('idle', 'Remplacé par une nouvelle version'),
  deleted: word('idle', 'Supprimé du DMP'),
  'nothing-to-delete': word('ok', 'Rien à supprimer dans le DMP'),
  answered: word('ok', 'Acquittement métier vers l’émetteur'),
  'mail-waiting': word('wait', 'Courriel en attente'),
  'mail-sent': word('ok', 'Courriel envoyé'),
  'mail-accepted': word('ok', 'Courriel pris par la messagerie'),
  'mail-postponed': word('wait', 'Courriel remis à plus tard'),
  'mail-unknown': word('doubt', 'Issue du courriel inconnue'),
  'mail-resend': word('idle', 'Même courriel à renvoyer'),
  'mail-refused': word('bad', 'Courriel refusé'),
  'mail-withdrawn': word('idle', 'Courriel non transmis'),
  'mail-delivered': word('ok', 'Courriel déposé dans la boîte du destinataire'),
  'mail-delayed': word('wait', 'Dépôt du courriel retardé'),
  'mail-failed': word('bad', 'Courriel non remis'),
  'mail-read': word('ok', 'Courriel lu'),
  'mail-deleted-unread': word('doubt', 'Courriel supprimé sans être lu'),
  'mail-not-integrated': word('bad', 'Document non intégré par le destinataire'),
  'mail-asked-again': word('idle', 'Courriel repris à la demande'),
};

/** A step of the timeline; a later version may know more of them. */
export function stepWord(step: string): Word {
  return Object.hasOwn(STEPS, step) ? (STEPS[step] ?? word('idle', step)) : word('idle', step);
}

export const ANSWER_STATES: Readonly<Record<'pending' | 'delivered' | 'no-route' | 'refused', Word>> = {
  pending: word('wait', 'À remettre'),
  delivered: word('ok', 'Remis'),
  'no-route': word('idle', 'Sans destinataire déclaré'),
  refused: word('bad', 'Refusé par l’émetteur'),
};

/** Names of strict traits and other fields, in the official words (practice.md, Words). */
export const FIELD_NAMES: Readonly<Record<string, string>> = {
  birthName: 'Nom de naissance',
  firstGivenName: 'Premier prénom de naissance',
  birthGivenNames: 'Prénom(s) de naissance',
  sex: 'Sexe',
  birthDate: 'Date de naissance',
  birthDateInterpreted: 'Date interprétée',
  birthDateAsGiven: 'Date de naissance donnée',
  birthPlace: 'Code lieu de naissance',
  usedName: 'Nom utilisé',
  usedGivenName: 'Prénom utilisé',
  status: 'Statut',
  homonyme: 'Attribut homonyme',
  douteuse: 'Attribut douteuse',
  fictive: 'Attribut fictive',
  deviceType: 'Dispositif d’identité',
  deviceCheckedAt: 'Contrôlé le',
  deviceCheckedBy: 'Contrôlé par',
  insObtainedAt: 'INS récupérée le',
  insiState: 'INSi',
  insiRuleId: 'Règle',
  matricule: 'Matricule INS',
  oid: 'OID de l’INS',
  feedOpposition: 'Opposition à l’alimentation',
  informedAt: 'Informé de l’alimentation le',
  anonymous: 'Anonymat',
  noInsReason: 'Aucune INS possible',
  dmpState: 'DMP (TD0.2)',
  insMode: 'Mode d’obtention de l’INS',
  insDoubt: 'INS en doute, règle',
  frozenAt: 'Gelée par un rappel',
  active: 'Active',
};

/** Texts of the catalogue with French apostrophes. Never for a name: what was recorded shows as it is. */
export function french(text: string): string {
  return text.replace(/(?<=\p{L})'(?=\p{L})/gu, '’');
}

/** A rule's title as a heading: some end with a full stop, some do not. */
export function asHeading(title: string): string {
  return french(title).replace(/\.$/, '');
}

export function ruleTitle(rule: Rule): string {
  return asHeading(rule.title);
}

/** The requirements that a reader can look up; the names of our own working notes stay out. */
export function officialSource({ source = '' }: Rule): string | undefined {
  const official = source.split(', ').filter((part) => /^(EXI|EX_|RECO|JDV|CI-SIS|RNIV)/.test(part));
  return official.length === 0 ? undefined : official.join(', ');
}

/** Who did it, without the kind of actor. */
export function actorName(actor: string): string {
  return actor === 'system' ? 'Passerelle' : actor.replace(/^(user|source|token):/, '');
}

/** First letter in upper case: owners are stored in lower case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
