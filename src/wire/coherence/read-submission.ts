/** Reads again what a submission is about to say: its set and its entries, and the VIHF that vouches for it. */
import { associationType } from '../xds/schemes.ts';
import { attributeOf, type Tag, tagsOf } from './own-xml.ts';

export interface WrittenCode {
  readonly scheme: string;
  readonly code: string;
  label: string;
  /** Its system, or all that is said of an author. */
  readonly slots: Map<string, string[]>;
}

/** A RegistryPackage or an ExtrinsicObject. */
export interface WrittenObject {
  readonly id: string;
  readonly mimeType: string;
  name: string;
  readonly slots: Map<string, string[]>;
  readonly codes: WrittenCode[];
  /** By identification scheme. */
  readonly identifiers: Map<string, string>;
}

export interface WrittenMetadata {
  readonly set: WrittenObject | undefined;
  readonly entries: readonly WrittenObject[];
  /** What the set announces as its members. */
  readonly members: readonly string[];
}

export function readMetadata(xml: string): WrittenMetadata {
  const objects: Array<WrittenObject & { readonly element: string }> = [];
  const members: string[] = [];
  let code: WrittenCode | undefined;
  let slot: string[] = [];
  for (const tag of tagsOf(xml)) {
    const object = objects.at(-1);
    if (tag.kind === 'close') {
      if (tag.name === 'Classification' || tag.name === 'ExternalIdentifier') code = undefined;
      continue;
    }
    if (tag.name === 'RegistryPackage' || tag.name === 'ExtrinsicObject') objects.push(startOf(tag));
    else if (tag.name === 'Association') {
      if (attributeOf(tag, 'associationType') === associationType.hasMember)
        members.push(attributeOf(tag, 'targetObject') ?? '');
    } else if (object !== undefined) {
      if (tag.name === 'Classification') code = codeOf(tag, object);
      else if (tag.name === 'Slot') slot = slotOf(tag, code?.slots ?? object.slots);
      else if (tag.name === 'Value') slot.push(tag.text);
      else if (tag.name === 'ExternalIdentifier') {
        object.identifiers.set(attributeOf(tag, 'identificationScheme') ?? '', attributeOf(tag, 'value') ?? '');
        // Its name is a constant: it must not be taken for that of the object.
        code = NAMELESS;
      } else if (tag.name === 'LocalizedString') nameIt(tag, code ?? object);
    }
  }
  const ofElement = (element: string) => objects.filter((object) => object.element === element);
  return { set: ofElement('RegistryPackage')[0], entries: ofElement('ExtrinsicObject'), members };
}

const NAMELESS: WrittenCode = { scheme: '', code: '', label: '', slots: new Map() };

function startOf(tag: Tag): WrittenObject & { readonly element: string } {
  return {
    element: tag.name,
    id: attributeOf(tag, 'id') ?? '',
    mimeType: attributeOf(tag, 'mimeType') ?? '',
    name: '',
    slots: new Map(),
    codes: [],
    identifiers: new Map(),
  };
}

function codeOf(tag: Tag, object: WrittenObject): WrittenCode | undefined {
  const code = {
    scheme: attributeOf(tag, 'classificationScheme') ?? '',
    code: attributeOf(tag, 'nodeRepresentation') ?? '',
    label: '',
    slots: new Map<string, string[]>(),
  };
  object.codes.push(code);
  return tag.kind === 'empty' ? undefined : code;
}

function slotOf(tag: Tag, slots: Map<string, string[]>): string[] {
  const values: string[] = [];
  slots.set(attributeOf(tag, 'name') ?? '', values);
  return values;
}

/** The first one: a Description comes after the Name. */
function nameIt(tag: Tag, of: WrittenCode | WrittenObject): void {
  const value = attributeOf(tag, 'value') ?? '';
  if (of === NAMELESS) return;
  if ('label' in of) of.label ||= value;
  else of.name ||= value;
}

export interface WrittenAssertion {
  readonly nameId: string;
  /** Distinguished name of the signing certificate. */
  readonly issuer: string;
  /** By name; those that hold an element are left out. */
  readonly attributes: ReadonlyMap<string, string>;
}

export function readAssertion(xml: string): WrittenAssertion {
  const attributes = new Map<string, string>();
  let nameId = '';
  let issuer = '';
  let attribute = '';
  for (const tag of tagsOf(xml)) {
    if (tag.kind !== 'open') continue;
    if (tag.name === 'NameID') nameId = tag.text;
    else if (tag.name === 'Issuer') issuer = tag.text;
    else if (tag.name === 'Attribute') attribute = attributeOf(tag, 'Name') ?? '';
    else if (tag.name === 'AttributeValue') attributes.set(attribute, tag.text);
  }
  return { nameId, issuer, attributes };
}
