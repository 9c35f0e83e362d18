/** Days as typed, `JJ/MM/AAAA`, as instants of Paris. */
import { isoDate, startOfDay } from './format.ts';

const HOUR_MS = 3_600_000;

/** When that day began in Paris; undefined for anything that is no day. */
export function parisDay(text: string): Date | undefined {
  const iso = isoDate(text);
  const noon = new Date(`${iso}T12:00:00Z`);
  if (iso === undefined || Number.isNaN(noon.getTime()) || noon.toISOString().slice(0, 10) !== iso) return undefined;
  return startOfDay(noon);
}

/** When the day after that one begins, from any instant of it: some days have 23 or 25 hours. */
export function nextDay(instant: Date): Date {
  return startOfDay(new Date(startOfDay(instant).getTime() + 30 * HOUR_MS));
}
