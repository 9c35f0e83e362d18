/** Rules `TDU-DIF-nnn`: what other software is told of the identities, and the take-over of an existing repository. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy' | 'source'>;

/** A person looks, corrects, and sends again from the page of the subscriber. */
function stopped(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 409 };
}

/** There is nothing to send; it is only said why. */
function notSent(id: string, words: Omit<Words, 'owner' | 'remedy'>): Rule {
  return { id, ...words, owner: 'aucun', remedy: 'Aucune action.', retry: 'never', safeToResend: true, http: 409 };
}

export const diffusionRules = {
  refusedBySubscriber: stopped('TDU-DIF-001', {
    title: 'Message refusé par l’abonné (AE)',
    cause: 'Le logiciel abonné a lu le message d’identité et l’a refusé, avec la raison indiquée.',
    owner: 'interopérabilité',
    remedy:
      'Lire la raison donnée par l’abonné, corriger l’identité ou l’abonné, puis « Renvoyer » depuis la page de l’abonné. Rien n’est renvoyé sans cette action.',
    source: 'ins.md 5.1',
  }),
  rejectedBySubscriber: stopped('TDU-DIF-002', {
    title: 'Message rejeté par l’abonné (AR)',
    cause: 'Le logiciel abonné n’a pas pu traiter le message d’identité, pour une raison technique ou de paramétrage.',
    owner: 'interopérabilité',
    remedy:
      'Vérifier avec l’éditeur du logiciel abonné la version, l’encodage et le type de message attendus, puis « Renvoyer » depuis la page de l’abonné.',
    source: 'ins.md 5.1',
  }),
  unreadableAnswer: stopped('TDU-DIF-003', {
    title: 'Réponse illisible de l’abonné',
    cause: 'L’abonné a répondu, mais sa réponse n’est pas un acquittement HL7 (ACK) lisible.',
    owner: 'interopérabilité',
    remedy: 'Faire corriger l’acquittement par l’éditeur du logiciel abonné, puis « Renvoyer ».',
    source: 'ins.md 5.3',
  }),
  neverAnswered: stopped('TDU-DIF-004', {
    title: 'Message laissé sans réponse par l’abonné',
    cause:
      'L’abonné accepte la connexion mais ne répond jamais à ce message, après plusieurs envois du même message. Il est mis de côté pour ne pas retenir les autres.',
    owner: 'interopérabilité',
    remedy: 'Chercher ce message (MSH-10) dans les journaux du logiciel abonné, puis « Renvoyer ».',
    source: 'hostile.md',
  }),
  noNumber: notSent('TDU-DIF-005', {
    title: 'Sans identifiant dans les domaines de l’abonné',
    cause: 'Le patient ne porte aucun identifiant permanent (IPP) en cours dans les domaines que reçoit cet abonné.',
    source: 'practice 15',
  }),
  unwantedEvent: notSent('TDU-DIF-006', {
    title: 'Événement que l’abonné ne reçoit pas',
    cause: 'Le paramétrage de l’abonné exclut ce type de message.',
    source: 'ins.md 5.3',
  }),
  closedBeforeTold: notSent('TDU-DIF-007', {
    title: 'Dossier fermé avant d’avoir été transmis',
    cause: 'Le dossier a été fusionné avant que l’abonné ne le connaisse : seul le dossier conservé lui est transmis.',
    source: 'ins.md 5.3',
  }),
  undoneBeforeTold: notSent('TDU-DIF-008', {
    title: 'Fusion ou changement annulé avant d’avoir été transmis',
    cause: 'La fusion ou le changement d’identifiant n’existe plus : l’abonné n’en est pas informé.',
    source: 'ins.md 5.3',
  }),
  mirrorNotDiffused: notSent('TDU-DIF-009', {
    title: 'Identité du référentiel amont, non diffusée',
    cause:
      'L’identité est une copie : son référentiel la diffuse lui-même. Le paramètre « mirrors » de l’abonné en décide autrement.',
    source: 'practice 4',
  }),
  superseded: notSent('TDU-DIF-010', {
    title: 'Remplacé par un message plus récent',
    cause: 'Un message plus récent, accepté par l’abonné, lui a transmis l’identité entière.',
    source: 'ins.md 5.1',
  }),
  abandoned: notSent('TDU-DIF-011', {
    title: 'Abandonné par une personne',
    cause: 'Une personne habilitée a décidé de ne pas renvoyer ce message, pour le motif indiqué.',
    source: 'ins.md 5.1',
  }),
  subscriberUnknown: {
    id: 'TDU-DIF-012',
    title: 'Abonné inconnu',
    cause: 'Aucun logiciel de ce nom n’est déclaré comme abonné aux identités.',
    owner: 'exploitation',
    remedy: 'Vérifier le nom, ou déclarer l’abonné dans la section « diffusion » de la configuration.',
    retry: 'after-correction',
    safeToResend: true,
    http: 404,
  },
  entryNotRefused: {
    id: 'TDU-DIF-013',
    title: 'Message qui n’attend pas de décision',
    cause:
      'Seul un message refusé par un abonné peut être renvoyé ou abandonné ; celui-ci n’est pas, ou plus, dans ce cas.',
    owner: 'aucun',
    remedy: 'Afficher de nouveau la page de l’abonné : une autre personne a pu décider entre-temps.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  loadRunning: {
    id: 'TDU-DIF-014',
    title: 'Chargement initial déjà en cours',
    cause: 'Le chargement initial de cet abonné est en cours.',
    owner: 'aucun',
    remedy: 'Attendre sa fin, ou l’arrêter avant d’en commencer un autre.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  loadNotRunning: {
    id: 'TDU-DIF-015',
    title: 'Aucun chargement initial dans cet état',
    cause: 'L’arrêt concerne un chargement en cours, la reprise un chargement arrêté.',
    owner: 'aucun',
    remedy: 'Afficher de nouveau la page de l’abonné.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  subscriberAway: {
    id: 'TDU-DIF-016',
    title: 'Un abonné aux identités ne répond plus',
    cause:
      'Un logiciel abonné ne répond pas depuis trop longtemps : il ne reçoit ni les changements ni les retraits d’INS.',
    owner: 'exploitation',
    remedy:
      'Vérifier le logiciel abonné, le réseau et les certificats. Les messages partent d’eux-mêmes à son retour, dans l’ordre.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'ins.md 5',
  },
  refusalsWaiting: stopped('TDU-DIF-017', {
    title: 'Des messages refusés par un abonné attendent une décision',
    cause:
      'Un logiciel abonné a refusé des identités et personne n’a encore décidé de les renvoyer ou de les abandonner.',
    owner: 'interopérabilité',
    remedy: 'Ouvrir la page de l’abonné, lire les raisons, corriger, puis renvoyer ou abandonner.',
    source: 'ins.md 5',
  }),
  passedApart: notSent('TDU-DIF-018', {
    title: 'Identifiant passé à un autre dossier, les deux restant distincts',
    cause:
      'Le logiciel d’un domaine a fusionné ses deux numéros ; celui d’un autre domaine distingue toujours les deux dossiers, que cet abonné voit tous les deux. Aucune fusion ne lui est envoyée : la cellule d’identitovigilance décide.',
    source: 'practice 15',
  }),
} satisfies Record<string, Rule>;
