/** The operations of each service path: reading a payload, then doing what it asks. Source: dmp.md 1.1. */
import type { XmlElement } from '../../wire/xml/xml.ts';
import { certify, readCertification } from './certified-identity.ts';
import { answerDemographics, readDemographicsQuery } from './demographics.ts';
import { answerPatientQuery, readPatientQuery } from './existence.ts';
import { type FeedContext, feed } from './feed.ts';
import { listAuthorizations, readListAuthorization, readSetAuthorization, setAuthorization } from './habilitations.ts';
import { readProvidedSet } from './lot.ts';
import type { MimePart } from './mime.ts';
import { listPatients, readPatientList } from './patient-list.ts';
import type { Checked, Fault, RegistryError } from './problem.ts';
import { answerQuery } from './query.ts';
import { writeQueryResponse, writeRegistryResponse } from './registry-response.ts';
import { readRetrieveRequest, retrieve, writeRetrieveResponse } from './retrieve.ts';
import type { Transaction } from './rights.ts';
import { readStoredQuery, transactionOf } from './stored-query.ts';
import { changeHeld, readUpdate, transactionOfUpdate } from './update.ts';
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
  /** A fault where the service has no other word for a refusal. */
  run(caller: Caller, parts: ReadonlyMap<string, MimePart>): Promise<Done | { readonly fault: Fault }>;
}

export interface Operation {
  readonly service:
    | 'patients'
    | 'patientCertif'
    | 'patientsPDQ'
    | 'patientsSpecific'
    | 'habilitations'
    | 'registry'
    | 'repository';
  /** Whether the VIHF may name no patient (dmp.md 2.3). */
  readonly withoutPatient?: true;
  readonly action: string;
  readonly responseAction: string;
  /** How the request comes, how every answer leaves, faults included (dmp.md 2.1). Default: plain SOAP both ways. */
  readonly request?: 'mtom' | 'either';
  readonly response?: 'mtom';
  /** How it says registry errors; where there is no such answer, a refusal is a fault. */
  readonly refuse?: (errors: readonly RegistryError[]) => Done;
  /** Undefined when the payload is not what the action announces. */
  prepare(payload: XmlElement, context: FeedContext): Prepared | undefined;
}

export const OPERATIONS: readonly Operation[] = [
  {
    service: 'patientCertif',
    action: 'urn:si-dmp-patients:PatientCertificationEndPoint:identityCertification',
    responseAction: 'urn:si-dmp-patients:PatientCertificationEndPoint:identityCertificationResponse',
    withoutPatient: true,
    prepare: prepareCertification,
  },
  {
    service: 'patients',
    action: 'urn:hl7-org:v3:PRPA_IN201307UV02',
    responseAction: 'urn:hl7-org:v3:PRPA_IN201308UV02',
    prepare: preparePatientQuery,
  },
  {
    service: 'patientsPDQ',
    action: 'urn:hl7-org:v3:PRPA_IN201305UV02',
    responseAction: 'urn:hl7-org:v3:PRPA_IN201306UV02',
    withoutPatient: true,
    prepare: prepareDemographics,
  },
  {
    service: 'patientsSpecific',
    action: 'urn:si-dmp-patients:PatientSpecificEndPoint:patientList',
    responseAction: 'urn:si-dmp-patients:PatientSpecificEndPoint:patientListResponse',
    withoutPatient: true,
    prepare: preparePatientList,
  },
  {
    service: 'habilitations',
    action: 'urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorization',
    responseAction: 'urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorizationResponse',
    prepare: prepareAuthorization,
  },
  {
    service: 'habilitations',
    action: 'urn:si-dmp-habilitations:HabilitationsEndPoint:listAuthorizationByPatient',
    responseAction: 'urn:si-dmp-habilitations:HabilitationsEndPoint:listAuthorizationByPatientResponse',
    prepare: prepareAuthorizationList,
  },
  {
    service: 'repository',
    action: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b',
    responseAction: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse',
    request: 'mtom',
    refuse: registryAnswer,
    prepare: prepareFeed,
  },
  {
    service: 'repository',
    action: 'urn:ihe:iti:2007:RetrieveDocumentSet',
    responseAction: 'urn:ihe:iti:2007:RetrieveDocumentSetResponse',
    // A client that sends MTOM and one that does not are both seen.
    request: 'either',
    response: 'mtom',
    refuse: (errors) => refusal(writeRetrieveResponse(errors, []), errors),
    prepare: prepareRetrieval,
  },
  {
    service: 'registry',
    action: 'urn:ihe:iti:2007:RegistryStoredQuery',
    responseAction: 'urn:ihe:iti:2007:RegistryStoredQueryResponse',
    refuse: (errors) => refusal(writeQueryResponse([], errors), errors),
    prepare: prepareQuery,
  },
  {
    service: 'registry',
    action: 'urn:ihe:iti:2010:UpdateDocumentSet',
    responseAction: 'urn:ihe:iti:2010:UpdateDocumentSet-Response',
    refuse: registryAnswer,
    prepare: prepareUpdate,
  },
];

