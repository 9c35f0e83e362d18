/** The INS matricule: shape, key, display. Source: ins.md 1. */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Matricule } from './types.ts';

/** The shape that INSi itself promises: digits, a letter possible only for Corsica, two digits of key. */
const SHAPE = /^\d{5}(?:\d\d|2[AB])\d{6}\d{2}$/;

/** Why a matricule deserves a look. Never a refusal: INSi has published numbers whose key is wrong (ins.md, trap 1). */
export type MatriculeAlert = 'key-mismatch' | 'unusual-first-digit' | 'unusual-month';

/** Accepts lower case and the separators of `formatMatricule` (spaces, slash). The key is not checked here. */
export function parseMatricule(text: string): Result<Matricule> {
  const compact = text.replace(/[\s/]/g, '').toUpperCase();
  return SHAPE.test(compact) ? ok(compact as Matricule) : refuse(identityRules.malformedMatricule);
}

/** Key of the first 13 characters, 1 to 97. Corsica: 2A counts as 19, 2B as 18. Thirteen digits fit a Number exactly. */
export function matriculeKey(first13: string): number {
  const digits = first13.toUpperCase().replace('2A', '19').replace('2B', '18');
  return 97 - (Number(digits) % 97);
}

function hasValidKey(matricule: Matricule): boolean {
  return matriculeKey(matricule.slice(0, 13)) === Number(matricule.slice(13));
}

/** Everything unusual about a matricule, for display and for the alert that accompanies a number received from INSi. */
export function matriculeAlerts(matricule: Matricule): MatriculeAlert[] {
  const alerts: MatriculeAlert[] = [];
  if (!hasValidKey(matricule)) alerts.push('key-mismatch');
  if (!/^[1-478]/.test(matricule)) alerts.push('unusual-first-digit');
  if (!/^(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)$/.test(matricule.slice(3, 5))) alerts.push('unusual-month');
  return alerts;
}

const GROUPS = [0, 1, 3, 5, 7, 10, 13] as const;

/** `2 79 03 51 215 189 / 89`. */
export function formatMatricule(matricule: Matricule): string {
  const groups = GROUPS.slice(0, -1).map((start, i) => matricule.slice(start, GROUPS[i + 1]));
  return `${groups.join(' ')} / ${matricule.slice(13)}`;
}
