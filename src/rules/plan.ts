/** Rules `TDU-PLN-nnn`: what a check of the plan of the transition misses, and what the plan refuses. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** A check of the plan that is not met: somebody acts, and the plan sees it by itself. */
function missing(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 409 };
}

function refused(id: string, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http: 422 };
}

export const planRules = {
  repositoryNotReady: missing('TDU-PLN-001', {
    title: "Le référentiel d'identité ne qualifie pas encore l'INS",
    cause:
      "Contexte 1 : aucun appel au téléservice INSi n'a abouti. Contextes 2 et 3 : aucune identité qualifiée n'a été reçue du référentiel amont déclaré.",
    owner: 'exploitation',
    remedy:
      "Contexte 1 : déclarer INSi (certificat, numéro d'autorisation) et lancer une première recherche. Contextes 2 et 3 : installer la version de la GAM compatible INS et déclarer sa source (upstreamIdentities).",
  }),
  qualificationRunning: missing('TDU-PLN-002', {
    title: "La qualification des patients admis n'atteint pas l'objectif du site",
    cause:
      'Parmi les patients admis depuis 30 jours, la part dont l’identité est qualifiée à ce jour est inférieure à l’objectif choisi par l’établissement.',
    owner: 'bureau des entrées',
    remedy:
      "Voir le tableau par unité et par jour : contrôler un dispositif d'identité à haut niveau de confiance à l'admission et régler les identités en attente.",
  }),
  organisation: missing('TDU-PLN-003', {
    title: "Organisation de l'INS à déclarer",
    cause:
      "Aucun logiciel ne voit qui pilote l'identitovigilance : référent nommé, cellule opérationnelle, circuit des anomalies.",
    owner: 'identitovigilance',
    remedy: 'Déclarer sur le plan qui a été nommé, à quelle date, et où se trouve la décision.',
  }),
  charter: missing('TDU-PLN-004', {
    title: "Charte d'identitovigilance à déclarer",
    cause: "Aucun logiciel ne voit si la charte d'identitovigilance intègre l'INS.",
    owner: 'identitovigilance',
    remedy: 'Déclarer sur le plan la charte en vigueur, sa date et où elle se trouve.',
  }),
  training: missing('TDU-PLN-005', {
    title: 'Formation des professionnels à déclarer',
    cause: "Aucun logiciel ne voit qui a été formé à la qualification de l'INS.",
    owner: 'identitovigilance',
    remedy: "Déclarer sur le plan les formations faites ou en cours, leur date et la feuille d'émargement.",
  }),
  versionsBehind: missing('TDU-PLN-006', {
    title: 'Des versions de logiciels sont à migrer ou à vérifier',
    cause:
      "Un logiciel vu depuis 30 jours est au catalogue des produits à migrer (API V1, ou API V2 avec un NIR), sa version est à vérifier, ou aucun logiciel n'a encore dit son nom.",
    owner: 'exploitation',
    remedy:
      "Demander à l'éditeur la version compatible INS ; le catalogue dit où elles sont listées. Une version vérifiée se note au catalogue.",
  }),
  homologationMissing: missing('TDU-PLN-010', {
    title: "Numéro d'homologation DMP absent",
    cause: "La plateforme d'intermédiation n'a pas de DMP déclaré avec un numéro d'homologation.",
    owner: 'exploitation',
    remedy: "Déclarer le DMP dans la configuration (dmp.url, dmp.homologation) ; voir la documentation d'exploitation.",
    source: 'practice 16',
  }),
  certificatesUnfit: missing('TDU-PLN-011', {
    title: "Certificats d'organisation absents ou inutilisables",
    cause:
      "Les certificats ORG AUTH_CLI et ORG SIGN de l'entité juridique sont nécessaires à l'API V2 ; l'un d'eux manque, a expiré, ou n'est pas de cette structure.",
    owner: 'exploitation',
    remedy:
      "Commander ou renouveler le certificat d'organisation (IGC-Santé) de l'entité juridique, puis remplacer les fichiers déclarés.",
    source: 'dmp.md 1.5',
  }),
  versionTwoNotSeen: missing('TDU-PLN-012', {
    title: "L'API V2 n'a pas encore accepté de document",
    cause: "Aucune acceptation du DMP par l'API V2 n'est enregistrée au registre de preuve de cette installation.",
    owner: 'interopérabilité',
    remedy:
      "Envoyer un premier document d'un patient dont l'identité est qualifiée, et suivre sa page jusqu'à l'acceptation.",
  }),
  bannerMissing: missing('TDU-PLN-020', {
    title: 'Des documents partent sans bandeau INS ni DataMatrix prouvés',
    cause:
      "Une application envoie des PDF bruts que la passerelle ne marque pas, et aucun modèle de ce logiciel n'a été audité juste.",
    owner: 'éditeur du DPI',
    remedy:
      'Faire imprimer le bandeau et le DataMatrix par le logiciel et auditer ses modèles, ou décider le marquage par la passerelle (stampRawPdf).',
    source: 'practice 13',
  }),
  templatesWrong: missing('TDU-PLN-021', {
    title: 'Des modèles de documents ne sont pas audités justes',
    cause:
      "Le dernier audit d'un modèle au moins a trouvé une erreur dans le DataMatrix, ou aucun modèle du DPI n'a encore été audité.",
    owner: 'éditeur du DPI',
    remedy:
      'Déposer un document imprimé de chaque modèle sur la page « Modèles », corriger ce qui est signalé, auditer de nouveau.',
  }),
  insNotReceived: missing('TDU-PLN-030', {
    title: "La GAM n'envoie pas l'INS qualifiée à la plateforme",
    cause:
      "Depuis 30 jours, aucun message d'identité de la source amont n'a porté l'INS (PID-3) avec le statut validé (PID-32) qui en fait une identité qualifiée.",
    owner: 'éditeur du logiciel émetteur',
    remedy:
      "Demander à l'éditeur de la GAM d'activer la diffusion de l'INS : PID-3 de type INS avec son OID, PID-32 VALI, tous les traits stricts.",
    source: 'practice 4',
  }),
  notDiffused: missing('TDU-PLN-031', {
    title: "L'INS n'est pas diffusée à tous les logiciels",
    cause:
      "Aucun logiciel abonné aux identités n'est déclaré, ou l'un d'eux n'a pas encore accepté l'INS de tous les patients qualifiés.",
    owner: 'interopérabilité',
    remedy:
      'Déclarer le DPI parmi les abonnés (diffusion.subscribers), lancer son chargement initial et traiter ses refus.',
  }),
  documentsWithoutIns: missing('TDU-PLN-032', {
    title: "Les documents du DPI n'arrivent pas tous avec l'INS",
    cause:
      "Le DPI reçoit l'INS quand ses messages la portent (PID-3 de type INS) : des documents des 30 derniers jours sont arrivés sans elle.",
    owner: 'éditeur du DPI',
    remedy:
      "Demander à l'éditeur du DPI la version compatible INS et l'activation de l'INS dans ses messages de documents.",
  }),
  feedRunning: missing('TDU-PLN-040', {
    title: "L'alimentation en API V2 n'atteint pas l'objectif du site",
    cause:
      "Parmi les documents reçus depuis 30 jours qui doivent alimenter le DMP, la part acceptée est inférieure à l'objectif choisi par l'établissement.",
    owner: 'interopérabilité',
    remedy: 'Ouvrir les documents en attente et refusés : chaque motif dit qui corrige et comment.',
  }),
  legacyRemains: missing('TDU-PLN-041', {
    title: 'Des flux restent en API V1 ou avec un NIR par TD0.0',
    cause: "Des flux vus depuis 30 jours utilisent encore l'API V1 (INS-C) ou l'API V2 avec un NIR obtenu par TD0.0.",
    owner: 'interopérabilité',
    remedy: 'Faire avancer chaque flux sur la page « Flux », jusqu’à la voie V2, puis fermer la voie V1.',
    source: 'practice 20',
  }),
  declarationInvalid: refused('TDU-PLN-090', {
    title: 'Déclaration incomplète',
    cause: 'Une déclaration du plan dit qui, quand et ce qui le prouve ; un de ces éléments manque ou est illisible.',
    owner: 'identitovigilance',
    remedy:
      "Donner l'état, la date (pas dans l'avenir) et une note ; la pièce est décrite par l'endroit où elle est conservée.",
  }),
  aimInvalid: refused('TDU-PLN-091', {
    title: 'Objectif du plan illisible',
    cause: "L'échéance est une date à venir ; les objectifs sont des pourcentages entiers de 1 à 100.",
    owner: 'interopérabilité',
    remedy: "Corriger l'échéance ou les pourcentages, et donner le motif du changement.",
  }),
  referenceInvalid: refused('TDU-PLN-092', {
    title: 'Données de référence du plan illisibles',
    cause:
      'Une contrainte porte une date, un titre, un texte et sa source ; un contact un nom et un moyen de le joindre ; un lien une adresse https.',
    owner: 'exploitation',
    remedy: 'Corriger la ligne signalée et publier de nouveau.',
  }),
} as const satisfies Record<string, Rule>;
