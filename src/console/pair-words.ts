/** What the levels and the states of a pair are called. */
import type { MatchTrait } from '../ins/matching/compare.ts';
import type { TraitScore } from '../ins/matching/score.ts';
import type { PairState } from '../store/candidate-pairs.ts';
import type { Word } from './words.ts';

export const PAIR_STATES: Readonly<Record<PairState, Word>> = {
  open: { tone: 'wait', label: 'À examiner' },
  later: { tone: 'idle', label: 'Remise à plus tard' },
  different: { tone: 'ok', label: 'Deux personnes' },
  linked: { tone: 'ok', label: 'Même personne, deux dossiers' },
  merged: { tone: 'ok', label: 'Fusionnée' },
  closed: { tone: 'idle', label: 'Sans objet' },
};

const LEVELS: { readonly [T in MatchTrait]: Readonly<Record<string, string>> } = {
  name: {
    equal: 'Même nom',
    spelling: 'À une ou deux lettres près',
    sound: 'Se prononce de même',
    crossed: 'Nom de naissance de l’un, nom utilisé de l’autre',
    inverted: 'Nom et prénom intervertis',
    part: 'Une partie du nom composé',
    used: 'Seul le nom utilisé est le même',
    different: 'Noms différents',
  },
  given: {
    equal: 'Même prénom',
    spelling: 'À une ou deux lettres près',
    sound: 'Se prononce de même',
    part: 'Une partie du prénom composé',
    order: 'Un des autres prénoms',
    inverted: 'Nom et prénom intervertis',
    different: 'Prénoms différents',
  },
  others: {
    equal: 'Un autre prénom en commun',
    different: 'Autres prénoms différents',
    unknown: 'Non connus des deux',
  },
  birthDate: {
    equal: 'Même date',
    filler: 'Même date, complétée par défaut',
    incomplete: 'L’une est une date complétée',
    exchanged: 'Jour et mois inversés',
    digit: 'Un chiffre diffère',
    near: 'Deux des trois éléments concordent',
    different: 'Dates différentes',
    generation: 'Une génération d’écart',
  },
  sex: { equal: 'Même sexe', different: 'Sexes différents', unknown: 'Indéterminé' },
  birthPlace: {
    equal: 'Même commune',
    country: 'Même pays',
    department: 'Même département',
    unknown: 'Non connu des deux',
    different: 'Lieux différents',
  },
  ins: {
    equal: 'Même INS',
    former: 'L’ancienne INS de l’un est celle de l’autre',
    unknown: 'Non portée par les deux',
    different: 'INS différentes',
  },
  pattern: { none: '', twins: 'Même nom, même jour, autre prénom : jumeaux possibles' },
};

export function levelWord({ trait, level, weight }: TraitScore): Word {
  const tone = weight > 0 ? 'ok' : weight < 0 ? 'bad' : 'idle';
  return { tone, label: LEVELS[trait][level] ?? level };
}
