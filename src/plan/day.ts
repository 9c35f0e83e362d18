/** The day of the plan is that of Paris. */

const PARIS = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' });

/** AAAA-MM-JJ. */
export function today(now: Date): string {
  return PARIS.format(now);
}

/** A day of the calendar, AAAA-MM-JJ. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
