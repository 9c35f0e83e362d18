/** Whether a document read in the DMP speaks of the patient whose DMP was opened (promise 4 of the design). */
import { givenNamesConsistent } from '../ins/traits.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { readingRules } from '../rules/reading.ts';
import type { Refusal } from '../rules/rule.ts';
import type { CdaPatient } from '../wire/cda/header.ts';
import { isInsRoot } from '../wire/cda/oids.ts';
import { sameBirthDate, sameName } from '../wire/coherence/same-traits.ts';

interface Number {
  readonly matricule: string;
  readonly oid: string;
}

/**
 * `ever`: the numbers that this person bears or bore, since an INS can change (EX_3.1-1055). An old document may bear none
 * (INS-C, form of names before the INS): its traits then decide alone. `detail` names the field, never its value.
 */
export function otherPatient(
  patient: CdaPatient,
  { traits: ours }: QualifiedIdentity,
  ever: readonly Number[],
): Refusal | undefined {
  const numbers = patient.ids.filter((id) => isInsRoot(id.root));
  const known = numbers.every((id) => ever.some(({ matricule, oid }) => matricule === id.extension && oid === id.root));
  if (!known) return differs('INS');
  if (patient.families.length === 0 || patient.birthTime === undefined) return { rule: readingRules.patientUnknown };
  if (!patient.families.some(({ value }) => sameName(value, ours.birthName))) return differs('nom de naissance');
  if (!patient.givens.some(({ value }) => givenNamesConsistent(firstWord(value), ours.birthGivenNames)))
    return differs('prénom');
  if (!sameBirthDate(patient.birthTime.slice(0, 8), ours.birthDate)) return differs('date de naissance');
  return patient.gender?.code === ours.sex ? undefined : differs('sexe');
}

function firstWord(names: string): string {
  return names.split(/[ ,]/, 1)[0] ?? '';
}

function differs(field: string): Refusal {
  return { rule: readingRules.otherPatient, detail: field };
}
