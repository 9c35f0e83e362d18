/** Rules `TDU-VER-nnn`: replacement and deletion of a document, and the same document sent again. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy' | 'source'>;

function ends(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 409 };
}

function stops(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 409 };
}

export const versionRules = {
  behindAnother: {
    id: 'TDU-VER-001',
    title: 'Attend le sort de la version précédente',
    cause:
      'Une version précédente de ce document, ou une demande à son sujet, n’a pas encore de réponse certaine du DMP.',
    owner: 'aucun',
    remedy: 'Aucune action : l’envoi a lieu dès que le sort de la version précédente est connu.',
    retry: 'automatic',
    safeToResend: true,
    http: 409,
    source: 'dmp.md 6',
  },
  superseded: ends('TDU-VER-002', {
    title: 'Remplacé avant son envoi',
    cause: 'Une version plus récente de ce document est arrivée avant que celle-ci ne parte : elle seule est envoyée.',
    owner: 'aucun',
    remedy: 'Aucune action : la version plus récente est envoyée à la place.',
    source: 'practice 12',
  }),
  deletedBeforeSending: ends('TDU-VER-003', {
    title: 'Supprimé avant son envoi',
    cause: 'La suppression de ce document a été demandée avant qu’il ne parte : il n’est pas envoyé.',
    owner: 'aucun',
    remedy: 'Aucune action. Pour le transmettre, le produire sous un nouvel identifiant et l’envoyer.',
    source: 'practice 12',
  }),
  identicalCopy: ends('TDU-VER-004', {
    title: 'Document identique déjà reçu',
    cause:
      'Le même document, octet pour octet, est déjà pris en charge ou accepté : il n’est pas envoyé une seconde fois.',
    owner: 'aucun',
    remedy: 'Aucune action : l’émetteur reçoit la réponse du premier envoi.',
    source: 'dmp.md 3.3',
  }),
  notTheCurrentVersion: stops('TDU-VER-005', {
    title: 'La version visée n’est pas la version en cours',
    cause: 'Le document à remplacer ou à supprimer a déjà été remplacé ou supprimé.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Désigner la version en cours (voir la suite des versions sur la fiche du document). Après une suppression, envoyer un nouveau document.',
    source: 'dmp.md 6',
  }),
  originalUnknown: stops('TDU-VER-006', {
    title: 'Document à remplacer ou à supprimer introuvable',
    cause:
      'Le document désigné n’a pas été envoyé par cette passerelle et le DMP du patient n’en contient aucun de cet identifiant sous cette INS.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Vérifier l’identifiant désigné (TXA-12, TXA-13 ou relatedDocument du CDA). S’il n’a jamais été au DMP, l’envoyer comme nouveau document.',
    source: 'practice 22',
  }),
  otherPatient: stops('TDU-VER-007', {
    title: 'Le document visé est celui d’un autre patient',
    cause: 'La demande concerne un patient, le document qu’elle désigne en concerne un autre.',
    owner: 'identitovigilance',
    remedy:
      'Vérifier le patient des deux documents. Un document envoyé sous la mauvaise identité se supprime, il ne se remplace pas.',
    source: 'dmp.md 6',
  }),
  otherStructure: stops('TDU-VER-008', {
    title: 'Le document visé est celui d’un autre établissement',
    cause: 'Seule la structure qui a alimenté un document peut le remplacer ou le supprimer.',
    owner: 'interopérabilité',
    remedy: 'Faire la demande depuis l’établissement qui a produit le document, ou vérifier l’identifiant désigné.',
    source: 'dmp.md 1.6, practice 15',
  }),
  otherIns: stops('TDU-VER-009', {
    title: 'Le document visé a été transmis sous une autre INS',
    cause:
      'L’INS du patient a changé depuis l’envoi du document : le DMP n’admet un remplacement que sous la même INS.',
    owner: 'identitovigilance',
    remedy:
      'Vérifier le changement d’INS. Si c’est la même personne, supprimer l’ancien document puis envoyer le nouveau comme première version.',
    source: 'practice 23',
  }),
  deletedElsewhere: ends('TDU-VER-012', {
    title: 'Supprimé du DMP, pas par une demande d’ici',
    cause:
      'Le DMP, interrogé, dit ce document supprimé : par le patient, par un autre logiciel, ou par une demande que cette installation ne connaît pas.',
    owner: 'aucun',
    remedy:
      'Aucune action. Si la suppression est une erreur, voir son auteur ; pour transmettre de nouveau le document, le produire sous un nouvel identifiant.',
    source: 'dmp.md 6',
  }),
  replacedElsewhere: ends('TDU-VER-013', {
    title: 'Remplacé dans le DMP par une version inconnue ici',
    cause:
      'Le DMP, interrogé, dit ce document obsolète : une version que cette installation ne connaît pas l’a remplacé.',
    owner: 'aucun',
    remedy:
      'Aucune action. Pour le corriger, envoyer une nouvelle version depuis le logiciel qui tient la version en cours.',
    source: 'dmp.md 6',
  }),
  originalNotVisible: {
    id: 'TDU-VER-011',
    title: 'Document accepté, pas encore visible dans le DMP',
    cause: 'Le DMP a accepté le document à remplacer ou à supprimer, et ne le montre pas encore.',
    owner: 'aucun',
    remedy: 'Aucune action : le DMP est interrogé de nouveau.',
    retry: 'automatic',
    safeToResend: true,
    http: 409,
    source: 'dmp.md 3.3',
  },
  parentsDiffer: stops('TDU-VER-010', {
    title: 'Le message et le CDA ne désignent pas le même document',
    cause: 'TXA-13 et la référence RPLC du CDA nomment deux documents différents.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Mettre le même identifiant dans TXA-13 et dans relatedDocument/parentDocument/id, puis renvoyer.',
    source: 'cda-cisis.md 5',
  }),
} satisfies Record<string, Rule>;
