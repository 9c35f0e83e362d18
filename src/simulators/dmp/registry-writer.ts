/** Registry objects as TD3.1 answers them, with what the registry filled in. Source: dmp.md 2.2 and 3. */
import { escapeXml } from '../../wire/xml/xml.ts';
import type { Classification, RegistryObject, Slots } from './ebxml.ts';
import type { HeldAssociation, HeldDocument, HeldSet, Status } from './held.ts';
import { APPROVED, ARCHIVED, DELETED, DEPRECATED, ENTRY, SET, SUBMISSION_SET_NODE } from './xds-vocabulary.ts';

export const REPOSITORY = '1.2.250.1.213.4.1.1.1.2';
export const STATUSES: Readonly<Record<Status, string>> = {
  Approved: APPROVED,
  Deprecated: DEPRECATED,
  Archived: ARCHIVED,
  Deleted: DELETED,
};

const IDENTIFIER_NAMES: Readonly<Record<string, string>> = {
  [ENTRY.patientId]: 'XDSDocumentEntry.patientId',
  [ENTRY.uniqueId]: 'XDSDocumentEntry.uniqueId',
  [SET.patientId]: 'XDSSubmissionSet.patientId',
  [SET.sourceId]: 'XDSSubmissionSet.sourceId',
  [SET.uniqueId]: 'XDSSubmissionSet.uniqueId',
};

export function writeReference(id: string): string {
  return `<rim:ObjectRef id="${id}"/>`;
}

/** Slots that the registry fills in. */
export function addedSlots({ hash, size }: HeldDocument): Slots {
  return { hash: [hash], size: [String(size)], repositoryUniqueId: [REPOSITORY] };
}

export function writeDocument(document: HeldDocument, status: Status): string {
  const { object, entryUUID, logicalId, version } = document;
  return (
    `<rim:ExtrinsicObject id="${entryUUID}" lid="${logicalId}" mimeType="${escapeXml(object.mimeType)}" ` +
    `objectType="${escapeXml(object.objectType)}" status="${STATUSES[status]}">` +
    `${writeContent({ ...object, slots: { ...object.slots, ...addedSlots(document) } }, entryUUID, version)}` +
    `</rim:ExtrinsicObject>`
  );
}

export function writeSet({ object, entryUUID }: HeldSet): string {
  return (
    `<rim:RegistryPackage id="${entryUUID}" lid="${entryUUID}" status="${APPROVED}">` +
    `${writeContent(object, entryUUID, 1)}</rim:RegistryPackage>`
  );
}

export function writeAssociation({ id, type, source, target, slots }: HeldAssociation): string {
  return (
    `<rim:Association id="${id}" associationType="${escapeXml(type)}" sourceObject="${escapeXml(source)}" ` +
    `targetObject="${escapeXml(target)}" status="${APPROVED}">${writeSlots(slots)}</rim:Association>`
  );
}

function writeContent(object: RegistryObject, entryUUID: string, version: number): string {
  const classifications = object.classifications.map((classification, i) =>
    writeClassification(classification, `${entryUUID}-c${i}`, entryUUID),
  );
  const identifiers = object.identifiers.map(
    ([scheme, value], i) =>
      `<rim:ExternalIdentifier id="${entryUUID}-i${i}" registryObject="${entryUUID}" ` +
      `identificationScheme="${escapeXml(scheme)}" value="${escapeXml(value)}">` +
      `${writeText('Name', IDENTIFIER_NAMES[scheme] ?? '')}</rim:ExternalIdentifier>`,
  );
  return (
    `${writeSlots(object.slots)}${writeText('Name', object.name)}${writeText('Description', object.description)}` +
    `<rim:VersionInfo versionName="${version}"/>${classifications.join('')}${identifiers.join('')}`
  );
}

function writeClassification({ scheme, node, code, slots, name }: Classification, id: string, object: string): string {
  const kind =
    node === SUBMISSION_SET_NODE
      ? `classificationNode="${node}"`
      : `classificationScheme="${escapeXml(scheme)}" nodeRepresentation="${escapeXml(code)}"`;
  return (
    `<rim:Classification id="${id}" classifiedObject="${object}" ${kind}>` +
    `${writeSlots(slots)}${writeText('Name', name)}</rim:Classification>`
  );
}

function writeSlots(slots: Slots): string {
  return Object.entries(slots)
    .map(([name, values]) => {
      const list = values.map((value) => `<rim:Value>${escapeXml(value)}</rim:Value>`).join('');
      return `<rim:Slot name="${escapeXml(name)}"><rim:ValueList>${list}</rim:ValueList></rim:Slot>`;
    })
    .join('');
}

function writeText(tag: 'Name' | 'Description', value: string): string {
  if (value === '') return '';
  return `<rim:${tag}><rim:LocalizedString charset="UTF-8" xml:lang="FR" value="${escapeXml(value)}"/></rim:${tag}>`;
}
