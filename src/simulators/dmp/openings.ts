/**
 * Which doors of yesterday are open: API V1 closed on 31/12/2022, TD0.0 stopped on 30/09/2023. They follow the clock of the
 * simulator, so that a replay in fast time meets both closings; `open` and `closed` hold whatever the date.
 * Source: dmp.md 1.1 and 1.3.
 */
import { z } from 'zod';

export const opening = z.union([z.enum(['open', 'closed']), z.iso.date()]);
/** A date is the last day on which the door is open (UTC). */
export type Opening = z.output<typeof opening>;

export const openingsOrder = z.strictObject({ apiV1: opening.optional(), td00: opening.optional() });

export type Door = keyof z.output<typeof openingsOrder>;

export const DEFAULT_OPENINGS: Readonly<Record<Door, Opening>> = { apiV1: '2022-12-31', td00: '2023-09-30' };

export interface Openings {
  isOpen(door: Door): boolean;
  /** A door that is not named stays as it is. */
  set(order: z.output<typeof openingsOrder>): void;
  report(): Readonly<Record<Door, Opening>>;
}

export function createOpenings(given: Readonly<Record<Door, Opening>>, now: () => Date): Openings {
  const doors = { ...given };
  return {
    isOpen(door) {
      const until = doors[door];
      return until === 'open' || (until !== 'closed' && now().toISOString().slice(0, 10) <= until);
    },
    set({ apiV1, td00 }) {
      doors.apiV1 = apiV1 ?? doors.apiV1;
      doors.td00 = td00 ?? doors.td00;
    },
    report: () => ({ ...doors }),
  };
}
