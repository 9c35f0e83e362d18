/** `ins check`: shape, key and nature of a matricule typed by a person. */
import { formatMatricule, matriculeAlerts, matriculeKey, parseMatricule } from '../../ins/matricule.ts';
import { INS_OIDS, insNature, parseOid } from '../../ins/oids.ts';
import type { Oid } from '../../ins/types.ts';
import { identityRules } from '../../rules/identity.ts';
import { type Outcome, refused } from '../outcome.ts';

const ALERTS = {
  'key-mismatch': 'La clé ne correspond pas aux 13 premiers caractères.',
  'unusual-first-digit': "Le premier chiffre n'est pas usuel (1, 2, 3, 4, 7 ou 8).",
  'unusual-month': "Le mois de naissance n'est pas usuel.",
} as const;

const ENVIRONMENTS: Readonly<Record<string, string>> = {
  [INS_OIDS.nir]: 'production',
  [INS_OIDS.nia]: 'production',
  [INS_OIDS.nirTest]: 'test',
  [INS_OIDS.nirDemo]: 'démonstration',
};

/**
 * A wrong key never refuses a number that INSi has given (ins.md, trap 1), but here a person checks what was typed: a
 * wrong key is the likely error, so it is invalid.
 */
export function insCheck(text: string, oidText: string | undefined): Outcome {
  const matricule = parseMatricule(text);
  if (!matricule.ok) return refused(matricule.refusal);
  const oid = oidText === undefined ? undefined : parseOid(oidText);
  if (oid !== undefined && !oid.ok) return refused(oid.refusal);
  const nature = oid === undefined ? undefined : natureOf(oid.value);
  if (oid !== undefined && nature === undefined) return refused({ rule: identityRules.insOidNotAllowed });
  const alerts = matriculeAlerts(matricule.value);
  const invalid = alerts.includes('key-mismatch');
  const expectedKey = String(matriculeKey(matricule.value.slice(0, 13))).padStart(2, '0');
  return {
    code: invalid ? 1 : 0,
    lines: [
      `Matricule : ${formatMatricule(matricule.value)}`,
      `Clé       : ${invalid ? `inexacte, ${expectedKey} attendu` : 'exacte'}`,
      ...(nature === undefined ? [] : [`Nature    : ${nature.nature} (${nature.environment})`]),
      ...alerts.map((alert) => `Alerte    : ${ALERTS[alert]}`),
      ...(invalid
        ? ["INSi a déjà publié des numéros à clé inexacte : un matricule qui vient d'INSi reste valable."]
        : []),
    ],
    result: { matricule: matricule.value, expectedKey, keyValid: !invalid, alerts, nature: nature ?? null },
  };
}

function natureOf(oid: Oid): { readonly nature: 'NIR' | 'NIA'; readonly environment: string } | undefined {
  const nature = insNature(oid);
  return nature === undefined ? undefined : { nature, environment: ENVIRONMENTS[oid] ?? 'inconnu' };
}
