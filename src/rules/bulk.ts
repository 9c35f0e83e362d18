import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'>;

/** The person who asks corrects what was asked, and asks again. */
function refusesTheOperation(id: string, http: number, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http, source: 'design 6, promesse 10' };
}

/** One item is left as it is; the operation goes on. */
function skipsTheItem(id: string, words: Words): Rule {
  return { id, ...words, retry: 'never', safeToResend: true, http: 409 };
}

/** Rules `TDU-BULK-nnn`: operations on many documents or messages at once. */
export const bulkRules = {
  selectionEmpty: refusesTheOperation('TDU-BULK-001', 422, {
    title: 'Opération en masse sans élément',
    cause: 'Aucun élément ne répond aux critères choisis, ou aucun ne peut subir cette action dans son état actuel.',
    owner: 'interopérabilité',
    remedy: 'Revoir les critères ; la répétition à blanc dit, élément par élément, ce qui empêche d’agir.',
  }),
  selectionTooWide: refusesTheOperation('TDU-BULK-002', 422, {
    title: 'Opération en masse au-delà du plafond',
    cause: 'Les critères choisis désignent plus d’éléments que le plafond de cette installation.',
    owner: 'interopérabilité',
    remedy: 'Resserrer les critères (motif, période, émetteur), et procéder par lots.',
  }),
  selectionWithoutCriterion: refusesTheOperation('TDU-BULK-003', 422, {
    title: 'Opération en masse sans critère',
    cause: 'Aucun critère n’est donné : l’opération porterait sur tout.',
    owner: 'interopérabilité',
    remedy: 'Donner au moins un critère : état, motif, émetteur, période ou liste de documents.',
  }),
  countDiffers: refusesTheOperation('TDU-BULK-004', 409, {
    title: 'Nombre d’éléments non confirmé',
    cause: 'Le nombre indiqué n’est pas celui de la répétition à blanc.',
    owner: 'interopérabilité',
    remedy: 'Relire la répétition à blanc, puis indiquer exactement le nombre d’éléments sur lesquels agir.',
  }),
  rehearsalTooOld: refusesTheOperation('TDU-BULK-005', 409, {
    title: 'Répétition à blanc périmée',
    cause: 'La répétition à blanc est trop ancienne : les documents ont changé depuis.',
    owner: 'interopérabilité',
    remedy: 'Préparer de nouveau l’opération et relire sa répétition à blanc.',
  }),
  secondPerson: refusesTheOperation('TDU-BULK-006', 403, {
    title: 'Approbation par une seconde personne nécessaire',
    cause: 'La personne qui a préparé l’opération ne peut pas l’approuver elle-même.',
    owner: 'interopérabilité',
    remedy: 'Demander à une autre personne habilitée de relire l’opération et de l’approuver.',
  }),
  wrongMoment: refusesTheOperation('TDU-BULK-007', 409, {
    title: 'Étape impossible à ce stade de l’opération',
    cause: 'L’opération est déjà proposée, en cours, terminée ou annulée.',
    owner: 'interopérabilité',
    remedy: 'Relire l’état de l’opération ; pour recommencer, en préparer une nouvelle.',
  }),
  correctionMissing: refusesTheOperation('TDU-BULK-008', 422, {
    title: 'Correction absente ou incorrecte',
    cause: 'L’action « corriger puis reprendre » attend au moins un type de document, un titre ou un auteur valides.',
    owner: 'interopérabilité',
    remedy: 'Indiquer un code du JDV_J07, un titre, ou un auteur avec son identifiant national.',
  }),
  notToCorrect: skipsTheItem('TDU-BULK-020', {
    title: 'Document que la passerelle ne peut pas corriger',
    cause: 'Le document est un CDA de son créateur, ou il est déjà parti : la passerelle n’y change rien.',
    owner: 'éditeur du DPI',
    remedy: 'Faire corriger et renvoyer le document par le logiciel qui l’a produit.',
  }),
  notAccepted: skipsTheItem('TDU-BULK-021', {
    title: 'Document non accepté, rien à vérifier dans le DMP',
    cause: 'Seul un document accepté par le DMP peut y être recherché de nouveau.',
    owner: 'aucun',
    remedy: 'Aucune action : reprendre le document par l’action qui convient à son état.',
  }),
  versionOnItsWay: skipsTheItem('TDU-BULK-023', {
    title: 'Une version ou une suppression de ce document est en cours',
    cause:
      'Un remplacement ou une suppression de ce document est en cours d’envoi : ce que le DMP en dirait va changer.',
    owner: 'aucun',
    remedy: 'Aucune action : attendre l’issue de cette demande, puis vérifier si besoin le document en cours.',
  }),
  notToReRead: skipsTheItem('TDU-BULK-022', {
    title: 'Message qui ne se relit pas',
    cause:
      'Un message d’identité ou de mouvement relu plus tard rétablirait un état ancien ; un message déjà pris en charge n’a pas à l’être de nouveau.',
    owner: 'interopérabilité',
    remedy: 'Demander au logiciel émetteur l’état actuel du patient (A28, A31) ou le renvoi du message.',
  }),
} satisfies Record<string, Rule>;
