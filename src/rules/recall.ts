import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'>;

const SOURCE = 'practice 23';

/** The person who asks corrects what was asked, and asks again. */
function refuses(id: string, http: number, words: Words, source = SOURCE): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http, source };
}

/** Rules `TDU-RCL-nnn`: what becomes of what was emitted when an identity turns out wrong. */
export const recallRules = {
  frozen: {
    id: 'TDU-RCL-001',
    title: 'Identité gelée : une décision est attendue',
    cause:
      'Des documents sont partis sous une INS de cette identité qui est mise en doute. Rien ne part tant que personne n’a tranché ; rien n’est perdu.',
    owner: 'identitovigilance',
    remedy:
      'Ouvrir le rappel depuis la fiche du patient, puis décider : mauvaise personne, même personne sous une nouvelle INS, ou levée du doute. Si l’identité porte de nouveau une INS déjà rappelée d’elle, corriger ses traits, ou lever l’interdiction sur la page du rappel.',
    retry: 'automatic',
    safeToResend: true,
    http: 409,
    source: SOURCE,
  },
  undecided: {
    id: 'TDU-RCL-002',
    title: 'Un doute sur une identité attend une décision',
    cause: 'Un rappel est ouvert depuis plus longtemps que le délai choisi par le site, et personne n’a tranché.',
    owner: 'identitovigilance',
    remedy: 'Ouvrir la page « Rappels », lire ce qui a été transmis, puis décider.',
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    source: SOURCE,
  },
  nothingEmitted: refuses('TDU-RCL-003', 422, {
    title: 'Rien n’a été transmis sous cette INS',
    cause: 'Aucun document ni message n’a quitté l’établissement sous l’INS de cette identité.',
    owner: 'identitovigilance',
    remedy: 'Aucun rappel n’est nécessaire : corriger l’identité suffit.',
  }),
  severalIns: refuses('TDU-RCL-004', 422, {
    title: 'Plusieurs INS ont servi pour ce patient',
    cause: 'Des documents de ce patient sont partis sous des INS différentes.',
    owner: 'identitovigilance',
    remedy: 'Ouvrir le rappel depuis un document transmis à tort : son INS d’envoi désigne ce qui est à rappeler.',
  }),
  alreadyOpen: refuses('TDU-RCL-005', 409, {
    title: 'Un rappel est déjà ouvert pour cette INS',
    cause: 'Une question à la fois : le rappel ouvert doit d’abord être mené à son terme ou levé.',
    owner: 'identitovigilance',
    remedy: 'Ouvrir la fiche du patient, qui donne le rappel en cours.',
  }),
  wrongMoment: refuses('TDU-RCL-006', 409, {
    title: 'Étape impossible à ce stade du rappel',
    cause: 'Le rappel est déjà décidé, préparé, en cours ou terminé.',
    owner: 'identitovigilance',
    remedy: 'Relire l’état du rappel sur sa page.',
  }),
  secondPerson: refuses('TDU-RCL-007', 403, {
    title: 'Approbation par une seconde personne nécessaire',
    cause: 'La personne qui a préparé le rappel ne peut pas l’approuver elle-même.',
    owner: 'identitovigilance',
    remedy: 'Demander à une autre personne habilitée de relire le rappel et de l’approuver.',
  }),
  countDiffers: refuses('TDU-RCL-008', 409, {
    title: 'Nombre de corrections non confirmé',
    cause: 'Le nombre indiqué n’est pas celui de la préparation.',
    owner: 'identitovigilance',
    remedy: 'Relire les corrections proposées, puis indiquer exactement leur nombre.',
  }),
  changedSince: refuses('TDU-RCL-009', 409, {
    title: 'La liste a changé depuis la préparation',
    cause:
      'Ce qui a été transmis, ou ce qu’il en est advenu, n’est plus ce que la préparation montrait ; ou la préparation est trop ancienne.',
    owner: 'identitovigilance',
    remedy: 'Préparer de nouveau le rappel et relire les corrections proposées.',
  }),
  nothingToCorrect: refuses('TDU-RCL-010', 422, {
    title: 'Rien à corriger parmi ce qui est choisi',
    cause: 'Aucun des éléments choisis ne peut être retiré, signalé ou renvoyé.',
    owner: 'identitovigilance',
    remedy: 'Choisir au moins un document encore présent dans le DMP, ou décider autrement du rappel.',
  }),
  tooMany: refuses('TDU-RCL-011', 422, {
    title: 'Rappel au-delà du plafond',
    cause: 'Plus d’éléments ont été transmis sous cette INS que le plafond des opérations en masse.',
    owner: 'exploitation',
    remedy: 'Comprendre d’abord comment une seule INS a servi autant, puis relever bulk.ceiling le temps du rappel.',
  }),
  otherEstablishments: refuses('TDU-RCL-012', 403, {
    title: 'Le rappel concerne d’autres établissements',
    cause: 'Des documents à rappeler sont ceux d’un établissement que cette personne ne voit pas.',
    owner: 'identitovigilance',
    remedy: 'Faire préparer et approuver le rappel par des personnes qui voient tous les établissements concernés.',
  }),
  recallNeeded: refuses('TDU-RCL-013', 409, {
    title: 'Suppression dans l’ancien DMP : un rappel approuvé est nécessaire',
    cause: 'Le document est parti sous une INS qui n’est pas, ou plus, celle qui est qualifiée pour ce patient.',
    owner: 'identitovigilance',
    remedy:
      'Ouvrir un rappel depuis la fiche du patient : il prépare la suppression, que deux personnes décident. Le logiciel qui a produit le document peut aussi demander lui-même sa suppression.',
  }),
  toSendAgain: {
    id: 'TDU-RCL-020',
    title: 'Document retiré du DMP d’une autre personne, à renvoyer',
    cause:
      'Ce document avait été transmis sous une INS qui n’est pas celle du patient. Il a été retiré de ce DMP ; la passerelle ne peut pas le refaire sans son créateur.',
    owner: 'éditeur du DPI',
    remedy:
      'Corriger l’identité du patient dans le logiciel, puis produire et envoyer le document comme un nouveau document.',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: SOURCE,
  },
  formerVersion: {
    id: 'TDU-RCL-021',
    title: 'Version remplacée : elle ne se supprime pas par le téléservice',
    cause:
      'Seule la version en cours d’un document se supprime ; celles qu’elle a remplacées restent dans le DMP au statut « remplacé ».',
    owner: 'CNAM',
    remedy: 'Transmettre la fiche d’incident de ce rappel au support du DMP.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: SOURCE,
  },
  neverThere: {
    id: 'TDU-RCL-022',
    title: 'Rien à retirer du DMP',
    cause: 'Le DMP a refusé ce document, ou il en a déjà été supprimé.',
    owner: 'aucun',
    remedy: 'Aucune action.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  ofAnotherRecord: {
    id: 'TDU-RCL-023',
    title: 'Document d’un autre dossier, non choisi',
    cause: 'Il est parti sous la même INS depuis un autre dossier : rien ne dit qu’il soit faux.',
    owner: 'identitovigilance',
    remedy: 'Lire le document ; s’il est aussi celui de la mauvaise personne, l’ajouter aux éléments choisis.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  leftByChoice: {
    id: 'TDU-RCL-024',
    title: 'Élément laissé tel quel par décision',
    cause: 'La personne qui a préparé le rappel ne l’a pas choisi.',
    owner: 'aucun',
    remedy: 'Aucune action.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  exported: {
    id: 'TDU-RCL-025',
    title: 'Export de patients qui a pu contenir cette INS',
    cause: 'Un fichier de patients avec leurs INS a été demandé pendant que ce dossier portait cette INS.',
    owner: 'identitovigilance',
    remedy: 'Prévenir la personne qui a demandé cet export, pour qu’elle corrige ce qui en a été fait.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: SOURCE,
  },
} satisfies Record<string, Rule>;
