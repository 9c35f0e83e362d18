import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCivilDate } from '../../ins/civil-date.ts';
import type { Acting } from '../vihf/acting.ts';
import { acting, MATRICULE, qualifiedPatient } from '../xds/submission.fixture.ts';
import { text, withXml } from '../xml/xml.ts';
import { answered, bodyOf, client, envelope, nurse } from './client.fixture.ts';

const HABILITATIONS = 'urn:si-dmp-habilitations';
const PATIENTS = 'urn:si-dmp-patients';
const NS = { p: PATIENTS, t: HABILITATIONS, h: 'urn:hl7-org:v3', s: 'urn:oasis:names:tc:SAML:2.0:assertion' };
const OID = '1.2.250.1.213.1.4.10';

const regulator: Acting = { ...nurse, purpose: { code: 'centre_15' } };
const patient = qualifiedPatient();

function service(namespace: string, name: string, output: string) {
  return answered(envelope(`<n:${name} xmlns:n="${namespace}"><n:output>${output}</n:output></n:${name}>`));
}
const read = (message: string, xpath: string) => withXml(Buffer.from(message), (root) => text(root, xpath, NS));

describe('TD0.3', () => {
  it('declares an authorisation, of the person or of the treating physician', async () => {
    const answer = service(
      HABILITATIONS,
      'setAuthorizationResponse',
      '<n:status>DMPOK</n:status><n:context>Autorisation déjà présente</n:context>',
    );
    const { dmp, requests } = client(answer);
    const added = await dmp.setAuthorization(patient, { action: 'AJOUT' }, nurse);
    assert.deepEqual(added, { kind: 'answered', value: { context: 'Autorisation déjà présente' } });
    await dmp.setAuthorization(patient, { action: 'SUPPRESSION', treatingPhysician: true }, nurse);
    assert.equal(requests[0]?.path, '/habilitations');
    assert.match(requests[0]?.contentType ?? '', /HabilitationsEndPoint:setAuthorization"$/);
    assert.equal(read(bodyOf(requests[0]), '//t:setAuthorization/t:action'), 'AJOUT');
    assert.equal(read(bodyOf(requests[0]), '//t:setAuthorization/t:role'), undefined);
    assert.equal(read(bodyOf(requests[1]), '//t:setAuthorization/t:action'), 'SUPPRESSION');
    assert.equal(read(bodyOf(requests[1]), '//t:setAuthorization/t:role'), 'MEDECIN_TRAITANT');
  });

  it('shows the refusal of the DMP in its own words, and is not for the structure', async () => {
    const answer = service(
      HABILITATIONS,
      'setAuthorizationResponse',
      `<n:status>DMPRefus</n:status><n:context>Professionnel bloqué par ${MATRICULE}</n:context>`,
    );
    const refused = await client(answer).dmp.setAuthorization(patient, { action: 'AJOUT' }, nurse);
    assert.ok(refused.kind === 'failed');
    assert.equal(refused.refusal.rule.id, 'TDU-DMP-006');
    assert.match(refused.refusal.detail ?? '', /^DMPRefus: Professionnel bloqué/);
    assert.doesNotMatch(refused.refusal.detail ?? '', new RegExp(MATRICULE));
    const indirect = client(answer);
    const stopped = await indirect.dmp.setAuthorization(patient, { action: 'AJOUT' }, acting);
    assert.ok(stopped.kind === 'failed' && stopped.refusal.rule.id === 'TDU-DMP-014');
    assert.equal(indirect.requests.length, 0);
  });
});

describe('TD0.4', () => {
  const row = (ids: string) =>
    `<n:patientlistData>${ids}<n:lastName>PAT-TROIS</n:lastName><n:firstName>DOMINIQUE</n:firstName>` +
    '<n:dateOfBirth>19790328</n:dateOfBirth><n:MT>true</n:MT><n:message>false</n:message>' +
    '<n:lastAccessDate>20260601094105</n:lastAccessDate><n:lastUpdateDate>20260525134738</n:lastUpdateDate>' +
    '<n:lastAddDate>20260525134735</n:lastAddDate></n:patientlistData>';
  const id = (value: string, oid: string) =>
    `<n:patientIdentifier><n:nationalId>${value}</n:nationalId><n:nationalIdType>${oid}</n:nationalIdType></n:patientIdentifier>`;

  it('lists DMPs by their INS, never by an INS-C nor by a name', async () => {
    const insC = id('0740724093302701701806', '1.2.250.1.213.1.4.2');
    const rows = row(insC + id(MATRICULE, OID)) + row(insC);
    const { dmp, requests } = client(service(PATIENTS, 'patientListResponse', `${rows}<n:status>DMPOk</n:status>`));
    const since = new Date('2026-05-01T10:20:30Z');
    const found = await dmp.patientList({ since, by: 'LASTDOC', owner: '801234534765' }, acting);
    assert.deepEqual(found, {
      kind: 'answered',
      value: [
        {
          ins: { matricule: MATRICULE, oid: OID },
          treatingPhysician: true,
          message: false,
          lastAccess: '20260601094105',
          lastUpdate: '20260525134738',
          lastAddition: '20260525134735',
        },
      ],
    });
    const message = bodyOf(requests[0]);
    assert.equal(requests[0]?.path, '/patientsSpecific');
    assert.equal(read(message, '//p:patientList/p:startDate'), '20260501102030');
    assert.equal(read(message, '//p:patientList/p:dateType'), 'LASTDOC');
    assert.equal(read(message, '//p:patientList/p:psOwnerId'), '801234534765');
    assert.equal(read(message, "//s:Attribute[contains(@Name,'resource-id')]"), undefined);
  });

  it('has no list where the answer has none', async () => {
    const { dmp } = client(answered(envelope(`<n:patientListResponse xmlns:n="${PATIENTS}"/>`)));
    const found = await dmp.patientList({}, acting);
    assert.ok(found.kind === 'failed');
    assert.equal(found.refusal.rule.id, 'TDU-DMP-008');
  });
});

const hl7Answer = (interaction: string, patients: string, query = 'OK') =>
  answered(
    envelope(
      `<${interaction} xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><acknowledgement><typeCode code="AA"/></acknowledgement>` +
        `<controlActProcess classCode="CACT" moodCode="EVN">${patients}<queryAck><queryResponseCode code="${query}"/>` +
        `</queryAck></controlActProcess></${interaction}>`,
    ),
  );
const subject = (content: string) =>
  `<subject typeCode="SUBJ"><registrationEvent><subject1><patient classCode="PAT">${content}</patient></subject1></registrationEvent></subject>`;
const observation = (code: string, value: string) =>
  `<subjectOf><administrativeObservation><code code="${code}"/><value value="${value}"/></administrativeObservation></subjectOf>`;

describe('TD0.5', () => {
  const proposal =
    `<id extension="1418878867934420256667" root="1.2.250.1.213.1.4.2"/><id extension="${MATRICULE}" root="${OID}"/>` +
    '<statusCode code="active"/><patientPerson><name><given>DOMINIQUE</given><family qualifier="SP">USUEL</family>' +
    '<family qualifier="BR">PAT-TROIS</family></name><administrativeGenderCode code="F"/><birthTime value="19790328"/>' +
    '<addr><city>SECLIN</city><postalCode>59113</postalCode></addr></patientPerson>' +
    '<subjectOf1><queryMatchObservation><code code="POURCENTAGE"/><value value="87"/></queryMatchObservation></subjectOf1>' +
    observation('OPPOSITION_ACCES_URGENCE', 'true');

  it('proposes patients to regulation, with what tells them apart', async () => {
    const { dmp, requests } = client(hl7Answer('PRPA_IN201306UV02', subject(proposal)));
    const birthDate = parseCivilDate('1979-03-28');
    assert.ok(birthDate.ok);
    const traits = {
      family: "D'ÉTÉ & FILS",
      given: 'DOMINIQUE',
      birthDate: birthDate.value,
      sex: 'F',
      city: 'SECLIN',
    } as const;
    assert.deepEqual(await dmp.findWithoutIns(traits, regulator), {
      kind: 'answered',
      value: [
        {
          ins: { matricule: MATRICULE, oid: OID },
          score: 87,
          closed: false,
          opposesRegulation: true,
          birthName: 'PAT-TROIS',
          usedName: 'USUEL',
          given: 'DOMINIQUE',
          birthDate: '1979-03-28',
          sex: 'F',
          city: 'SECLIN',
          postalCode: '59113',
        },
      ],
    });
    const message = bodyOf(requests[0]);
    assert.equal(requests[0]?.path, '/patientsPDQ');
    const parameters = '//h:queryByParameter/h:parameterList';
    assert.equal(read(message, '//h:controlActProcess/h:code/@code'), 'PRPA_TE201305UV02');
    assert.equal(read(message, `${parameters}/h:livingSubjectName/h:value/h:family`), "D'ÉTÉ & FILS");
    assert.equal(read(message, `${parameters}/h:livingSubjectBirthTime/h:value/@value`), '19790328');
    assert.equal(read(message, `${parameters}/h:livingSubjectAdministrativeGender/h:value/@code`), 'F');
    assert.equal(read(message, `${parameters}/h:patientAddress/h:value/h:city`), 'SECLIN');
  });

  it('finds nobody, and is for regulation only', async () => {
    const nobody = client(hl7Answer('PRPA_IN201306UV02', '', 'NF'));
    assert.deepEqual(await nobody.dmp.findWithoutIns({ family: 'X' }, regulator), { kind: 'answered', value: [] });
    const stopped = await nobody.dmp.findWithoutIns({ family: 'X' }, nurse);
    assert.ok(stopped.kind === 'failed');
    assert.equal(stopped.refusal.rule.id, 'TDU-DMP-015');
    assert.equal(nobody.requests.length, 1);
  });
});

describe('TD1.3a', () => {
  it('says how the record is managed, and nothing of who the patient is', async () => {
    const managed =
      `<id extension="${MATRICULE}" root="${OID}"/><statusCode code="terminated"/><patientPerson><name><given>DOMINIQUE</given>` +
      '<family>PAT-TROIS</family></name><telecom value="tel:0102030405"/><telecom use="MC" value="tel:0102030405"/>' +
      '<telecom value="mailto:d@example.fr"/><addr><streetAddressLine>1 rue du Port</streetAddressLine><city>BREST</city></addr>' +
      '<personalRelationship><telecom value="tel:0999999999"/></personalRelationship></patientPerson>' +
      observation('OPPOSITION_BRIS_DE_GLACE', 'true') +
      observation('RATTACHEMENT_ENS', 'false');
    const { dmp, requests } = client(hl7Answer('PRPA_IN201308UV02', subject(managed)));
    const data = await dmp.administrativeData(patient, acting);
    assert.deepEqual(data, {
      kind: 'answered',
      value: {
        state: 'closed',
        opposesEmergencyOpening: true,
        attachedToMonEspaceSante: false,
        telecoms: ['tel:0102030405', 'mailto:d@example.fr'],
        address: ['1 rue du Port', 'BREST'],
        representatives: 1,
      },
    });
    assert.equal(requests[0]?.path, '/patients');
    assert.equal(read(bodyOf(requests[0]), '//h:controlActProcess/h:reasonCode/@code'), 'CNSLT_DATA');
    const absent = await client(hl7Answer('PRPA_IN201308UV02', '', 'NF')).dmp.administrativeData(patient, acting);
    assert.deepEqual(absent, { kind: 'answered', value: { state: 'absent' } });
  });
});

describe('TD1.6', () => {
  it('lists who is authorised and who is blocked', async () => {
    const rows =
      '<n:listOfAuthorizationByPatient><n:nationalId>899900063480</n:nationalId><n:nationalIdType>1.2.250.1.71.4.2.1</n:nationalIdType>' +
      '<n:firstName>MAX</n:firstName><n:lastName>LIBRE</n:lastName><n:codeSpeciality>G15_10/SM26</n:codeSpeciality>' +
      '<n:libSpeciality>Médecin - Médecine générale</n:libSpeciality><n:startOfAuthorization>20260601135804</n:startOfAuthorization>' +
      '<n:lastActionDate>20260601140606</n:lastActionDate><n:mode>INTERDITE</n:mode><n:specificRight>MEDECIN_TRAITANT</n:specificRight>' +
      '</n:listOfAuthorizationByPatient>';
    const { dmp, requests } = client(
      service(HABILITATIONS, 'listAuthorizationByPatientResponse', `${rows}<n:status>DMPOk</n:status><n:context/>`),
    );
    const found = await dmp.authorizations(patient, 'TOUTE', nurse);
    assert.deepEqual(found, {
      kind: 'answered',
      value: [
        {
          id: '899900063480',
          idSystem: '1.2.250.1.71.4.2.1',
          family: 'LIBRE',
          given: 'MAX',
          specialties: ['Médecin - Médecine générale'],
          blocked: true,
          treatingPhysician: true,
          since: '20260601135804',
          lastAction: '20260601140606',
        },
      ],
    });
    assert.equal(read(bodyOf(requests[0]), '//t:listAuthorizationByPatient/t:mode'), 'TOUTE');
  });
});
