/** Reading coded values, identifiers and authors out of a registry object. */
import type { RegistryObject } from './ebxml.ts';
import { readXcn, readXon } from './values.ts';

export interface CodedEntry {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}

/** All classifications of a scheme as codes; `system` is '' unless exactly one codingScheme was given. */
export function codesOf(object: RegistryObject, scheme: string): CodedEntry[] {
  return object.classifications
    .filter((classification) => classification.scheme === scheme)
    .map(({ code, slots, name }) => {
      const systems = slots.codingScheme ?? [];
      return { code, system: systems.length === 1 ? (systems[0] ?? '') : '', label: name };
    });
}

/** `code system` of the first code of a scheme, '' without one. */
export function codeOf(object: RegistryObject, scheme: string): string {
  const [first] = codesOf(object, scheme);
  return first === undefined ? '' : `${first.code} ${first.system}`;
}

export function identifiersOf(object: RegistryObject, scheme: string): string[] {
  return object.identifiers.filter(([name]) => name === scheme).map(([, value]) => value);
}

/** The value of a single-valued slot; undefined when absent, empty or multiple. */
export function slotOf(object: RegistryObject, name: string): string | undefined {
  const values = object.slots[name] ?? [];
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}

export interface AuthorEntry {
  /** Person identifiers; undefined when authorPerson is missing or badly formed. */
  readonly personId: string | undefined;
  readonly institutions: readonly string[];
  /** An authorInstitution value is not an XON. */
  readonly badInstitution: boolean;
}

export function authorsOf(object: RegistryObject, scheme: string): AuthorEntry[] {
  return object.classifications
    .filter((classification) => classification.scheme === scheme)
    .map(({ slots }) => {
      const persons = slots.authorPerson ?? [];
      const institutions = (slots.authorInstitution ?? []).map(readXon);
      return {
        personId: persons.length === 1 ? readXcn(persons[0] ?? '')?.id : undefined,
        institutions: institutions.flatMap((institution) => (institution === undefined ? [] : [institution.id])),
        badInstitution: institutions.includes(undefined),
      };
    });
}
