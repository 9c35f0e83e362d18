/**
 * What an old connector asks: SOAP (1.2, or the 1.1 namespace of one official sample), MTOM or plain, its VIHF verified, its
 * body read as one of the DMP transactions. Source: dmp.md 1.1, 2.1, 2.2.
 */
import { legacyRules } from '../../rules/legacy.ts';
import { ok, type Refusal, type Result, refuse } from '../../rules/rule.ts';
import { isMultipart, readMultipart } from '../soap/mtom.ts';
import { LCM, QUERY, XDSB } from '../xds/schemes.ts';
import { refuseCrowded } from '../xml/crowded.ts';
import { children, elements, text, withXml, type XmlElement, XmlRefused } from '../xml/xml.ts';
import { type ExistenceQuestion, readExistenceQuestion } from './existence-question.ts';
import type { LegacyIdentifier } from './patient-info.ts';
import { readStoredQuestion, type StoredQuestion } from './stored-question.ts';
import { type LegacyApi, type LegacySubmission, readSubmission } from './submission.ts';
import { readUpdate, type UpdateRequest } from './update-request.ts';
import { type LegacyVihf, readLegacyVihf } from './vihf.ts';

const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const HL7 = 'urn:hl7-org:v3';
const PATIENTS = 'urn:si-dmp-patients';
const NS = {
  a: 'http://www.w3.org/2005/08/addressing',
  wsse: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
};

/** What an answer repeats of its request. */
export interface RequestFrame {
  readonly soap: '1.1' | '1.2';
  readonly messageId: string;
}

/** What is answered otherwise than by an explanation. */
export type LegacyQuestion =
  | { readonly transaction: 'TD2.1'; readonly submission: LegacySubmission }
  | { readonly transaction: 'TD0.2'; readonly question: ExistenceQuestion }
  | { readonly transaction: 'TD3.1b'; readonly query: StoredQuestion }
  | { readonly transaction: 'TD3.3c'; readonly update: UpdateRequest };

export interface LegacyRequest {
  readonly frame: RequestFrame;
  /** `TD2.1`…, by what the body is; `unknown` for none of the DMP. */
  readonly transaction: string;
  /** The claims, when they could be read and their signature verified. */
  readonly vihf: Result<LegacyVihf>;
  /** Undefined for a transaction that is refused whatever it says. */
  readonly question: Result<LegacyQuestion> | undefined;
}

const PLAIN: RequestFrame = { soap: '1.2', messageId: '' };

/** Undefined `frame`: there was no envelope to answer in kind. */
export type ReadRequest =
  | { readonly ok: true; readonly value: LegacyRequest }
  | { readonly ok: false; readonly frame: RequestFrame; readonly refusal: Refusal };

export function readLegacyRequest(api: LegacyApi, contentType: string, body: Buffer): ReadRequest {
  const multipart = isMultipart(contentType)
    ? readMultipart(contentType, body)
    : { root: body, attachments: new Map() };
  if (multipart === undefined) return unreadable('MTOM');
  try {
    refuseCrowded(multipart.root);
    return withXml(multipart.root, (root) => readEnvelope(root, multipart.attachments, api));
  } catch (error) {
    if (error instanceof XmlRefused) return unreadable(`XML (${error.reason})`);
    throw error;
  }
}

function unreadable(detail: string, frame: RequestFrame = PLAIN): ReadRequest {
  return { ok: false, frame, refusal: { rule: legacyRules.requestUnreadable, detail } };
}

