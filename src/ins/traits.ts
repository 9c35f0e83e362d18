/**
 * Names: the form that is stored and diffused (hyphens and apostrophes kept, as on the identity document) and the form
 * that is compared (hyphen and apostrophe equal a space). Source: ins.md 2 (EF_INS01_03, EF_INS10_01, EXI ID 10).
 */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';

export type NameKind = 'family' | 'given';

const MAX_LENGTH = 100;

/** What canonical decomposition does not give. */
const TRANSLITERATIONS: Readonly<Record<string, string>> = { Œ: 'OE', Æ: 'AE', Ø: 'O', Ð: 'D', Þ: 'TH', '’': "'" };

/** Storage form: `d’Æion` gives `D'AEION`. A character that has no transliteration is refused, never dropped. */
export function normaliseName(text: string, kind: NameKind): Result<string> {
  const name = transliterate(text).replace(/\s+/g, ' ').trim();
  if (name === '') return refuse(identityRules.traitMissing);
  const illegal = /[^A-Z '-]/u.exec(name);
  if (illegal) {
    const detail = `caractère « ${illegal[0]} » en position ${illegal.index + 1}`;
    return refuse(identityRules.traitIllegalCharacter, { detail });
  }
  if (name.length > MAX_LENGTH) return refuse(identityRules.traitTooLong, { detail: `${name.length} caractères` });
  const fault = shapeFault(name, kind);
  return fault === undefined ? ok(name) : refuse(identityRules.traitIllegalShape, { detail: fault });
}

/** True for a name that is already in storage form. */
export function isNormalised(text: string, kind: NameKind): boolean {
  const result = normaliseName(text, kind);
  return result.ok && result.value === text;
}

/** Upper case and without accents. Unicode upper-casing itself gives SS for ß. */
function transliterate(text: string): string {
  const folded = text
    .toUpperCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
  return folded.replace(/[ŒÆØÐÞ’]/g, (c) => TRANSLITERATIONS[c] ?? c);
}

function shapeFault(name: string, kind: NameKind): string | undefined {
  if (!/[A-Z]/.test(name)) return 'aucune lettre';
  if (name.startsWith('-')) return "commence par un trait d'union";
  if (/[ ']{2}/.test(name)) return 'espaces ou apostrophes accolés';
  if (name.includes('---')) return "trait d'union triple";
  if (kind === 'given' && name.includes('--')) return "trait d'union double dans un prénom";
  if (kind === 'given' && /[-']$/.test(name)) return "se termine par un trait d'union ou une apostrophe";
  return undefined;
}

/** Comparison form: never stored, never sent. */
export function comparisonForm(text: string): string {
  return tokens(text).join(' ');
}

/** EXI ID 10: the first given name is the beginning of the list, whole name by whole name. */
export function givenNamesConsistent(first: string, list: string): boolean {
  const start = tokens(first);
  const all = tokens(list);
  return start.length > 0 && start.length <= all.length && start.every((token, i) => token === all[i]);
}

/**
 * First given name of a list that INSi returned without one. The name recorded locally wins when it agrees with the
 * list, since only a person can tell that ANNE SOPHIE is one compound name.
 */
export function firstGivenNameOf(list: string, recorded?: string): string {
  if (recorded !== undefined && givenNamesConsistent(recorded, list)) return recorded;
  return list.trim().split(/\s+/)[0] ?? '';
}

function tokens(text: string): string[] {
  return transliterate(text)
    .split(/[\s'-]+/)
    .filter((token) => token !== '');
}
