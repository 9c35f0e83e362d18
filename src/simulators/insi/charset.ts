/** What INSi accepts in a name, a date and a place (ins.md 2, after EF_INS01_03, EF_INS10_01 and EF_INS10_02). */

const MAX_NAME = 100;

/** A family name: A-Z, space, apostrophe, hyphen (doubled at most); spaces and apostrophes never side by side. */
export function isBirthName(value: string): boolean {
  if (value.length > MAX_NAME || value.endsWith(' ')) return false;
  return /^[A-Z'][A-Z' -]*$/.test(value) && !/[ ']{2}|---/.test(value);
}

/** Given names: as a family name, but no double hyphen, and none ends with a hyphen or an apostrophe. */
export function isGivenNames(value: string): boolean {
  return isBirthName(value) && !value.includes('--') && !/[-'](?: |$)/.test(value);
}

/** `AAAA-MM-JJ`; a lunar date (month or day 00, or beyond the calendar) is legal. */
export function isBirthDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}

/** Code officiel géographique: a commune (Corsica included) or a country. */
export function isCog(value: string): boolean {
  return /^(?:\d{2}|2[AB])\d{3}$/.test(value);
}
