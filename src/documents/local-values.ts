/** What a raw document says by codes of its sender's own: type, unit, author. A CDA is never read here: it speaks for itself. */
import { documentType } from '../codes/document-types.ts';
import { nationalPersonId, PERSON_ID_SYSTEM } from '../codes/national-ids.ts';
import type { Source } from '../config/schema.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import type { CodedValue, DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import type { NamedPerson } from '../wire/hl7v2/participation.ts';

type LocalValues = NonNullable<DocumentDeclaration['local']>;
export type LocalAuthor = NonNullable<LocalValues['author']>;

/** A longer code is cut: the tables hold as many characters. */
const LONGEST = 200;

/**
 * Type of a raw document: the first field that holds a code of JDV_J07, else the code of the field that the site declared,
 * else that of TXA-2, OBX-3 or OBR-4, the first one filled.
 */
export function rawType(
  { document, observed, requested }: DocumentNotice,
  field: Source['typeField'],
): CodedValue | undefined {
  const fields = { 'TXA-2': document?.type, 'OBX-3': observed, 'OBR-4': requested };
  const national = [observed, requested, document?.type].find(
    (type) => type !== undefined && documentType(type.code) !== undefined,
  );
  const type = national ?? (field && fields[field]) ?? document?.type ?? observed ?? requested;
  // TXA-2 often has the bare code, and another field its words.
  const words = Object.values(fields).find((other) => other?.code === type?.code && other?.label !== undefined);
  return type?.label === undefined ? (words ?? type) : type;
}

/** The values that a table may have to translate; undefined when there is none. */
export function localValuesOf(values: {
  readonly type: CodedValue | undefined;
  readonly unit?: { readonly code: string; readonly label?: string | undefined } | undefined;
  readonly structure?: string | undefined;
  readonly author: LocalAuthor | undefined;
}): LocalValues | undefined {
  const { type, unit, structure, author } = values;
  const localType = type === undefined || documentType(type.code) !== undefined ? undefined : type;
  if (localType === undefined && unit === undefined && author === undefined) return undefined;
  return {
    ...(localType === undefined ? {} : { type: cut(localType) }),
    ...(unit === undefined ? {} : { unit: cut(unit) }),
    ...(structure === undefined ? {} : { structure }),
    ...(author === undefined ? {} : { author }),
  };
}

function cut({ code, label }: { readonly code: string; readonly label?: string | undefined }) {
  return {
    code: code.trim().slice(0, LONGEST),
    ...(label === undefined ? {} : { label: label.trim().slice(0, LONGEST) }),
  };
}

/** PV1-3, else the unit or department that the sender says it is (PRT-8 of type UF or SVR). */
export function unitOf({ visit, sender }: DocumentNotice): LocalValues['unit'] {
  if (visit?.unit !== undefined) return { code: visit.unit };
  const { id, idType, name } = sender?.organisation ?? {};
  if (id === undefined || (idType !== 'UF' && idType !== 'SVR')) return undefined;
  return { code: id, ...(name === undefined ? {} : { label: name }) };
}

/** FINESS of the geographic entity that the sender says it is. */
export function structureOf({ sender }: DocumentNotice): string | undefined {
  const organisation = sender?.organisation;
  return organisation?.idType === 'FINEG' ? organisation.id : undefined;
}

/** The person whom the message names as author; undefined when it names nobody. */
export function namedAuthor(person: NamedPerson | undefined): LocalAuthor | undefined {
  const { id, family, given } = person ?? {};
  if (id === undefined && family === undefined) return undefined;
  const declared =
    person?.authority.universalId === PERSON_ID_SYSTEM || ['RPPS', 'IDNPS'].includes(person?.idType ?? '');
  return localAuthor({ id, family: family ?? '', given: given ?? '' }, declared);
}

/** `declared`: the sender says that the number is national. */
export function localAuthor(
  { id, family, given }: { readonly id: string | undefined; readonly family: string; readonly given: string },
  declared: boolean,
): LocalAuthor {
  const national = id === undefined ? undefined : nationalPersonId(id, declared);
  return {
    ...(id === undefined ? {} : { id: (national ?? id).slice(0, LONGEST) }),
    family: family.slice(0, LONGEST),
    given: given.slice(0, LONGEST),
    ...(national === undefined ? {} : { national: true }),
  };
}
