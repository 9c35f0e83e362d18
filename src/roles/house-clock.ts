/**
 * The time of the installation, on every machine: the database's clock at the last look, and what has elapsed since by a
 * counter that nobody sets. A machine whose clock jumps, or is wrong by days, changes nothing (hostile T-R13): not the pace
 * of INSi, not the circuit that all processes share, not the window of a VIHF, not the time in an acknowledgement.
 */
import { one, type Pool } from '../store/db.ts';

export interface HouseClock {
  now(): Date;
  /** Asks the database. Rejects when it does not answer; the time then goes on by the counter. */
  look(): Promise<void>;
}

/** `elapsedMs`: a counter that only goes on (`performance.now`). */
export async function startHouseClock(pool: Pool, elapsedMs = () => performance.now()): Promise<HouseClock> {
  let offsetMs = 0;
  const look = async (): Promise<void> => {
    const askedAt = elapsedMs();
    const { at } = await one<{ at: Date }>(pool, 'select clock_timestamp() as at');
    offsetMs = at.getTime() - (askedAt + elapsedMs()) / 2;
  };
  await look();
  return { now: () => new Date(offsetMs + elapsedMs()), look };
}
