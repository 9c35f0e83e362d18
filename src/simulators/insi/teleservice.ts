/** One request to the teleservice, from its bytes to its answer. Pure but for the memory of MessageIDs. */
import { randomUUID } from 'node:crypto';
import type { SimRequest, SimResponse } from '../common/service.ts';
import type { Counted } from '../common/stats.ts';
import { type ReplyHeaders, styleOf, writeFault, writeResult, writeVerdict } from './answer.ts';
import { type Address, certificateViolation, firstViolation } from './checks.ts';
import { type Check, type Envelope, readEnvelope, type Violation } from './envelope.ts';
import { FAULTS, type FaultCode } from './fault-codes.ts';
import { isSame, lookUp, type SearchableBase, type VerifiableBase } from './lookup.ts';
import type { Behaviour } from './modes.ts';
import { createReplayMemory } from './replay-memory.ts';
import { readSearch, type Search } from './search.ts';

export interface TeleserviceOptions {
  readonly identities: SearchableBase & VerifiableBase;
  readonly behaviour: () => Behaviour;
  /** Default `certificate`. */
  readonly address?: () => Address;
  /** HTTP header in which the token of Pro Santé Connect must come; not asked when absent. */
  readonly pscTokenHeader?: string;
  /** CNDA authorisation numbers (IDAM) that may call. */
  readonly acceptedIdam: readonly string[];
  readonly checkAnswers?: CheckAnswers;
  /** Accepted distance between `Temps` and our clock, milliseconds. Default 5 minutes. */
  readonly clockSkewMs?: number;
  readonly now?: () => Date;
  readonly newUuid?: () => string;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/**
 * Which fault answers a failed check, or `ignore`. The checks on the shape (`envelope`, `action`, `body`) cannot be
 * ignored, and are then answered insi_102. Published: `certificate` and `idam`. For every other check the official code
 * is not known, and insi_102 (the family seen for bad searches) stands in.
 */
type CheckAnswers = Partial<Record<Check, FaultCode | 'ignore'>>;

interface Answered {
  readonly response: SimResponse;
  readonly counted: Counted;
  /** Which check refused the request. */
  readonly refusedBy?: Check;
}

export interface Teleservice {
  answer(request: SimRequest): Answered;
  /** A fault as the service would give it, for no request in particular. */
  fault(code: FaultCode): SimResponse;
}

const DEFAULT_ANSWERS: CheckAnswers = { certificate: 'desir_560', idam: 'desir_550' };
const DEFAULT_CLOCK_SKEW_MS = 5 * 60_000;
const REPLAY_KEEP_MS = 24 * 3_600_000;
const SOAP_HEADERS = { 'content-type': 'application/soap+xml; charset=utf-8' };
const API_VERSION = '1.0.0';

export function createTeleservice(options: TeleserviceOptions): Teleservice {
  const { newUuid = randomUUID, random = Math.random } = options;
  const answers = { ...DEFAULT_ANSWERS, ...options.checkAnswers };
  const check = createCheck(options, (name) => answers[name] === 'ignore');

  function fault(code: FaultCode, about: { messageId?: string; detail?: string } = {}): SimResponse {
    const style = styleOf(options.behaviour(), random);
    return { status: 500, headers: SOAP_HEADERS, body: writeFault(code, FAULTS[code], style, about) };
  }

  function refused(violation: Violation): Answered {
    const answer = answers[violation.check] ?? 'insi_102';
    const code = answer === 'ignore' ? 'insi_102' : answer;
    const transaction = violation.operation ?? 'unknown';
    return { response: fault(code, violation), counted: counted(transaction, code), refusedBy: violation.check };
  }

  function searched(envelope: Envelope, search: Search): Answered {
    const behaviour = options.behaviour();
    const headers = behaviour.base === 'spec' ? replyHeaders(envelope, newUuid()) : undefined;
    if (search.by === 'ins') {
      const same = isSame(search, options.identities);
      const body = writeVerdict(same, styleOf(behaviour, random), headers);
      return {
        response: { status: 200, headers: SOAP_HEADERS, body },
        counted: counted(envelope.operation, same ? '00' : '01', search.ins.oid),
      };
    }
    const found = lookUp(search, behaviour.base, options.identities);
    if (found === 'technical-error') {
      return { response: fault('insi_102'), counted: counted(envelope.operation, 'insi_102') };
    }
    const body = writeResult(found, styleOf(behaviour, random), headers);
    const oid = found.code === '00' ? found.identity.oid : undefined;
    return {
      response: { status: 200, headers: SOAP_HEADERS, body },
      counted: counted(envelope.operation, found.code, oid),
    };
  }

  return {
    fault,
    answer(request) {
      if (request.path !== '/lps') return transportRefusal(404);
      if (request.method !== 'POST') return transportRefusal(405);
      const checked = check(request);
      return 'check' in checked ? refused(checked) : searched(checked.envelope, checked.search);
    },
  };
}

function createCheck(
  options: TeleserviceOptions,
  isIgnored: (check: Check) => boolean,
): (request: SimRequest) => { envelope: Envelope; search: Search } | Violation {
  const { acceptedIdam, clockSkewMs = DEFAULT_CLOCK_SKEW_MS, now = () => new Date(), pscTokenHeader } = options;
  const isReplay = createReplayMemory(now, REPLAY_KEEP_MS);
  return (request) => {
    // Before anything is parsed: a caller without the right is told so and nothing else.
    const address = options.address?.() ?? 'certificate';
    const notAllowed = isIgnored('certificate') ? undefined : certificateViolation(request.peer, address);
    if (notAllowed !== undefined) return notAllowed;
    const envelope = readEnvelope(request.body);
    if ('check' in envelope) return envelope;
    const { operation, messageId } = envelope;
    if (operation === 'verifierInsAvecTraitsIdentite' && options.behaviour().verification !== true)
      return { check: 'action', detail: 'wsa:Action est inconnue de cette plateforme.', operation, messageId };
    const context = { request, address, pscTokenHeader, now: now(), clockSkewMs, acceptedIdam, isReplay };
    const violation = firstViolation(envelope, context, isIgnored);
    if (violation !== undefined) return violation;
    const search = readSearch(envelope);
    return 'check' in search ? search : { envelope, search };
  };
}

function transportRefusal(status: 404 | 405): Answered {
  return { response: { status, headers: {}, body: '' }, counted: counted('unknown', `http-${status}`) };
}

/** Reply action and correlation of WS-Addressing, as the WSDL declares them. */
function replyHeaders(envelope: Envelope, uuid: string): ReplyHeaders {
  return { action: `${envelope.action}Response`, messageId: `uuid:${uuid}`, relatesTo: envelope.messageId };
}

const IDENTITY_KINDS: Readonly<Record<string, string>> = {
  '1.2.250.1.213.1.4.8': 'INS-NIR',
  '1.2.250.1.213.1.4.9': 'INS-NIA',
  '1.2.250.1.213.1.4.10': 'INS-NIR-TEST',
  '1.2.250.1.213.1.4.11': 'INS-NIR-DEMO',
};

function counted(transaction: string, outcome: string, oid?: string): Counted {
  const identityKind = oid === undefined ? 'none' : (IDENTITY_KINDS[oid] ?? oid);
  return { transaction, apiVersion: API_VERSION, identityKind, outcome };
}
