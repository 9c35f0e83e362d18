/** Days and months of the proof, in the legal time of Paris for every establishment: one boundary for all counts (decision 0050). */

const HOUR_MS = 3_600_000;
const PARIS = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** Its offset changes on the hour: one answer holds for the hour. A million lines ask. */
const known = new Map<number, string>();
const MOST_KNOWN = 100_000;

/** AAAA-MM-JJ. */
export function parisDayOf(at: Date): string {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  const day = known.get(hour) ?? PARIS.format(at);
  if (known.size < MOST_KNOWN) known.set(hour, day);
  return day;
}

/** AAAA-MM. */
export function parisMonthOf(at: Date): string {
  return parisDayOf(at).slice(0, 7);
}

/** When this day, AAAA-MM-JJ, begins in Paris: an hour or two before its midnight in UTC. */
export function parisMidnight(day: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const summer = new Date(midnight - 2 * HOUR_MS);
  return parisDayOf(summer) === day ? summer : new Date(midnight - HOUR_MS);
}

/** When the day after it begins. */
export function parisDayAfter(day: string): Date {
  return parisMidnight(new Date(Date.parse(`${day}T12:00:00Z`) + 24 * HOUR_MS).toISOString().slice(0, 10));
}
