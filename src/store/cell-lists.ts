/** What waits for the identitovigilance cell, counted with its oldest, and the next identity to check. */
import { type Db, maybe, one } from './db.ts';

export interface Waiting {
  readonly count: number;
  readonly oldest: Date | null;
}

/** Doubtful identities: nothing is asked or sent for them until the cell lifts the doubt. */
export async function doubtfulIdentities(db: Db): Promise<Waiting> {
  return one(
    db,
    `select count(*) as count, min(updated_at) as oldest from identity where active and douteuse and not mirror`,
  );
}

/** Checked, and INSi never asked. */
export async function validatedUnasked(db: Db): Promise<Waiting> {
  return one(
    db,
    `select count(*) as count, min(updated_at) as oldest from identity
     where active and status = 'VALI' and insi_state = 'none' and not mirror`,
  );
}

export interface ToCheck {
  readonly id: string;
  readonly status: 'PROV' | 'RECUP';
}

/**
 * The one that waits the longest for the check of a device: retrieved ones first, since the check alone qualifies them.
 * `after`: the one that was just looked at, which is left for later. What waits on something else than a device is not here.
 */
export async function nextToCheck(db: Db, status: ToCheck['status'], after?: string): Promise<ToCheck | undefined> {
  return maybe<ToCheck>(
    db,
    `select i.id, i.status from identity i left join identity seen on seen.id = $2::uuid
     where i.active and i.status = $1 and not i.mirror and not i.fictive and not i.douteuse and i.device_checked_at is null
       and (seen.id is null or (i.updated_at, i.id) > (seen.updated_at, seen.id))
     order by i.updated_at, i.id limit 1`,
    [status, after ?? null],
  );
}
