/**
 * What is counted for which programme: declarative and versioned, published with every export. The official formulas were not
 * found (ins.md 7 and 9): each says what it was made from, and what is not known. No threshold is here: a site enters its own.
 */
import type { TypeCount } from '../store/proof-counts.ts';
import { DOCUMENT_KINDS, type DocumentKinds, kindOfType } from './document-kinds.ts';

export interface Formula {
  readonly id: string;
  readonly version: string;
  readonly programme: 'SUN-ES' | 'HOP’EN 2';
  readonly objective: string;
  /** What is counted: each document once, whatever its versions. */
  readonly distinct: 'document';
  /** The act that makes it count, and that gives it its date. */
  readonly act: 'first-acceptance';
  readonly destination: 'DMP' | 'MSSANTE-PS' | 'MSSANTE-PATIENT';
  /** Of the kinds of documents; null: whatever the kind. */
  readonly kinds: readonly string[] | null;
  readonly qualifiedInsOnly: true;
  /** Deleted, come back, or gone from the destination: no more counted. */
  readonly takenOut: 'not-counted';
  readonly source: string;
  /** AAAA-MM-JJ of that reading. */
  readonly dated: string;
  /** `derived`: from the published scope of the programme; the text of the formula itself was not found. */
  readonly confidence: 'derived';
  /** What must be known before it is held against a payment. */
  readonly unknown: string;
}

const COMMON = {
  version: '1',
  distinct: 'document',
  act: 'first-acceptance',
  qualifiedInsOnly: true,
  takenOut: 'not-counted',
  dated: '2026-11-23',
  confidence: 'derived',
} as const;
const SUN_ES = {
  ...COMMON,
  programme: 'SUN-ES',
  source: 'SUN-ES (DGOS/DNS, 2021-2023), périmètre des volets 1 et 2 tel que publié par les ARS',
  unknown: 'Dénominateur, seuil et mode de calcul officiels non trouvés : comptage seul',
} as const;
const HOPEN2 = {
  ...COMMON,
  programme: 'HOP’EN 2',
  source: 'HOP’EN 2, phase 1 (juillet 2024), huit objectifs d’usage tels que publiés',
  unknown: 'Dénominateur, seuil et mode de calcul officiels non trouvés : comptage seul',
} as const;

export const FORMULAS: readonly Formula[] = [
  {
    ...SUN_ES,
    id: 'sun-es.discharge',
    objective: 'Volet 1 : documents de sortie au DMP',
    destination: 'DMP',
    kinds: ['discharge', 'operative', 'medicines'],
    unknown: `${SUN_ES.unknown}. Le type d’une ordonnance ne dit pas si elle est de sortie : toute prescription de produits de santé compte`,
  },
  {
    ...SUN_ES,
    id: 'sun-es.biology',
    objective: 'Volet 1 : comptes rendus de biologie au DMP',
    destination: 'DMP',
    kinds: ['biology'],
  },
  {
    ...SUN_ES,
    id: 'sun-es.imaging',
    objective: 'Volet 1 : comptes rendus d’imagerie au DMP',
    destination: 'DMP',
    kinds: ['imaging'],
  },
  {
    ...SUN_ES,
    id: 'sun-es.mss-professional',
    objective: 'Volet 2 : MSSanté vers les professionnels',
    destination: 'MSSANTE-PS',
    kinds: null,
  },
  {
    ...SUN_ES,
    id: 'sun-es.mss-citizen',
    objective: 'Volet 2 : MSSanté vers les usagers',
    destination: 'MSSANTE-PATIENT',
    kinds: null,
  },
  {
    ...HOPEN2,
    id: 'hopen2.discharge',
    objective: 'Documents de sortie dans Mon espace santé',
    destination: 'DMP',
    kinds: ['discharge'],
  },
  {
    ...HOPEN2,
    id: 'hopen2.operative',
    objective: 'Comptes rendus opératoires',
    destination: 'DMP',
    kinds: ['operative'],
  },
  {
    ...HOPEN2,
    id: 'hopen2.consultation',
    objective: 'Comptes rendus de consultation',
    destination: 'DMP',
    kinds: ['consultation'],
  },
  { ...HOPEN2, id: 'hopen2.imaging', objective: 'Comptes rendus d’imagerie', destination: 'DMP', kinds: ['imaging'] },
  { ...HOPEN2, id: 'hopen2.biology', objective: 'Comptes rendus de biologie', destination: 'DMP', kinds: ['biology'] },
  {
    ...HOPEN2,
    id: 'hopen2.mss-professional',
    objective: 'MSSanté vers les professionnels',
    destination: 'MSSANTE-PS',
    kinds: null,
  },
  {
    ...HOPEN2,
    id: 'hopen2.mss-citizen',
    objective: 'MSSanté vers les usagers',
    destination: 'MSSANTE-PATIENT',
    kinds: null,
  },
];

type Cell = Pick<TypeCount, 'destination' | 'typeCode' | 'qualified'>;

/** Does a document of this cell count by this formula? The data says it, this only reads them. */
export function counts(
  formula: Pick<Formula, 'destination' | 'kinds'>,
  { destination, typeCode, qualified }: Cell,
  kinds: DocumentKinds = DOCUMENT_KINDS,
): boolean {
  const ofKind = formula.kinds?.includes(kindOfType(typeCode, kinds)) ?? true;
  return qualified && destination === formula.destination && ofKind;
}

export interface Figure {
  readonly formula: string;
  readonly ej: string;
  readonly eg: string;
  /** AAAA-MM. */
  readonly month: string;
  documents: number;
}

/** By establishment and month; those that are zero are absent. */
export function figuresOf(
  cells: readonly TypeCount[],
  formulas: readonly Pick<Formula, 'id' | 'destination' | 'kinds'>[] = FORMULAS,
  kinds: DocumentKinds = DOCUMENT_KINDS,
): Figure[] {
  const figures = new Map<string, Figure>();
  for (const formula of formulas)
    for (const cell of cells) {
      if (cell.documents === 0 || !counts(formula, cell, kinds)) continue;
      const { ej, eg, month } = cell;
      const key = [formula.id, ej, eg, month].join(' ');
      const figure = figures.get(key) ?? { formula: formula.id, ej, eg, month, documents: 0 };
      figure.documents += cell.documents;
      figures.set(key, figure);
    }
  return [...figures.values()];
}
