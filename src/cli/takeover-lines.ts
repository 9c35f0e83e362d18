/** The lines of a former repository: a CSV, or a file of HL7 identity messages, as the take-over takes them. */
import { createReadStream } from 'node:fs';
import { parseCivilDate } from '../ins/civil-date.ts';
import type { FormerLine } from '../takeover/index.ts';
import { csvRows } from '../wire/csv/read.ts';
import { readAdmission } from '../wire/hl7v2/admission.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import { splitMessages } from './hl7-messages.ts';
import { readInput, UsageFault } from './outcome.ts';

/** A line, or why it is none. */
export type ReadLine =
  | { readonly kind: 'line'; readonly value: FormerLine }
  | { readonly kind: 'unreadable'; readonly line: number; readonly reason: string };

/** Columns by any of their names, letters alone. */
const COLUMNS = {
  ipp: ['ipp'],
  domain: ['domaine', 'domaineipp', 'domain'],
  birthName: ['nomdenaissance', 'nomnaissance', 'birthname'],
  firstGivenName: ['premierprenom', 'premierprenomdenaissance', 'firstgivenname'],
  birthGivenNames: ['prenomsdenaissance', 'prenomsnaissance', 'listedesprenoms', 'birthgivennames'],
  sex: ['sexe', 'sex'],
  birthDate: ['datedenaissance', 'datenaissance', 'birthdate'],
  birthPlace: ['codelieudenaissance', 'lieudenaissance', 'lieunaissance', 'birthplace'],
  usedName: ['nomutilise', 'usedname'],
  usedGivenName: ['prenomutilise', 'usedgivenname'],
  status: ['statut', 'statutidentite', 'status'],
  nir: ['nir', 'ins', 'matricule', 'matriculeins', 'nirtd'],
} as const satisfies Record<Exclude<keyof FormerLine, 'line'>, readonly string[]>;
type Column = keyof typeof COLUMNS;
const MANDATORY = ['ipp', 'birthName', 'firstGivenName', 'sex', 'birthDate'] as const;

export async function* csvLines(file: string, encoding: 'utf-8' | 'windows-1252'): AsyncGenerator<ReadLine> {
  let columns: ReadonlyMap<Column, number> | undefined;
  try {
    for await (const { line, cells } of csvRows(textOf(file, encoding))) {
      if (columns === undefined) columns = columnsOf(cells);
      else yield { kind: 'line', value: lineOf(line, cells, columns) };
    }
  } catch (error) {
    if (error instanceof RangeError) throw new UsageFault(`${file} n'est pas un CSV : ${error.message}.`);
    if (error instanceof TypeError) throw new UsageFault(`${file} n'est pas en ${encoding}.`);
    throw error;
  }
  if (columns === undefined) throw new UsageFault(`${file} est vide : une ligne de titres est attendue.`);
}

async function* textOf(file: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>)
    yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

function columnsOf(titles: readonly string[]): ReadonlyMap<Column, number> {
  const letters = titles.map((title) =>
    title
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z]/g, ''),
  );
  const found = (Object.keys(COLUMNS) as Column[]).flatMap((column): [Column, number][] => {
    const names: readonly string[] = COLUMNS[column];
    const index = letters.findIndex((title) => names.includes(title));
    return index === -1 ? [] : [[column, index]];
  });
  const columns = new Map(found);
  const missing = MANDATORY.filter((column) => !columns.has(column)).map((column) => COLUMNS[column][0]);
  if (missing.length > 0) throw new UsageFault(`Colonnes absentes : ${missing.join(', ')}.`);
  return columns;
}

function lineOf(line: number, cells: readonly string[], columns: ReadonlyMap<Column, number>): FormerLine {
  const cell = (column: Column): string | undefined => {
    const text = cells[columns.get(column) ?? -1]?.trim();
    return text === '' ? undefined : text;
  };
  const birthDate = cell('birthDate') ?? '';
  const french = parseCivilDate(birthDate, 'JJ/MM/AAAA');
  return {
    line,
    ipp: cell('ipp') ?? '',
    domain: cell('domain'),
    birthName: cell('birthName') ?? '',
    firstGivenName: cell('firstGivenName') ?? '',
    birthGivenNames: cell('birthGivenNames'),
    sex: cell('sex')?.toUpperCase() ?? '',
    birthDate: french.ok ? french.value : birthDate,
    birthPlace: cell('birthPlace'),
    usedName: cell('usedName'),
    usedGivenName: cell('usedGivenName'),
    status: cell('status')?.toUpperCase(),
    nir: cell('nir'),
  };
}

/** Each message is a line, numbered from 1. The INS that it carries, or its billing NIR, is only something to compare. */
export async function* hl7Lines(file: string): AsyncGenerator<ReadLine> {
  const messages = splitMessages(await readInput(file));
  if (messages.length === 0) throw new UsageFault(`${file} ne contient aucun segment MSH.`);
  for (const [index, message] of messages.entries()) {
    const line = index + 1;
    const parsed = parseMessage(message, { defaultEncoding: '8859/1' });
    const read = parsed.ok ? readAdmission(parsed.value) : parsed;
    if (!read.ok) {
      const { rule, location } = read.refusal;
      yield {
        kind: 'unreadable',
        line,
        reason: `${rule.id} ${rule.title}${location === undefined ? '' : ` (${location})`}`,
      };
      continue;
    }
    const { patient, proof } = read.value;
    const lunar = proof?.lunarBirthDate;
    const date = patient.birthDate ?? (lunar === undefined ? '' : `${lunar.year}${lunar.month}${lunar.day}`);
    const [ipp] = patient.ipps;
    const billing = patient.otherIdentifiers.find(({ typeCode }) => typeCode === 'NH');
    yield {
      kind: 'line',
      value: {
        line,
        ipp: ipp?.value ?? '',
        domain: ipp?.authority.universalId ?? ipp?.authority.namespace,
        birthName: patient.birthName,
        firstGivenName: patient.firstGivenName,
        birthGivenNames: patient.birthGivenNames,
        sex: patient.sex,
        birthDate: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`,
        birthPlace: patient.birthPlace?.code,
        usedName: patient.usedName ?? undefined,
        usedGivenName: patient.usedGivenName ?? undefined,
        status: patient.identityStatus,
        nir: patient.ins?.matricule ?? billing?.value,
      },
    };
  }
}
