/** A file of figures as lines: column by column, each line that does not fit with its rule. */
import { type Product, productOf } from '../catalogue/index.ts';
import { parseFinessEg, parseFinessEj } from '../ins/identifiers.ts';
import { regionRules } from '../rules/region.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Figure, IdentityKind } from '../store/region-figures.ts';
import type { ImportRejection } from '../store/region-imports.ts';
import { csvRows, unguarded } from '../wire/csv/read.ts';
import { isMonth, monthOf } from './month.ts';
import { digestOf } from './push-text.ts';

const MOST_LINES = 50_000;

/** Columns by name, as docs/fr/region.md lists them. */
export const IMPORT_COLUMNS = [
  'finess_eg',
  'finess_ej',
  'nom',
  'raison_sociale',
  'mois',
  'documents',
  'documents_ins',
  'documents_nir',
  'documents_insc',
  'nature_identite',
  'identites_actives',
  'identites_qualifiees',
  'etapes',
  'produits',
] as const;
type Column = (typeof IMPORT_COLUMNS)[number];
const MANDATORY: readonly Column[] = ['finess_eg', 'finess_ej', 'mois', 'documents'];

export interface ReadLine {
  readonly figure: Figure;
  readonly name: string;
  readonly legalName: string;
}

interface ReadFigures {
  readonly sha256: string;
  readonly lines: number;
  readonly read: readonly ReadLine[];
  readonly rejections: readonly ImportRejection[];
}

/** Reads the whole file; a line that does not fit is set aside with its rule, the others stand. */
export async function readFigures(
  bytes: Uint8Array,
  catalogue: readonly Product[],
  now: Date,
): Promise<Result<ReadFigures>> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(regionRules.unreadableFile, { detail: 'le fichier n’est pas en UTF-8' });
  }
  try {
    return await readText(text, digestOf(bytes).toString('hex'), { catalogue, present: monthOf(now) });
  } catch (error) {
    if (error instanceof RangeError) return refuse(regionRules.unreadableFile, { detail: error.message });
    throw error;
  }
}

interface Beside {
  readonly catalogue: readonly Product[];
  readonly present: string;
}

async function readText(text: string, sha256: string, beside: Beside): Promise<Result<ReadFigures>> {
  let columns: ReadonlyMap<Column, number> | undefined;
  const read: ReadLine[] = [];
  const rejections: ImportRejection[] = [];
  const seen = new Set<string>();
  for await (const { line, cells } of csvRows(once(text))) {
    if (columns === undefined) {
      columns = columnsOf(cells);
      const missing = MANDATORY.filter((name) => columns?.has(name) !== true);
      if (missing.length > 0) return refuse(regionRules.missingColumns, { detail: missing.join(', ') });
      continue;
    }
    if (read.length + rejections.length >= MOST_LINES)
      return refuse(regionRules.unreadableFile, { detail: `plus de ${MOST_LINES} lignes` });
    const known = columns;
    const taken = lineOf((name) => unguarded((cells[known.get(name) ?? -1] ?? '').trim()), beside);
    const key = taken.ok ? `${taken.value.figure.eg} ${taken.value.figure.month}` : '';
    const again = taken.ok && seen.has(key);
    const refusal = taken.ok ? (again ? { rule: regionRules.repeatedLine, detail: key } : undefined) : taken.refusal;
    if (refusal !== undefined) rejections.push(rejection(line, refusal));
    else if (taken.ok) read.push(taken.value);
    seen.add(key);
  }
  if (columns === undefined) return refuse(regionRules.unreadableFile, { detail: 'le fichier est vide' });
  return ok({ sha256, lines: read.length + rejections.length, read, rejections });
}

async function* once(text: string): AsyncGenerator<string> {
  yield text.replace(/^\ufeff/, '');
}

function rejection(line: number, { rule, detail }: Refusal): ImportRejection {
  return { line, rule: rule.id, detail: detail ?? '' };
}

function columnsOf(titles: readonly string[]): ReadonlyMap<Column, number> {
  const names = titles.map((title) =>
    title
      .normalize('NFD')
      .replace(/\p{Mark}/gu, '')
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_'),
  );
  return new Map(IMPORT_COLUMNS.flatMap((name) => (names.includes(name) ? [[name, names.indexOf(name)]] : [])));
}

type Cell = (name: Column) => string;

