/** The building blocks of ebRIM 3.0, as XML text under the default namespace of `RIM`. */
import { escapeXml } from '../xml/xml.ts';
import type { Code } from './metadata.ts';

export function slot(name: string, values: readonly string[]): string {
  const list = values.map((value) => `<Value>${escapeXml(value)}</Value>`).join('');
  return `<Slot name="${name}"><ValueList>${list}</ValueList></Slot>`;
}

export function optionalSlot(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : slot(name, [value]);
}

export function localized(element: 'Name' | 'Description', value: string): string {
  return `<${element}><LocalizedString charset="UTF8" xml:lang="FR" value="${escapeXml(value)}"/></${element}>`;
}

/** Makes the classifications and identifiers of one registry object, which need an id of their own each. */
export function partsOf(object: string) {
  let count = 0;
  const id = () => {
    count += 1;
    return `${object}-${count}`;
  };
  return {
    /** A code: its value, its system, its label. */
    code: (scheme: string, value: Code) =>
      classification(
        id(),
        scheme,
        object,
        value.code,
        slot('codingScheme', [value.system]) + localized('Name', value.label),
      ),
    /** A classification that carries slots instead of a code (author). */
    group: (scheme: string, slots: string) => classification(id(), scheme, object, '', slots),
    node: (node: string) => `<Classification id="${id()}" classificationNode="${node}" classifiedObject="${object}"/>`,
    identifier: (scheme: string, name: string, value: string) =>
      `<ExternalIdentifier id="${id()}" identificationScheme="${scheme}" registryObject="${object}" ` +
      `value="${escapeXml(value)}">${localized('Name', name)}</ExternalIdentifier>`,
  };
}

function classification(id: string, scheme: string, object: string, representation: string, content: string): string {
  return (
    `<Classification id="${id}" classificationScheme="${scheme}" classifiedObject="${object}" ` +
    `nodeRepresentation="${escapeXml(representation)}">${content}</Classification>`
  );
}

export function association(id: string, type: string, source: string, target: string, slots = ''): string {
  return (
    `<Association id="${id}" associationType="${type}" sourceObject="${source}" ` +
    `targetObject="${escapeXml(target)}">${slots}</Association>`
  );
}
