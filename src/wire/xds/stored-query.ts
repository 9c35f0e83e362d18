/** The stored queries of ITI-18 that the DMP answers (TD3.1). Source: dmp.md 6. */
import type { Ins } from '../../ins/types.ts';
import { insCx } from './identifiers.ts';
import type { Code } from './metadata.ts';
import { slot } from './rim.ts';
import { availability, QUERY, RIM } from './schemes.ts';

/** `LeafClass` brings the metadata too. Whether indirect mode may have them is not settled (dmp.md 1.6). */
export type ReturnType = 'LeafClass' | 'ObjectRef';

const storedQuery = {
  findDocuments: 'urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d',
  findDocumentsByReferenceId: 'urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492',
  findSubmissionSets: 'urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9',
  getDocuments: 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4',
  getAssociations: 'urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155',
  getDocumentsAndAssociations: 'urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a',
} as const;

/** How many objects one question names at most (dmp.md 6). */
export const BATCH = 20;

type CodeRef = Pick<Code, 'code' | 'system'>;
export type AvailabilityStatus = keyof typeof availability;

/** From included, to excluded. */
export interface Period {
  readonly from?: Date;
  readonly to?: Date;
}

/** Whatever is left out does not restrict. Codes of one list are alternatives. */
export interface DocumentCriteria {
  readonly statuses: readonly [AvailabilityStatus, ...AvailabilityStatus[]];
  readonly classCodes?: readonly CodeRef[];
  readonly typeCodes?: readonly CodeRef[];
  readonly formatCodes?: readonly CodeRef[];
  readonly practiceSettingCodes?: readonly CodeRef[];
  readonly healthcareFacilityTypeCodes?: readonly CodeRef[];
  readonly confidentialityCodes?: readonly CodeRef[];
  readonly eventCodes?: readonly CodeRef[];
  /** XCN, `%` for any characters. */
  readonly authorPersons?: readonly string[];
  readonly creationTime?: Period;
  readonly serviceStartTime?: Period;
  readonly serviceStopTime?: Period;
  /** CXi of orders, accessions or studies: any of them. */
  readonly referenceIds?: readonly string[];
}

/** FindDocuments, or FindDocumentsByReferenceId where references are asked for. */
export function findDocumentsRequest(ins: Ins, criteria: DocumentCriteria, returns: ReturnType): string {
  const name = (field: string) => `$XDSDocumentEntry${field}`;
  const { referenceIds = [] } = criteria;
  const query = referenceIds.length === 0 ? storedQuery.findDocuments : storedQuery.findDocumentsByReferenceId;
  return adhocQuery(query, returns, [
    slot(name('PatientId'), [quoted(insCx(ins))]),
    list(
      name('Status'),
      criteria.statuses.map((status) => availability[status]),
    ),
    codes(name('ClassCode'), criteria.classCodes),
    codes(name('TypeCode'), criteria.typeCodes),
    codes(name('FormatCode'), criteria.formatCodes),
    codes(name('PracticeSettingCode'), criteria.practiceSettingCodes),
    codes(name('HealthcareFacilityTypeCode'), criteria.healthcareFacilityTypeCodes),
    codes(name('ConfidentialityCode'), criteria.confidentialityCodes),
    codes(name('EventCodeList'), criteria.eventCodes),
    list(name('AuthorPerson'), criteria.authorPersons ?? []),
    period(name('CreationTime'), criteria.creationTime),
    period(name('ServiceStartTime'), criteria.serviceStartTime),
    period(name('ServiceStopTime'), criteria.serviceStopTime),
    list(name('ReferenceIdList'), referenceIds),
  ]);
}

export interface SubmissionSetCriteria {
  readonly statuses: readonly [AvailabilityStatus, ...AvailabilityStatus[]];
  /** The date on which documents were fed: no query on documents knows it (dmp.md 6). */
  readonly submissionTime?: Period;
  readonly sourceIds?: readonly string[];
  /** XCN, `%` for any characters. */
  readonly authorPerson?: string;
  readonly contentTypeCodes?: readonly CodeRef[];
}

export function findSubmissionSetsRequest(ins: Ins, criteria: SubmissionSetCriteria, returns: ReturnType): string {
  const name = (field: string) => `$XDSSubmissionSet${field}`;
  const { authorPerson } = criteria;
  return adhocQuery(storedQuery.findSubmissionSets, returns, [
    slot(name('PatientId'), [quoted(insCx(ins))]),
    list(
      name('Status'),
      criteria.statuses.map((status) => availability[status]),
    ),
    list(name('SourceId'), criteria.sourceIds ?? []),
    period(name('SubmissionTime'), criteria.submissionTime),
    authorPerson === undefined ? '' : slot(name('AuthorPerson'), [quoted(authorPerson)]),
    codes(name('ContentType'), criteria.contentTypeCodes),
  ]);
}

/** What a document is named by: `urn:uuid:…` of its entry, or the OID that its producer gave it. */
export type DocumentKey = 'EntryUUID' | 'UniqueId';

export function getDocumentsRequest(key: DocumentKey, values: readonly string[], returns: ReturnType): string {
  return adhocQuery(storedQuery.getDocuments, returns, [list(`$XDSDocumentEntry${key}`, values)]);
}

/** The associations of these objects, whichever end of them they are. */
export function getAssociationsRequest(uuids: readonly string[]): string {
  return adhocQuery(storedQuery.getAssociations, 'LeafClass', [list('$uuid', uuids)]);
}

export function getDocumentsAndAssociationsRequest(key: DocumentKey, values: readonly string[]): string {
  return adhocQuery(storedQuery.getDocumentsAndAssociations, 'LeafClass', [list(`$XDSDocumentEntry${key}`, values)]);
}

function adhocQuery(id: string, returns: ReturnType, slots: readonly string[]): string {
  return (
    `<query:AdhocQueryRequest xmlns:query="${QUERY}">` +
    `<query:ResponseOption returnComposedObjects="true" returnType="${returns}"/>` +
    `<AdhocQuery xmlns="${RIM}" id="${id}">${slots.join('')}</AdhocQuery></query:AdhocQueryRequest>`
  );
}

/** One value: no parentheses. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Several values go in parentheses, one alone too. */
function list(name: string, values: readonly string[]): string {
  return values.length === 0 ? '' : slot(name, [`(${values.map(quoted).join(',')})`]);
}

function codes(name: string, values: readonly CodeRef[] = []): string {
  return list(
    name,
    values.map(({ code, system }) => `${code}^^${system}`),
  );
}

/** A number without quotes: ITI TF-2 3.18.4.1.2.3.1. */
function period(name: string, { from, to }: Period = {}): string {
  const bound = (suffix: string, at: Date | undefined) =>
    at === undefined ? '' : slot(`${name}${suffix}`, [at.toISOString().replace(/\D/g, '').slice(0, 14)]);
  return bound('From', from) + bound('To', to);
}
