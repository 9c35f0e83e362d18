/** Rules `TDU-MSS-1nn`: mail that comes in by MSSanté, its documents, and their hand-over to the DPI. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy' | 'source'>;

/** On the desk: a person reads, decides, and the decision is recorded. */
function onDesk(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 409 };
}

/** Said, and nothing more to do. */
function settled(id: string, words: Omit<Words, 'owner' | 'remedy'>): Rule {
  return { id, ...words, owner: 'aucun', remedy: 'Aucune action.', retry: 'never', safeToResend: true, http: 409 };
}

export const mssanteInRules = {
  mailUnreadable: onDesk('TDU-MSS-100', {
    title: 'Courriel illisible',
    cause: 'Le courriel reçu n’a pas pu être lu : sa structure est abîmée ou dépasse ce qu’un courriel peut contenir.',
    owner: 'exploitation',
    remedy:
      'Le courriel d’origine est conservé et sorti de la boîte. Demandez un nouvel envoi à l’expéditeur, puis classez celui-ci.',
    source: 'hostile.md, Archives',
  }),
  mailTooLarge: onDesk('TDU-MSS-101', {
    title: 'Courriel trop volumineux',
    cause: 'Le courriel dépasse la taille que cette installation accepte ; son contenu n’a pas été téléchargé.',
    owner: 'exploitation',
    remedy:
      'Le courriel reste dans la boîte du serveur, dossier des courriels écartés. Demandez un envoi en plusieurs courriels, ou relevez « maxBytes ».',
    source: 'hostile.md',
  }),
  openingTooLong: onDesk('TDU-MSS-102', {
    title: 'Courriel arrêté pendant son ouverture',
    cause:
      'L’ouverture du courriel et de ses pièces jointes a demandé plus de temps ou de mémoire que la limite : elle a été arrêtée.',
    owner: 'exploitation',
    remedy:
      'Considérez ce courriel comme suspect : prévenez le responsable de la sécurité, et demandez un nouvel envoi à l’expéditeur s’il est connu.',
    source: 'hostile.md, Archives',
  }),
  noXdm: onDesk('TDU-MSS-103', {
    title: 'Courriel sans archive IHE_XDM.zip',
    cause:
      'Le courriel ne contient pas de document médical structuré : c’est un message, ou un document joint sans ses métadonnées.',
    owner: 'bureau des entrées',
    remedy: 'Lisez le courriel, transmettez-le au service concerné ou répondez à l’expéditeur, puis classez-le.',
    source: 'cda-cisis.md 6',
  }),
  severalArchives: onDesk('TDU-MSS-104', {
    title: 'Plusieurs archives IHE_XDM.zip dans un courriel',
    cause: 'Un courriel ne porte qu’une archive IHE_XDM.zip, d’un seul patient : celui-ci en porte plusieurs.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Demandez à l’expéditeur un courriel par patient. Les pièces jointes restent consultables ici.',
    source: 'cda-cisis.md 6',
  }),
  notCda: onDesk('TDU-MSS-105', {
    title: 'Document reçu qui n’est pas un CDA',
    cause:
      'L’archive contient un document d’un autre format : le message au DPI (volet LPS) ne transporte que des documents CDA.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Consultez le document ici, transmettez-le au service concerné, puis classez-le.',
    source: 'cda-cisis.md 5',
  }),
  noPatientId: onDesk('TDU-MSS-106', {
    title: 'Document reçu sans INS',
    cause: 'Ni le CDA ni METADATA.XML ne donnent de matricule INS : le patient ne peut pas être trouvé par lui.',
    owner: 'identitovigilance',
    remedy: 'Cherchez le patient par ses traits, comparez, puis rattachez le document ou refusez-le.',
    source: 'cda-cisis.md 6',
  }),
  patientUnknown: onDesk('TDU-MSS-107', {
    title: 'INS inconnue du référentiel d’identité',
    cause:
      'Aucun patient de l’établissement ne porte cette INS. Une INS reçue par MSSanté n’est jamais enregistrée : elle est obtenue d’INSi localement.',
    owner: 'identitovigilance',
    remedy:
      'Si le patient est connu sans INS, lancez l’appel INSi puis rattachez le document ; sinon refusez le document ou transmettez le courriel.',
    source: 'practice 4',
  }),
  traitsDiffer: onDesk('TDU-MSS-108', {
    title: 'Traits du document différents de ceux du patient',
    cause:
      'Le patient qui porte cette INS n’a pas les mêmes traits stricts que le document reçu : l’INS seule ne suffit jamais.',
    owner: 'identitovigilance',
    remedy: 'Comparez trait par trait. En cas d’erreur de l’expéditeur, refusez le document avec son motif.',
    source: 'practice 4',
  }),
  notQualifiedHere: onDesk('TDU-MSS-109', {
    title: 'Patient trouvé, identité non qualifiée',
    cause: 'Le patient porte cette INS, mais son identité n’est pas qualifiée ici : l’INS ne peut pas être transmise.',
    owner: 'identitovigilance',
    remedy: 'Qualifiez l’identité, puis rattachez le document ; ou rattachez-le tout de suite sous son seul IPP.',
    source: 'practice 4',
  }),
  metadataPatientDiffers: onDesk('TDU-MSS-110', {
    title: 'METADATA.XML et CDA désignent deux patients',
    cause: 'Le patient de METADATA.XML (patientId) n’est pas celui du document CDA de la même archive.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Refusez le document : l’expéditeur corrige son archive et la renvoie.',
    source: 'cda-cisis.md 6',
  }),
  severalPatients: onDesk('TDU-MSS-111', {
    title: 'Plusieurs patients dans un courriel',
    cause: 'Les documents du courriel ne désignent pas tous le même patient : un courriel est d’un seul patient.',
    owner: 'éditeur du logiciel émetteur',
    remedy: 'Refusez les documents : l’expéditeur envoie un courriel par patient.',
    source: 'cda-cisis.md 6',
  }),
  alreadyReceived: settled('TDU-MSS-112', {
    title: 'Document déjà reçu',
    cause: 'Le même document (identifiant et contenu) a déjà été remis au DPI : il ne lui est pas remis deux fois.',
    source: 'cda-cisis.md 6',
  }),
  sameIdOtherContent: onDesk('TDU-MSS-113', {
    title: 'Identifiant déjà reçu avec un autre contenu',
    cause: 'Un document de même identifiant a déjà été reçu, mais son contenu est différent.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Comparez les deux documents. Une nouvelle version porte un nouvel identifiant et désigne la précédente : demandez-la à l’expéditeur.',
    source: 'practice 12',
  }),
  refusedByDpi: onDesk('TDU-MSS-114', {
    title: 'Document refusé par le DPI (AE)',
    cause: 'Le DPI a lu le message et l’a refusé, avec la raison indiquée.',
    owner: 'interopérabilité',
    remedy: 'Corrigez la cause (patient inconnu du DPI, paramétrage), puis « Remettre de nouveau », ou classez.',
    source: 'cda-cisis.md 5',
  }),
  rejectedByDpi: onDesk('TDU-MSS-115', {
    title: 'Document toujours rejeté par le DPI (AR)',
    cause: 'Le DPI a rejeté le message pour une raison passagère, à chaque essai.',
    owner: 'interopérabilité',
    remedy: 'Vérifiez l’état du DPI avec son éditeur, puis « Remettre de nouveau ».',
    source: 'cda-cisis.md 5',
  }),
  unreadableAnswer: onDesk('TDU-MSS-116', {
    title: 'Réponse illisible du DPI',
    cause: 'Le DPI a répondu, mais sa réponse n’est pas un acquittement HL7 (ACK) lisible.',
    owner: 'interopérabilité',
    remedy: 'Faites corriger l’acquittement par l’éditeur du DPI, puis « Remettre de nouveau ».',
    source: 'cda-cisis.md 5',
  }),
  neverAnswered: onDesk('TDU-MSS-117', {
    title: 'Document laissé sans réponse par le DPI',
    cause: 'Le DPI accepte la connexion mais ne répond jamais à ce message, après plusieurs envois du même message.',
    owner: 'interopérabilité',
    remedy: 'Cherchez ce message (MSH-10) dans les journaux du DPI, puis « Remettre de nouveau ».',
    source: 'hostile.md',
  }),
  noRoute: onDesk('TDU-MSS-118', {
    title: 'Boîte sans route vers un DPI',
    cause: 'Aucune route (« deliverTo ») n’est déclarée pour la boîte qui a reçu ce courriel.',
    owner: 'exploitation',
    remedy: 'Déclarez la route dans la section « mssante » de la configuration, puis « Remettre de nouveau ».',
    source: 'cda-cisis.md 5',
  }),
  mailboxAway: {
    id: 'TDU-MSS-119',
    title: 'Boîte MSSanté injoignable',
    cause: 'Le serveur de messagerie ne répond pas, ou refuse la connexion, depuis trop longtemps.',
    owner: 'exploitation',
    remedy:
      'Vérifiez l’opérateur MSSanté, le réseau, le certificat et les droits de la boîte. La relève reprend d’elle-même à son retour ; rien n’est perdu.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: 'cda-cisis.md 6',
  },
  mailNotGiven: onDesk('TDU-MSS-120', {
    title: 'Courriel que le serveur ne donne pas',
    cause: 'Le serveur de messagerie annonce ce courriel mais n’en donne pas le contenu, après plusieurs essais.',
    owner: 'exploitation',
    remedy: 'Ouvrez la boîte avec un autre logiciel de messagerie, ou signalez-le à l’opérateur MSSanté.',
    source: 'hostile.md',
  }),
  duplicateMail: settled('TDU-MSS-121', {
    title: 'Courriel déjà reçu',
    cause: 'Le même courriel (Message-ID et contenu) a déjà été relevé : il n’est pas traité deux fois.',
    source: 'cda-cisis.md 6',
  }),
  refusedByPerson: settled('TDU-MSS-122', {
    title: 'Document refusé par l’établissement',
    cause: 'Une personne habilitée a refusé ce document, pour le motif indiqué.',
    source: 'cda-cisis.md 6',
  }),
  closedByPerson: settled('TDU-MSS-123', {
    title: 'Courriel classé par une personne',
    cause: 'Une personne habilitée a classé ce courriel, pour le motif indiqué.',
    source: 'cda-cisis.md 6',
  }),
  forwardedByPerson: settled('TDU-MSS-124', {
    title: 'Courriel transféré par une personne',
    cause: 'Une personne habilitée a transféré ce courriel à l’adresse indiquée.',
    source: 'cda-cisis.md 6',
  }),
  notWaiting: {
    id: 'TDU-MSS-125',
    title: 'Document ou courriel qui n’attend pas de décision',
    cause: 'Seul ce qui attend sur le bureau peut être rattaché, refusé, transféré ou classé ; celui-ci n’attend plus.',
    owner: 'aucun',
    remedy: 'Affichez de nouveau la page : une autre personne a pu décider entre-temps.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  integrationFailure: onDesk('TDU-MSS-126', {
    title: 'Avis d’échec d’intégration reçu',
    cause: 'Un destinataire signale qu’il n’a pas pu intégrer un document que cet établissement lui a envoyé.',
    owner: 'interopérabilité',
    remedy: 'Lisez la raison donnée, corrigez, puis renvoyez le document ou prévenez son auteur.',
    source: 'cda-cisis.md 6',
  }),
  receiptUnmatched: onDesk('TDU-MSS-127', {
    title: 'Accusé d’un courriel que cet établissement n’a pas envoyé',
    cause: 'L’accusé ne désigne aucun courriel envoyé par cette installation.',
    owner: 'exploitation',
    remedy: 'Vérifiez que la boîte n’est pas utilisée par un autre logiciel, puis classez l’accusé.',
    source: 'RFC 8098',
  }),
  handOverRunning: settled('TDU-MSS-128', {
    title: 'Remise au DPI en cours',
    cause: 'Le document est en route vers le DPI ; il part ou repart de lui-même.',
    source: 'cda-cisis.md 5',
  }),
  replyNotSent: onDesk('TDU-MSS-129', {
    title: 'Accusé de lecture non envoyé à l’expéditeur',
    cause: 'Le serveur d’envoi a refusé l’accusé de lecture demandé par l’expéditeur, avec la raison indiquée.',
    owner: 'exploitation',
    remedy: 'Vérifiez le serveur d’envoi et l’adresse de l’expéditeur. Le document, lui, est traité.',
    source: 'RFC 8098',
  }),
  otherIns: onDesk('TDU-MSS-131', {
    title: 'Le document porte l’INS d’une autre personne',
    cause:
      'Le patient choisi porte une INS, et celle du document est différente, sans lui avoir jamais appartenu : il ne lui est pas remis.',
    owner: 'identitovigilance',
    remedy:
      'Choisissez le patient que le document désigne, ou refusez le document : l’expéditeur s’est peut-être trompé.',
    source: 'design 6, promesse 4',
  }),
  contentGone: settled('TDU-MSS-130', {
    title: 'Contenu du courriel non conservé',
    cause: 'Le contenu de ce courriel n’a pas été téléchargé, ou sa durée de conservation est passée.',
    source: 'practice 24',
  }),
} satisfies Record<string, Rule>;
