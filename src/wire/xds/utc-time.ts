/** HL7 local times into XDS times, which are UTC. Source: dmp.md 3.3 and 5. */

const STAMP = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?(?:\.\d+)?([+-])(\d{2})(\d{2}))?$/;

/**
 * `20240104160527+0100` gives `20240104150527`; seconds that were not given are 00, fractions are dropped. A date alone
 * stays a date: XDS times may be less precise, and no instant can be made of it. Undefined for anything else, a time
 * without offset included.
 */
export function utcTime(stamp: string): string | undefined {
  const [, year, month, day, hour, minute, second = '00', sign, offsetHours, offsetMinutes] = STAMP.exec(stamp) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return isReal(`${date}T00:00:00`) ? `${year}${month}${day}` : undefined;
  const local = `${date}T${hour}:${minute}:${second}`;
  const shift = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  if (!isReal(local) || Math.abs(shift) > MAX_OFFSET) return undefined;
  return new Date(Date.parse(`${local}Z`) - shift * 60_000).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** Largest offset of any time zone, minutes. */
const MAX_OFFSET = 14 * 60;

/** True for a time of the calendar: `2023-02-30` or 25 o'clock would silently become another one. */
function isReal(local: string): boolean {
  const time = Date.parse(`${local}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(local);
}
