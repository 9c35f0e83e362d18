/** HL7 v2 time stamps are local with their offset (design.md 7). */

const formats = new Map<string, Intl.DateTimeFormat>();
const DIGITS: readonly Intl.DateTimeFormatPartTypes[] = ['year', 'month', 'day', 'hour', 'minute', 'second'];

/** `AAAAMMJJHHMMSS+ZZZZ` of an instant in a time zone (Réunion, Guyane… have theirs). */
export function hl7Timestamp(instant: Date, timeZone = 'Europe/Paris'): string {
  const second = Math.floor(instant.getTime() / 1_000);
  if (last.second !== second || last.timeZone !== timeZone)
    last = { second, timeZone, text: written(instant, timeZone) };
  return last.text;
}

/** Acknowledgements of one second bear the same time, and writing it costs as much as all the rest of one. */
let last = { second: Number.NaN, timeZone: '', text: '' };

function written(instant: Date, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = localFormat(timeZone);
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const offset = (parts.get('timeZoneName') ?? '').replace(/[^0-9+-]/g, '');
  return DIGITS.map((type) => parts.get(type) ?? '').join('') + (offset || '+0000');
}

function localFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
}
