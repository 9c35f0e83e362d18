/** Identities by exact criteria, for the FHIR search: all of the criteria, any of the values of each. */
import { searchForm } from '../ins/search-keys.ts';
import type { IdentityStatus, Sex } from '../ins/types.ts';
import { type Db, many, one } from './db.ts';
import { IDENTITY_SELECT, type IdentityRecord } from './identities.ts';

/** Numbers looked for: an INS, a number of one domain, or a number of any. */
export interface NumberCriterion {
  readonly kind: 'ins' | 'local' | 'any';
  readonly domain: string | null;
  /** Null: any number of the domain. */
  readonly value: string | null;
}

export interface DateCriterion {
  readonly kind: 'inside' | 'outside' | 'after' | 'before' | 'from' | 'until';
  readonly low: string;
  readonly high: string;
}

export interface IdentityCriteria {
  readonly ids: readonly (readonly string[])[];
  readonly numbers: readonly (readonly NumberCriterion[])[];
  readonly families: readonly (readonly string[])[];
  readonly givens: readonly (readonly string[])[];
  readonly birthDates: readonly (readonly DateCriterion[])[];
  readonly sexes: readonly (readonly Sex[])[];
  /** Merged identities have no part in a search unless they are asked for. */
  readonly active: boolean;
  readonly statuses?: readonly IdentityStatus[];
}

/** Values that a statement refers to, each added where its mark is written. */
interface Values {
  readonly list: unknown[];
  add(value: unknown): string;
}

function valuesOf(): Values {
  const list: unknown[] = [];
  return { list, add: (value) => `$${list.push(value)}` };
}

/** A page in the order of the ids; `after` is the last one of the page before. */
export async function findIdentities(
  db: Db,
  criteria: IdentityCriteria,
  page: { readonly limit: number; readonly after: string | null },
): Promise<IdentityRecord[]> {
  const values = valuesOf();
  const where = whereOf(criteria, values);
  const after = page.after === null ? '' : ` and identity.id > ${values.add(page.after)}::uuid`;
  const limit = values.add(page.limit);
  return many<IdentityRecord>(
    db,
    `${IDENTITY_SELECT} where ${where}${after} order by identity.id limit ${limit}`,
    values.list,
  );
}

export async function countIdentities(db: Db, criteria: IdentityCriteria): Promise<number> {
  const values = valuesOf();
  const where = whereOf(criteria, values);
  return (await one<{ count: number }>(db, `select count(*) as count from identity where ${where}`, values.list)).count;
}

function whereOf(criteria: IdentityCriteria, values: Values): string {
  const all = [
    criteria.active ? 'active' : 'not active',
    ...criteria.ids.map((ids) => `identity.id = any(${values.add(ids)}::uuid[])`),
    ...criteria.numbers.map((numbers) => any(numbers.map((number) => bearerOf(number, values)))),
    ...criteria.families.map((names) => any(names.map((name) => familyIs(name, values)))),
    ...criteria.givens.map((names) => any(names.map((name) => givenIs(name, values)))),
    ...criteria.birthDates.map((dates) => any(dates.map((date) => dateIs(date, values)))),
    ...(criteria.statuses === undefined ? [] : [`status = any(${values.add(criteria.statuses)}::text[])`]),
    ...criteria.sexes.map((sexes) => `sex = any(${values.add(sexes)}::text[])`),
  ];
  return all.join(' and ');
}

function any(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;
}

function bearerOf({ kind, domain, value }: NumberCriterion, values: Values): string {
  const conditions = [
    ...(domain === null ? [] : [`${kind === 'ins' ? 'oid' : 'domain'} = ${values.add(domain)}`]),
    ...(value === null ? [] : [`${kind === 'ins' ? 'matricule' : 'value'} = ${values.add(value)}`]),
  ].join(' and ');
  if (kind === 'ins') return `(matricule is not null and ${conditions})`;
  const local = `identity.id in (select identity_id from identity_identifier where ${conditions})`;
  return kind === 'any' && value !== null ? `(${local} or matricule = ${values.add(value)})` : local;
}

/** The beginning of the birth name or of the used name, whatever accents, hyphens and case. */
function familyIs(name: string, values: Values): string {
  const start = values.add(`${likeText(searchForm(name))}%`);
  // Two index scans: an OR of the two columns would read the whole table.
  return `identity.id in (select id from identity where search_name like ${start}
    union all select id from identity where used_name is not null and ${FOLDED_USED_NAME} like ${start})`;
}

/** The expression of the index of migration 0019. */
const FOLDED_USED_NAME = `upper(translate(used_name, 'àâäáãéèêëîïíôöóõùûüúçñÿÀÂÄÁÃÉÈÊËÎÏÍÔÖÓÕÙÛÜÚÇÑŸ-''’', 'aaaaaeeeeiiioooouuuucnyAAAAAEEEEIIIOOOOUUUUCNY   '))`;

/** The beginning of any of the given names. */
function givenIs(name: string, values: Values): string {
  const start = values.add(`% ${likeText(searchForm(name))}%`);
  const names = "coalesce(birth_given_names, first_given_name) || ' ' || coalesce(upper(used_given_name), '')";
  return `' ' || translate(${names}, '-''', '  ') like ${start}`;
}

function likeText(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function dateIs({ kind, low, high }: DateCriterion, values: Values): string {
  switch (kind) {
    case 'inside':
      return `birth_date between ${values.add(low)} and ${values.add(high)}`;
    case 'outside':
      return `not birth_date between ${values.add(low)} and ${values.add(high)}`;
    case 'after':
      return `birth_date > ${values.add(high)}`;
    case 'before':
      return `birth_date < ${values.add(low)}`;
    case 'from':
      return `birth_date >= ${values.add(low)}`;
    case 'until':
      return `birth_date <= ${values.add(high)}`;
  }
}

/** Same as `findIdentities`, each with the local numbers that it bears. */
export async function identitiesWithNumbers(
  db: Db,
  criteria: IdentityCriteria,
  page: { readonly limit: number; readonly after: string | null },
): Promise<{ record: IdentityRecord; numbers: { domain: string; value: string }[] }[]> {
  const records = await findIdentities(db, criteria, page);
  const rows = await many<{ id: string; domain: string; value: string }>(
    db,
    `select identity_id as id, domain, value from identity_identifier
     where identity_id = any($1) and retired_at is null order by domain, value`,
    [records.map(({ id }) => id)],
  );
  const byId = Map.groupBy(rows, ({ id }) => id);
  return records.map((record) => ({ record, numbers: byId.get(record.id) ?? [] }));
}
