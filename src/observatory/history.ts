/** An application month by month. */
import type { Db } from '../store/db.ts';
import { type MonthOfUse, monthsOfLines } from '../store/observed.ts';
import type { SeenApplication } from './seen.ts';

/** The last month first. */
export async function monthsOfApplication(db: Db, { uses }: SeenApplication): Promise<MonthOfUse[]> {
  return monthsOfLines(
    db,
    uses.flatMap(({ keys }) => keys),
  );
}
