/** Requests of the services about a patient (TD0.2 to TD1.6), built by the tests' own hand. */
import type { TestAnswer, TestDmp } from './bench.fixture.ts';
import { INS_OID, MATRICULE } from './cda.fixture.ts';
import { type Recipe, soapRequest } from './message.fixture.ts';
import type { Edit } from './signatures.fixture.ts';

const same: Edit = (xml) => xml;

function frame(interaction: string, act: string, parameters: string): string {
  return (
    `<${interaction} xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="b2f7f0c0-0000-4000-8000-000000000001"/>` +
    `<creationTime value="20261123100000"/><interactionId root="2.16.840.1.113883.1.6" extension="${interaction}"/>` +
    `<processingCode code="D"/><processingModeCode code="T"/><acceptAckCode code="AL"/>` +
    `<receiver typeCode="RCV"><device><id root="1.2.250.1.213.4.1.1.1"/></device></receiver>` +
    `<sender typeCode="SND"><device><id root="1.2.250.1.999.2"/></device></sender>` +
    `<controlActProcess classCode="CACT" moodCode="EVN">${act}` +
    `<queryByParameter><queryId root="1.2.3" extension="q1"/><statusCode code="new"/><parameterList>${parameters}` +
    `</parameterList></queryByParameter></controlActProcess></${interaction}>`
  );
}

export function patientQuery(reason: 'TEST_EXST' | 'CNSLT_DATA' = 'TEST_EXST'): string {
  return frame(
    'PRPA_IN201307UV02',
    `<reasonCode code="${reason}" codeSystem="1.2.250.1.213.1.1.4.11"/>`,
    `<patientIdentifier><value root="${INS_OID}" extension="${MATRICULE}"/><semanticsText>Patient.id</semanticsText></patientIdentifier>`,
  );
}

export function askPatient(dmp: TestDmp, body: string, recipe: Recipe = {}): Promise<TestAnswer> {
  return dmp.send(soapRequest('patients', 'urn:hl7-org:v3:PRPA_IN201307UV02', body, recipe));
}

export function searchTraits(
  dmp: TestDmp,
  family: string,
  more = '',
  recipe: Recipe = {},
  edit: Edit = same,
): Promise<TestAnswer> {
  const name = `<livingSubjectName><value><family>${family}</family></value><semanticsText>LivingSubject.name</semanticsText></livingSubjectName>`;
  const act = '<code code="PRPA_TE201305UV02" codeSystem="2.16.840.1.113883.1.6"/>';
  const body = edit(frame('PRPA_IN201305UV02', act, name + more));
  return dmp.send(soapRequest('patientsPDQ', 'urn:hl7-org:v3:PRPA_IN201305UV02', body, recipe));
}

export function setAuthorization(dmp: TestDmp, action: string, role = '', recipe: Recipe = {}): Promise<TestAnswer> {
  const operation = 'urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorization';
  const body =
    `<setAuthorization xmlns="urn:si-dmp-habilitations"><action>${action}</action>` +
    `${role === '' ? '' : `<role>${role}</role>`}</setAuthorization>`;
  return dmp.send(soapRequest('habilitations', operation, body, recipe));
}

export function listAuthorizations(dmp: TestDmp, mode: string, recipe: Recipe = {}): Promise<TestAnswer> {
  const operation = 'urn:si-dmp-habilitations:HabilitationsEndPoint:listAuthorizationByPatient';
  const body = `<h:listAuthorizationByPatient xmlns:h="urn:si-dmp-habilitations"><h:mode>${mode}</h:mode></h:listAuthorizationByPatient>`;
  return dmp.send(soapRequest('habilitations', operation, body, recipe));
}

export function patientList(
  dmp: TestDmp,
  fields: Readonly<Record<string, string>>,
  recipe: Recipe = {},
): Promise<TestAnswer> {
  const operation = 'urn:si-dmp-patients:PatientSpecificEndPoint:patientList';
  const inside = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  const body = `<patientList xmlns="urn:si-dmp-patients">${inside.join('')}</patientList>`;
  return dmp.send(soapRequest('patientsSpecific', operation, body, recipe));
}