function lineOf(cell: Cell, { catalogue, present }: Beside): Result<ReadLine> {
  const [eg, ej] = [cell('finess_eg').toUpperCase(), cell('finess_ej').toUpperCase()];
  if (!parseFinessEg(eg).ok) return refuse(regionRules.wrongFiness, { detail: `finess_eg « ${eg.slice(0, 20)} »` });
  if (!parseFinessEj(ej).ok) return refuse(regionRules.wrongFiness, { detail: `finess_ej « ${ej.slice(0, 20)} »` });
  const month = cell('mois').replace(/^(\d\d)\/(\d{4})$/, '$2-$1');
  if (!isMonth(month) || month > present)
    return refuse(regionRules.wrongMonth, { detail: `« ${cell('mois').slice(0, 20)} »` });
  const kind = kindOf(cell('nature_identite'));
  if (kind === undefined)
    return refuse(regionRules.wrongKind, { detail: `« ${cell('nature_identite').slice(0, 20)} »` });
  const counts = countsOf(cell);
  if (!counts.ok) return counts;
  const products = productsOf(cell('produits'), catalogue);
  if (!products.ok) return products;
  const { name, ...figure } = { ...counts.value, name: cell('nom').slice(0, 200) || eg };
  // Where only the total is given, all of it came under the one kind that is named.
  const parts = kind === null || [figure.addedIns, figure.addedNir, figure.addedInsC].some((part) => part !== null);
  const under = (which: IdentityKind, part: number | null) => (parts ? part : which === kind ? figure.added : 0);
  return ok({
    name,
    legalName: cell('raison_sociale').slice(0, 200),
    figure: {
      ...figure,
      eg,
      ej,
      month,
      identityKind: kind,
      products: products.value,
      addedIns: under('INS', figure.addedIns),
      addedNir: under('NIR', figure.addedNir),
      addedInsC: under('INS-C', figure.addedInsC),
    },
  });
}

function kindOf(text: string): IdentityKind | null | undefined {
  if (text === '') return null;
  return (['INS', 'NIR', 'INS-C'] as const).find(
    (kind) => kind.replace('-', '') === text.toUpperCase().replace(/[\s-]/g, ''),
  );
}

type Counted = Omit<Figure, 'eg' | 'ej' | 'month' | 'identityKind' | 'products'>;

function countsOf(cell: Cell): Result<Counted> {
  const wrong: string[] = [];
  const count = (name: Column, most = 100_000_000): number | null => {
    const text = cell(name).replace(/[\s\u00a0\u202f]/g, '');
    if (text === '') return null;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= most)) wrong.push(name);
    return value;
  };
  const figure = {
    added: count('documents'),
    addedIns: count('documents_ins'),
    addedNir: count('documents_nir'),
    addedInsC: count('documents_insc'),
    activeIdentities: count('identites_actives'),
    qualifiedIdentities: count('identites_qualifiees'),
    steps: count('etapes', 5),
  };
  const parts = (figure.addedIns ?? 0) + (figure.addedNir ?? 0) + (figure.addedInsC ?? 0);
  if (figure.added !== null && parts > figure.added) wrong.push('documents');
  if (figure.added === null && parts > 0) wrong.push('documents');
  if (figure.activeIdentities !== null && (figure.qualifiedIdentities ?? 0) > figure.activeIdentities)
    wrong.push('identites_qualifiees');
  if (wrong.length > 0) return refuse(regionRules.wrongCount, { detail: [...new Set(wrong)].join(', ') });
  return ok({
    ...figure,
    replaced: null,
    deleted: null,
    received: null,
    refused: null,
    waiting: null,
    lastFedOn: null,
    blocks: [],
  });
}

/** `DMPCONNECT 1 | DXCARE 7.7.7`: as the catalogue names them, or by their key there. */
function productsOf(text: string, catalogue: readonly Product[]): Result<Figure['products']> {
  const keys = new Set<string>();
  for (const name of text.split('|').map((one) => one.trim())) {
    if (name === '') continue;
    const key = catalogue.find((product) => product.key === name)?.key ?? productOf(catalogue, { name })?.product.key;
    if (key === undefined) return refuse(regionRules.unknownProduct, { detail: `« ${name.slice(0, 60)} »` });
    keys.add(key);
  }
  return ok([...keys].map((key) => ({ key })));
}
