/** Identities and their history. One row is one identity of the repository; identifiers belong to a domain. */
import { searchForm } from '../ins/search-keys.ts';
import type { IdentityStatus, Sex } from '../ins/types.ts';
import { type Db, many, maybe, one } from './db.ts';
import { addKeys, keyedAs, replaceKeys } from './identity-keys.ts';

export type InsiState = 'none' | 'queued' | 'settled' | 'not-found' | 'several' | 'discrepancy' | 'blocked' | 'failed';

export type NoInsReason = 'visitor' | 'newborn' | 'other';
export type DmpState = 'active' | 'absent' | 'closed';

/** An identity as stored. Traits are normalised; dates of birth are civil dates `AAAA-MM-JJ`. */
export interface IdentityRecord {
  readonly id: string;
  readonly version: number;
  readonly mirror: boolean;
  readonly active: boolean;
  /** The identity that a merge (A40) put in its place. */
  readonly mergedInto: string | null;
  readonly status: IdentityStatus;
  readonly homonyme: boolean;
  readonly douteuse: boolean;
  readonly fictive: boolean;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string | null;
  readonly sex: Sex;
  readonly birthDate: string;
  readonly birthDateInterpreted: boolean;
  /** The date before it was completed (lunar, `1950-00-00`); null when it was given complete. */
  readonly birthDateAsGiven: string | null;
  readonly birthPlace: string | null;
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  readonly matricule: string | null;
  readonly oid: string | null;
  readonly insObtainedAt: Date | null;
  /** How INSi was asked: by the traits, or by the Vitale card. */
  readonly insMode: 'INSI' | 'CV' | null;
  /** Rule by which INSi, asked again, did not confirm this INS: nothing leaves under it before a person settled it. */
  readonly insDoubt: string | null;
  /** INSHISTO as returned. */
  readonly insiHistory: unknown;
  /** TIQ as returned. */
  readonly insiTraits: unknown;
  readonly deviceType: string | null;
  readonly deviceCheckedAt: Date | null;
  readonly deviceCheckedBy: string | null;
  readonly insiState: InsiState;
  readonly insiRuleId: string | null;
  readonly insiAskedAt: Date | null;
  /** Trait by trait comparison that a person must settle; shape of ins/coherence.ts. */
  readonly discrepancy: unknown;
  readonly feedOpposition: boolean;
  /** When the patient was informed of the feeding of the DMP, and who says so; null when nothing says it. */
  readonly informedAt: Date | null;
  readonly informedBy: string | null;
  /** Care under anonymity. */
  readonly anonymous: boolean;
  /** Why no INS will be obtained, as a person found. */
  readonly noInsReason: NoInsReason | null;
  /** What TD0.2 answered last, where it stands against sending or once did. */
  readonly dmpState: DmpState | null;
  readonly dmpStateAt: Date | null;
  /** Nothing leaves under it since then: a recall waits for a decision (practice 23). */
  readonly frozenAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Identifier {
  readonly value: string;
  readonly domain: string;
  /** `PI` for an IPP. */
  readonly kind: string;
  /** Given up by a merge or a change of number: it still designates its patient. */
  readonly retired?: boolean;
}

/** Property, column: the one list from which every statement is made. */
const COLUMNS = [
  ['mirror', 'mirror'],
  ['active', 'active'],
  ['mergedInto', 'merged_into'],
  ['status', 'status'],
  ['homonyme', 'homonyme'],
  ['douteuse', 'douteuse'],
  ['fictive', 'fictive'],
  ['birthName', 'birth_name'],
  ['firstGivenName', 'first_given_name'],
  ['birthGivenNames', 'birth_given_names'],
  ['sex', 'sex'],
  ['birthDate', 'birth_date'],
  ['birthDateInterpreted', 'birth_date_interpreted'],
  ['birthDateAsGiven', 'birth_date_as_given'],
  ['birthPlace', 'birth_place'],
  ['usedName', 'used_name'],
  ['usedGivenName', 'used_given_name'],
  ['matricule', 'matricule'],
  ['oid', 'oid'],
  ['insObtainedAt', 'ins_obtained_at'],
  ['insMode', 'ins_mode'],
  ['insDoubt', 'ins_doubt'],
  ['insiHistory', 'insi_history'],
  ['insiTraits', 'insi_traits'],
  ['deviceType', 'device_type'],
  ['deviceCheckedAt', 'device_checked_at'],
  ['deviceCheckedBy', 'device_checked_by'],
  ['insiState', 'insi_state'],
  ['insiRuleId', 'insi_rule_id'],
  ['insiAskedAt', 'insi_asked_at'],
  ['discrepancy', 'discrepancy'],
  ['feedOpposition', 'feed_opposition'],
  ['informedAt', 'informed_at'],
  ['informedBy', 'informed_by'],
  ['anonymous', 'anonymous'],
  ['noInsReason', 'no_ins_reason'],
  ['dmpState', 'dmp_state'],
  ['dmpStateAt', 'dmp_state_at'],
  ['frozenAt', 'frozen_at'],
  ['createdAt', 'created_at'],
  ['updatedAt', 'updated_at'],
] as const satisfies readonly (readonly [keyof IdentityRecord, string])[];
const JSON_COLUMNS = new Set<string>(['insiHistory', 'insiTraits', 'discrepancy']);

/** Every column of an identity under the name of its property. */
export const IDENTITY_COLUMNS = `identity.id, version, ${COLUMNS.map(([property, column]) => `${column} as "${property}"`).join(', ')}`;
export const IDENTITY_SELECT = `select ${IDENTITY_COLUMNS} from identity`;

function values(record: IdentityRecord): unknown[] {
  return COLUMNS.map(([property]) => {
    const value = record[property];
    return JSON_COLUMNS.has(property) && value !== null && value !== undefined
      ? JSON.stringify(value)
      : (value ?? null);
  });
}

function searchName(record: IdentityRecord): string {
  return searchForm(record.birthName, record.firstGivenName);
}

export async function insertIdentity(
  tx: Db,
  record: IdentityRecord,
  identifiers: readonly Identifier[],
): Promise<void> {
  const marks = COLUMNS.map((_, index) => `$${index + 4}`).join(', ');
  await tx.query(
    `insert into identity (id, search_name, keyed_as, ${COLUMNS.map(([, column]) => column).join(', ')})
     values ($1, $2, $3, ${marks})`,
    [record.id, searchName(record), keyedAs(record), ...values(record)],
  );
  await addKeys(tx, [record]);
  for (const identifier of identifiers) await addIdentifier(tx, record.id, identifier);
}

export async function addIdentifier(tx: Db, identityId: string, identifier: Identifier): Promise<void> {
  await tx.query('insert into identity_identifier (domain, value, identity_id, kind) values ($1, $2, $3, $4)', [
    identifier.domain,
    identifier.value,
    identityId,
    identifier.kind,
  ]);
}

/**
 * Many at once, in three statements, for a file of patients. Planned by index whatever the planner believes of a table
 * that grows by a million rows within minutes.
 */
export async function insertIdentities(
  tx: Db,
  rows: readonly { readonly record: IdentityRecord; readonly identifiers: readonly Identifier[] }[],
): Promise<void> {
  const columns = ['id', 'search_name', 'keyed_as', ...COLUMNS.map(([, column]) => column)].join(', ');
  const stored = rows.map(({ record }) => ({
    id: record.id,
    search_name: searchName(record),
    keyed_as: keyedAs(record),
    ...Object.fromEntries(COLUMNS.map(([property, column]) => [column, record[property]])),
  }));
  await tx.query(
    `insert into identity (${columns}) select ${columns} from jsonb_populate_recordset(null::identity, $1::jsonb)`,
    [JSON.stringify(stored)],
  );
  await addKeys(
    tx,
    rows.map(({ record }) => record),
  );
  const numbers = rows.flatMap(({ record, identifiers }) =>
    identifiers.map(({ domain, value, kind }) => ({ domain, value, kind, identity_id: record.id })),
  );
  await tx.query(
    `insert into identity_identifier (domain, value, identity_id, kind)
     select domain, value, identity_id, kind from jsonb_populate_recordset(null::identity_identifier, $1::jsonb)`,
    [JSON.stringify(numbers)],
  );
}

/** Who bears each of these numbers, by `domain|value`. */
export async function bearersOf(
  db: Db,
  numbers: readonly Pick<Identifier, 'domain' | 'value'>[],
): Promise<Map<string, string>> {
  const rows = await many<{ domain: string; value: string; identityId: string }>(
    db,
    `select domain, value, identity_id as "identityId"
     from unnest($1::text[], $2::text[]) as asked (domain, value) join identity_identifier using (domain, value)`,
    [numbers.map(({ domain }) => domain), numbers.map(({ value }) => value)],
  );
  return new Map(rows.map(({ domain, value, identityId }) => [`${domain}|${value}`, identityId]));
}

/** Keeps others who create by these numbers away until the transaction ends: two of them never make two patients. */
export async function lockNumbers(tx: Db, numbers: readonly Pick<Identifier, 'domain' | 'value'>[]): Promise<void> {
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended(number, 0))
     from (select number from unnest($1::text[]) as number order by number) as asked`,
    [numbers.map(({ domain, value }) => `${domain}|${value}`)],
  );
}

/** Whom a local number designates, and whether it was given up; undefined for a number that nobody bears. */
export async function bearerOf(
  db: Db,
  { domain, value }: Pick<Identifier, 'domain' | 'value'>,
): Promise<{ readonly identityId: string; readonly retired: boolean } | undefined> {
  return maybe<{ identityId: string; retired: boolean }>(
    db,
    `select identity_id as "identityId", retired_at is not null as retired
     from identity_identifier where domain = $1 and value = $2`,
    [domain, value],
  );
}

/** Another transaction changed the identity since it was read. */
class StaleIdentity extends Error {}

/** Writes a changed record; its version grows. Throws StaleIdentity when it was changed in between. */
export async function updateIdentity(tx: Db, record: IdentityRecord): Promise<void> {
  const sets = COLUMNS.map(([, column], index) => `${column} = $${index + 4}`).join(', ');
  const updated = await maybe<{ keyedAs: string | null }>(
    tx,
    `update identity set version = version + 1, search_name = $3, ${sets} where id = $1 and version = $2
     returning keyed_as as "keyedAs"`,
    [record.id, record.version, searchName(record), ...values(record)],
  );
  if (updated === undefined) throw new StaleIdentity(`identity ${record.id}`);
  if (updated.keyedAs !== keyedAs(record)) await replaceKeys(tx, [record]);
}

export async function identityById(db: Db, id: string): Promise<IdentityRecord | undefined> {
  return maybe<IdentityRecord>(db, `${IDENTITY_SELECT} where id = $1`, [id]);
}

/** Those of these ids that exist, by id. */
export async function identitiesById(db: Db, ids: readonly string[]): Promise<IdentityRecord[]> {
  return many<IdentityRecord>(db, `${IDENTITY_SELECT} where id = any($1) order by id`, [ids]);
}

/** Same, locked until the transaction ends. */
export async function lockIdentity(tx: Db, id: string): Promise<IdentityRecord> {
  return one<IdentityRecord>(tx, `${IDENTITY_SELECT} where id = $1 for update`, [id]);
}

/** Keeps them as they are until the transaction ends, beside others who do the same: their versions, without those that a
 *  merge has closed. Locked in one order whoever asks. */
export async function shareIdentities(tx: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await many<{ id: string; version: number }>(
    tx,
    'select id, version from identity where id = any($1::uuid[]) and active order by id for share',
    [ids],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** Several, locked in one order whoever asks, so that two merges of the same identities never wait for each other. */
export async function lockIdentities(tx: Db, ids: readonly string[]): Promise<IdentityRecord[]> {
  return many<IdentityRecord>(tx, `${IDENTITY_SELECT} where id = any($1) order by id for update`, [ids]);
}

/** The INS, or its absence, of each identity that bears one of these identifiers. */
export async function insOfBearers(
  db: Db,
  identifiers: readonly { readonly domain: string; readonly value: string }[],
): Promise<{ matricule: string | null; oid: string | null }[]> {
  return many(
    db,
    `select matricule, oid from unnest($1::text[], $2::text[]) as asked (domain, value)
     join identity_identifier i using (domain, value) join identity on identity.id = i.identity_id`,
    [identifiers.map(({ domain }) => domain), identifiers.map(({ value }) => value)],
  );
}

export async function identityByIdentifier(db: Db, domain: string, value: string): Promise<IdentityRecord | undefined> {
  return maybe<IdentityRecord>(
    db,
    `${IDENTITY_SELECT} join identity_identifier i on i.identity_id = identity.id where i.domain = $1 and i.value = $2`,
    [domain, value],
  );
}

/**
 * Another active record that already carries this INS, retrieved or qualified (collision, ins.md 3). The INS stays locked
 * until the transaction ends, so that two records never take it at once.
 */
export async function otherHolderOf(
  tx: Db,
  ins: { matricule: string; oid: string },
  exceptId: string,
): Promise<string | undefined> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${ins.oid}|${ins.matricule}`]);
  const row = await maybe<{ id: string }>(
    tx,
    `select id from identity where matricule = $1 and oid = $2 and active and id <> $3 limit 1`,
    [ins.matricule, ins.oid, exceptId],
  );
  return row?.id;
}

