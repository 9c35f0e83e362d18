/** TD3.1, stored queries (ITI-18): GetDocuments to find a reference, a minimal FindDocuments. Source: dmp.md 1.6 and 6. */
import { elements, text, type XmlElement } from '../../wire/xml/xml.ts';
import { readSlots, type Slots, writeExtrinsicObject } from './ebxml.ts';
import type { HeldDocument, Holdings, Status } from './holdings.ts';
import { type RegistryError, reporter } from './problem.ts';
import { writeQueryResponse } from './registry-response.ts';
import { readInsCx, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { APPROVED, DELETED, DEPRECATED } from './xds-vocabulary.ts';

const NS = { q: 'urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0', rim: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };
const GET_DOCUMENTS = 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4';
const FIND_DOCUMENTS = 'urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d';
const REPOSITORY = '1.2.250.1.213.4.1.1.1.2';
const STATUSES: Readonly<Record<Status, string>> = { Approved: APPROVED, Deprecated: DEPRECATED, Deleted: DELETED };

export interface StoredQuery {
  readonly id: string;
  readonly returnType: string;
  readonly parameters: Slots;
}

export function readStoredQuery(payload: XmlElement): StoredQuery | undefined {
  if (payload.name !== 'AdhocQueryRequest' || payload.namespaceUri !== NS.q) return undefined;
  const [query, second] = elements(payload, 'rim:AdhocQuery', NS);
  if (query === undefined || second !== undefined) return undefined;
  return {
    id: query.attr('id')?.value ?? '',
    returnType: text(payload, 'q:ResponseOption/@returnType', NS) ?? '',
    parameters: readSlots(query),
  };
}

/** TD3.1b finds a reference, TD3.1a lists. */
export function transactionOf({ id }: StoredQuery): 'TD3.1a' | 'TD3.1b' {
  return id === GET_DOCUMENTS ? 'TD3.1b' : 'TD3.1a';
}

export interface QueryAnswer {
  readonly body: string;
  readonly errors: readonly RegistryError[];
}

export function answerQuery(query: StoredQuery, caller: Caller, holdings: Holdings): QueryAnswer {
  const errors: RegistryError[] = [];
  const report = reporter(errors, 'XDSRegistryError');
  if (query.returnType !== 'LeafClass' && query.returnType !== 'ObjectRef')
    report('returnType : LeafClass ou ObjectRef.');
  let found: HeldDocument[] = [];
  if (query.id === GET_DOCUMENTS) found = getDocuments(query.parameters, caller, holdings, errors);
  else if (query.id === FIND_DOCUMENTS) found = findDocuments(query.parameters, caller, holdings, errors);
  else report('Requête enregistrée non disponible.');
  const write = query.returnType === 'LeafClass' ? writeLeaf(holdings) : writeReference;
  const objects = errors.length > 0 ? [] : found.map(write);
  return { body: writeQueryResponse(objects, errors), errors };
}

function getDocuments(parameters: Slots, caller: Caller, holdings: Holdings, errors: RegistryError[]): HeldDocument[] {
  const byUUID = parameters.$XDSDocumentEntryEntryUUID;
  const byUniqueId = parameters.$XDSDocumentEntryUniqueId;
  const ids = quotedList(byUUID ?? byUniqueId ?? []);
  if ((byUUID === undefined) === (byUniqueId === undefined) || ids === undefined) {
    reporter(
      errors,
      'XDSRegistryError',
    )('GetDocuments : une liste de uniqueId ou d’entryUUID, sous la forme (’id’), attendue.');
    return [];
  }
  const find = byUUID === undefined ? holdings.byUniqueId : holdings.byEntryUUID;
  return ids.flatMap((id) => find(id) ?? []).filter(({ patient }) => samePatient(patient, caller.patient));
}

function findDocuments(parameters: Slots, caller: Caller, holdings: Holdings, errors: RegistryError[]): HeldDocument[] {
  const patient = /^'([^']*)'$/.exec(parameters.$XDSDocumentEntryPatientId?.join() ?? '')?.[1];
  const statuses = quotedList(parameters.$XDSDocumentEntryStatus ?? []);
  if (!samePatient(readInsCx(patient ?? ''), caller.patient)) {
    reporter(errors, 'XDSPatientIdDoesNotMatch')('FindDocuments : $XDSDocumentEntryPatientId ≠ patient du VIHF.');
  }
  if (statuses === undefined) reporter(errors, 'XDSRegistryError')('FindDocuments : $XDSDocumentEntryStatus attendu.');
  return holdings
    .documents(caller.patient)
    .filter((document) => statuses?.includes(STATUSES[holdings.statusOf(document)]) === true);
}

/** `('a','b')`, over one or several Values; undefined when it has another form or is empty. */
function quotedList(values: readonly string[]): string[] | undefined {
  const items: string[] = [];
  for (const value of values) {
    const inner = /^\(('[^']*'(?:\s*,\s*'[^']*')*)\)$/.exec(value)?.[1];
    if (inner === undefined) return undefined;
    items.push(...[...inner.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? ''));
  }
  return items.length === 0 ? undefined : items;
}

/** Only the entry changes with a status here: version and logical id stay those of the submission. */
function writeLeaf(holdings: Holdings): (document: HeldDocument) => string {
  return (document) =>
    writeExtrinsicObject({
      object: document.object,
      entryUUID: document.entryUUID,
      logicalId: document.entryUUID,
      status: STATUSES[holdings.statusOf(document)],
      version: '1',
      added: { hash: [document.hash], size: [String(document.size)], repositoryUniqueId: [REPOSITORY] },
    });
}

function writeReference({ entryUUID }: HeldDocument): string {
  return `<rim:ObjectRef id="${entryUUID}"/>`;
}
