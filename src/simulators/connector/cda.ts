/** A level-1 CDA as the connector's product writes it, its national number in the header. Source: dmp.md 5, cda-cisis.md 3. */
import { confidentialityCode } from '../../codes/confidentiality-codes.ts';
import { documentType } from '../../codes/document-types.ts';
import { healthcareFacilityType } from '../../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../../codes/practice-settings.ts';
import { escapeXml } from '../../wire/xml/xml.ts';
import type { ConnectorDocument, ConnectorPatient, ConnectorSite, NamedPatient, Person } from './model.ts';

const PRACTICE = 'ETABLISSEMENT';
const DAY_MS = 86_400_000;

/** Local time with its offset; these products run on a server in UTC. */
function stamp(at: Date): string {
  return `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;
}

/** When the act of a document began. */
export function actStart({ writtenAt }: ConnectorDocument): Date {
  return new Date(writtenAt.getTime() - DAY_MS);
}

interface Coded {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}

function code(tag: string, given: Coded | undefined): string {
  if (given === undefined) throw new Error(`unknown code for ${tag}`);
  return `<${tag} code="${given.code}" displayName="${escapeXml(given.label)}" codeSystem="${given.system}"/>`;
}

export function writeConnectorCda(
  document: ConnectorDocument,
  { patient, id }: NamedPatient,
  site: ConnectorSite,
  versioned: boolean,
): Buffer {
  const time = stamp(document.writtenAt);
  const person = personOf(document.author);
  const structure = `<id root="1.2.250.1.71.4.2.2" extension="1${site.eg}"/><name>${escapeXml(site.name)}</name>`;
  const started = `<effectiveTime><low value="${stamp(actStart(document))}"/></effectiveTime>`;
  const { mediaType, bytes } = document.content;
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">',
    '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>',
    ...['2.16.840.1.113883.2.8.2.1', '1.2.250.1.213.1.1.1.1', '1.3.6.1.4.1.19376.1.2.20'].map(
      (root) => `<templateId root="${root}"/>`,
    ),
    `<id root="${document.uniqueId}"/>${code('code', documentType(document.typeCode))}`,
    `<title>${escapeXml(document.title)}</title><effectiveTime value="${time}"/>`,
    `${code('confidentialityCode', confidentialityCode('N'))}<languageCode code="fr-FR"/>`,
    versioned ? `<setId root="${document.setId}"/><versionNumber value="${document.version}"/>` : '',
    `<recordTarget><patientRole><id root="${id.oid}" extension="${id.value}"/>`,
    `<id root="${site.ippDomain}" extension="${escapeXml(patient.ipp)}"/>${patientOf(patient)}</patientRole></recordTarget>`,
    `<author><time value="${time}"/><assignedAuthor>${person}<representedOrganization>${structure}</representedOrganization></assignedAuthor></author>`,
    `<custodian><assignedCustodian><representedCustodianOrganization>${structure}</representedCustodianOrganization></assignedCustodian></custodian>`,
    `<legalAuthenticator><time value="${time}"/><signatureCode code="S"/><assignedEntity>${person}</assignedEntity></legalAuthenticator>`,
    `<documentationOf><serviceEvent>${started}<performer typeCode="PRF"><assignedEntity>${person}`,
    `<representedOrganization>${structure}${code('standardIndustryClassCode', practiceSetting(PRACTICE))}</representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>`,
    document.replaces === undefined
      ? ''
      : `<relatedDocument typeCode="RPLC"><parentDocument><id root="${document.replaces.uniqueId}"/></parentDocument></relatedDocument>`,
    `<componentOf><encompassingEncounter>${started}<location><healthCareFacility>`,
    `${code('code', healthcareFacilityType(site.sector))}</healthCareFacility></location></encompassingEncounter></componentOf>`,
    `<component><nonXMLBody><text mediaType="${mediaType}" representation="B64">${bytes.toString('base64')}</text></nonXMLBody></component></ClinicalDocument>\n`,
  ];
  return Buffer.from(text.join(''), 'utf8');
}

function personOf({ id, family, given }: Person): string {
  return (
    `<id root="1.2.250.1.71.4.2.1" extension="${id}"/><code code="G15_10/SM26" displayName="Médecin - Médecine générale (SM)" ` +
    `codeSystem="1.2.250.1.213.1.1.4.5"/><assignedPerson><name><family>${escapeXml(family)}</family>` +
    `<given>${escapeXml(given)}</given></name></assignedPerson>`
  );
}

function patientOf({
  birthName,
  usedName,
  firstGivenName,
  givenNames,
  sex,
  birthDate,
  birthPlace,
}: ConnectorPatient): string {
  const used = usedName === undefined ? '' : `<family qualifier="CL">${escapeXml(usedName)}</family>`;
  const label = sex === 'M' ? 'Masculin' : 'Féminin';
  return (
    `<patient><name><family qualifier="BR">${escapeXml(birthName)}</family>${used}` +
    `<given>${escapeXml(givenNames ?? firstGivenName)}</given><given qualifier="BR">${escapeXml(firstGivenName)}</given></name>` +
    `<administrativeGenderCode code="${sex}" displayName="${label}" codeSystem="2.16.840.1.113883.5.1"/>` +
    `<birthTime value="${birthDate.replaceAll('-', '')}"/>` +
    `<birthplace><place><addr><county>${birthPlace}</county></addr></place></birthplace></patient>`
  );
}
