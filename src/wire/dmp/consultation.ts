/**
 * Reading the DMP: searching (TD3.1a) and retrieving (TD3.2). Questions change nothing, so they are asked again freely;
 * a partial answer is no answer. Source: dmp.md 6.
 */
import { dmpRules } from '../../rules/dmp.ts';
import type { Refusal } from '../../rules/rule.ts';
import type { Acting } from '../vihf/acting.ts';
import { fingerprint } from '../xds/fingerprint.ts';
import type { ListedAssociation, ListedDocument, ListedSubmissionSet } from '../xds/listed-document.ts';
import { type ListingResponse, readListing } from '../xds/query.ts';
import type { RegistryResponse } from '../xds/registry-response.ts';
import {
  type DocumentAddress,
  type RetrievedDocument,
  type RetrieveResponse,
  readRetrieved,
  retrieveRequest,
} from '../xds/retrieve.ts';
import {
  BATCH,
  type DocumentCriteria,
  type DocumentKey,
  findDocumentsRequest,
  findSubmissionSetsRequest,
  getAssociationsRequest,
  getDocumentsAndAssociationsRequest,
  getDocumentsRequest,
  type SubmissionSetCriteria,
} from '../xds/stored-query.ts';
import type { DmpLine, Patient } from './caller.ts';
import { type DmpAnswer, failedQuestion, queryAnswer, registryFailure } from './outcome.ts';

/** A document to retrieve; with the hash that the registry gave, what comes is compared to it. */
export interface WantedDocument extends DocumentAddress {
  readonly hash?: string;
}

export type Retrieval =
  | { readonly kind: 'retrieved'; readonly document: RetrievedDocument }
  | { readonly kind: 'refused'; readonly address: DocumentAddress; readonly refusal: Refusal };

type Listing = Pick<ListingResponse, 'documents' | 'submissionSets' | 'associations'>;

/**
 * For a professional who was authenticated: `acting.session` says how. The signature documents of the submission sets are
 * among the entries that a search gives, where the caller may see them.
 */
export interface DmpConsultation {
  findDocuments(
    patient: Patient,
    criteria: DocumentCriteria,
    acting: Acting,
  ): Promise<DmpAnswer<readonly ListedDocument[]>>;
  findSubmissionSets(
    patient: Patient,
    criteria: SubmissionSetCriteria,
    acting: Acting,
  ): Promise<DmpAnswer<readonly ListedSubmissionSet[]>>;
  /** Documents named one by one, whatever their status. */
  getDocuments(
    patient: Patient,
    key: DocumentKey,
    values: readonly string[],
    acting: Acting,
  ): Promise<DmpAnswer<readonly ListedDocument[]>>;
  /** Where these objects are one of the ends: what replaces what, what a set holds. */
  getAssociations(
    patient: Patient,
    uuids: readonly string[],
    acting: Acting,
  ): Promise<DmpAnswer<readonly ListedAssociation[]>>;
  getDocumentsAndAssociations(
    patient: Patient,
    key: DocumentKey,
    values: readonly string[],
    acting: Acting,
  ): Promise<DmpAnswer<Pick<Listing, 'documents' | 'associations'>>>;
  /** Documents by the date on which they were fed, which no single query knows (dmp.md 6). */
  findFedDocuments(
    patient: Patient,
    criteria: SubmissionSetCriteria,
    acting: Acting,
  ): Promise<DmpAnswer<readonly ListedDocument[]>>;
  /** At most 20 documents; one result for each, in order. */
  retrieve(
    patient: Patient,
    wanted: readonly [WantedDocument, ...WantedDocument[]],
    acting: Acting,
  ): Promise<DmpAnswer<readonly Retrieval[]>>;
}

export const ACTION_QUERY = 'urn:ihe:iti:2007:RegistryStoredQuery';
const ACTION_RETRIEVE = 'urn:ihe:iti:2007:RetrieveDocumentSet';

