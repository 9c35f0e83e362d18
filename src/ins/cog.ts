/** INSEE official geographic codes of a place of birth: shape only, the dated table is data of its own. Source: ins.md 2. */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { CogCode } from './types.ts';

/** Place unknown. */
export const UNKNOWN_PLACE = '99999' as CogCode;

/** Commune (`63220`, `2A020`) or country (`99327`). */
export function parseCogCode(text: string): Result<CogCode> {
  const code = text.trim().toUpperCase();
  return /^(?:\d\d|2[AB])\d{3}$/.test(code) ? ok(code as CogCode) : refuse(identityRules.malformedCogCode);
}

/** Corsica was department 20 until 1976: the same commune is `20020` in an older act and `2A020` today (seen from INSi). */
export function isSameCorsicanCommune(a: CogCode, b: CogCode): boolean {
  const corsican = (code: string) => /^(?:20|2[AB])/.test(code);
  return corsican(a) && corsican(b) && a.slice(2) === b.slice(2) && (a.startsWith('20') || b.startsWith('20'));
}
