/**
 * A document, a submission set or an association as a stored query gives it (TD3.1a), ready to be shown. The identity
 * traits that the DMP holds (patientId, sourcePatientInfo) are left out on purpose: they are not displayed (dmp.md 7), and a
 * result is not sorted out by them, since an INS can change (dmp.md 3.3, EX_3.1-1055).
 */
import { optional } from '../xml/optional.ts';
import type { XmlElement } from '../xml/xml.ts';
import type { Code } from './metadata.ts';
import {
  type Classification,
  codesOf,
  identifierOf,
  lastPart,
  type RegistryObject,
  slotValues,
} from './registry-object.ts';
import { documentEntryScheme, submissionSetScheme } from './schemes.ts';

/** As the registry wrote it, in display form. Each part may be missing. */
export interface ListedPerson {
  readonly id?: string;
  readonly family?: string;
  readonly given?: string;
}

export interface ListedAuthor {
  readonly person?: ListedPerson;
  readonly institution?: { readonly id?: string; readonly name?: string };
  readonly role?: string;
  readonly specialty?: Code;
}

/** All times are UTC, as in the registry: `AAAAMMJJ` or `AAAAMMJJHHMMSS`. */
export interface ListedDocument {
  /** entryUUID. */
  readonly entryUuid: string;
  readonly logicalId?: string;
  readonly version?: string;
  /** Approved, Deprecated, Archived, Deleted (JDV_J52), or what the registry says. */
  readonly status?: string;
  /** With `repositoryUniqueId`, what a retrieval asks for. */
  readonly uniqueId?: string;
  readonly repositoryUniqueId?: string;
  readonly homeCommunityId?: string;
  readonly mimeType?: string;
  readonly languageCode?: string;
  readonly title?: string;
  readonly comments?: string;
  readonly creationTime?: string;
  readonly serviceStartTime?: string;
  readonly serviceStopTime?: string;
  readonly authors: readonly ListedAuthor[];
  readonly legalAuthenticator?: ListedPerson;
  readonly classCode?: Code;
  readonly typeCode?: Code;
  readonly formatCode?: Code;
  readonly healthcareFacilityTypeCode?: Code;
  readonly practiceSettingCode?: Code;
  /** N, R or V, then the visibility codes. */
  readonly confidentialityCodes: readonly Code[];
  readonly eventCodes: readonly Code[];
  readonly referenceIds: readonly string[];
  /** SHA-1, lower-case hexadecimal. */
  readonly hash?: string;
  /** Bytes. */
  readonly size?: number;
}

export function listedDocument(object: RegistryObject): ListedDocument {
  const scheme = documentEntryScheme;
  const one = (name: string) => slotValues(object, name)[0];
  const authenticator = one('legalAuthenticator');
  const size = one('size');
  return {
    ...identityOf(object),
    ...optional('uniqueId', identifierOf(object, scheme.uniqueId)),
    ...optional('repositoryUniqueId', one('repositoryUniqueId')),
    ...optional('homeCommunityId', object.home),
    ...optional('mimeType', object.mimeType),
    ...optional('languageCode', one('languageCode')),
    ...optional('title', object.name),
    ...optional('comments', object.description),
    ...optional('creationTime', one('creationTime')),
    ...optional('serviceStartTime', one('serviceStartTime')),
    ...optional('serviceStopTime', one('serviceStopTime')),
    authors: authorsOf(object, scheme.author),
    ...optional('legalAuthenticator', authenticator === undefined ? undefined : person(authenticator)),
    ...optional('classCode', codesOf(object, scheme.classCode)[0]),
    ...optional('typeCode', codesOf(object, scheme.typeCode)[0]),
    ...optional('formatCode', codesOf(object, scheme.formatCode)[0]),
    ...optional('healthcareFacilityTypeCode', codesOf(object, scheme.healthcareFacilityTypeCode)[0]),
    ...optional('practiceSettingCode', codesOf(object, scheme.practiceSettingCode)[0]),
    confidentialityCodes: codesOf(object, scheme.confidentialityCode),
    eventCodes: codesOf(object, scheme.eventCode),
    referenceIds: slotValues(object, 'urn:ihe:iti:xds:2013:referenceIdList'),
    ...optional('hash', one('hash')?.toLowerCase()),
    ...optional('size', size !== undefined && /^\d{1,12}$/.test(size) ? Number(size) : undefined),
  };
}

export interface ListedSubmissionSet {
  readonly entryUuid: string;
  readonly status?: string;
  readonly uniqueId?: string;
  readonly sourceId?: string;
  readonly title?: string;
  readonly comments?: string;
  /** UTC. */
  readonly submissionTime?: string;
  readonly authors: readonly ListedAuthor[];
  readonly contentTypeCode?: Code;
}

export function listedSubmissionSet(object: RegistryObject): ListedSubmissionSet {
  const scheme = submissionSetScheme;
  const { entryUuid, status } = identityOf(object);
  return {
    entryUuid,
    ...optional('status', status),
    ...optional('uniqueId', identifierOf(object, scheme.uniqueId)),
    ...optional('sourceId', identifierOf(object, scheme.sourceId)),
    ...optional('title', object.name),
    ...optional('comments', object.description),
    ...optional('submissionTime', slotValues(object, 'submissionTime')[0]),
    authors: authorsOf(object, scheme.author),
    ...optional('contentTypeCode', codesOf(object, scheme.contentTypeCode)[0]),
  };
}

export interface ListedAssociation {
  readonly id: string;
  /** Last part of its URN: HasMember, signs, RPLC, UpdateAvailabilityStatus. */
  readonly type: string;
  readonly source: string;
  readonly target: string;
}

export function listedAssociation(object: XmlElement): ListedAssociation {
  const attribute = (name: string) => object.attr(name)?.value ?? '';
  return {
    id: attribute('id'),
    type: lastPart(attribute('associationType')),
    source: attribute('sourceObject'),
    target: attribute('targetObject'),
  };
}

function identityOf(object: RegistryObject) {
  return {
    entryUuid: object.id,
    ...optional('logicalId', object.logicalId),
    ...optional('version', object.version),
    ...optional('status', object.status === undefined ? undefined : lastPart(object.status)),
  };
}

function authorsOf(object: RegistryObject, scheme: string): readonly ListedAuthor[] {
  return object.classifications.filter((each) => each.scheme === scheme).map(author);
}

function author(classification: Classification): ListedAuthor {
  const one = (name: string) => slotValues(classification, name)[0];
  const [who, where, specialty] = [one('authorPerson'), one('authorInstitution'), one('authorSpecialty')];
  return {
    ...optional('person', who === undefined ? undefined : person(who)),
    ...optional('institution', where === undefined ? undefined : institution(where)),
    ...optional('role', one('authorRole')),
    ...optional('specialty', specialty === undefined ? undefined : coded(specialty)),
  };
}

/** XCN. */
function person(value: string): ListedPerson {
  const [id, family, given] = value.split('^');
  return { ...optional('id', id), ...optional('family', family), ...optional('given', given) };
}

/** XON: name first, Struct_IdNat last. */
function institution(value: string) {
  const parts = value.split('^');
  return { ...optional('name', parts[0]), ...optional('id', parts[9]) };
}

/** `code^label^system`. */
function coded(value: string): Code {
  const [code = '', label = '', system = ''] = value.split('^');
  return { code, label, system };
}
