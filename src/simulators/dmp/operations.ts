/** The operations of each service path: reading a payload, then doing what it asks. Source: dmp.md 1.1. */
import type { XmlElement } from '../../wire/xml/xml.ts';
import { deleteDocument, readUpdate } from './deletion.ts';
import { answerExistence, readExistenceQuery } from './existence.ts';
import { type FeedContext, feed } from './feed.ts';
import { readProvidedSet } from './lot.ts';
import type { MimePart } from './mime.ts';
import type { RegistryError } from './problem.ts';
import { answerQuery } from './query.ts';
import { writeRegistryResponse } from './registry-response.ts';
import { readRetrieveRequest, retrieve } from './retrieve.ts';
import type { Transaction } from './rights.ts';
import { readStoredQuery, transactionOf } from './stored-query.ts';
import type { Caller } from './vihf-rules.ts';

export interface Done {
  readonly body: string;
  /** Documents of an MTOM answer, by Content-ID. */
  readonly attachments?: ReadonlyMap<string, MimePart>;
  /** `success`, or what the statistics call the refusal. */
  readonly outcome: string;
}

/** A payload read into plain values: the XML is gone when it runs. */
export interface Prepared {
  readonly transaction: Transaction;
  run(caller: Caller, parts: ReadonlyMap<string, MimePart>): Promise<Done>;
}

export interface Operation {
  readonly service: 'patients' | 'registry' | 'repository';
  readonly action: string;
  readonly responseAction: string;
  /** How the request comes, how every answer leaves, faults included (dmp.md 2.1). Default: plain SOAP both ways. */
  readonly request?: 'mtom' | 'either';
  readonly response?: 'mtom';
  /** Undefined when the payload is not what the action announces. */
  prepare(payload: XmlElement, context: FeedContext): Prepared | undefined;
}

export const OPERATIONS: readonly Operation[] = [
  {
    service: 'patients',
    action: 'urn:hl7-org:v3:PRPA_IN201307UV02',
    responseAction: 'urn:hl7-org:v3:PRPA_IN201308UV02',
    prepare: prepareExistence,
  },
  {
    service: 'repository',
    action: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b',
    responseAction: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse',
    request: 'mtom',
    prepare: prepareFeed,
  },
  {
    service: 'repository',
    action: 'urn:ihe:iti:2007:RetrieveDocumentSet',
    responseAction: 'urn:ihe:iti:2007:RetrieveDocumentSetResponse',
    // A client that sends MTOM and one that does not are both seen.
    request: 'either',
    response: 'mtom',
    prepare: prepareRetrieval,
  },
  {
    service: 'registry',
    action: 'urn:ihe:iti:2007:RegistryStoredQuery',
    responseAction: 'urn:ihe:iti:2007:RegistryStoredQueryResponse',
    prepare: prepareQuery,
  },
  {
    service: 'registry',
    action: 'urn:ihe:iti:2010:UpdateDocumentSet',
    responseAction: 'urn:ihe:iti:2010:UpdateDocumentSet-Response',
    prepare: prepareDeletion,
  },
];

function prepareExistence(payload: XmlElement, { holdings, policy, newUuid }: FeedContext): Prepared | undefined {
  if (payload.name !== 'PRPA_IN201307UV02') return undefined;
  const query = readExistenceQuery(payload);
  return {
    transaction: 'TD0.2',
    async run(caller) {
      return answerExistence(query, caller, holdings.patient(caller.patient), newUuid, policy.now());
    },
  };
}

function prepareFeed(payload: XmlElement, context: FeedContext): Prepared | undefined {
  const provided = readProvidedSet(payload);
  if (provided === undefined) return undefined;
  return {
    transaction: 'TD2.1',
    run: async (caller, parts) => registryAnswer(await feed(provided, parts, caller, context)),
  };
}

function prepareRetrieval(payload: XmlElement, context: FeedContext): Prepared | undefined {
  const requests = readRetrieveRequest(payload);
  if (requests === undefined) return undefined;
  return {
    transaction: 'TD3.2',
    async run(caller) {
      const { body, attachments, errors } = await retrieve(requests, caller, context);
      return { body, attachments, outcome: errors[0]?.code ?? 'success' };
    },
  };
}

function prepareQuery(payload: XmlElement, { holdings, policy }: FeedContext): Prepared | undefined {
  const query = readStoredQuery(payload);
  if (query === undefined) return undefined;
  return {
    transaction: transactionOf(query),
    async run(caller) {
      const { body, errors } = answerQuery(query, caller, holdings, policy);
      return { body, outcome: errors[0]?.code ?? 'success' };
    },
  };
}

function prepareDeletion(payload: XmlElement, context: FeedContext): Prepared | undefined {
  const update = readUpdate(payload);
  if (update === undefined) return undefined;
  return {
    transaction: 'TD3.3c',
    run: async (caller) => registryAnswer(await deleteDocument(update, caller, context)),
  };
}

function registryAnswer(errors: readonly RegistryError[]): Done {
  return { body: writeRegistryResponse(errors), outcome: errors[0]?.code ?? 'success' };
}
