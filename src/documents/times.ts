/** HL7 times as a CDA wants them: local, to the second, with their offset (design 7). */
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';

/** Date, time, offset. */
const SHAPE = /^(\d{8}|\d{4}-\d\d-\d\d)(?:T?([\d:]+))?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * `AAAAMMJJHHMMSS+ZZZZ` from what a sender gives: the same, a shorter HL7 time (completed; local to `timeZone` when it
 * says no offset), or ISO 8601. Undefined when it is no time.
 */
export function hl7Time(text: string | undefined, timeZone: string): string | undefined {
  const [, date, time, offset] = SHAPE.exec(text ?? '') ?? [];
  if (date === undefined) return undefined;
  const digits = `${date}${time ?? ''}`.replace(/[-:]/g, '');
  const local = digits.padEnd(14, '0');
  if (digits.length % 2 === 1 || !isLocalTime(local)) return undefined;
  if (offset === undefined) return `${local}${localOffset(local, timeZone)}`;
  const given = offset === 'Z' ? '+0000' : offset.replace(':', '');
  return isOffset(given) ? `${local}${given}` : undefined;
}

/** The instant of a received time, as `hl7Time` reads it; undefined when it is no time. */
export function hl7Instant(text: string | undefined, timeZone: string): Date | undefined {
  const time = hl7Time(text, timeZone);
  return time === undefined ? undefined : new Date(instantOf(time));
}

/** True when the period that these two times (`AAAAMMJJHHMMSS+ZZZZ`) bound does not end before it starts. */
export function inOrder(start: string, stop: string): boolean {
  return instantOf(start) <= instantOf(stop);
}

/** True for fourteen digits that the calendar and the clock know. */
function isLocalTime(local: string): boolean {
  if (!/^\d{14}$/.test(local)) return false;
  const instant = new Date(instantOf(`${local}+0000`));
  // The 30th of February would come back as the 2nd of March.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().replace(/\D/g, '').startsWith(local);
}

/** Offsets in use go from -12:00 to +14:00. */
function isOffset(offset: string): boolean {
  const minutes = minutesOf(offset);
  return minutes >= -12 * 60 && minutes <= 14 * 60 && Number(offset.slice(3)) < 60;
}

/** Milliseconds since 1970 of `AAAAMMJJHHMMSS+ZZZZ`. */
function instantOf(time: string): number {
  const iso = time.slice(0, 14).replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso) - minutesOf(time.slice(14)) * 60_000;
}

function minutesOf(offset: string): number {
  return Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5)));
}

/**
 * Offset in force at that local time: the one that, taken away, gives an instant with the same offset. Of the repeated
 * hour of autumn it is the first reading; an hour that spring skips is read as if it had not.
 */
function localOffset(local: string, timeZone: string): string {
  const offsetAt = (instant: number): string => hl7Timestamp(new Date(instant), timeZone).slice(14);
  const asUtc = instantOf(`${local}+0000`);
  const before = offsetAt(asUtc - 86_400_000);
  const after = offsetAt(asUtc + 86_400_000);
  const holds = (offset: string): boolean => offsetAt(instantOf(`${local}${offset}`)) === offset;
  return holds(before) || !holds(after) ? before : after;
}
