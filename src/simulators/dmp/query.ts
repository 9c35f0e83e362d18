/** TD3.1, the stored queries that the DMP offers: what each finds of what the caller may see. Source: dmp.md 1.6 and 6. */
import { isListed, openDmpErrors, readingErrors } from './access.ts';
import { type HeldAssociation, type HeldDocument, type HeldSet, idsOf, type Patient } from './held.ts';
import type { Holdings } from './holdings.ts';
import type { Policy } from './options.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import { documentFilters, type Filter, referenceFilters, setFilters } from './query-filters.ts';
import { writeQueryResponse } from './registry-response.ts';
import { STATUSES, writeAssociation, writeDocument, writeReference, writeSet } from './registry-writer.ts';
import {
  type Parameters,
  type QueryName,
  quoted,
  quotedList,
  type StoredQuery,
  transactionOf,
} from './stored-query.ts';
import { readInsCx, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { APPROVED } from './xds-vocabulary.ts';

export interface QueryAnswer {
  readonly body: string;
  readonly errors: readonly RegistryError[];
}

interface Asked {
  readonly parameters: Parameters;
  readonly caller: Caller;
  readonly patient: Patient;
  readonly holdings: Holdings;
  readonly policy: Policy;
  readonly report: Report;
}

/** What a query found, each object written when it is answered. */
interface Found {
  readonly documents: readonly HeldDocument[];
  readonly sets?: readonly HeldSet[];
  readonly associations?: readonly HeldAssociation[];
}

const QUERIES: Readonly<Record<QueryName, (asked: Asked) => Found>> = {
  FindDocuments: (asked) => findDocuments(asked, documentFilters(asked.parameters, asked.report)),
  FindDocumentsByReferenceId: (asked) =>
    findDocuments(asked, [
      ...documentFilters(asked.parameters, asked.report),
      ...referenceFilters(asked.parameters, asked.report),
    ]),
  GetDocuments: (asked) => ({ documents: getDocuments(asked) }),
  GetDocumentsAndAssociations: (asked) => {
    const documents = getDocuments(asked);
    return { documents, associations: associationsOf(new Set(documents.map(({ entryUUID }) => entryUUID)), asked) };
  },
  FindSubmissionSets: findSets,
  GetAssociations: getAssociations,
};

export function answerQuery(query: StoredQuery, caller: Caller, holdings: Holdings, policy: Policy): QueryAnswer {
  const patient = holdings.patient(caller.patient);
  const errors = accessErrors(query, caller, patient);
  const report = reporter(errors, 'XDSRegistryError');
  if (query.returnType !== 'LeafClass' && query.returnType !== 'ObjectRef') {
    report('returnType : LeafClass ou ObjectRef.');
  }
  if (query.name === undefined) report('Requête enregistrée non disponible.');
  const asked = { parameters: query.parameters, caller, patient, holdings, policy, report };
  const found = query.name === undefined ? { documents: [] } : QUERIES[query.name](asked);
  const objects = errors.length > 0 ? [] : write(found, query.returnType === 'LeafClass', holdings);
  return { body: writeQueryResponse(objects, errors), errors };
}

/**
 * A list is a reading of the DMP. Finding the reference of one's own submission is not: whoever feeds may, save a blocked
 * professional; what remains of a DMP that was closed since can still be found.
 */
function accessErrors(query: StoredQuery, caller: Caller, patient: Patient): RegistryError[] {
  if (transactionOf(query) === 'TD3.1a') return readingErrors(patient, caller);
  return patient.state === 'open' ? openDmpErrors(patient, caller) : [];
}

function write({ documents, sets = [], associations = [] }: Found, leaf: boolean, holdings: Holdings): string[] {
  if (!leaf) {
    const ids = [...sets, ...documents].map(({ entryUUID }) => entryUUID);
    return [...ids, ...associations.map(({ id }) => id)].map(writeReference);
  }
  return [
    ...sets.map(writeSet),
    ...documents.map((document) => writeDocument(document, holdings.statusOf(document))),
    ...associations.map(writeAssociation),
  ];
}

/** The whole DMP of the patient, earlier INS included (EX_3.1-1055). */
export function documentsOf(patient: Patient, holdings: Holdings): HeldDocument[] {
  return idsOf(patient).flatMap(({ value, oid }) => holdings.documents({ value, oid }));
}

function findDocuments({ parameters, caller, patient, holdings, policy, report }: Asked, filters: Filter[]): Found {
  const statuses = askedOf(parameters, 'XDSDocumentEntry', caller, report);
  const documents = documentsOf(patient, holdings).filter(
    (document) =>
      statuses.includes(STATUSES[holdings.statusOf(document)]) &&
      isListed(document, caller, patient, policy) &&
      filters.every((matches) => matches(document.object)),
  );
  return { documents };
}

/** Patient and statuses, mandatory in every Find. Gives the statuses. */
function askedOf(parameters: Parameters, kind: string, caller: Caller, report: Report): readonly string[] {
  const [patient = []] = parameters.get(`$${kind}PatientId`) ?? [];
  if (!samePatient(readInsCx(quoted(patient) ?? ''), caller.patient)) {
    report(`$${kind}PatientId absent, mal formé ou différent du patient du VIHF.`, 'XDSPatientIdDoesNotMatch');
  }
  const statuses = quotedList((parameters.get(`$${kind}Status`) ?? []).flat());
  if (statuses === undefined) report(`$${kind}Status attendu, sous la forme ('statut').`);
  return statuses ?? [];
}

function getDocuments(asked: Asked): HeldDocument[] {
  const { parameters, caller, patient, holdings, policy, report } = asked;
  const byUUID = parameters.get('$XDSDocumentEntryEntryUUID')?.flat();
  const byUniqueId = parameters.get('$XDSDocumentEntryUniqueId')?.flat();
  const ids = quotedList(byUUID ?? byUniqueId ?? []);
  if ((byUUID === undefined) === (byUniqueId === undefined) || ids === undefined) {
    report('Une liste de uniqueId ou d’entryUUID, sous la forme (’id’), attendue.');
    return [];
  }
  const find = byUUID === undefined ? holdings.byUniqueId : holdings.byEntryUUID;
  return [...new Set(ids)]
    .flatMap((id) => find(id) ?? [])
    .filter((document) => inDmp(document, patient) && isListed(document, caller, patient, policy));
}

export function inDmp(document: HeldDocument, patient: Patient): boolean {
  return idsOf(patient).some((id) => samePatient(document.patient, id));
}

function findSets({ parameters, caller, patient, holdings, report }: Asked): Found {
  const filters = setFilters(parameters, report);
  const statuses = askedOf(parameters, 'XDSSubmissionSet', caller, report);
  const sets = idsOf(patient).flatMap((id) => holdings.sets(id));
  return {
    documents: [],
    sets: statuses.includes(APPROVED) ? sets.filter(({ object }) => filters.every((matches) => matches(object))) : [],
  };
}

function getAssociations(asked: Asked): Found {
  const ids = quotedList(asked.parameters.get('$uuid')?.flat() ?? []);
  if (ids === undefined) asked.report('$uuid : une liste d’entryUUID, sous la forme (’id’), attendue.');
  return { documents: [], associations: associationsOf(new Set(ids?.map((id) => id.toLowerCase())), asked) };
}

/** Of these objects, to or from them, without those that lead to a document hidden from the caller. */
function associationsOf(ids: ReadonlySet<string>, { caller, patient, holdings, policy }: Asked): HeldAssociation[] {
  const hidden = (id: string): boolean => {
    const document = holdings.byEntryUUID(id);
    return document !== undefined && !isListed(document, caller, patient, policy);
  };
  return idsOf(patient)
    .flatMap((id) => holdings.sets(id))
    .flatMap(({ associations }) => associations)
    .filter(({ source, target }) => (ids.has(source) || ids.has(target)) && !hidden(source) && !hidden(target));
}
