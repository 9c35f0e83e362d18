/** ebRIM 3.0 objects as XDS uses them: the model, read as found. Source: dmp.md 3. */
import { children, element, elements, text, type XmlElement } from '../../wire/xml/xml.ts';
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
  /** Logical id, in a change of metadata. */
  readonly lid?: string;
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
  readonly id: string;
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
    id: attribute(node, 'id'),
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
  const lid = attribute(node, 'lid');
  return {
    id,
    ...(lid === '' ? {} : { lid }),
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

function readSlots(node: XmlElement): Slots {
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
