/** A level-1 CDA of PAT-TROIS DOMINIQUE, complete by the header rules. */

export interface CdaFixture {
  readonly uniqueId: string;
  readonly setId: string;
  readonly version: number;
  /** uniqueId of the document replaced. */
  readonly replaces?: string;
}

export const MATRICULE = '279035121518989';
export const INS_OID = '1.2.250.1.213.1.4.10';
export const IPP_DOMAIN = '1.2.250.1.999.7';
export const TITLE = 'Compte rendu d’hospitalisation';

const PDF = Buffer.from('%PDF-1.4\n%fiction\n%%EOF\n').toString('base64');

export function writeCda({ uniqueId, setId, version, replaces }: CdaFixture): string {
  const person = '<id root="1.2.250.1.71.4.2.1" extension="801234567897"/>';
  const specialty = '<code code="G15_10/SM26" displayName="Médecin" codeSystem="1.2.250.1.213.1.1.4.5"/>';
  const named = '<assignedPerson><name><family>DAVID</family><given>Charles</given></name></assignedPerson>';
  const structure = '<id root="1.2.250.1.71.4.2.2" extension="1750000019"/><name>Hôpital fictif</name>';
  const related =
    replaces === undefined
      ? ''
      : `<relatedDocument typeCode="RPLC"><parentDocument><id root="${replaces}"/></parentDocument></relatedDocument>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="cda.xsl"?>
<!-- fiction -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.3.6.1.4.1.19376.1.2.20"/>
<id root="${uniqueId}"/>
<code code="34112-3" displayName="CR hospitalier (séjour)" codeSystem="2.16.840.1.113883.6.1"/>
<title>${TITLE}</title><effectiveTime value="20261120101500+0100"/>
<confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="${setId}"/><versionNumber value="${version}"/>
<recordTarget><patientRole><id root="${INS_OID}" extension="${MATRICULE}"/><id root="${IPP_DOMAIN}" extension="IPP42"/>
<patient><name><family qualifier="BR">PAT-TROIS</family><given>DOMINIQUE MARIE-LOUISE</given><given qualifier="BR">DOMINIQUE</given></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/>
<birthplace><place><addr><county>51215</county></addr></place></birthplace></patient></patientRole></recordTarget>
<author><time value="20261120101500+0100"/><assignedAuthor>${person}${specialty}${named}<representedOrganization>${structure}</representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>${structure}</representedCustodianOrganization></assignedCustodian></custodian>
<legalAuthenticator><time value="20261120101500+0100"/><signatureCode code="S"/><assignedEntity>${person}${specialty}${named}</assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><code code="IMP" codeSystem="2.16.840.1.113883.5.4"/><effectiveTime><low value="20261118080000+0100"/></effectiveTime>
<performer typeCode="PRF"><assignedEntity>${person}<representedOrganization>${structure}<standardIndustryClassCode code="ETABLISSEMENT" codeSystem="1.2.250.1.213.1.1.4.9"/></representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
${related}<componentOf><encompassingEncounter><effectiveTime><low value="20261118080000+0100"/></effectiveTime>
<location><healthCareFacility><code code="SA01" displayName="Etablissement public de santé" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component><nonXMLBody><text mediaType="application/pdf" representation="B64">${PDF}</text></nonXMLBody></component>
</ClinicalDocument>
`;
}
