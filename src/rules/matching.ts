import type { Rule } from './rule.ts';

/** Rules `TDU-ID-160` to `TDU-ID-179`: duplicates, merges undone, collisions split. */
export const matchingRules = {
  pairDecided: {
    id: 'TDU-ID-161',
    title: 'Cette paire a déjà été traitée',
    cause: 'Une décision a été prise entre-temps, ou les deux identités ne se ressemblent plus.',
    owner: 'identitovigilance',
    remedy: 'Recharger la liste des doublons : la décision et son auteur y sont.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'ins.md 3',
  },
  notMerged: {
    id: 'TDU-ID-162',
    title: "Cette identité n'est pas fusionnée",
    cause: "Il n'y a pas de fusion à annuler : le dossier est actif, ou la fusion vient d'être annulée.",
    owner: 'identitovigilance',
    remedy: 'Recharger la fiche : son historique dit ce qui a été fait, et par qui.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'ins.md 3',
  },
  mergeUntraced: {
    id: 'TDU-ID-163',
    title: "Cette fusion est antérieure au suivi des fusions : elle ne s'annule pas d'elle-même",
    cause: "La version qui l'a faite ne gardait pas la liste des numéros, des venues et des documents déplacés.",
    owner: 'identitovigilance',
    remedy:
      "Séparer le dossier conservé : choisir les numéros, les venues et les documents qui reviennent à l'autre personne.",
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'ins.md 3',
  },
  oneInsOnePerson: {
    id: 'TDU-ID-164',
    title:
      'Deux dossiers réclament la même INS : ils ne peuvent pas être déclarés différents tant que dure ce désaccord',
    cause:
      "INSi a rendu la même INS pour les deux. Si ce sont deux personnes, l'un des deux dossiers a des traits faux.",
    owner: 'identitovigilance',
    remedy:
      "Fusionner s'il s'agit d'une seule personne. Sinon, corriger les traits du dossier qui a tort, ou lui retirer l'INS : la paire se règle alors d'elle-même.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'ins.md 3',
  },
  splitOfNothing: {
    id: 'TDU-ID-165',
    title: 'La séparation ne donne pas de numéro à chacun des deux dossiers',
    cause: 'Chaque personne doit garder ou recevoir au moins un numéro (IPP) : sans numéro, rien ne lui parvient.',
    owner: 'identitovigilance',
    remedy: "Choisir les numéros qui passent au nouveau dossier, ou lui en donner un ; en laisser un à l'ancien.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'design.md 6, promesse 4',
  },
  splitOfOthers: {
    id: 'TDU-ID-166',
    title: "Un numéro, une venue ou un document choisi n'est pas de ce dossier",
    cause: "La fiche a changé depuis qu'elle a été affichée, ou l'élément appartient à un autre dossier.",
    owner: 'identitovigilance',
    remedy: "Recharger la fiche et choisir de nouveau ; rien n'a été séparé.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'design.md 6, promesse 4',
  },
} satisfies Record<string, Rule>;