function preparePatientQuery(payload: XmlElement, { holdings, policy, newUuid }: FeedContext): Prepared | undefined {
  if (payload.name !== 'PRPA_IN201307UV02') return undefined;
  const query = readPatientQuery(payload);
  return {
    transaction: query.reason === 'CNSLT_DATA' ? 'TD1.3a' : 'TD0.2',
    async run(caller) {
      return answerPatientQuery(query, caller, holdings.patient(caller.patient), newUuid, policy.now());
    },
  };
}

function prepareCertification(payload: XmlElement, { holdings }: FeedContext): Prepared | undefined {
  const request = readCertification(payload);
  if (request === undefined) return undefined;
  return { transaction: 'TD0.0', run: async () => serviceAnswer(certify(request, holdings)) };
}

function prepareDemographics(payload: XmlElement, { holdings, policy, newUuid }: FeedContext): Prepared | undefined {
  if (payload.name !== 'PRPA_IN201305UV02') return undefined;
  const query = readDemographicsQuery(payload);
  return {
    transaction: 'TD0.5',
    run: async () => answerDemographics(query, holdings.patients(), newUuid, policy.now()),
  };
}

function preparePatientList(payload: XmlElement, { holdings }: FeedContext): Prepared | undefined {
  const request = readPatientList(payload);
  if (request === undefined) return undefined;
  return { transaction: 'TD0.4', run: async (caller) => serviceAnswer(listPatients(request, caller, holdings)) };
}

function prepareAuthorization(payload: XmlElement, { holdings, policy }: FeedContext): Prepared | undefined {
  const request = readSetAuthorization(payload);
  if (request === undefined) return undefined;
  return {
    transaction: 'TD0.3',
    run: async (caller) => serviceAnswer(await setAuthorization(request, caller, holdings, policy.now())),
  };
}

function prepareAuthorizationList(payload: XmlElement, { holdings }: FeedContext): Prepared | undefined {
  const request = readListAuthorization(payload);
  if (request === undefined) return undefined;
  return {
    transaction: 'TD1.6',
    run: async (caller) => serviceAnswer(listAuthorizations(request.mode, caller, holdings)),
  };
}

function serviceAnswer(answer: Checked<string>): Done | { readonly fault: Fault } {
  return answer.ok ? { body: answer.value, outcome: 'success' } : { fault: answer.fault };
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
      return refusal(body, errors);
    },
  };
}

function prepareUpdate(payload: XmlElement, context: FeedContext): Prepared | undefined {
  const update = readUpdate(payload);
  if (update === undefined) return undefined;
  return {
    transaction: transactionOfUpdate(update, context),
    run: async (caller) => registryAnswer(await changeHeld(update, caller, context)),
  };
}

function registryAnswer(errors: readonly RegistryError[]): Done {
  return refusal(writeRegistryResponse(errors), errors);
}

function refusal(body: string, errors: readonly RegistryError[]): Done {
  return { body, outcome: errors[0]?.code ?? 'success' };
}
