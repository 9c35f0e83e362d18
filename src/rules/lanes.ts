import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** The document waits for its flow: nobody has to do anything of it. */
function waits(id: string, words: Words): Rule {
  return { id, source: 'practice 17, design 2', ...words, retry: 'automatic', safeToResend: true, http: 409 };
}

/** Why a flow may not go forward yet. */
function blocks(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 409 };
}

/** Rules `TDU-LAN-nnn`: lanes of the flows that leave API V1 or TD0.0 (docs/fr/flux.md). */
export const laneRules = {
  observed: waits('TDU-LAN-001', {
    title: 'Flux observé : le document attend que le flux passe en API V2',
    cause:
      'L’application émettrice alimentait par l’API V1 ou par TD0.0, et son flux est encore observé : rien n’est envoyé par l’API V2.',
    owner: 'interopérabilité',
    remedy: 'Aucune action sur le document : il sera envoyé automatiquement quand son flux avancera (page « Flux »).',
  }),
  shadow: waits('TDU-LAN-002', {
    title: 'Flux en essai à blanc : le document est préparé et vérifié, non envoyé',
    cause: 'Le flux est en essai à blanc : chaque document est préparé pour l’API V2 et vérifié, sans être envoyé.',
    owner: 'interopérabilité',
    remedy:
      'Aucune action sur le document : lire le résultat des essais sur la page « Flux », puis faire avancer le flux ; il sera envoyé automatiquement.',
  }),
  notChosen: waits('TDU-LAN-003', {
    title: 'Flux en rodage : ce document n’est pas parmi ceux qui partent',
    cause: 'Le flux est en rodage sur une partie de ses services ou de ses documents, et celui-ci n’en est pas.',
    owner: 'interopérabilité',
    remedy:
      'Aucune action sur le document : élargir le rodage ou faire avancer le flux ; il sera envoyé automatiquement.',
  }),
  goingOn: waits('TDU-LAN-004', {
    title: 'Remis à l’ancienne plateforme : accusé attendu',
    cause: 'Le flux est encore dans une voie de l’API V1 : le message va, inchangé, à l’ancienne plateforme.',
    owner: 'aucun',
    remedy:
      'Aucune action : la remise est retentée d’elle-même. Si l’attente dure, vérifier que l’ancienne plateforme répond.',
  }),
  byTheOldWay: {
    id: 'TDU-LAN-005',
    title: 'Alimenté par l’ancienne voie',
    cause:
      'Au moment où ce document est arrivé, son flux était dans une voie de l’API V1 : l’ancienne plateforme, ou le connecteur lui-même, s’en charge.',
    owner: 'aucun',
    remedy:
      'Aucune action ici : l’issue est à lire auprès de l’ancienne plateforme. Le document n’est jamais envoyé deux fois.',
    retry: 'never',
    safeToResend: false,
    http: 409,
    source: 'design 2, hostile T-R20',
  },
  oldPlatformRefused: {
    id: 'TDU-LAN-006',
    title: 'Refusé par l’ancienne plateforme',
    cause: 'L’ancienne plateforme a répondu par un acquittement négatif au message qui lui était remis.',
    owner: 'interopérabilité',
    remedy:
      'Lire le motif qu’elle donne, le corriger chez elle ou chez l’émetteur, puis reprendre le document : le même message lui est présenté de nouveau.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'design 2',
  },
  alreadyFed: {
    id: 'TDU-LAN-007',
    title: 'Déjà présent dans le DMP par l’ancienne voie',
    cause:
      'Le DMP connaît déjà cet identifiant de document : il y avait été versé par l’ancienne voie avant la bascule du flux.',
    owner: 'aucun',
    remedy: 'Aucune action : le document est dans le DMP, rien n’est envoyé une seconde fois.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'practice 22',
  },
  closed: {
    id: 'TDU-LAN-008',
    title: 'Ancienne entrée fermée',
    cause: 'La bascule de ce flux est terminée : son ancienne entrée (API V1, ou V2 par TD0.0) est fermée.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Envoyer désormais à l’entrée déclarée pour ce flux dans cette installation (HL7, REST ou FHIR) : l’exploitation en donne l’adresse.',
    retry: 'never',
    safeToResend: false,
    http: 410,
    source: 'design 2',
  },
  notThisMove: {
    id: 'TDU-LAN-020',
    title: 'Changement de voie impossible',
    cause: 'Un flux avance d’une voie à la fois, et ne recule que vers une voie par laquelle il est passé.',
    owner: 'interopérabilité',
    remedy: 'Recharger la page du flux et choisir une des actions qu’elle propose.',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
  },
  movedMeanwhile: {
    id: 'TDU-LAN-021',
    title: 'Le flux a changé de voie entre-temps',
    cause: 'Une autre personne a déplacé ce flux depuis que la page a été lue.',
    owner: 'interopérabilité',
    remedy: 'Recharger la page du flux, relire son historique, puis décider.',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
  },
  reasonMissing: {
    id: 'TDU-LAN-022',
    title: 'Motif attendu',
    cause: 'Un changement de voie est daté, signé et motivé.',
    owner: 'interopérabilité',
    remedy: 'Dire pourquoi le flux change de voie, en une phrase.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
  },
  canaryInvalid: {
    id: 'TDU-LAN-023',
    title: 'Règle de rodage invalide',
    cause: 'Un rodage porte sur une liste de services, ou sur une part des documents comprise entre 0 et 100 %.',
    owner: 'interopérabilité',
    remedy: 'Donner au moins un code de service, ou un pourcentage.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
  },
  blocked: {
    id: 'TDU-LAN-024',
    title: 'Le flux ne peut pas encore avancer',
    cause: 'Des raisons s’opposent à la voie suivante ; elles sont listées sur la page du flux.',
    owner: 'interopérabilité',
    remedy:
      'Lever chaque raison. Un administrateur peut passer outre certaines d’entre elles, avec un motif qui est enregistré.',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
  },
  noDmp: blocks('TDU-LAN-040', {
    title: 'Aucun accès à l’API V2 n’est déclaré',
    cause: 'La configuration ne déclare pas le DMP : rien ne pourrait partir.',
    owner: 'exploitation',
    remedy: 'Déclarer le DMP (configuration, bloc « dmp »).',
  }),
  noHomologation: blocks('TDU-LAN-041', {
    title: 'Numéro d’homologation DMP absent',
    cause:
      'L’API V2 refuse un logiciel sans numéro d’homologation ; celui de démonstration ne vaut pas hors de la démonstration.',
    owner: 'exploitation',
    remedy: 'Renseigner le numéro d’homologation de cette installation (dmp.homologation).',
    source: 'practice 16',
  }),
  certificates: blocks('TDU-LAN-042', {
    title: 'Certificat du DMP inutilisable',
    cause: 'Un certificat de l’accès à l’API V2 manque, est expiré, ou n’est pas celui d’une structure déclarée.',
    owner: 'exploitation',
    remedy: 'Obtenir ou installer le certificat d’organisation (IGC-Santé), puis vérifier par « traitdunion doctor ».',
    source: 'dmp.md 1.5',
  }),
  dataMatrixUnproved: blocks('TDU-LAN-043', {
    title: 'DataMatrix de l’INS non vérifié',
    cause:
      'Aucun document imprimé par cette application n’a été audité récemment, et cette installation n’y appose rien.',
    owner: 'interopérabilité',
    remedy: 'Déposer un exemple de chaque modèle sur la page « Modèles », ou déclarer l’apposition (stampRawPdf).',
    source: 'EXI ID 10',
  }),
  dataMatrixWrong: blocks('TDU-LAN-044', {
    title: 'DataMatrix de l’INS absent ou faux',
    cause: 'Le dernier audit d’un modèle de cette application a trouvé un symbole absent, illisible ou faux.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Corriger le modèle, puis l’auditer de nouveau sur la page « Modèles ».',
    source: 'EXI ID 10',
  }),
  identities: blocks('TDU-LAN-045', {
    title: 'Trop d’identités non qualifiées',
    cause:
      'Trop de documents récents de ce flux concernent des patients dont l’identité n’est pas qualifiée : ils attendraient.',
    owner: 'identitovigilance',
    remedy: 'Qualifier les identités des patients de ce flux, poste d’accueil par poste d’accueil.',
  }),
  typesNotFeedable: blocks('TDU-LAN-046', {
    title: 'Des types de documents n’alimentent pas le DMP',
    cause:
      'Ce flux porte des types qui ne sont pas dans la liste de ce qui peut alimenter le DMP : ils ne partiraient pas.',
    owner: 'interopérabilité',
    remedy: 'Vérifier ces types avec l’émetteur, ou les tables de correspondance, ou la liste en vigueur.',
    source: 'JDV_J66, practice 11',
  }),
  unmapped: blocks('TDU-LAN-047', {
    title: 'Des codes locaux ne sont pas traduits',
    cause:
      'Des documents de ce flux portent des codes locaux (type, unité, auteur) qu’aucune table ne traduit : ils attendraient.',
    owner: 'interopérabilité',
    remedy: 'Compléter les tables de correspondance.',
  }),
  shadowTooShort: blocks('TDU-LAN-048', {
    title: 'Essai à blanc trop court',
    cause: 'Trop peu de documents ont été vérifiés à blanc pour en conclure quelque chose.',
    owner: 'interopérabilité',
    remedy: 'Laisser le flux en essai à blanc jusqu’à ce qu’assez de documents y soient passés.',
  }),
  shadowRefusals: blocks('TDU-LAN-049', {
    title: 'L’essai à blanc montre trop de refus',
    cause: 'Une part trop grande des documents vérifiés à blanc aurait été refusée.',
    owner: 'interopérabilité',
    remedy: 'Ouvrir le rapport d’essai du flux : chaque règle y mène à ses documents.',
  }),
  onTheirWay: blocks('TDU-LAN-050', {
    title: 'Des documents sont encore en chemin vers l’ancienne voie',
    cause:
      'Des messages attendent l’accusé de l’ancienne plateforme, ou des documents attendent leur voie : fermer les abandonnerait.',
    owner: 'interopérabilité',
    remedy: 'Attendre leur issue, ou rétablir l’ancienne plateforme.',
  }),
  stillUsed: blocks('TDU-LAN-051', {
    title: 'L’ancienne voie sert encore',
    cause: 'Des documents de ce flux sont encore partis récemment par l’ancienne voie.',
    owner: 'interopérabilité',
    remedy: 'Attendre que plus rien n’y passe, ou dire pourquoi la fermer quand même.',
  }),
  identitiesUnseen: blocks('TDU-LAN-052', {
    title: 'Aucun document récent de ce flux',
    cause: 'Rien n’est passé par ce flux depuis longtemps : l’identité de ses patients ne peut pas être jugée.',
    owner: 'interopérabilité',
    remedy: 'Attendre du trafic, ou dire pourquoi le flux doit avancer sans preuve.',
  }),
} as const satisfies Readonly<Record<string, Rule>>;
