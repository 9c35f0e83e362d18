/** The ebXML of a submission as the connector writes it: symbolic ids, no hash, no size. Source: dmp.md 2.2, 3.1 to 3.4. */
import type { CodedValue } from '../../codes/code.ts';
import { confidentialityCode } from '../../codes/confidentiality-codes.ts';
import { contentType } from '../../codes/content-types.ts';
import { documentType } from '../../codes/document-types.ts';
import { levelOneFormat } from '../../codes/format-codes.ts';
import { healthcareFacilityType } from '../../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../../codes/practice-settings.ts';
import { escapeXml } from '../../wire/xml/xml.ts';
import {
  ENTRY,
  HAS_MEMBER,
  REPLACES,
  SET,
  SIGNATURE_ENTRY,
  SIGNS,
  SUBMISSION_SET_NODE,
} from '../dmp/xds-vocabulary.ts';
import { actStart } from './cda.ts';
import type { ConnectorDocument, ConnectorSite, NamedPatient, Person } from './model.ts';
import { cxOf } from './vihf.ts';

const VISIBILITY = '1.2.250.1.213.1.1.4.13';

export interface Described {
  readonly named: NamedPatient;
  readonly site: ConnectorSite;
  readonly localNumber: 'ipp' | 'national';
  readonly setUniqueId: string;
  readonly at: Date;
  readonly by: Person;
}