export function createConsultation(line: DmpLine): DmpConsultation {
  const timeoutMs = line.timeouts.questionMs;

  async function ask(body: string, patient: Patient, acting: Acting): Promise<DmpAnswer<Listing>> {
    const request = { path: line.paths.registry, action: ACTION_QUERY, body, timeoutMs, read: readListing };
    return queryAnswer(await line.call({ transaction: 'TD3.1a', ...request }, acting, patient), judge);
  }

  /** In questions of at most 20 objects each; the first that fails ends it. */
  async function askInBatches(
    values: readonly string[],
    bodyOf: (batch: readonly string[]) => string,
    patient: Patient,
    acting: Acting,
  ): Promise<DmpAnswer<Listing>> {
    const gathered: Listing[] = [];
    for (let at = 0; at < values.length; at += BATCH) {
      const part = await ask(bodyOf(values.slice(at, at + BATCH)), patient, acting);
      if (part.kind === 'failed') return part;
      gathered.push(part.value);
    }
    return {
      kind: 'answered',
      value: {
        documents: gathered.flatMap((each) => each.documents),
        submissionSets: gathered.flatMap((each) => each.submissionSets),
        associations: gathered.flatMap((each) => each.associations),
      },
    };
  }

  const consultation: DmpConsultation = {
    findDocuments: async (patient, criteria, acting) =>
      only('documents', await ask(findDocumentsRequest(patient.ins, criteria, 'LeafClass'), patient, acting)),
    findSubmissionSets: async (patient, criteria, acting) =>
      only('submissionSets', await ask(findSubmissionSetsRequest(patient.ins, criteria, 'LeafClass'), patient, acting)),
    getDocuments: async (patient, key, values, acting) => {
      const body = (batch: readonly string[]) => getDocumentsRequest(key, batch, 'LeafClass');
      return only('documents', await askInBatches(values, body, patient, acting));
    },
    getAssociations: async (patient, uuids, acting) =>
      only('associations', await askInBatches(uuids, getAssociationsRequest, patient, acting)),
    getDocumentsAndAssociations: (patient, key, values, acting) =>
      askInBatches(values, (batch) => getDocumentsAndAssociationsRequest(key, batch), patient, acting),
    findFedDocuments: async (patient, criteria, acting) => {
      const sets = await consultation.findSubmissionSets(patient, criteria, acting);
      if (sets.kind === 'failed') return sets;
      const uuids = sets.value.map((set) => set.entryUuid);
      const links = await consultation.getAssociations(patient, uuids, acting);
      if (links.kind === 'failed') return links;
      const members = links.value.filter((link) => link.type === 'HasMember' && uuids.includes(link.source));
      const targets = [...new Set(members.map((link) => link.target))];
      return consultation.getDocuments(patient, 'EntryUUID', targets, acting);
    },
    retrieve: async (patient, wanted, acting) => {
      if (wanted.length > BATCH) return failedQuestion(dmpRules.tooMany, `${wanted.length} > ${BATCH}`);
      const body = retrieveRequest(wanted);
      // A document is as long to come as it is to go.
      const limit = { timeoutMs: line.timeouts.submissionMs };
      const request = { path: line.paths.repository, action: ACTION_RETRIEVE, body, ...limit, read: readRetrieved };
      const result = await line.call({ transaction: 'TD3.2', ...request }, acting, patient);
      return queryAnswer(result, (response) => judgeRetrieved(response, wanted));
    },
  };
  return consultation;
}

function judge(response: ListingResponse): DmpAnswer<Listing> {
  if (response.status !== 'success') return failedListing(response);
  const { documents, submissionSets, associations } = response;
  return { kind: 'answered', value: { documents, submissionSets, associations } };
}

/** A registry that did not give the whole answer. */
export function failedListing(response: RegistryResponse): DmpAnswer<never> {
  if (response.errors.length === 0) return failedQuestion(dmpRules.queryUnanswered, response.status);
  const { refusal } = registryFailure(response.errors);
  return failedQuestion(refusal.rule, refusal.detail ?? response.status);
}

function only<Key extends keyof Listing>(key: Key, answer: DmpAnswer<Listing>): DmpAnswer<Listing[Key]> {
  return answer.kind === 'failed' ? answer : { kind: 'answered', value: answer.value[key] };
}

/** Nothing came: a failure. Something came: each document that did not says why. */
function judgeRetrieved(
  response: RetrieveResponse,
  wanted: readonly WantedDocument[],
): DmpAnswer<readonly Retrieval[]> {
  if (response.status === 'failure' || (response.status === 'partial' && response.documents.length === 0)) {
    return failedListing(response);
  }
  const absence: Refusal =
    response.errors.length === 0 ? { rule: dmpRules.notReturned } : registryFailure(response.errors).refusal;
  return { kind: 'answered', value: wanted.map((each) => retrievalOf(each, response.documents, absence)) };
}

function retrievalOf(wanted: WantedDocument, came: readonly RetrievedDocument[], absence: Refusal): Retrieval {
  const { hash, ...address } = wanted;
  const document = came.find((each) => each.uniqueId === wanted.uniqueId);
  if (document === undefined) return { kind: 'refused', address, refusal: absence };
  if (hash !== undefined && hash !== '' && hash.toLowerCase() !== fingerprint(document.bytes)) {
    return { kind: 'refused', address, refusal: { rule: dmpRules.altered } };
  }
  return { kind: 'retrieved', document };
}
