/** `import patients`: one identity per line of a CSV file, created by REST; a rejected line stops no other. */
import { createReadStream } from 'node:fs';
import { parseCivilDate } from '../../ins/civil-date.ts';
import { type CsvRow, csvRows } from '../csv.ts';
import { codeOf, type Outcome, UsageFault } from '../outcome.ts';
import { type RestAnswer, type RestClient, restClient } from '../rest.ts';
import { readRuntime } from '../runtime.ts';

export interface ImportOptions {
  /** Address and token of the API; what is absent is read from the demonstration running in `data`. */
  readonly to?: string;
  readonly token?: string;
  readonly data: string;
  /** Identification domain of the IPP where the file has no such column; absent: the installation's own. */
  readonly domain?: string;
  readonly encoding: 'utf-8' | 'windows-1252';
}

/** Columns by any of their names, without accents or punctuation. */
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
type Column = keyof typeof COLUMNS;

const MANDATORY: readonly Column[] = ['birthName', 'firstGivenName', 'sex', 'birthDate', 'ipp'];

interface Rejection {
  readonly line: number;
  readonly rule: string | null;
  /** French; never holds a value of the line. */
  readonly reason: string;
}

export async function importPatients(file: string, options: ImportOptions): Promise<Outcome> {
  const client = await clientOf(options);
  const rejections: Rejection[] = [];
  let created = 0;
  let columns: ReadonlyMap<Column, number> | undefined;
  let stopped: string | undefined;
  for await (const row of rowsOf(file, options.encoding)) {
    if (columns === undefined) {
      columns = columnsOf(row);
      continue;
    }
    const answer = await client.post('/patients', patientOf(row, columns, options.domain));
    if (answer.kind === 'done') created += 1;
    else if (answer.kind === 'refused' && answer.status !== 401 && answer.status !== 403)
      rejections.push(rejectionOf(row.line, answer.problem));
    else {
      // Every other line would end the same way.
      stopped = `Import arrêté ligne ${row.line} : ${answer.kind === 'refused' ? answer.problem.title : `passerelle injoignable (${answer.reason})`}.`;
      break;
    }
  }
  if (columns === undefined) throw new UsageFault(`${file} est vide : une ligne de titres est attendue.`);
  return {
    code: rejections.length === 0 && stopped === undefined ? 0 : 1,
    lines: [
      ...rejections.map(({ line, rule, reason }) => `Ligne ${line} rejetée : ${rule ?? ''} ${reason}`),
      ...(stopped === undefined ? [] : [stopped]),
      `${created} identité(s) créée(s), ${rejections.length} ligne(s) rejetée(s).`,
    ],
    result: { created, rejected: rejections.length, rejections, stopped: stopped ?? null },
  };
}

async function clientOf({ to, token, data }: ImportOptions): Promise<RestClient> {
  if (to !== undefined && token !== undefined) return restClient(to, token);
  // A token goes to the gateway that it was written for, and to no other.
  if (to !== undefined) throw new UsageFault('--to demande --token, ou la variable TRAITDUNION_TOKEN.');
  const reading = await readRuntime(data);
  if (!reading.ok) throw new UsageFault(`--to absent, et ${reading.reason}.`);
  return restClient(reading.runtime.api, token ?? reading.runtime.token);
}

type Refused = Extract<RestAnswer, { kind: 'refused' }>;

function rejectionOf(line: number, { rule, title, detail }: Refused['problem']): Rejection {
  return { line, rule, reason: detail === undefined ? title : `${title} (${detail})` };
}

async function* rowsOf(file: string, encoding: ImportOptions['encoding']): AsyncGenerator<CsvRow> {
  try {
    yield* csvRows(textOf(file, encoding));
  } catch (error) {
    if (error instanceof RangeError) throw new UsageFault(`${file} n'est pas un CSV : ${error.message}.`);
    if (error instanceof TypeError)
      throw new UsageFault(`${file} n'est pas en ${encoding} : essayez --encoding windows-1252.`);
    throw error instanceof UsageFault ? error : new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  }
}

/** Chunks of text; the decoder throws a TypeError on bytes that are not of this encoding. A byte order mark is dropped. */
async function* textOf(file: string, encoding: ImportOptions['encoding']): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const bytes: AsyncIterable<Buffer> = createReadStream(file);
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

function columnsOf({ cells }: CsvRow): ReadonlyMap<Column, number> {
  const titles = cells.map((cell) =>
    cell
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z]/g, ''),
  );
  const columns = new Map<Column, number>();
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const names: readonly string[] = COLUMNS[column];
    const index = titles.findIndex((title) => names.includes(title));
    if (index !== -1) columns.set(column, index);
  }
  const missing = MANDATORY.filter((column) => !columns.has(column)).map((column) => COLUMNS[column].at(-1));
  if (missing.length > 0) throw new UsageFault(`Colonnes absentes : ${missing.join(', ')}.`);
  return columns;
}

/** The REST patient of a line. What is wrong with it is for the gateway to say, so that the rules stand in one place. */
function patientOf(row: CsvRow, columns: ReadonlyMap<Column, number>, domain: string | undefined): object {
  const cell = (column: Column): string | undefined => {
    const text = row.cells[columns.get(column) ?? -1]?.trim();
    return text === '' ? undefined : text;
  };
  const birthDate = cell('birthDate');
  const french = parseCivilDate(birthDate ?? '', 'JJ/MM/AAAA');
  return {
    birthName: cell('birthName'),
    firstGivenName: cell('firstGivenName'),
    birthGivenNames: cell('birthGivenNames'),
    sex: cell('sex')?.toUpperCase(),
    birthDate: french.ok ? french.value : birthDate,
    birthPlace: cell('birthPlace'),
    usedName: cell('usedName'),
    usedGivenName: cell('usedGivenName'),
    identifiers: [{ value: cell('ipp'), domain: cell('domain') ?? domain, type: 'PI' }],
  };
}
