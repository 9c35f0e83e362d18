/**
 * Makes the search keys of identities that came without: those of before the upgrade, and those that a program of the
 * version before writes during a rolling one. In small batches, each its own transaction: a run that is cut goes on where it
 * was, several processes share the work, and nobody waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, transaction } from '../store/db.ts';
import { lockUnkeyed, replaceKeys } from '../store/identity-keys.ts';

const BATCH = 500;
/** Between two batches, so that a million rows leave half of a core to the others. */
const PAUSE_MS = 50;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Makes all the missing keys; how many identities got theirs. */
export async function makeMissingKeys(pool: Pool, signal?: AbortSignal): Promise<number> {
  let made = 0;
  // The index of what is missing is read forward: what was done leaves dead entries behind until the next vacuum.
  for (let after = FIRST; signal?.aborted !== true; ) {
    const done = await transaction(pool, async (tx) => {
      const identities = await lockUnkeyed(tx, after, BATCH);
      if (identities.length > 0) await replaceKeys(tx, identities);
      return identities;
    });
    made += done.length;
    const last = done.at(-1);
    if (last === undefined) break;
    after = last.id;
    if (done.length === BATCH) await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return made;
}