function readEnvelope(root: XmlElement, parts: ReadonlyMap<string, Buffer>, api: LegacyApi): ReadRequest {
  const { namespaceUri: uri } = root;
  if (root.name !== 'Envelope' || (uri !== SOAP12 && uri !== SOAP11)) return unreadable('Envelope');
  const within = { ...NS, s: uri };
  const messageId = text(root, 's:Header/a:MessageID', within) ?? '';
  const frame: RequestFrame = { soap: uri === SOAP12 ? '1.2' : '1.1', messageId };
  const bodies = elements(root, 's:Body', within);
  const [payload, second] = bodies[0] === undefined || bodies.length > 1 ? [] : children(bodies[0]);
  if (payload === undefined || second !== undefined) return unreadable('Body', frame);
  const securities = elements(root, 's:Header/wsse:Security', within);
  const security = securities.length === 1 ? securities[0] : undefined;
  const vihf =
    security === undefined
      ? refuse(legacyRules.vihfUnreadable, { location: 'wsse:Security' })
      : readLegacyVihf(security);
  const transaction = transactionOf(payload);
  const question = vihf.ok ? readQuestion(transaction, payload, parts, api, vihf.value) : undefined;
  return { ok: true, value: { frame, transaction, vihf, question } };
}

/** By the name of the body, and for three of them by what it asks. */
const TRANSACTIONS: Readonly<Record<string, string | ((payload: XmlElement) => string)>> = {
  [`${XDSB} ProvideAndRegisterDocumentSetRequest`]: 'TD2.1',
  [`${XDSB} RetrieveDocumentSetRequest`]: 'TD3.2',
  [`${QUERY} AdhocQueryRequest`]: (payload) => (readStoredQuestion(payload) === undefined ? 'TD3.1a' : 'TD3.1b'),
  [`${LCM} SubmitObjectsRequest`]: (payload) => (readUpdate(payload) === undefined ? 'TD3.3' : 'TD3.3c'),
  [`${HL7} PRPA_IN201307UV02`]: (payload) => (readExistenceQuestion(payload) === undefined ? 'TD1.3a' : 'TD0.2'),
  [`${HL7} PRPA_IN201305UV02`]: 'TD0.5',
  [`${HL7} PRPA_IN201311UV02`]: 'TD1.1',
  [`${HL7} PRPA_IN201314UV02`]: 'TD1.3b',
  [`${PATIENTS} identityCertification`]: 'TD0.0',
  [`${PATIENTS} patientList`]: 'TD0.4',
};

function transactionOf(payload: XmlElement): string {
  const found = TRANSACTIONS[`${payload.namespaceUri} ${payload.name}`];
  if (found === undefined) return OTHERS[payload.name] ?? 'unknown';
  return typeof found === 'string' ? found : found(payload);
}

/** Services whose namespace no public source gives. */
const OTHERS: Readonly<Record<string, string>> = {
  identityCertification: 'TD0.0',
  setAuthorization: 'TD0.3',
  patientList: 'TD0.4',
  createPatientAccess: 'TD1.5',
  updatePatientAccess: 'TD1.5',
  patientOTPUpdate: 'TD1.5',
  listAuthorizationByPatient: 'TD1.6',
};

function readQuestion(
  transaction: string,
  payload: XmlElement,
  parts: ReadonlyMap<string, Buffer>,
  api: LegacyApi,
  vihf: LegacyVihf,
): Result<LegacyQuestion> | undefined {
  switch (transaction) {
    case 'TD2.1': {
      const submission = readSubmission(payload, parts, { ...vihf, api });
      if (!submission.ok) return submission;
      if (differs(vihf.patient, submission.value.patientId)) return refuse(legacyRules.patientUnlike);
      return ok({ transaction, submission: submission.value });
    }
    case 'TD0.2': {
      const question = readExistenceQuestion(payload);
      if (question === undefined) return undefined;
      if (differs(vihf.patient, question.patient)) return refuse(legacyRules.patientUnlike);
      return ok({ transaction, question });
    }
    case 'TD3.1b': {
      const query = readStoredQuestion(payload);
      return query === undefined ? undefined : ok({ transaction, query });
    }
    case 'TD3.3c': {
      const update = readUpdate(payload);
      return update === undefined ? undefined : ok({ transaction, update });
    }
    default:
      return undefined;
  }
}

/** A VIHF that targets no patient says nothing against the request. */
function differs(claimed: LegacyIdentifier | undefined, asked: LegacyIdentifier): boolean {
  return claimed !== undefined && (claimed.value !== asked.value || claimed.oid !== asked.oid);
}
