/** Header rules of recordTarget: one INS, its traits complete, names qualified (cda-cisis.md 3, ins.md 5.4). */
import { INS_OIDS } from '../../ins/oids.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import { finding, isIdentified, required, when } from './findings.ts';
import type { CdaPatient } from './header.ts';
import type { QualifiedName } from './nodes.ts';
import { GENDER, isInsRoot } from './oids.ts';

const ROLE = '/ClinicalDocument/recordTarget/patientRole';
const PATIENT = `${ROLE}/patient`;
/** JDV_J143. */
const GENDERS: ReadonlySet<string> = new Set(['M', 'F', 'UN']);

export function checkPatient(patient: CdaPatient): Refusal[] {
  return [...checkIds(patient), ...checkNames(patient), ...checkGender(patient), ...checkBirth(patient)];
}

function checkIds(patient: CdaPatient): Refusal[] {
  const location = `${ROLE}/id`;
  const ins = patient.ids.filter((id) => isInsRoot(id.root));
  const unusable = patient.ids.some((id) => !isIdentified(id) || id.extension === undefined);
  return [
    ...required(patient.ids.length > 0 && !unusable, location),
    ...when(ins.length === 0, documentRules.cdaInsMissing, location),
    ...when(ins.length > 1, documentRules.cdaInsSeveral, location),
    ...when(
      patient.ids.some((id) => id.root === INS_OIDS.insC),
      documentRules.cdaInsC,
      location,
    ),
    ...(ins.length === 0 ? [] : checkInsTraits(patient)),
  ];
}

function checkInsTraits(patient: CdaPatient): Refusal[] {
  const traits: ReadonlyArray<readonly [present: boolean, path: string]> = [
    [has(patient.families, 'BR'), `${PATIENT}/name/family[@qualifier='BR']`],
    [has(patient.givens, 'BR'), `${PATIENT}/name/given[@qualifier='BR']`],
    [has(patient.givens, undefined), `${PATIENT}/name/given[not(@qualifier)]`],
    [patient.gender?.code !== undefined, `${PATIENT}/administrativeGenderCode/@code`],
    [patient.birthTime !== undefined, `${PATIENT}/birthTime/@value`],
    [patient.birthPlace !== undefined, `${PATIENT}/birthplace/place/addr/county`],
  ];
  return traits
    .filter(([present]) => !present)
    .map(([, location]) => finding(documentRules.cdaInsTraitsIncomplete, location));
}

function checkNames(patient: CdaPatient): Refusal[] {
  const { families, givens } = patient;
  return [
    ...required(families.length > 0, `${PATIENT}/name/family`),
    ...required(givens.length > 0, `${PATIENT}/name/given`),
    ...families
      .filter((family) => family.qualifier !== 'BR' && family.qualifier !== 'CL')
      .map((family) => finding(documentRules.cdaNameQualifier, `${PATIENT}/name/family`, family.qualifier)),
    ...givens
      .filter((given) => given.qualifier !== undefined && given.qualifier !== 'BR' && given.qualifier !== 'CL')
      .map((given) => finding(documentRules.cdaNameQualifier, `${PATIENT}/name/given`, given.qualifier)),
    ...when(count(families, 'BR') > 1, documentRules.cdaElementRepeated, `${PATIENT}/name/family[@qualifier='BR']`),
    ...when(count(givens, 'BR') > 1, documentRules.cdaElementRepeated, `${PATIENT}/name/given[@qualifier='BR']`),
  ];
}

function checkGender(patient: CdaPatient): Refusal[] {
  const location = `${PATIENT}/administrativeGenderCode`;
  const { gender } = patient;
  if (gender?.code === undefined) return required(false, location);
  const known = GENDERS.has(gender.code) && (gender.codeSystem ?? GENDER) === GENDER;
  return when(!known, documentRules.cdaGender, location);
}

function checkBirth(patient: CdaPatient): Refusal[] {
  const location = `${PATIENT}/birthTime`;
  if (patient.birthTime === undefined) return required(false, location);
  return when(!/^\d{8}$/.test(patient.birthTime), documentRules.cdaBirthTime, location);
}

function count(names: readonly QualifiedName[], qualifier: string | undefined): number {
  return names.filter((name) => name.qualifier === qualifier).length;
}

function has(names: readonly QualifiedName[], qualifier: string | undefined): boolean {
  return count(names, qualifier) > 0;
}
