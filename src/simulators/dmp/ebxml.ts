/** ebRIM 3.0 objects as XDS uses them: the model, read as found and written back. Source: dmp.md 3. */
import { children, element, elements, escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { attribute } from './xml-signature.ts';

export const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';
const NS = { rim: RIM };

export type Slots = Readonly<Record<string, readonly string[]>>;

export interface Classification {
  readonly scheme: string;
  /** classificationNode, for the classification that makes a package a SubmissionSet. */
  readonly node: string;
  readonly code: string;
  readonly slots: Slots;
  readonly name: string;
}

export interface RegistryObject {
  readonly id: string;
  readonly mimeType: string;
  readonly objectType: string;
  readonly status: string;
  readonly slots: Slots;
  readonly name: string;
  readonly description: string;
  readonly classifications: readonly Classification[];
  /** ExternalIdentifiers: [identificationScheme, value]. */
  readonly identifiers: readonly (readonly [scheme: string, value: string])[];
  /** Shape errors found while reading, in French. */
  readonly defects: readonly string[];
}

export interface Association {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly slots: Slots;
}

export interface Submission {
  readonly packages: readonly RegistryObject[];
  readonly entries: readonly RegistryObject[];
  readonly associations: readonly Association[];
  /** Names of the elements of the list that XDS does not use. */
  readonly others: readonly string[];
}

/** Reads a rim:RegistryObjectList. */
export function readSubmission(list: XmlElement): Submission {
  const packages: RegistryObject[] = [];
  const entries: RegistryObject[] = [];
  const associations: Association[] = [];
  const others: string[] = [];
  // ebRIM also lets a classification stand beside its object.
  const loose = elements(list, 'rim:Classification', NS);
  for (const node of children(list)) {
    if (node.namespaceUri !== RIM) others.push(node.name);
    else if (node.name === 'RegistryPackage') packages.push(readObject(node, loose));
    else if (node.name === 'ExtrinsicObject') entries.push(readObject(node, loose));
    else if (node.name === 'Association') associations.push(readAssociation(node));
    else if (node.name !== 'Classification') others.push(node.name);
  }
  return { packages, entries, associations, others };
}

function readAssociation(node: XmlElement): Association {
  return {
    type: attribute(node, 'associationType'),
    source: attribute(node, 'sourceObject'),
    target: attribute(node, 'targetObject'),
    slots: readSlots(node),
  };
}

function readObject(node: XmlElement, loose: readonly XmlElement[]): RegistryObject {
  const id = attribute(node, 'id');
  const own = elements(node, 'rim:Classification', NS);
  const identifiers = elements(node, 'rim:ExternalIdentifier', NS);
  const defects = [
    ...own
      .filter((child) => attribute(child, 'classifiedObject') !== id)
      .map(() => 'classifiedObject ≠ id de l’objet.'),
    ...identifiers
      .filter((child) => attribute(child, 'registryObject') !== id)
      .map(() => 'registryObject ≠ id de l’objet.'),
    ...repeatedSlots(node).map((name) => `Slot ${name} répété.`),
  ];
  return {
    id,
    mimeType: attribute(node, 'mimeType'),
    objectType: attribute(node, 'objectType'),
    status: attribute(node, 'status'),
    slots: readSlots(node),
    name: text(node, 'rim:Name/rim:LocalizedString/@value', NS) ?? '',
    description: text(node, 'rim:Description/rim:LocalizedString/@value', NS) ?? '',
    classifications: [...own, ...loose.filter((child) => attribute(child, 'classifiedObject') === id)].map(
      readClassification,
    ),
    identifiers: identifiers.map((child) => [attribute(child, 'identificationScheme'), attribute(child, 'value')]),
    defects,
  };
}

function readClassification(node: XmlElement): Classification {
  return {
    scheme: attribute(node, 'classificationScheme'),
    node: attribute(node, 'classificationNode'),
    code: attribute(node, 'nodeRepresentation'),
    slots: readSlots(node),
    name: text(node, 'rim:Name/rim:LocalizedString/@value', NS) ?? '',
  };
}

export function readSlots(node: XmlElement): Slots {
  return Object.fromEntries(
    elements(node, 'rim:Slot', NS).map((slot) => [
      attribute(slot, 'name'),
      elements(slot, 'rim:ValueList/rim:Value', NS).map((value) => value.content.trim()),
    ]),
  );
}

function repeatedSlots(node: XmlElement): string[] {
  const names = elements(node, 'rim:Slot', NS).map((slot) => attribute(slot, 'name'));
  return names.filter((name, i) => names.indexOf(name) !== i);
}

/** The list inside a SubmitObjectsRequest, or undefined. */
export function registryObjectList(request: XmlElement): XmlElement | undefined {
  return element(request, 'rim:RegistryObjectList', NS);
}

export interface RegistryView {
  readonly object: RegistryObject;
  readonly entryUUID: string;
  readonly logicalId: string;
  readonly status: string;
  readonly version: string;
  /** Slots that the registry adds: hash, size, repositoryUniqueId. */
  readonly added: Slots;
}

/** An ExtrinsicObject as TD3.1 answers it, with what the registry filled in (dmp.md 2.2). */
export function writeExtrinsicObject({ object, entryUUID, logicalId, status, version, added }: RegistryView): string {
  const classifications = object.classifications.map(
    (classification, i) =>
      `<rim:Classification id="${entryUUID}-c${i}" classificationScheme="${escapeXml(classification.scheme)}" ` +
      `classifiedObject="${entryUUID}" nodeRepresentation="${escapeXml(classification.code)}">` +
      `${writeSlots(classification.slots)}${writeText('Name', classification.name)}</rim:Classification>`,
  );
  const identifiers = object.identifiers.map(
    ([scheme, value], i) =>
      `<rim:ExternalIdentifier id="${entryUUID}-i${i}" registryObject="${entryUUID}" ` +
      `identificationScheme="${escapeXml(scheme)}" value="${escapeXml(value)}">${writeText('Name', identifierName(scheme))}` +
      `</rim:ExternalIdentifier>`,
  );
  return (
    `<rim:ExtrinsicObject id="${entryUUID}" lid="${logicalId}" mimeType="${escapeXml(object.mimeType)}" ` +
    `objectType="${escapeXml(object.objectType)}" status="${status}">${writeSlots({ ...object.slots, ...added })}` +
    `${writeText('Name', object.name)}${writeText('Description', object.description)}` +
    `<rim:VersionInfo versionName="${version}"/>${classifications.join('')}${identifiers.join('')}</rim:ExtrinsicObject>`
  );
}

function identifierName(scheme: string): string {
  return scheme.includes('58a6f841') ? 'XDSDocumentEntry.patientId' : 'XDSDocumentEntry.uniqueId';
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
