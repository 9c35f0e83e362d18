/** The tables as files that a spreadsheet opens: written without a formula that could run, read with every fault explained. */
import { type CheckedMapping, checkMapping, type MappingActor, sameTarget } from '../mapping/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { mappingRules } from '../rules/mapping.ts';
import type { Refusal } from '../rules/rule.ts';
import { type KindTarget, listMappings, type MappingKind, type MappingRecord } from '../store/mappings.ts';
import { csvRows, unguarded } from '../wire/csv/read.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

const KEY_COLUMNS = ['portee', 'valeur', 'nom', 'libelle'] as const;
const TARGET_COLUMNS: Readonly<Record<MappingKind, readonly string[]>> = {
  types: ['type'],
  units: ['entite', 'secteur', 'cadre'],
  authors: ['rpps', 'famille', 'prenom', 'specialite'],
};

/** Lines of one file. */
export const MOST_LINES = 5_000;

export function columnsOf(kind: MappingKind): readonly string[] {
  return [...KEY_COLUMNS, ...TARGET_COLUMNS[kind]];
}

export function csvOf(kind: MappingKind, rows: readonly MappingRecord[]): string {
  const lines = rows.map((row) => [row.scope, row.localValue, row.localName, row.label, ...targetCells(row)]);
  return `${BYTE_ORDER_MARK}${[columnsOf(kind), ...lines].map(csvLine).join('')}`;
}

function targetCells(row: KindTarget): string[] {
  switch (row.kind) {
    case 'types':
      return ['neverFed' in row.target ? 'JAMAIS' : row.target.typeCode];
    case 'units':
      return [row.target.eg, row.target.sector ?? '', row.target.practiceSetting ?? ''];
    case 'authors': {
      const { id, family, given, specialty } = row.target;
      return [id.slice(1), family, given, specialty];
    }
  }
}

export interface ImportReport {
  readonly toAdd: readonly CheckedMapping[];
  readonly toChange: readonly CheckedMapping[];
  readonly unchanged: number;
  readonly rejected: readonly { readonly line: number; readonly value: string; readonly refusal: Refusal }[];
}

/** What importing this file would do. Nothing is recorded. */
export async function readImport(
  context: UseCaseContext,
  kind: MappingKind,
  text: string,
  actor: MappingActor,
): Promise<ImportReport> {
  const read = await linesOf(kind, text.replace(/^\ufeff/, ''));
  if (!Array.isArray(read)) return { toAdd: [], toChange: [], unchanged: 0, rejected: [read] };
  const toAdd: CheckedMapping[] = [];
  const toChange: CheckedMapping[] = [];
  const rejected: ImportReport['rejected'][number][] = [];
  const known = await allRows(context, kind);
  const seen = new Map<string, number>();
  let unchanged = 0;
  for (const { line, values } of read) {
    const checked = checkMapping(context, typedOf(kind, values), actor);
    const value = values.valeur ?? '';
    const key = checked.ok ? keyOf(checked.value) : '';
    const before = seen.get(key);
    if (!checked.ok) rejected.push({ line, value, refusal: checked.refusal });
    else if (before !== undefined)
      rejected.push({ line, value, refusal: wrong(`même valeur et même portée qu’à la ligne ${before}`) });
    else {
      seen.set(key, line);
      const row = known.get(key);
      if (row === undefined) toAdd.push(checked.value);
      else if (row.label === checked.value.label && sameTarget(row, checked.value)) unchanged += 1;
      else toChange.push(checked.value);
    }
  }
  return { toAdd, toChange, unchanged, rejected };
}

function wrong(detail: string): Refusal {
  return { rule: mappingRules.invalidTarget, detail };
}

type Line = { readonly line: number; readonly values: Readonly<Record<string, string>> };

/** Lines by column name, or why the file cannot be read at all. */
async function linesOf(kind: MappingKind, text: string): Promise<Line[] | ImportReport['rejected'][number]> {
  const columns = columnsOf(kind);
  const lines: Line[] = [];
  let header: readonly string[] | undefined;
  try {
    for await (const { line, cells } of csvRows(inOneChunk(text))) {
      if (header === undefined) {
        header = cells.map((name) => name.trim().toLowerCase());
        const absent = columns.filter((name) => !header?.includes(name));
        if (absent.length > 0) return { line, value: '', refusal: wrong(`colonnes absentes : ${absent.join(', ')}`) };
        continue;
      }
      if (lines.length === MOST_LINES) return { line, value: '', refusal: wrong(`plus de ${MOST_LINES} lignes`) };
      const names = header;
      lines.push({
        line,
        values: Object.fromEntries(cells.map((text, at) => [names[at] ?? '', unguarded(text.trim())])),
      });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { line: 1, value: '', refusal: wrong(error.message) };
  }
  return header === undefined ? { line: 1, value: '', refusal: wrong('fichier vide') } : lines;
}

async function* inOneChunk(text: string): AsyncGenerator<string> {
  yield text;
}

function typedOf(kind: MappingKind, values: Readonly<Record<string, string>>) {
  const { portee = '', valeur = '', nom = '', libelle = '' } = values;
  return {
    kind,
    scope: portee,
    localValue: valeur,
    localName: nom,
    label: libelle,
    target: {
      typeCode: values.type,
      eg: values.entite,
      sector: values.secteur,
      practiceSetting: values.cadre,
      rpps: values.rpps,
      family: values.famille,
      given: values.prenom,
      specialty: values.specialite,
    },
  };
}

function keyOf({ scope, localValue, localName }: Pick<MappingRecord, 'scope' | 'localValue' | 'localName'>): string {
  return JSON.stringify([scope, localValue, localName]);
}

async function allRows({ pool }: UseCaseContext, kind: MappingKind): Promise<Map<string, MappingRecord>> {
  const rows = await listMappings(pool, { kind, search: '', after: null, limit: 1_000_000 });
  return new Map(rows.map((row) => [keyOf(row), row]));
}
