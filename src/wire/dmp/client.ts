/**
 * The client side of DMP API V2: what a feed needs (TD0.2, TD2.1, TD3.1b, TD3.3c) is here, reading, updating and access beside.
 * It holds no state but its assertions, and never retries: the queue or the person does. Source: dmp.md 1 to 7.
 */
import type { DocumentUniqueId, QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import { ok, type Result } from '../../rules/rule.ts';
import type { Leaving } from '../coherence/leaving.ts';
import { keyRefusal } from '../keys/key-unavailable.ts';
import type { SoapTransport } from '../soap/transport.ts';
import type { Acting } from '../vihf/acting.ts';
import { DEFAULT_VIHF_PROFILE, type Lps, signedVihf, type VihfProfile } from '../vihf/vihf.ts';
import { createVihfCache } from '../vihf/vihf-cache.ts';
import { type FoundDocument, type QueryResponse, readQueryResponse } from '../xds/query.ts';
import { readRegistryResponse } from '../xds/registry-response.ts';
import { type Deletion, deletionRequest } from '../xds/status-update.ts';
import { type DocumentKey, getDocumentsRequest, type ReturnType } from '../xds/stored-query.ts';
import type { Submission } from '../xds/submission.ts';
import type { SignatureAlgorithm } from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';
import { createAccess, type DmpAccess } from './access.ts';
import { createCaller, DEFAULT_PATHS, type DmpLine, type DmpPaths } from './caller.ts';
import { ACTION_QUERY, createConsultation, type DmpConsultation, failedListing } from './consultation.ts';
import { type Existence, existenceRequest, judgeExistence, readExistence } from './existence.ts';
import { type DmpAnswer, queryAnswer, type SubmitOutcome, submitOutcome } from './outcome.ts';
import { provideAndRegister } from './provide-and-register.ts';
import { ACTION_UPDATE, createUpdates, type DmpUpdates } from './updates.ts';

export interface DmpClientOptions {
  /** Carries the AUTH_CLI certificate; made with the same base URL. */
  readonly transport: SoapTransport;
  /** For example `https://lps2.dmp.gouv.fr/si-dmp-server/v2/services`. */
  readonly baseUrl: string;
  readonly paths?: DmpPaths;
  /**
   * Of the VIHF and of the submission set: ORG SIGN, or the signature key of the card. Asked at each signature, since a card
   * comes and goes; rejects with KeyUnavailable.
   */
  readonly signer: () => Promise<Signer>;
  readonly lps: Lps;
  /** OID of the sending system (XDSSubmissionSet.sourceId). */
  readonly sourceId: string;
  readonly now: () => Date;
  readonly uuid: () => string;
  /** Milliseconds for a whole exchange. */
  readonly timeouts: { readonly questionMs: number; readonly submissionMs: number };
  /** How long one VIHF serves for the same patient and caller, milliseconds; 0 for never twice. */
  readonly vihfLifetimeMs: number;
  readonly vihf?: Partial<VihfProfile>;
  /** Default `rsa-sha1`, as in the samples. */
  readonly signatureAlgorithm?: SignatureAlgorithm;
  /** Default false: the registry computes them. */
  readonly sendHashAndSize?: boolean;
  /** Default `P`. */
  readonly processingCode?: 'P' | 'D';
  /** Default `LeafClass`, without which a reconciliation cannot compare contents. */
  readonly findReturns?: ReturnType;
  /** Default true: what the matrix of rights does not permit is refused before it leaves. */
  readonly enforceRights?: boolean;
}

/** What the automated feed needs. */
export interface DmpClient {
  /** TD0.2: does this patient have a DMP, and is it open? */
  existence(patient: QualifiedIdentity, acting: Acting): Promise<DmpAnswer<Existence>>;
  /**
   * TD2.1: makes the submission of documents of one patient, to be looked at, then sent once. Rejects for a set of several
   * patients, and XmlRefused for a document announced as XML that is not: both must have been stopped before. Refused when
   * the key cannot be used now.
   */
  compose(submission: Submission, acting: Acting): Promise<Result<ComposedSubmission>>;
  /** TD3.1b: what the DMP holds under this uniqueId; an empty list when it holds nothing. */
  find(uniqueId: DocumentUniqueId, sent: SentIdentity, acting: Acting): Promise<DmpAnswer<readonly FoundDocument[]>>;
  /** Same, by its `urn:uuid:…`: of a document that somebody else fed, and names so. */
  findEntry(entryUuid: string, sent: SentIdentity, acting: Acting): Promise<DmpAnswer<readonly FoundDocument[]>>;
  /** TD3.3c: deletes a document of the acting structure, once. */
  remove(deletion: Deletion, acting: Acting): Promise<SubmitOutcome>;
}

export interface ComposedSubmission {
  /** What will be on the wire. */
  readonly leaving: Leaving;
  send(): Promise<SubmitOutcome>;
}

const ACTION_EXISTENCE = 'urn:hl7-org:v3:PRPA_IN201307UV02';
const ACTION_SUBMIT = 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b';
const KEPT_ASSERTIONS = 1000;

/** Everything that a caller may do, as far as their rights go. */
export type Dmp = DmpClient & DmpConsultation & DmpUpdates & DmpAccess;

export function createDmpClient(options: DmpClientOptions): Dmp {
  const line = openLine(options);
  return {
    ...createFeeding(options, line),
    ...createConsultation(line),
    ...createUpdates(line, options.sourceId),
    ...createAccess(line),
  };
}

function openLine(options: DmpClientOptions): DmpLine {
  const { lps, now, uuid, timeouts } = options;
  const profile = { ...DEFAULT_VIHF_PROFILE, ...options.vihf };
  const assertionFor = createVihfCache({
    lifetimeMs: options.vihfLifetimeMs,
    maxEntries: KEPT_ASSERTIONS,
    now,
    issue: async (acting, patient, issuedAt) =>
      signedVihf({ acting, patient, lps, profile, signer: await options.signer(), issuedAt, id: uuid() }),
  });
  return {
    assertionFor,
    call: createCaller({ ...options, assertionFor, enforceRights: options.enforceRights ?? true }),
    paths: options.paths ?? DEFAULT_PATHS,
    lps,
    now,
    uuid,
    timeouts,
    processingCode: options.processingCode ?? 'P',
  };
}

function createFeeding(options: DmpClientOptions, line: DmpLine): DmpClient {
  const { call, paths, lps, now, uuid } = line;
  const timeoutMs = options.timeouts.questionMs;

  async function find(key: DocumentKey, name: string, sent: SentIdentity, acting: Acting) {
    const body = getDocumentsRequest(key, [name], options.findReturns ?? 'LeafClass');
    const request = { path: paths.registry, action: ACTION_QUERY, body, timeoutMs, read: readQueryResponse };
    return queryAnswer(await call({ transaction: 'TD3.1b', ...request }, acting, sent), judgeFound);
  }

  return {
    existence: async (patient, acting) => {
      const { processingCode } = line;
      const ids = { messageId: uuid(), queryId: uuid() };
      const body = existenceRequest({ ins: patient.ins, lps, processingCode, createdAt: now(), ...ids });
      const request = { path: paths.patients, action: ACTION_EXISTENCE, body, timeoutMs, read: readExistence };
      return queryAnswer(await call({ transaction: 'TD0.2', ...request }, acting, patient), judgeExistence);
    },
    compose: async (submission, acting) => {
      const patient = onePatient(submission);
      const signed = await withKey(async () => {
        const message = await provideAndRegister(submission, {
          institution: acting.structure,
          sourceId: options.sourceId,
          sendHashAndSize: options.sendHashAndSize ?? false,
          signer: await options.signer(),
          algorithm: options.signatureAlgorithm ?? 'rsa-sha1',
          signedAt: now(),
        });
        return { ...message, assertion: await line.assertionFor(acting, patient) };
      });
      if (!signed.ok) return signed;
      const { leaving, ...message } = signed.value;
      const request = {
        path: paths.repository,
        action: ACTION_SUBMIT,
        ...message,
        timeoutMs: options.timeouts.submissionMs,
        read: readRegistryResponse,
      };
      return ok({
        leaving: { ...leaving, assertion: message.assertion },
        send: async () => submitOutcome(await call({ transaction: 'TD2.1', ...request }, acting, patient)),
      });
    },
    find: (uniqueId, sent, acting) => find('UniqueId', uniqueId, sent, acting),
    findEntry: (entryUuid, sent, acting) => find('EntryUUID', entryUuid, sent, acting),
    remove: async (deletion, acting) => {
      const body = deletionRequest(deletion, { institution: acting.structure, sourceId: options.sourceId });
      const request = { path: paths.registry, action: ACTION_UPDATE, body, timeoutMs, read: readRegistryResponse };
      return submitOutcome(await call({ transaction: 'TD3.3c', ...request }, acting, deletion.patient));
    },
  };
}

/** A partial answer is no answer: an absent document would be sent again. */
function judgeFound(response: QueryResponse): DmpAnswer<readonly FoundDocument[]> {
  if (response.status === 'success') return { kind: 'answered', value: response.documents };
  return failedListing(response);
}

/** What was signed, or why the key could not be used. */
async function withKey<T>(sign: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await sign());
  } catch (error) {
    const refusal = keyRefusal(error);
    if (refusal === undefined) throw error;
    return { ok: false, refusal };
  }
}

/** Promise 4 of design.md: nothing leaves when two identities meet in one set. */
function onePatient(submission: Submission): QualifiedIdentity {
  const [first, ...others] = submission.documents.map(({ entry }) => entry.patient);
  const same = ({ ins }: QualifiedIdentity) => ins.matricule === first?.ins.matricule && ins.oid === first.ins.oid;
  if (first === undefined || !others.every(same)) throw new Error('a submission set is for one patient');
  return first;
}
