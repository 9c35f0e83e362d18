/** Files that go out: rejected lines to correct and send again, and the patients themselves. */
import { qualifiedIdentityOf } from '../identity/index.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Db } from '../store/db.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { type IdentityCriteria, identitiesWithNumbers } from '../store/identity-query.ts';
import { type PatientImport, type RejectedLine, rejectionsOf } from '../store/patient-imports.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

/** Rows read at once: memory stays the same for a million. */
const PAGE = 1_000;

/** The lines as they came, each with its number, its rule and what to do: corrected, the same file can be imported. */
export async function* rejectionsFile(db: Db, file: PatientImport): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine([...file.titles, 'ligne', 'regle', 'motif', 'que faire']);
  for (let after = 0; ; ) {
    const rows = await rejectionsOf(db, file.id, { after, limit: PAGE });
    yield rows.map((row) => csvLine([...padded(row.cells, file.titles.length), ...explained(row)])).join('');
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.line ?? after;
  }
}

function padded(cells: readonly string[], width: number): string[] {
  return Array.from({ length: width }, (_, index) => cells[index] ?? '');
}

function explained({ line, ruleId, detail }: RejectedLine): string[] {
  const rule = ruleById(ruleId);
  const motif = [rule?.title ?? '', ...(detail === null ? [] : [`(${detail})`])].join(' ');
  return [String(line), ruleId, motif, rule?.remedy ?? ''];
}

const PATIENT_TITLES = [
  'id',
  'ipp',
  'domaine',
  'nom de naissance',
  'premier prénom',
  'prénoms de naissance',
  'sexe',
  'date de naissance',
  'code lieu de naissance',
  'nom utilisé',
  'prénom utilisé',
  'statut',
  'attributs',
  'modifiée le',
];

/** One line for each number of each identity. The matricule is that of qualified identities, and only where it is asked for. */
export async function* patientsFile(
  db: Db,
  criteria: IdentityCriteria,
  { withIns }: { readonly withIns: boolean },
): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine([...PATIENT_TITLES, ...(withIns ? ['matricule ins', 'oid'] : [])]);
  for (let after: string | null = null; ; ) {
    const page = await identitiesWithNumbers(db, criteria, { after, limit: PAGE });
    yield page.flatMap(({ record, numbers }) => patientLines(record, numbers, withIns)).join('');
    if (page.length < PAGE) return;
    after = page.at(-1)?.record.id ?? null;
  }
}

type Numbers = readonly { readonly domain: string; readonly value: string }[];

function patientLines(record: IdentityRecord, numbers: Numbers, withIns: boolean): string[] {
  const ins = withIns ? insCells(record) : [];
  const borne = numbers.length === 0 ? [{ value: '', domain: '' }] : numbers;
  return borne.map(({ value, domain }) => csvLine([record.id, value, domain, ...traitCells(record), ...ins]));
}

/** Nothing but a qualified identity gives a matricule (promise 3). */
function insCells(record: IdentityRecord): string[] {
  const qualified = qualifiedIdentityOf(record);
  return qualified.ok ? [qualified.value.ins.matricule, qualified.value.ins.oid] : ['', ''];
}

function traitCells(record: IdentityRecord): string[] {
  const attributes = (['homonyme', 'douteuse', 'fictive'] as const).filter((attribute) => record[attribute]);
  return [
    record.birthName,
    record.firstGivenName,
    record.birthGivenNames ?? '',
    record.sex,
    record.birthDate,
    record.birthPlace ?? '',
    record.usedName ?? '',
    record.usedGivenName ?? '',
    record.status,
    attributes.join(' '),
    record.updatedAt.toISOString(),
  ];
}