function xdsTime(at: Date): string {
  return at.toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** The RegistryObjectList of one document, its signature, and the set. */
export function describeSubmission(document: ConnectorDocument, signatureId: string, described: Described): string {
  const { replaces } = document;
  const links = [
    member('Document01'),
    member('Signature01'),
    association('signe', SIGNS, 'Signature01', 'SubmissionSet01'),
    ...(replaces === undefined ? [] : [association('remplace', REPLACES, 'Document01', replaces.entryUuid)]),
  ];
  const objects = [
    describeSet(described),
    describeDocument(document, described),
    describeSignature(signatureId, described),
    ...links,
  ];
  return `<rim:RegistryObjectList xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">${objects.join('')}</rim:RegistryObjectList>`;
}

export function describeSet({ named, site, setUniqueId, at, by }: Described): string {
  const object = 'SubmissionSet01';
  return (
    `<rim:RegistryPackage id="${object}">${slot('submissionTime', xdsTime(at))}` +
    `${author(object, SET.author, by, site)}${coded(object, SET.contentType, contentType('03'))}` +
    `<rim:Classification id="${object}-lot" classificationNode="${SUBMISSION_SET_NODE}" classifiedObject="${object}"/>` +
    `${identifier(object, SET.patientId, cxOf(named.id), 'XDSSubmissionSet.patientId')}` +
    `${identifier(object, SET.sourceId, site.oid, 'XDSSubmissionSet.sourceId')}` +
    `${identifier(object, SET.uniqueId, setUniqueId, 'XDSSubmissionSet.uniqueId')}</rim:RegistryPackage>`
  );
}

function describeDocument(document: ConnectorDocument, described: Described): string {
  const object = 'Document01';
  const { named, site, localNumber } = described;
  const { patient, id } = named;
  const type = documentType(document.typeCode);
  const local = localNumber === 'ipp' ? `${patient.ipp}^^^&${site.ippDomain}&ISO^PI` : cxOf(id);
  const slots = [
    slot('creationTime', xdsTime(document.writtenAt)),
    slot('languageCode', 'fr-FR'),
    slot('legalAuthenticator', xcn(document.author)),
    slot('serviceStartTime', xdsTime(actStart(document))),
    slot('sourcePatientId', local),
    slot(
      'sourcePatientInfo',
      `PID-3|${local}`,
      `PID-5|${patient.birthName}^${patient.firstGivenName}^^^^^L`,
      `PID-7|${patient.birthDate.replaceAll('-', '')}`,
      `PID-8|${patient.sex}`,
    ),
  ];
  const codes = [
    coded(object, ENTRY.class, type?.documentClass),
    coded(object, ENTRY.type, type),
    coded(object, ENTRY.format, levelOneFormat(document.content.mediaType)),
    coded(object, ENTRY.confidentiality, confidentialityCode('N')),
  ];
  return entry(
    object,
    document.title,
    document.uniqueId,
    slots,
    [author(object, ENTRY.author, document.author, site), ...codes],
    described,
  );
}

function describeSignature(uniqueId: string, described: Described): string {
  const object = 'Signature01';
  const { named, site, at, by } = described;
  const slots = [
    slot('creationTime', xdsTime(at)),
    slot('languageCode', 'art'),
    slot('legalAuthenticator', xcn(by)),
    slot('serviceStartTime', xdsTime(at)),
    slot('sourcePatientId', cxOf(named.id)),
  ];
  const hidden = ['MASQUE_PS', 'INVISIBLE_PATIENT'].map((code) => ({ code, system: VISIBILITY, label: code }));
  const parts = (joined: string): CodedValue => {
    const at = joined.lastIndexOf(' ');
    return { code: joined.slice(0, at), system: joined.slice(at + 1), label: 'Signature de lot' };
  };
  const codes = [
    coded(object, ENTRY.class, parts(SIGNATURE_ENTRY.class)),
    coded(object, ENTRY.type, parts(SIGNATURE_ENTRY.type)),
    coded(object, ENTRY.format, parts(SIGNATURE_ENTRY.format)),
    coded(object, ENTRY.event, parts(SIGNATURE_ENTRY.event)),
    coded(object, ENTRY.confidentiality, confidentialityCode('N')),
    ...hidden.map((code) => coded(object, ENTRY.confidentiality, code)),
  ];
  return entry(object, 'Source', uniqueId, slots, [author(object, ENTRY.author, by, site), ...codes], described);
}

function entry(
  object: string,
  title: string,
  uniqueId: string,
  slots: readonly string[],
  codes: readonly string[],
  { named, site }: Described,
): string {
  const places = [
    coded(object, ENTRY.facility, healthcareFacilityType(site.sector)),
    coded(object, ENTRY.practice, practiceSetting('ETABLISSEMENT')),
  ];
  return (
    `<rim:ExtrinsicObject id="${object}" mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">` +
    `${slots.join('')}${label(title)}${[...codes, ...places].join('')}` +
    `${identifier(object, ENTRY.patientId, cxOf(named.id), 'XDSDocumentEntry.patientId')}` +
    `${identifier(object, ENTRY.uniqueId, uniqueId, 'XDSDocumentEntry.uniqueId')}</rim:ExtrinsicObject>`
  );
}

export function slot(name: string, ...values: readonly string[]): string {
  const list = values.map((value) => `<rim:Value>${escapeXml(value)}</rim:Value>`);
  return `<rim:Slot name="${name}"><rim:ValueList>${list.join('')}</rim:ValueList></rim:Slot>`;
}

function label(value: string): string {
  return `<rim:Name><rim:LocalizedString charset="UTF8" xml:lang="FR" value="${escapeXml(value)}"/></rim:Name>`;
}

let classified = 0;

function classification(object: string, scheme: string, code: string, inside: string): string {
  classified += 1;
  return (
    `<rim:Classification id="${object}-${classified}" classificationScheme="${scheme}" classifiedObject="${object}" ` +
    `nodeRepresentation="${escapeXml(code)}">${inside}</rim:Classification>`
  );
}

function coded(object: string, scheme: string, value: CodedValue | undefined): string {
  if (value === undefined) throw new Error(`no code for ${scheme}`);
  return classification(object, scheme, value.code, slot('codingScheme', value.system) + label(value.label));
}

function author(object: string, scheme: string, person: Person, site: ConnectorSite): string {
  const institution = `${site.name}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1${site.eg}`;
  return classification(object, scheme, '', slot('authorPerson', xcn(person)) + slot('authorInstitution', institution));
}

function xcn({ id, family, given }: Person): string {
  return `${id}^${family}^${given}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS`;
}

function identifier(object: string, scheme: string, value: string, name: string): string {
  return (
    `<rim:ExternalIdentifier id="${object}-${name}" identificationScheme="${scheme}" registryObject="${object}" ` +
    `value="${escapeXml(value)}">${label(name)}</rim:ExternalIdentifier>`
  );
}

function member(target: string): string {
  return association(
    `membre-${target}`,
    HAS_MEMBER,
    'SubmissionSet01',
    target,
    slot('SubmissionSetStatus', 'Original'),
  );
}

export function association(id: string, type: string, source: string, target: string, inside = ''): string {
  return (
    `<rim:Association id="${id}" associationType="${type}" sourceObject="${source}" targetObject="${target}">` +
    `${inside}</rim:Association>`
  );
}
