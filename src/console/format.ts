/** Dates, numbers and durations as French hospitals write them, in Paris time. */

const NBSP = '\u00a0';

const PARIS = new Intl.DateTimeFormat('fr-FR', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const WHOLE = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 });

function parts(date: Date): Record<Intl.DateTimeFormatPartTypes, string> {
  const named = Object.fromEntries(PARIS.formatToParts(date).map(({ type, value }) => [type, value]));
  return named as Record<Intl.DateTimeFormatPartTypes, string>;
}

/** `23/11/2026` */
export function day(date: Date): string {
  const { day: d, month, year } = parts(date);
  return `${d}/${month}/${year}`;
}

/** `14:05` */
export function clock(date: Date): string {
  const { hour, minute } = parts(date);
  return `${hour}:${minute}`;
}

/** `23/11/2026 14:05` */
export function dateTime(date: Date): string {
  return `${day(date)} ${clock(date)}`;
}

/** `14:05:12` */
export function clockSeconds(date: Date): string {
  return `${clock(date)}:${parts(date).second}`;
}

/** `14:05` today, `23/11/2026 14:05` another day. */
export function recent(date: Date, now: Date): string {
  return day(date) === day(now) ? clock(date) : dateTime(date);
}

/** Hour of the day in Paris, 0 to 23. */
export function hourOf(date: Date): number {
  return Number(parts(date).hour);
}

/** The instant at which the present day began in Paris. */
export function startOfDay(now: Date): Date {
  const { year, month, day: d, hour, minute, second } = parts(now);
  const elapsed = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1_000 + now.getMilliseconds();
  const guess = new Date(now.getTime() - elapsed);
  // On the two days when clocks change, midnight is an hour off that.
  const shift = day(guess) === `${d}/${month}/${year}` ? -hourOf(guess) : 24 - hourOf(guess);
  return new Date(guess.getTime() + shift * 3_600_000);
}

/** `AAAA-MM-JJ` of a date typed as `JJ/MM/AAAA`, possibly lunar; undefined when it is not one. */
export function isoDate(text: string): string | undefined {
  const [, d = '', month = '', year] = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text) ?? [];
  return year === undefined ? undefined : `${year}-${month.padStart(2, '0')}-${d.padStart(2, '0')}`;
}

/** `1 234,5`, groups apart by a narrow no-break space. */
export function number(value: number): string {
  return WHOLE.format(value);
}

/** `12 documents`; in French the plural starts at two. */
export function counted(count: number, singular: string, plural: string): string {
  return `${number(count)}${NBSP}${Math.abs(count) < 2 ? singular : plural}`;
}

/** `212 ms`, `12 s`, `40 min`, `3 h 10`, `2 j 4 h`. */
export function duration(ms: number): string {
  const spaced = (...words: (string | number)[]): string => words.join(NBSP);
  if (ms < 1_000) return spaced(Math.max(0, Math.round(ms)), 'ms');
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return ms < 10_000 ? spaced(number(Math.floor(ms / 100) / 10), 's') : spaced(seconds, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return spaced(minutes, 'min');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return spaced(hours, 'h', ...(minutes % 60 === 0 ? [] : [String(minutes % 60).padStart(2, '0')]));
  const days = Math.floor(hours / 24);
  return days < 7 && hours % 24 > 0 ? spaced(days, 'j', hours % 24, 'h') : spaced(days, 'j');
}

/** Same for how long something has been waiting: seconds would only flicker. */
export function age(since: Date, now: Date): string {
  const ms = now.getTime() - since.getTime();
  return ms < 60_000 ? `moins d’1${NBSP}min` : duration(ms);
}

/** `213 Ko` */
export function bytes(count: number): string {
  if (count < 1_000) return counted(count, 'octet', 'octets');
  const [divisor, unit] = count < 1_000_000 ? [1_000, 'Ko'] : [1_000_000, 'Mo'];
  const value = count / divisor;
  return `${number(value < 10 ? value : Math.round(value))}${NBSP}${unit}`;
}

/** A civil date of birth `AAAA-MM-JJ`, possibly lunar, as `JJ/MM/AAAA`; anything else unchanged. */
export function birthDate(text: string): string {
  const [, year, month, d] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text) ?? [];
  return year === undefined ? text : `${d}/${month}/${year}`;
}
