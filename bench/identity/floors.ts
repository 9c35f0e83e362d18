/** The least that a search can cost: bare b-tree queries, and pg_trgm bounded by the birth year. Same server, same patients. */
import type { Pool } from '../../src/store/db.ts';
import type { Floor } from './load.ts';
import type { Question } from './questions.ts';

export const FLOOR: Floor = {
  table: `create table floor (id uuid, nom text not null, prenom text not null, sexe text not null, dn date not null,
    lieu text, ins text, full_name text not null)`,
  copy: 'copy floor (id, nom, prenom, sexe, dn, lieu, ins, full_name) from stdin',
  row: ({ id, birthName, firstGivenName, sex, birthDate, birthPlace, matricule }) => [
    id,
    birthName,
    firstGivenName,
    sex,
    birthDate,
    birthPlace,
    matricule,
    `${birthName} ${firstGivenName}`,
  ],
};

const B_TREE = [
  `set maintenance_work_mem = '512MB'`,
  'create index floor_ins on floor (ins)',
  'create index floor_traits on floor (nom, prenom, dn)',
  'create index floor_dn on floor (dn)',
];
const TRIGRAM = [
  'create extension if not exists pg_trgm',
  'create extension if not exists fuzzystrmatch',
  `create index floor_sound on floor ((dmetaphone(nom) || '|' || dmetaphone(prenom)), dn)`,
  'create index floor_letters on floor using gin (full_name gin_trgm_ops)',
];

/** Indexes of the floors; false where the server has no pg_trgm, and the trigram floor is left out. */
export async function prepareFloors(pool: Pool, say: (line: string) => void): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { rowCount } = await client.query(
      `select 1 from pg_available_extensions where name in ('pg_trgm', 'fuzzystrmatch')`,
    );
    const statements = [...B_TREE, ...(rowCount === 2 ? TRIGRAM : []), 'vacuum (analyze) floor'];
    for (const statement of statements) await client.query(statement);
    say(rowCount === 2 ? 'floors' : 'floors, without pg_trgm: not on this server');
    return rowCount === 2;
  } finally {
    client.release();
  }
}

const SAME = `similarity(full_name, $1 || ' ' || $2) * 0.5 + (dn = $3)::int * 0.3 + (lieu = $5)::int * 0.15 + (sexe = $4)::int * 0.05`;
/** The query that `performance.md` 5 measured at 218 ms: blocks, and a trigram leg within a year of the date. */
const BOUNDED = `with c as (
    select * from floor where dn = $3 and sexe = $4
    union select * from (select * from floor where dmetaphone(nom) || '|' || dmetaphone(prenom) = dmetaphone($1) || '|' || dmetaphone($2) limit 500) a
    union select * from (select * from floor where nom = $1 and prenom = $2 limit 500) b
    union select * from floor where full_name % ($1 || ' ' || $2) and dn between ($3::date - 366) and ($3::date + 366))
  select id from c order by ${SAME} desc nulls last limit 20`;

type FloorSearch = (pool: Pool, question: Question) => Promise<string[]>;

async function ids(pool: Pool, sql: string, values: readonly unknown[]): Promise<string[]> {
  return (await pool.query<{ id: string }>(sql, [...values])).rows.map(({ id }) => id);
}

function traits({ query }: Question): unknown[] {
  const { familyName, birthName, givenName, born, sex, birthPlace } = query;
  return [familyName ?? birthName, givenName, born, sex, birthPlace ?? null];
}

export const FLOORS: Readonly<Record<string, FloorSearch>> = {
  'b-tree-ins': (pool, { query }) => ids(pool, 'select * from floor where ins = $1', [query.ins?.matricule]),
  'b-tree-strict-traits': (pool, question) =>
    ids(
      pool,
      'select * from floor where nom = $1 and prenom = $2 and dn = $3 and sexe = $4 and lieu is not distinct from $5',
      traits(question),
    ),
  'pg-trgm-bounded': (pool, question) => ids(pool, BOUNDED, traits(question)),
};
