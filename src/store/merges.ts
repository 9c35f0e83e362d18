/** Identities that become one: what passes from the one that is closed to the one that remains. */
import type { Db } from './db.ts';
import type { Identifier } from './identities.ts';
import { passRecalls } from './recalls.ts';

/** States in which a document may still leave: it then leaves under the identity that remains. */
const NOT_SENT = `('received', 'waiting', 'ready', 'sending', 'unknown')`;

/**
 * Closes a merged identity. Its numbers, stays and unsettled documents pass to the survivor; its row, its history and what
 * it had sent stay its own.
 */
export async function closeMerged(tx: Db, loserId: string, survivorId: string, at: Date): Promise<void> {
  await tx.query(
    `update identity set active = false, merged_into = $2, version = version + 1, updated_at = $3,
       insi_state = case when insi_state = 'queued' then 'none' else insi_state end
     where id = $1`,
    [loserId, survivorId, at],
  );
  // Chains are flattened: whoever was merged into the loser is merged into the survivor.
  await tx.query('update identity set merged_into = $2 where merged_into = $1', [loserId, survivorId]);
  await tx.query(
    'update identity_identifier set identity_id = $2, retired_at = coalesce(retired_at, $3) where identity_id = $1',
    [loserId, survivorId, at],
  );
  await passRecalls(tx, loserId, survivorId);
  await tx.query('update stay set identity_id = $2 where identity_id = $1', [loserId, survivorId]);
  await tx.query(`update document set identity_id = $2 where identity_id = $1 and state in ${NOT_SENT}`, [
    loserId,
    survivorId,
  ]);
}

/** Gives up a number that the identity bears; one that nobody bears yet is added as given up. */
export async function retireNumber(tx: Db, identityId: string, { domain, value, kind }: Identifier, at: Date) {
  await tx.query(
    `insert into identity_identifier (domain, value, identity_id, kind, retired_at) values ($1, $2, $3, $4, $5)
     on conflict (domain, value) do update set retired_at = coalesce(identity_identifier.retired_at, excluded.retired_at)
     where identity_identifier.identity_id = excluded.identity_id`,
    [domain, value, identityId, kind, at],
  );
}

/**
 * The raw documents that have not left carry the number that remains: we write their CDA. One that came as a CDA keeps the
 * number that its author wrote.
 */
export async function renumberRawDocuments(
  tx: Db,
  given: readonly Pick<Identifier, 'domain' | 'value'>[],
  kept: Pick<Identifier, 'domain' | 'value'>,
): Promise<void> {
  await tx.query(
    `update document set ipp = $3, ipp_domain = $4
     where (ipp_domain, ipp) in (select * from unnest($1::text[], $2::text[])) and kind = 'raw'
       and state in ('received', 'waiting', 'ready')`,
    [given.map(({ domain }) => domain), given.map(({ value }) => value), kept.value, kept.domain],
  );
}
