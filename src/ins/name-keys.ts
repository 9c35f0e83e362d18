/**
 * Keys under which names and dates are indexed and found again: by sight (letters only), by ear (French phonetics), and
 * the other ways in which a birth date gets written. They are never shown, stored as an identity or sent.
 */
import { comparisonForm } from './traits.ts';

/** Words of a name that come and go from one register to the next: DE LA TOUR, TOUR. */
const PARTICLES = new Set(['D', 'DE', 'DES', 'DU', 'L', 'LA', 'LE', 'LES', 'VAN', 'VON', 'DER', 'EL', 'AL', 'BEN']);

/** The words of a name, upper case, without accents, hyphens and apostrophes. */
export function nameWords(name: string): string[] {
  return comparisonForm(name)
    .split(' ')
    .filter((word) => word !== '');
}

/** Letters alone: LE GOFF, LEGOFF and LE-GOFF are one. */
export function letters(name: string): string {
  return nameWords(name).join('');
}

/** The words that carry the name; all of them where only particles are left. */
export function bearingWords(name: string): string[] {
  const words = nameWords(name);
  const bearing = words.filter((word) => !PARTICLES.has(word));
  return bearing.length === 0 ? words : bearing;
}

/** Spellings that French says alike, in the order in which they are rewritten. Digits stand for nasal vowels. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/^H/, ''],
  [/AUL[TDX]S?$|EAUX?$|AU[DTX]S?$/, 'O'],
  [/OUL[TDX]S?$/, 'U'],
  [/E[RZ]$|ETS?$|E?S$/, 'E'],
  [/SCH|SH|CH(?=[AEIOUY])/g, 'X'],
  [/PH/g, 'F'],
  [/H/g, ''],
  [/EAU|AU/g, 'O'],
  [/OEU|EU|OE/g, 'E'],
  [/OU/g, 'U'],
  [/O[IY]/g, 'WA'],
  [/(?:AI|EI|AY|EY|[IYU])[NM](?![AEIOUYNM])/g, '1'],
  [/[AE][NM](?![AEIOUYNM])/g, '2'],
  [/O[NM](?![AEIOUYNM])/g, '3'],
  [/AI|EI|AY|EY/g, 'E'],
  [/QU?|CK|K/g, 'K'],
  [/GU(?=[EIY])/g, 'G'],
  [/G(?=[EIY])/g, 'J'],
  [/SC(?=[EIY])|C(?=[EIY])/g, 'S'],
  [/C/g, 'K'],
  [/GN/g, 'N'],
  [/Y/g, 'I'],
  [/W(?!A)/g, 'V'],
  [/(?<=[AEIOU])S(?=[AEIOU])/g, 'Z'],
  [/(.)\1+/g, '$1'],
  [/(?<=.)[DTSPZ]+$/, ''],
  [/(?<=..)E$/, ''],
];

/** How a name sounds: ROUSSEAU, ROUSSAUD and ROUSSAUX give RUSO. Empty for a name without a letter. */
export function phoneticKey(name: string): string {
  return SOUNDS.reduce((word, [spelling, sound]) => word.replace(spelling, sound), letters(name));
}

/**
 * The dates under which the same birth may stand elsewhere: day and month exchanged, and what an unknown day or month is
 * completed with (RNIV EXI PP 19: 1st, January, or 31 December). The date itself comes first.
 */
export function birthDateVariants(date: string): string[] {
  const [year = '', month = '', day = ''] = date.split('-');
  const exchanged = Number(day) >= 1 && Number(day) <= 12 ? [`${year}-${day}-${month}`] : [];
  return [
    ...new Set([date, ...exchanged, `${year}-${month}-01`, `${year}-01-${day}`, `${year}-01-01`, `${year}-12-31`]),
  ];
}
