/** The search keys of identities: written with the identity, and made afterwards for rows that came without them. */
import { type NamesAndBirth, searchKeysOf } from '../ins/search-keys.ts';
import { type Db, many, write } from './db.ts';

export interface Keyed extends NamesAndBirth {
  readonly id: string;
}

/** The traits of a row, written as in the index `identity_unkeyed`. */
const TRAITS = `birth_name || '/' || first_given_name || '/' || coalesce(used_name, '') || '/' || coalesce(used_given_name, '') || '/' || birth_date`;
/** True of an identity whose keys are missing or out of date: a program of the version before wrote it. */
export const UNKEYED = `keyed_as is distinct from ${TRAITS}`;

/** What `keyed_as` holds once the keys of these traits are written. */
export function keyedAs({ birthName, firstGivenName, usedName, usedGivenName, birthDate }: NamesAndBirth): string {
  return [birthName, firstGivenName, usedName ?? '', usedGivenName ?? '', birthDate].join('/');
}

/** Writes the keys of identities that have none. */
export async function addKeys(tx: Db, identities: readonly Keyed[]): Promise<void> {
  const rows = identities.flatMap((identity) => {
    const { keys, born, signature } = searchKeysOf(identity);
    return keys.map((key) => ({ key, born, id: identity.id, signature }));
  });
  await write(
    tx,
    `insert into identity_key (key, born, identity_id, signature)
     select * from unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[])`,
    [
      rows.map(({ key }) => key),
      rows.map(({ born }) => born),
      rows.map(({ id }) => id),
      rows.map(({ signature }) => signature),
    ],
  );
}

/** Makes the keys of these identities anew. */
export async function replaceKeys(tx: Db, identities: readonly Keyed[]): Promise<void> {
  const ids = identities.map(({ id }) => id);
  await write(tx, 'delete from identity_key where identity_id = any($1)', [ids]);
  await addKeys(tx, identities);
  await write(tx, `update identity set keyed_as = ${TRAITS} where id = any($1)`, [ids]);
}

/** Identities without keys after `after`, in the order of ids, locked; those that someone else has in hand are left out. */
export async function lockUnkeyed(tx: Db, after: string, limit: number): Promise<Keyed[]> {
  return many<Keyed>(
    tx,
    `select id, birth_name as "birthName", first_given_name as "firstGivenName", used_name as "usedName",
       used_given_name as "usedGivenName", birth_date as "birthDate"
     from identity where ${UNKEYED} and id > $1 order by id limit $2 for update skip locked`,
    [after, limit],
  );
}
