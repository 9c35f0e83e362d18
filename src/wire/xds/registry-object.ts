/**
 * An object of the registry as it came: what an update must give back whole (dmp.md 6), and what the typed views are read
 * from. It holds the identity traits that the DMP knows, which are never displayed (dmp.md 7).
 */
import { optional } from '../xml/optional.ts';
import { children, elements, text, type XmlElement } from '../xml/xml.ts';
import type { Code } from './metadata.ts';
import { documentEntryScheme, RIM } from './schemes.ts';

const NS = { rim: RIM };

export interface RegistryObject {
  /** entryUUID: changes at each version of the metadata. */
  readonly id: string;
  /** Constant across the versions of the metadata. */
  readonly logicalId?: string;
  /** Number of the version of the metadata. */
  readonly version?: string;
  /** Full URN. */
  readonly status?: string;
  readonly home?: string;
  readonly mimeType?: string;
  readonly slots: Slots;
  readonly name?: string;
  readonly description?: string;
  readonly classifications: readonly Classification[];
  readonly identifiers: readonly { readonly scheme: string; readonly value: string }[];
}

type Slots = readonly { readonly name: string; readonly values: readonly string[] }[];

export interface Classification {
  /** Absent in the classification that says what the object is (a submission set). */
  readonly scheme?: string;
  readonly code: string;
  readonly label?: string;
  readonly slots: Slots;
}

export function readRegistryObject(object: XmlElement): RegistryObject {
  return {
    id: object.attr('id')?.value ?? '',
    ...optional('logicalId', object.attr('lid')?.value),
    ...optional('version', text(object, 'rim:VersionInfo/@versionName', NS)),
    ...optional('status', object.attr('status')?.value),
    ...optional('home', object.attr('home')?.value),
    ...optional('mimeType', object.attr('mimeType')?.value),
    slots: readSlots(object),
    ...optional('name', localized(object, 'Name')),
    ...optional('description', localized(object, 'Description')),
    classifications: elements(object, 'rim:Classification', NS).map((each) => ({
      ...optional('scheme', each.attr('classificationScheme')?.value),
      code: each.attr('nodeRepresentation')?.value ?? '',
      ...optional('label', localized(each, 'Name')),
      slots: readSlots(each),
    })),
    identifiers: elements(object, 'rim:ExternalIdentifier', NS).map((each) => ({
      scheme: each.attr('identificationScheme')?.value ?? '',
      value: each.attr('value')?.value ?? '',
    })),
  };
}

function readSlots(object: XmlElement): Slots {
  return elements(object, 'rim:Slot', NS).map((slot) => ({
    name: slot.attr('name')?.value ?? '',
    values: elements(slot, 'rim:ValueList/rim:Value', NS).map((value) => value.content.trim()),
  }));
}

function localized(object: XmlElement, element: 'Name' | 'Description'): string | undefined {
  return text(object, `rim:${element}/rim:LocalizedString/@value`, NS);
}

/** Of an object or of one of its classifications. */
export function slotValues(object: { readonly slots: Slots }, name: string): readonly string[] {
  return object.slots.find((slot) => slot.name === name)?.values ?? [];
}

export function identifierOf(object: RegistryObject, scheme: string): string | undefined {
  return object.identifiers.find((each) => each.scheme === scheme)?.value;
}

export function codesOf(object: RegistryObject, scheme: string): readonly Code[] {
  return object.classifications
    .filter((each) => each.scheme === scheme)
    .map((each) => ({
      code: each.code,
      system: slotValues(each, 'codingScheme')[0] ?? '',
      label: each.label ?? each.code,
    }));
}

/** Last part of a status or type URN: `Approved`, `HasMember`. */
export function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf(':') + 1);
}

/** Whether the object is a document entry of any kind, on demand ones apart. */
export function isDocumentEntry(object: XmlElement): boolean {
  return object.attr('objectType')?.value === documentEntryScheme.objectType;
}

/** The objects of a list, by their element. */
export function listedObjects(root: XmlElement): readonly XmlElement[] {
  return elements(root, 'rim:RegistryObjectList', NS).flatMap(children);
}
