/** Rules `TDU-DIF-03n` and `04n`: take-over of an existing identity repository, and its discrepancy report. */
import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'remedy' | 'source'>;

/** A line of the report: nothing was changed, the cell looks. */
function finding(id: string, words: Words): Rule {
  return { id, ...words, owner: 'identitovigilance', retry: 'after-correction', safeToResend: true, http: 409 };
}

export const takeoverRules = {
  nirDiffers: finding('TDU-DIF-030', {
    title: 'Reprise : le NIR du fichier n’est pas l’INS de l’identité',
    cause:
      'L’ancien référentiel porte un NIR différent de l’INS retrouvée ici auprès d’INSi. Il n’est pas repris. Ce peut être le numéro de l’assuré, une collision ou une erreur.',
    remedy:
      'Comparer les deux dossiers et le dispositif d’identité. Si des documents ont été transmis sous ce numéro, suivre la procédure de rappel.',
    source: 'practice 5',
  }),
  nirFormer: finding('TDU-DIF-031', {
    title: 'Reprise : le NIR du fichier est un ancien matricule de la personne',
    cause: 'INSi a donné ce numéro dans l’historique de cette personne ; son INS en cours est différente.',
    remedy: 'Aucune correction de l’identité. Vérifier que l’ancien logiciel n’utilise plus ce numéro.',
    source: 'practice 5',
  }),
  nirElsewhere: finding('TDU-DIF-032', {
    title: 'Reprise : le NIR du fichier est l’INS d’une autre identité',
    cause:
      'Une autre identité porte ici ce numéro comme INS : doublon possible, ou numéro attribué à la mauvaise personne.',
    remedy: 'Comparer les deux identités ; aucune fusion n’est automatique.',
    source: 'practice 5',
  }),
  nirIncoherent: finding('TDU-DIF-033', {
    title: 'Reprise : le NIR du fichier contredit les traits',
    cause:
      'Le sexe, l’année ou le mois de naissance que porte ce numéro ne sont pas ceux de la ligne : c’est souvent le numéro d’un parent assuré.',
    remedy: 'Relire les traits sur le dispositif d’identité ; ne jamais déduire un trait du numéro.',
    source: 'practice 5',
  }),
  nirMalformed: finding('TDU-DIF-034', {
    title: 'Reprise : le NIR du fichier est mal formé',
    cause: 'Ce numéro n’a pas la forme d’un matricule, ou sa clé est fausse.',
    remedy:
      'Aucune action sur l’identité : le numéro n’est pas repris. Corriger l’ancien référentiel s’il sert encore.',
    source: 'practice 5',
  }),
  traitsDiffer: finding('TDU-DIF-035', {
    title: 'Reprise : l’IPP désigne ici une identité aux traits différents',
    cause:
      'Cet identifiant est déjà porté par une identité dont les traits nommés diffèrent de ceux du fichier. Rien n’a été changé.',
    remedy: 'Comparer les deux au dispositif d’identité : erreur de saisie, ou identifiant donné à deux personnes.',
    source: 'practice 3',
  }),
  wrongPosition: {
    id: 'TDU-DIF-040',
    title: 'Reprise : lignes hors de leur place',
    cause: 'Les lignes envoyées ne sont pas celles qui suivent les dernières prises : elles n’ont pas été lues.',
    owner: 'exploitation',
    remedy: 'Lire la position de la reprise et envoyer les lignes qui la suivent (la commande le fait avec --resume).',
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
  },
  ended: {
    id: 'TDU-DIF-041',
    title: 'Reprise terminée',
    cause: 'Cette reprise est terminée : elle ne prend plus de lignes.',
    owner: 'exploitation',
    remedy:
      'Commencer une autre reprise. Recharger le même fichier ne crée rien deux fois : il est comparé de nouveau.',
    retry: 'never',
    safeToResend: true,
    http: 409,
  },
  domainUnknown: {
    id: 'TDU-DIF-042',
    title: 'Reprise : domaine d’identification non déclaré',
    cause: 'Le domaine des identifiants du fichier n’est pas déclaré dans la configuration.',
    owner: 'exploitation',
    remedy: 'Donner l’OID ou un nom d’un domaine de « identificationDomains ».',
    retry: 'after-correction',
    safeToResend: true,
    http: 400,
  },
} satisfies Record<string, Rule>;
