/** INS-C computed from the qualified identities, to recognise of whom an old connector speaks (ins.md 1). */
import { type Db, many } from './db.ts';

/** Those that bear it, or did when it was computed. */
export async function identitiesOfInsC(db: Db, insC: string): Promise<string[]> {
  const rows = await many<{ id: string }>(db, 'select identity_id as id from computed_ins_c where ins_c = $1 limit 3', [
    insC,
  ]);
  return rows.map(({ id }) => id);
}

export interface InsCSource {
  readonly id: string;
  readonly version: number;
  readonly matricule: string;
  readonly firstGivenName: string;
  readonly birthDate: string;
}

/** Qualified identities whose INS-C is not computed, or was before they changed. */
export async function withoutInsC(db: Db, limit: number): Promise<InsCSource[]> {
  return many<InsCSource>(
    db,
    `select identity.id, identity.version, matricule, first_given_name as "firstGivenName", birth_date as "birthDate"
     from identity left join computed_ins_c known on known.identity_id = identity.id
     where identity.active and identity.status = 'QUAL' and matricule is not null
       and known.identity_version is distinct from identity.version
     limit $1`,
    [limit],
  );
}

export async function keepInsC(db: Db, computed: readonly (InsCSource & { readonly insC: string })[]): Promise<void> {
  await db.query(
    `insert into computed_ins_c (identity_id, identity_version, ins_c)
     select * from unnest($1::uuid[], $2::integer[], $3::text[]) order by 1
     on conflict (identity_id) do update set identity_version = excluded.identity_version, ins_c = excluded.ins_c`,
    [computed.map(({ id }) => id), computed.map(({ version }) => version), computed.map(({ insC }) => insC)],
  );
}
