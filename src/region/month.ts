/** Months as `AAAA-MM`, in Paris. */

const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', year: 'numeric', month: '2-digit' });
const HOUR_MS = 3_600_000;

export function isMonth(text: string): boolean {
  return /^20\d\d-(0[1-9]|1[0-2])$/.test(text);
}

export function monthOf(at: Date): string {
  return PARIS.format(at).slice(0, 7);
}

export function monthAfter(month: string, count = 1): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const index = year * 12 + number - 1 + count;
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** When a month begins in Paris. */
export function startOfMonth(month: string): Date {
  const midnight = new Date(`${month}-01T00:00:00Z`).getTime();
  // One hour ahead of UTC in winter, two in summer: the later of the two that is in the month.
  const summer = new Date(midnight - 2 * HOUR_MS);
  return monthOf(summer) === month ? summer : new Date(midnight - HOUR_MS);
}

/** Both included; none when `from` is after `to`. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  for (let month = from; month <= to; month = monthAfter(month)) months.push(month);
  return months;
}
