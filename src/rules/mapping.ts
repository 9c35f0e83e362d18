import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'owner' | 'remedy'> & { readonly source?: string };

/** The document waits at the mapping desk and leaves by itself when the value is mapped. */
function waits(id: string, words: Words): Rule {
  return { id, ...words, retry: 'automatic', safeToResend: true, http: 409 };
}

/** The row is not recorded. */
function refuses(id: string, http: number, words: Words): Rule {
  return { id, ...words, retry: 'after-correction', safeToResend: true, http };
}

/** Rules `TDU-MAP-nnn`: local codes of the senders and what the site says that they are in national terms. */
export const mappingRules = {
  typeUnmapped: waits('TDU-MAP-001', {
    title: 'Type de document local à rattacher',
    cause:
      "L'émetteur nomme le type du document par un code local, et aucune correspondance ne dit lequel du JDV_J07 c'est.",
    owner: 'interopérabilité',
    remedy:
      'Rattacher le type local depuis « Correspondances », ou faire émettre un code national par l’éditeur ; le document repartira automatiquement.',
    source: 'JDV_J07, practice 12',
  }),
  unitUnmapped: waits('TDU-MAP-002', {
    title: 'Unité locale à rattacher',
    cause:
      "L'application envoie pour plusieurs établissements, et aucune correspondance ne dit de quelle entité géographique est cette unité.",
    owner: 'interopérabilité',
    remedy:
      'Rattacher l’unité à une entité géographique depuis « Correspondances » ; le document repartira automatiquement.',
    source: 'JDV_J61, practice 15',
  }),
  authorUnmapped: waits('TDU-MAP-003', {
    title: 'Auteur local à rattacher',
    cause:
      "L'émetteur nomme l'auteur sans identifiant national (RPPS) ou sans spécialité, et aucune correspondance ne les donne.",
    owner: 'interopérabilité',
    remedy:
      'Rattacher l’auteur à son RPPS et à sa spécialité depuis « Correspondances » ; le document repartira automatiquement.',
    source: 'JDV_J01, practice 14',
  }),
  typeNeverFed: {
    id: 'TDU-MAP-010',
    title: 'Type local jamais transmis au DMP',
    cause: 'L’établissement a décidé que ce type local n’est jamais transmis au DMP.',
    owner: 'aucun',
    remedy:
      'Aucune action : le document reste dans le dossier de l’établissement. Si la décision change, corriger la correspondance puis faire renvoyer le document.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'JDV_J66, practice 11',
  },
  invalidTarget: refuses('TDU-MAP-020', 422, {
    title: 'Correspondance incorrecte',
    cause: 'Une valeur de la correspondance est absente, trop longue, ou ne figure pas dans le jeu de valeurs attendu.',
    owner: 'interopérabilité',
    remedy: 'Corriger la valeur signalée, puis enregistrer de nouveau.',
  }),
  rppsKeyWrong: refuses('TDU-MAP-021', 422, {
    title: 'RPPS incorrect',
    cause: 'Le numéro RPPS ne compte pas 11 chiffres, ou sa clé de contrôle ne correspond pas.',
    owner: 'interopérabilité',
    remedy: 'Vérifier le numéro dans l’annuaire santé, puis enregistrer de nouveau.',
  }),
  nationalValue: refuses('TDU-MAP-022', 422, {
    title: 'Valeur déjà nationale',
    cause: 'Cette valeur est un code du JDV_J07 : elle est employée telle quelle et ne se rattache pas.',
    owner: 'interopérabilité',
    remedy: 'Ne rien rattacher. Si le type émis est faux, le faire corriger par l’éditeur du logiciel.',
    source: 'JDV_J07',
  }),
  changedMeanwhile: refuses('TDU-MAP-023', 409, {
    title: 'Correspondance modifiée entre-temps',
    cause: 'Une autre personne a enregistré cette correspondance depuis que vous l’avez lue.',
    owner: 'interopérabilité',
    remedy: 'Relire la correspondance telle qu’elle est maintenant, puis recommencer si nécessaire.',
  }),
  authorKeyWrong: {
    id: 'TDU-MAP-030',
    title: 'Clé du RPPS de l’auteur à vérifier',
    cause: 'L’émetteur déclare un RPPS dont la clé de contrôle ne correspond pas ; le document part comme il le dit.',
    owner: 'éditeur du logiciel émetteur',
    remedy:
      'Vérifier le RPPS de l’auteur dans le logiciel émetteur ; le rattacher ici si le logiciel ne peut pas être corrigé.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice 12',
  },
} satisfies Record<string, Rule>;
