/** What only a person can say: its items, and the statements that were made. */

export type DeclaredItem = 'organisation' | 'charter' | 'training';
export type DeclaredState = 'done' | 'started' | 'not-done';

export interface Declaration {
  readonly item: DeclaredItem;
  readonly state: DeclaredState;
  /** AAAA-MM-JJ, as the person says it. */
  readonly onDay: string;
  readonly note: string;
  /** Where the proof is kept, in words. */
  readonly attachment: string | null;
  readonly actor: string;
  readonly at: Date;
}

interface Words {
  readonly title: string;
  readonly hint: string;
  readonly states: Readonly<Record<DeclaredState, string>>;
}

const FEMININE = { done: 'faite', started: 'en cours', 'not-done': 'pas encore faite' } as const;

export const DECLARED: Readonly<Record<DeclaredItem, Words>> = {
  organisation: {
    title: 'L’organisation INS est en place',
    hint: 'Référent en identitovigilance nommé, cellule opérationnelle, circuit des anomalies',
    states: { done: 'en place', started: 'en cours', 'not-done': 'pas encore en place' },
  },
  charter: {
    title: 'La charte d’identitovigilance intègre l’INS',
    hint: 'Version et date de la charte',
    states: { done: 'en vigueur', started: 'en cours', 'not-done': 'pas encore écrite' },
  },
  training: {
    title: 'Les professionnels sont formés à la qualification',
    hint: 'Qui, combien, quelle formation',
    states: FEMININE,
  },
};

export const DECLARED_ITEMS: readonly DeclaredItem[] = ['organisation', 'charter', 'training'];
export const DECLARED_STATES: readonly DeclaredState[] = ['done', 'started', 'not-done'];
