/** Readers of option values; what they refuse is a wrong call. */
import { InvalidArgumentError } from 'commander';
import { parseRoles, type Role } from '../roles/role.ts';

export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('Un port va de 0 (libre) à 65535.');
  return port;
}

export function contextNumber(text: string): 1 | 2 | 3 {
  if (text === '1') return 1;
  if (text === '2') return 2;
  if (text === '3') return 3;
  throw new InvalidArgumentError('Le contexte est 1, 2 ou 3.');
}

export function millimetres(text: string): number {
  const value = Number(text.replace(',', '.'));
  if (!(value >= 0.4 && value <= 2)) throw new InvalidArgumentError('Un module mesure de 0,4 à 2 mm.');
  return value;
}

/** A date or an instant, ISO 8601. */
export function isoDate(text: string): string {
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('Une date AAAA-MM-JJ est attendue.');
  return text;
}

export function csvEncoding(text: string): 'utf-8' | 'windows-1252' {
  const name = text.toLowerCase();
  if (name === 'utf-8' || name === 'windows-1252') return name;
  throw new InvalidArgumentError("L'encodage est utf-8 ou windows-1252.");
}

export function roleNames(text: string): readonly Role[] {
  const roles = parseRoles(text);
  if (roles === undefined) throw new InvalidArgumentError('Les rôles sont intake, worker et console.');
  return roles;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Un entier, au moins 1, est attendu.');
  return value;
}