/** The active identity that carries this INS, retrieved or qualified. */
export async function identityByIns(
  db: Db,
  ins: { matricule: string; oid: string },
): Promise<IdentityRecord | undefined> {
  return maybe<IdentityRecord>(db, `${IDENTITY_SELECT} where matricule = $1 and oid = $2 and active`, [
    ins.matricule,
    ins.oid,
  ]);
}

export async function identifiersOf(db: Db, identityId: string): Promise<Identifier[]> {
  return many<Identifier>(
    db,
    `select value, domain, kind, retired_at is not null as retired from identity_identifier where identity_id = $1
     order by retired_at is not null, domain, value`,
    [identityId],
  );
}

/** Antecedents with the same normalised name, first given name, sex and birth date (EXI ID 17). */
export async function sameTraits(db: Db, record: IdentityRecord): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    'select id from identity where active and search_name = $1 and birth_date = $2 and sex = $3 and id <> $4 limit 20',
    [searchName(record), record.birthDate, record.sex, record.id],
  );
  return rows.map((row) => row.id);
}

/** Same, of many identities; by id, those that have an antecedent only. */
export async function sameTraitsOf(db: Db, records: readonly IdentityRecord[]): Promise<Map<string, string[]>> {
  const rows = await many<{ id: string; antecedents: string[] }>(
    db,
    `select asked.id, array_agg(other.id) as antecedents
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as asked (id, name, born, sex)
     cross join lateral (
       select identity.id from identity
       where active and search_name = asked.name and birth_date = asked.born and sex = asked.sex and identity.id <> asked.id
       limit 20) as other
     group by asked.id`,
    [
      records.map(({ id }) => id),
      records.map(searchName),
      records.map(({ birthDate }) => birthDate),
      records.map(({ sex }) => sex),
    ],
  );
  return new Map(rows.map(({ id, antecedents }) => [id, antecedents]));
}

export async function recordInsiCall(
  tx: Db,
  call: { identityId: string; at: Date; durationMs: number; outcome: string; ruleId: string | null; attempts: number },
): Promise<void> {
  await tx.query(
    'insert into insi_call (identity_id, at, duration_ms, outcome, rule_id, attempts) values ($1, $2, $3, $4, $5, $6)',
    [call.identityId, call.at, Math.round(call.durationMs), call.outcome, call.ruleId, call.attempts],
  );
}

/** Active identities by status, for the home page and the indicators. */
export async function countByStatus(db: Db): Promise<Record<IdentityStatus, number>> {
  const rows = await many<{ status: IdentityStatus; count: number }>(
    db,
    'select status, count(*) as count from identity where active group by status',
  );
  const counts: Record<IdentityStatus, number> = { PROV: 0, VALI: 0, RECUP: 0, QUAL: 0 };
  for (const row of rows) counts[row.status] = row.count;
  return counts;
}
