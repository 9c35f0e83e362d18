/** A patient of the DMP as the HL7 v3 answers write them. Source: dmp.md 7. */
import { escapeXml } from '../../wire/xml/xml.ts';
import type { Patient, Traits } from './held.ts';
import type { PatientId } from './values.ts';

/** Inside `subject`, under the identifier that the caller knows, with what is observed of the patient. */
export function writeRegistration(
  { value, oid }: PatientId,
  patient: Patient,
  observations: string,
  details: 'short' | 'full' = 'short',
): string {
  const { state } = patient;
  return (
    `<subject typeCode="SUBJ" contextConductionInd="false"><registrationEvent classCode="REG" moodCode="EVN">` +
    `<statusCode code="completed"/><subject1 typeCode="SBJ"><patient classCode="PAT"><id root="${oid}" extension="${value}"/>` +
    `<statusCode code="${state === 'closed' ? 'terminated' : 'active'}"/>${writePerson(patient.traits, details)}` +
    `${observations}</patient></subject1><custodian typeCode="CST"><assignedEntity classCode="ASSIGNED">` +
    `<id root="1.2.250.1.213.4.1.1.1"/></assignedEntity></custodian></registrationEvent></subject>`
  );
}

/** Without traits told, name and sex are null: nobody may display those of the DMP anyway (dmp.md 7). */
function writePerson(traits: Traits | undefined, details: 'short' | 'full'): string {
  const open = '<patientPerson classCode="PSN" determinerCode="INSTANCE">';
  if (traits === undefined) {
    return `${open}<name nullFlavor="NI"/><administrativeGenderCode nullFlavor="NI"/></patientPerson>`;
  }
  const { birthName, usedName, firstGivenName, sex, birthDate, telecoms = [] } = traits;
  const used = usedName === undefined ? '' : `<family qualifier="SP">${escapeXml(usedName)}</family>`;
  return (
    `${open}<name><given>${escapeXml(firstGivenName)}</given>${used}<family qualifier="BR">${escapeXml(birthName)}</family>` +
    `</name>${telecoms.map((value) => `<telecom value="${escapeXml(value)}"/>`).join('')}` +
    `<administrativeGenderCode code="${sex === 'U' ? 'UN' : sex}"/><birthTime value="${birthDate.replaceAll('-', '')}"/>` +
    `${details === 'full' ? writeAddress(traits) : ''}</patientPerson>`
  );
}

function writeAddress({ city, postalCode }: Traits): string {
  if (city === undefined && postalCode === undefined) return '';
  const part = (tag: string, value: string | undefined): string =>
    value === undefined ? '' : `<${tag}>${escapeXml(value)}</${tag}>`;
  return `<addr>${part('postalCode', postalCode)}${part('city', city)}</addr>`;
}

export function writeFlag(tag: 'subjectOf' | 'subjectOf2', code: string, system: string, flag: boolean): string {
  return (
    `<${tag} typeCode="SBJ"><administrativeObservation classCode="OBS" moodCode="EVN">` +
    `<code code="${code}" codeSystem="${system}"/><value xsi:type="BL" value="${flag}"/></administrativeObservation></${tag}>`
  );
}

export const DMP_OBSERVATIONS = '1.2.250.1.213.4.1.2.3';
