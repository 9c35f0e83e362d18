/** Whether two codes of a place of birth designate one commune that merged or split (ins.md 2 and 3). */

import { isSameCorsicanCommune, parseCogCode } from '../ins/cog.ts';
import type { PlacesMerged } from '../ins/coherence.ts';
import { followedOneAnother } from '../store/communes.ts';
import type { Db } from '../store/db.ts';

/** Asks the table only about two communes that differ: seldom. A country has no history here. */
export async function placesMerged(
  db: Db,
  one: string | null | undefined,
  other: string | null | undefined,
): Promise<PlacesMerged> {
  const [a, b] = [parseCogCode(one ?? ''), parseCogCode(other ?? '')];
  const none: PlacesMerged = () => false;
  if (!a.ok || !b.ok || a.value === b.value || isSameCorsicanCommune(a.value, b.value)) return none;
  if (a.value.startsWith('99') || b.value.startsWith('99')) return none;
  return (await followedOneAnother(db, a.value, b.value)) ? () => true : none;
}
