import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** The document waits and leaves by itself when the cause is gone. */
function waits(id: string, words: Words): Rule {
  return { id, ...words, retry: 'automatic', safeToResend: true, http: 409 };
}

/** The document will never be sent as it is: « non transmissible », counted apart (practice 9). */
function endsTheWait(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 409 };
}

/** The sender, or the site, corrects and sends again. */
function stops(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 422 };
}

/** Rules `TDU-FEED-nnn`: why a document waits, or will not leave. */
export const feedRules = {
  identityProvisional: waits('TDU-FEED-001', {
    title: "Identité provisoire : contrôler un dispositif d'identité",
    cause: "L'identité du patient n'a pas été contrôlée avec un dispositif d'identité à haut niveau de confiance.",
    owner: 'bureau des entrées',
    remedy: "Contrôler le dispositif d'identité du patient et l'enregistrer ; le document sera envoyé automatiquement.",
    source: 'EXI SI 08, practice 1',
  }),
  deviceToCheck: waits('TDU-FEED-002', {
    title: "INS récupérée, dispositif d'identité à contrôler",
    cause:
      "L'INS a été récupérée auprès d'INSi, mais aucun dispositif d'identité à haut niveau de confiance n'a été contrôlé.",
    owner: 'bureau des entrées',
    remedy: "Contrôler le dispositif d'identité du patient et l'enregistrer ; le document sera envoyé automatiquement.",
    source: 'EXI SI 08',
  }),
  insiPending: waits('TDU-FEED-003', {
    title: "INS en cours de récupération auprès d'INSi",
    cause: "L'identité est validée ; l'appel au téléservice INSi est en file d'attente ou sera relancé.",
    owner: 'aucun',
    remedy: 'Aucune action : le document sera envoyé automatiquement dès que l’INS sera qualifiée.',
    source: 'practice 1',
  }),
  insiNotAsked: waits('TDU-FEED-004', {
    title: 'INS non demandée',
    cause:
      "L'identité est validée mais aucun appel INSi n'est en attente : téléservice non configuré, ou appel à relancer.",
    owner: 'identitovigilance',
    remedy: "Lancer la recherche INSi depuis la fiche du patient, ou vérifier la configuration d'INSi.",
  }),
  upstreamNotQualified: waits('TDU-FEED-005', {
    title: "Identité non qualifiée dans le référentiel d'identités amont",
    cause: "Le référentiel d'identités qui fait autorité n'a pas transmis d'INS qualifiée pour ce patient.",
    owner: 'bureau des entrées',
    remedy: "Qualifier l'identité dans le référentiel d'identités ; son message de mise à jour libérera le document.",
    source: 'practice 4',
  }),
  lateQualification: {
    ...waits('TDU-FEED-006', {
      title: 'Qualification tardive : envoi à confirmer',
      cause:
        "L'identité a été qualifiée longtemps après la réception du document ; l'envoi automatique n'est plus permis.",
      owner: 'médecin auteur',
      remedy: 'Confirmer l’envoi depuis la fiche du document, ou le retirer.',
      source: 'practice 9',
    }),
    retry: 'after-correction',
  },
  opposition: endsTheWait('TDU-FEED-020', {
    title: "Opposition du patient à l'alimentation de son DMP",
    cause: "Le patient s'est opposé à l'alimentation de son DMP (ZFA-9 « IO »).",
    owner: 'aucun',
    remedy: 'Aucune action : le document reste dans le dossier de l’établissement et n’est pas transmis.',
    source: 'practice 9',
  }),
  dmpAbsent: endsTheWait('TDU-FEED-021', {
    title: 'Le patient n’a pas de DMP',
    cause: "Le test d'existence (TD0.2) répond qu'aucun DMP n'existe pour cette INS.",
    owner: 'aucun',
    remedy:
      'Aucune action : le document n’est pas transmissible. Si un DMP est ouvert plus tard, le reprendre depuis sa fiche.',
    source: 'dmp.md 7, practice 9',
  }),
  dmpClosed: endsTheWait('TDU-FEED-022', {
    title: 'Le DMP du patient est fermé',
    cause: "Le test d'existence (TD0.2) répond que le DMP de ce patient est fermé.",
    owner: 'aucun',
    remedy: 'Aucune action : le document n’est pas transmissible.',
    source: 'dmp.md 7, practice 9',
  }),
  typeNotFeedable: endsTheWait('TDU-FEED-023', {
    title: 'Type de document non admis par le DMP',
    cause: 'Le type du document ne figure pas dans le jeu de valeurs JDV_J66 (types admis par le DMP).',
    owner: 'interopérabilité',
    remedy:
      'Vérifier le type attribué par le logiciel émetteur ; si le document doit être partagé, le produire sous un type admis.',
    source: 'dmp.md 3.3',
  }),
  restricted: endsTheWait('TDU-FEED-024', {
    title: 'Document de confidentialité restreinte',
    cause: 'Le document porte la confidentialité R ou V : il ne doit pas être partagé.',
    owner: 'médecin auteur',
    remedy: 'Aucune action, ou produire une version de confidentialité normale.',
    source: 'dmp.md 3.3',
  }),
  notForTheDmp: endsTheWait('TDU-FEED-025', {
    title: 'Document non destiné au DMP',
    cause: "L'émetteur a déclaré que ce document n'est pas destiné au DMP (DESTDMP « N »).",
    owner: 'aucun',
    remedy: 'Aucune action : le choix de l’émetteur est respecté.',
    source: 'cda-cisis.md 5',
  }),
  withdrawnByPerson: endsTheWait('TDU-FEED-026', {
    title: 'Envoi retiré par une personne',
    cause: 'Une personne habilitée a retiré ce document avant son envoi.',
    owner: 'aucun',
    remedy: 'Aucune action. Pour le transmettre, le faire renvoyer par le logiciel émetteur.',
  }),
  uniqueIdInUse: stops('TDU-FEED-040', {
    title: 'Identifiant de document déjà utilisé',
    cause: 'Un autre document en cours ou accepté porte déjà cet identifiant unique.',
    owner: 'éditeur du DPI',
    remedy:
      'Donner un identifiant unique à chaque version ; pour corriger un document, envoyer une version de remplacement.',
    source: 'dmp.md 3.3',
  }),
  typeUnknown: stops('TDU-FEED-041', {
    title: 'Type de document inconnu',
    cause: 'Le code du type de document ne figure dans aucun jeu de valeurs connu (JDV_J07).',
    owner: 'interopérabilité',
    remedy: 'Faire correspondre le type local à un code du JDV_J07, puis renvoyer le document.',
    source: 'cda-cisis.md 3',
  }),
  authorMissing: stops('TDU-FEED-042', {
    title: 'Auteur du document absent',
    cause:
      "Le message ne nomme pas l'auteur du document et aucun auteur par défaut n'est déclaré pour cette application.",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Transmettre l'auteur (TXA-9 ou PRT), ou déclarer un auteur responsable pour cette application.",
    source: 'practice 14',
  }),
  masksCombined: stops('TDU-FEED-043', {
    title: 'Masquages incompatibles',
    cause: 'Le document est demandé à la fois masqué aux professionnels et invisible au patient.',
    owner: 'médecin auteur',
    remedy: 'Choisir un seul des deux masquages, puis renvoyer le document.',
    source: 'practice 10',
  }),
  secretConnectionNeeded: stops('TDU-FEED-044', {
    title: 'Document invisible aux représentants légaux',
    cause:
      "Un document invisible aux représentants légaux ne part que par connexion secrète, que l'émetteur n'a pas demandée (CONNEXION_SECRETE) ou que l'établissement n'utilise pas.",
    owner: 'médecin auteur',
    remedy: 'Renvoyer le document en demandant la connexion secrète, ou sans ce masquage.',
    source: 'EX_2.1-1050',
  }),
  dataMatrixOfAnother: stops('TDU-FEED-045', {
    title: "DataMatrix du document différent de l'identité",
    cause: "Le PDF porte déjà un DataMatrix INS, et son contenu ne correspond pas à l'identité qualifiée du patient.",
    owner: 'éditeur du logiciel émetteur',
    remedy:
      "Vérifier le patient du document et l'identité imprimée par le logiciel, puis produire le document de nouveau.",
    source: 'practice 13',
  }),
  notWaiting: stops('TDU-FEED-046', {
    title: "Action impossible dans l'état actuel du document",
    cause: 'Le document est déjà parti, ou son traitement est terminé.',
    owner: 'aucun',
    remedy: "Relire l'état du document ; l'action n'est plus nécessaire ou passe par une version de remplacement.",
  }),
  restored: waits('TDU-FEED-061', {
    title: 'Document restauré : le DMP est interrogé avant tout envoi',
    cause: "Ce document vient d'une sauvegarde ; il a pu être envoyé au DMP après elle.",
    owner: 'aucun',
    remedy: "Aucune action : s'il est au DMP il n'est pas renvoyé, sinon il part.",
    source: 'design.md 6, promise 2',
  }),
  answerUndelivered: waits('TDU-FEED-060', {
    title: "Acquittement métier non remis à l'émetteur",
    cause: "L'application émettrice n'a pas reçu l'acquittement métier : elle ne répond pas.",
    owner: 'interopérabilité',
    remedy: "Vérifier l'écoute de l'application émettrice ; la remise est relancée automatiquement.",
  }),
} satisfies Record<string, Rule>;
