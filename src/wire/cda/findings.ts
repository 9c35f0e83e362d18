/** Small judgements that every header rule is made of. A finding is a Refusal with the XPath of its element. */

import type { CodedValue } from '../../codes/code.ts';
import { STRUCTURE_ID_SYSTEM } from '../../codes/national-ids.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal, Rule } from '../../rules/rule.ts';
import type { CodeValue, InstanceId, Organization } from './nodes.ts';

/** What a NIR could look like: a received value of this shape is never repeated in a detail (design.md 6, promise 9). */
const NIR_SHAPED = /\d{6}[0-9A-Za-z]\d{6}/;

/** A finding at a place; `detail` says which value was met. */
export function finding(rule: Rule, location: string, detail?: string): Refusal {
  return detail === undefined || NIR_SHAPED.test(detail) ? { rule, location } : { rule, location, detail };
}

/** One finding when the condition holds, none otherwise. */
export function when(condition: boolean, rule: Rule, location: string, detail?: string): Refusal[] {
  return condition ? [finding(rule, location, detail)] : [];
}

export function required(present: boolean, location: string): Refusal[] {
  return when(!present, documentRules.cdaElementMissing, location);
}

/** An identifier is usable with a root and without nullFlavor. */
export function isIdentified(id: InstanceId | undefined): id is InstanceId & { readonly root: string } {
  return id !== undefined && id.nullFlavor === undefined && id.root !== undefined;
}

/** A mandatory code: present without nullFlavor, then with its system and its label. */
export function requiredCode(value: CodeValue | undefined, location: string): Refusal[] {
  if (value === undefined || value.nullFlavor !== undefined || value.code === undefined)
    return required(false, location);
  return [
    ...when(value.codeSystem === undefined, documentRules.cdaCodeIncomplete, `${location}/@codeSystem`),
    ...when(value.displayName === undefined, documentRules.cdaCodeIncomplete, `${location}/@displayName`),
  ];
}

/** A code that is present must belong to its value set, under the system of that set. */
export function unknownCode(
  value: CodeValue | undefined,
  lookup: (code: string) => CodedValue | undefined,
  rule: Rule,
  location: string,
): Refusal[] {
  if (value?.code === undefined || value.nullFlavor !== undefined) return [];
  const known = lookup(value.code);
  return when(known === undefined || known.system !== (value.codeSystem ?? known.system), rule, location, value.code);
}

/** The identifier of an organisation, when it has one: under the national root of structures, with its number. */
export function nationalStructure(organization: Organization | undefined, location: string): Refusal[] {
  const id = organization?.id;
  if (id === undefined || id.nullFlavor !== undefined) return [];
  return when(
    id.root !== STRUCTURE_ID_SYSTEM || id.extension === undefined,
    documentRules.cdaIdentifierRoot,
    `${location}/id`,
  );
}

/** HL7 time stamp with the offset that makes it an instant; a date alone passes where `dateAllowed`. */
export function isDatedWithOffset(value: string, dateAllowed: boolean): boolean {
  if (dateAllowed && /^\d{8}$/.test(value)) return true;
  return /^\d{12}(?:\d{2}(?:\.\d+)?)?[+-]\d{4}$/.test(value);
}
