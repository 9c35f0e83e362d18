/** The columns of a patient file: what their titles may be, and what a line says. */
import { parseCivilDate } from '../ins/civil-date.ts';

/** Columns by any of their names, without accents or punctuation. What names no column of ours is left out. */
const COLUMNS = {
  birthName: ['birthname', 'nomdenaissance', 'nomnaissance'],
  firstGivenName: ['firstgivenname', 'premierprenom', 'premierprenomdenaissance'],
  birthGivenNames: ['birthgivennames', 'prenomsdenaissance', 'prenomsnaissance', 'listedesprenoms'],
  sex: ['sex', 'sexe'],
  birthDate: ['birthdate', 'datedenaissance', 'datenaissance'],
  birthPlace: ['birthplace', 'codelieudenaissance', 'lieudenaissance', 'lieunaissance'],
  usedName: ['usedname', 'nomutilise'],
  usedGivenName: ['usedgivenname', 'prenomutilise'],
  ipp: ['ipp'],
  domain: ['domain', 'domaine', 'domaineipp'],
} as const;
export type Column = keyof typeof COLUMNS;
/** Place of each column in a line. */
export type Columns = Partial<Record<Column, number>>;

/** Without these there is no identity; the titles that a person is asked for. */
const MANDATORY: Partial<Record<Column, string>> = {
  birthName: 'nom de naissance',
  firstGivenName: 'premier prénom',
  sex: 'sexe',
  birthDate: 'date de naissance',
  ipp: 'ipp',
};

/** Finds the columns in the line of titles; `missing` names those that a patient cannot do without. */
export function columnsOf(titles: readonly string[]): {
  readonly columns: Columns;
  readonly missing: readonly string[];
} {
  const names = titles.map((title) =>
    title
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z]/g, ''),
  );
  const columns: { -readonly [column in Column]?: number } = {};
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const known: readonly string[] = COLUMNS[column];
    const index = names.findIndex((name) => known.includes(name));
    if (index !== -1) columns[column] = index;
  }
  const missing = Object.entries(MANDATORY).filter(([column]) => columns[column as Column] === undefined);
  return { columns, missing: missing.map(([, title]) => title) };
}

/** A line as text, column by column; empty cells are absent. */
export type LineValues = { readonly [column in Column]?: string };

export function valuesOf(cells: readonly string[], columns: Columns): LineValues {
  const values: { -readonly [column in Column]?: string } = {};
  for (const [column, index] of Object.entries(columns) as [Column, number][]) {
    const text = cells[index]?.trim();
    if (text !== undefined && text !== '') values[column] = text;
  }
  const french = parseCivilDate(values.birthDate ?? '', 'JJ/MM/AAAA');
  if (french.ok) values.birthDate = french.value;
  return values;
}
