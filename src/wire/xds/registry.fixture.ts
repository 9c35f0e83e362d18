/** What a registry answers about a document, in the shape of the DMP's own (dmp.md 3.3): prefix, ids and version filled in. */
import { MATRICULE } from './submission.fixture.ts';

const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';

export interface EntryFacts {
  readonly id: string;
  readonly uniqueId?: string;
  readonly status?: string;
  readonly version?: string;
  readonly hash?: string;
  readonly confidentiality?: readonly string[];
}

const slot = (name: string, ...values: readonly string[]) =>
  `<r:Slot name="${name}"><r:ValueList>${values.map((value) => `<r:Value>${value}</r:Value>`).join('')}</r:ValueList></r:Slot>`;
const label = (value: string) => `<r:Name><r:LocalizedString charset="UTF8" value="${value}" xml:lang="FR"/></r:Name>`;

export function registryList(...objects: readonly string[]): string {
  return `<r:RegistryObjectList xmlns:r="${RIM}">${objects.join('')}</r:RegistryObjectList>`;
}

export function extrinsicObject(facts: EntryFacts): string {
  const {
    id,
    uniqueId = '1.2.250.1.999.1.1.7898.1',
    status = 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved',
  } = facts;
  let count = 0;
  const own = () => {
    count += 1;
    return `id="urn:uuid:c-${count}"`;
  };
  const code = (scheme: string, value: string, system: string, name: string) =>
    `<r:Classification classificationScheme="urn:uuid:${scheme}" classifiedObject="${id}" ${own()} nodeRepresentation="${value}">` +
    `${slot('codingScheme', system)}${label(name)}</r:Classification>`;
  const identifier = (scheme: string, value: string, name: string) =>
    `<r:ExternalIdentifier ${own()} identificationScheme="urn:uuid:${scheme}" registryObject="${id}" value="${value}">${label(name)}</r:ExternalIdentifier>`;
  const visibility = (facts.confidentiality ?? ['N']).map((value) =>
    code(
      'f4f85eac-e6cb-4883-b524-f2705394840f',
      value,
      value === 'N' ? '2.16.840.1.113883.5.25' : '1.2.250.1.213.1.1.4.13',
      value,
    ),
  );
  return (
    `<r:ExtrinsicObject id="${id}" lid="urn:uuid:first" isOpaque="false" mimeType="text/xml" ` +
    `objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1" status="${status}">` +
    slot('creationTime', '20260319183244') +
    slot('hash', facts.hash ?? 'AF326FB44FEB720121D2C277CE10F87407818089') +
    slot('languageCode', 'fr-FR') +
    slot('legalAuthenticator', '807505123456^CAMPARINI^Marcel^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS') +
    slot('repositoryUniqueId', '1.2.250.1.213.4.1.1.1.2') +
    slot('serviceStartTime', '20260319183000') +
    slot('size', '2768') +
    slot('sourcePatientId', '0456789999^^^&amp;1.2.250.1.999.1.1.7898.2&amp;ISO^PI') +
    slot('sourcePatientInfo', 'PID-5|PAT-TROIS^DOMINIQUE^^^^^L', 'PID-7|19790328', 'PID-8|F') +
    label('CR d’imagerie &amp; annexe') +
    `<r:Description><r:LocalizedString value="Commentaire"/></r:Description><r:VersionInfo versionName="${facts.version ?? '1'}"/>` +
    `<r:Classification classificationScheme="urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d" classifiedObject="${id}" ${own()} nodeRepresentation="">` +
    slot('authorInstitution', 'HOPITAL TEST^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1120459876') +
    slot('authorPerson', '801234534765^CAMPARINI^Marcel^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS') +
    slot('authorSpecialty', 'G15_10/SM04^Médecin - Cardiologie (SM)^1.2.250.1.213.1.1.4.5') +
    '</r:Classification>' +
    code('41a5887f-8865-4c09-adf7-e362475b143a', '10', '1.2.250.1.213.1.1.4.1', 'Compte rendu') +
    visibility.join('') +
    code('a09d5840-386c-46f2-b5ad-9c3699a4309d', 'urn:ihe:iti:xds-sd:pdf:2008', '1.3.6.1.4.1.19376.1.2.3', 'PDF') +
    code('f0306f51-975f-434e-a61c-c59651d33983', '18748-4', '2.16.840.1.113883.6.1', 'CR d’imagerie') +
    identifier(
      '58a6f841-87b3-4a3e-92fd-a8ffeff98427',
      `${MATRICULE}^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH`,
      'XDSDocumentEntry.patientId',
    ) +
    identifier('2e82c1f6-a085-4c72-9da3-8640a32e42ab', uniqueId, 'XDSDocumentEntry.uniqueId') +
    '</r:ExtrinsicObject>'
  );
}

export function submissionSet(id: string): string {
  return (
    `<r:RegistryPackage id="${id}" status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">` +
    slot('submissionTime', '20260320101500') +
    label('Lot') +
    `<r:Classification classificationScheme="urn:uuid:aa543740-bdda-424e-8c96-df4873be8500" classifiedObject="${id}" id="urn:uuid:s1" nodeRepresentation="03">` +
    `${slot('codingScheme', '1.2.250.1.213.2.2')}${label('Hospitalisation complète')}</r:Classification>` +
    `<r:ExternalIdentifier id="urn:uuid:s2" identificationScheme="urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8" registryObject="${id}" value="1.2.250.1.999.1.9"/>` +
    '</r:RegistryPackage>'
  );
}

export function registryAssociation(id: string, type: string, source: string, target: string): string {
  return `<r:Association id="${id}" associationType="${type}" sourceObject="${source}" targetObject="${target}"/>`;
}
