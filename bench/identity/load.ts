/** A base of many patients, made quickly: COPY into tables without indexes, then the indexes. */
import type pg from 'pg';
import { searchForm, searchKeysOf } from '../../src/ins/search-keys.ts';
import { copyIn, withClient } from '../../src/store/backup/copy.ts';
import { keyedAs } from '../../src/store/identity-keys.ts';
import { type Patient, patient } from './people.ts';

const TABLES = ['identity', 'identity_identifier', 'identity_key'];
/** Patients made between two writes. */
const BATCH = 10_000;
const DOMAIN = '1.2.250.1.213.1.4.10.99';
const TEST_OID = '1.2.250.1.213.1.4.10';

export interface Floor {
  /** Statement that makes the bare table of the floors, empty. */
  readonly table: string;
  readonly row: (patient: Patient) => readonly (string | null)[];
  readonly copy: string;
}

/** Fills the migrated database at `url` with patients 0 to `count` - 1, and the bare table of the floors beside. */
export async function loadPatients(
  url: string,
  count: number,
  floor: Floor,
  say: (line: string) => void,
): Promise<void> {
  await withClient(url, async (client) => {
    const restore = await withoutIndexes(client);
    // Triggers of diffusion and of foreign keys: nobody listens, and every row is right.
    await client.query('set session_replication_role = replica');
    const targets: readonly Target[] = [
      {
        copy: `copy identity (id, status, birth_name, first_given_name, birth_given_names, sex, birth_date, birth_place,
          used_name, matricule, oid, created_at, updated_at, search_name, keyed_as) from stdin`,
        rows: (one) => [identityRow(one)],
      },
      {
        copy: 'copy identity_identifier (domain, value, identity_id, kind) from stdin',
        rows: ({ id, ipp }) => [[DOMAIN, ipp, id, 'PI']],
      },
      { copy: 'copy identity_key (key, born, identity_id, signature) from stdin', rows: keyRows },
      { copy: floor.copy, rows: (one) => [floor.row(one)] },
    ];
    // A table emptied in the transaction that fills it needs no log where the server keeps the least (wal_level).
    await client.query('begin');
    await client.query(`truncate ${TABLES.join(', ')}`);
    await client.query(floor.table);
    for (const { copy, rows } of targets) {
      await copyIn(client, copy, lines(count, rows));
      say(copy.split(' ').slice(0, 2).join(' '));
    }
    await client.query('commit');
    await restore(say);
    for (const table of [...TABLES, 'floor']) await client.query(`vacuum (analyze) ${table}`);
  });
}

interface Target {
  readonly copy: string;
  readonly rows: (patient: Patient) => readonly (readonly (string | null)[])[];
}

async function* lines(count: number, rows: Target['rows']): AsyncGenerator<Buffer> {
  for (let from = 0; from < count; from += BATCH) {
    let text = '';
    for (let number = from; number < Math.min(count, from + BATCH); number += 1)
      for (const row of rows(patient(number))) text += `${row.map((value) => value ?? '\\N').join('\t')}\n`;
    yield Buffer.from(text);
  }
}

const AT = '2026-03-02 08:00:00+00';

function identityRow(one: Patient): (string | null)[] {
  const { id, birthName, firstGivenName, birthGivenNames, sex, birthDate, birthPlace, usedName } = one;
  return [
    id,
    one.matricule === null ? 'PROV' : 'RECUP',
    birthName,
    firstGivenName,
    birthGivenNames,
    sex,
    birthDate,
    birthPlace,
    usedName,
    one.matricule,
    one.matricule === null ? null : TEST_OID,
    AT,
    AT,
    searchForm(birthName, firstGivenName),
    keyedAs({ ...one, usedGivenName: null }),
  ];
}

function keyRows(one: Patient): string[][] {
  const { keys, born, signature } = searchKeysOf({ ...one, usedGivenName: null });
  return keys.map((key) => [key, String(born), one.id, signature]);
}

/** Takes the indexes and constraints of the three tables away; what comes back puts them there again. */
async function withoutIndexes(client: pg.Client): Promise<(say: (line: string) => void) => Promise<void>> {
  const tables = `array[${TABLES.map((name) => `'${name}'::regclass`).join(', ')}]::oid[]`;
  const { rows: constraints } = await client.query<{ name: string; table: string; definition: string }>(
    `select conname as name, conrelid::regclass::text as "table", pg_get_constraintdef(oid) as definition from pg_constraint
     where (conrelid = any(${tables}) or confrelid = any(${tables})) and contype in ('p', 'u', 'f')
     order by contype = 'f', contype`,
  );
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = any(${tables}) and indexrelid not in (select conindid from pg_constraint)`,
  );
  for (const { name, table } of constraints.toReversed())
    await client.query(`alter table ${table} drop constraint ${name}`);
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  return async (say) => {
    await client.query(`set maintenance_work_mem = '512MB'`);
    for (const { name, table, definition } of constraints)
      await client.query(`alter table ${table} add constraint ${name} ${definition}`);
    for (const { definition } of indexes) await client.query(definition);
    say(`${indexes.length} indexes and ${constraints.length} constraints`);
  };
}
