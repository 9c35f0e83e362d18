/** Client of the INSi teleservice over mutual TLS: one question, one call, one outcome. */
import { insiRules } from '../../rules/insi.ts';
import type { Rule } from '../../rules/rule.ts';
import type { SoapTransport, TransportOutcome } from '../soap/transport.ts';
import type { CardReading } from './card-reading.ts';
import { cardOperation } from './card-request.ts';
import type { InsiCredentials } from './credentials.ts';
import { type InsiOperation, insiEnvelope, type LpsIdentity } from './envelope.ts';
import type { InsiOutcome } from './outcome.ts';
import type { InsiQuery } from './query.ts';
import { searchOperation } from './search-request.ts';
import { readSearchResponse } from './search-response.ts';
import {
  type HeldIns,
  readVerification,
  type VerificationAnswer,
  type VerificationWire,
  verificationOperation,
} from './verification-request.ts';

export interface InsiClientOptions {
  readonly transport: SoapTransport;
  /** `/lps` on the national platforms. */
  readonly path: string;
  readonly lps: LpsIdentity;
  readonly credentials: InsiCredentials;
  /** How `verify` is written. */
  readonly verification: VerificationWire;
  /** Whole exchange, milliseconds. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  /** RFC 4122, lower case. */
  readonly newUuid: () => string;
}

/** None of them throws for what the service or the network does. */
export interface InsiClient {
  /** WS_INS2. */
  search(query: InsiQuery): Promise<InsiOutcome>;
  /** WS_INS1. */
  searchByCard(card: CardReading): Promise<InsiOutcome>;
  /** Unit verification, where the platform has it. */
  verify(held: HeldIns): Promise<VerificationAnswer>;
}

/** How a call fails, whatever was asked. */
type Failure = Extract<InsiOutcome, { kind: 'permanent' | 'unavailable' | 'unreadable' }>;

export function createInsiClient(options: InsiClientOptions): InsiClient {
  async function ask<Answer>(
    operation: InsiOperation,
    read: (body: Uint8Array) => Answer | undefined,
  ): Promise<Answer | Failure> {
    const { credentials, now, newUuid } = options;
    const at = now();
    const headers = await credentials.headers().catch(() => undefined);
    if (headers === undefined) return unavailable(insiRules.tokenUnreadable, 'jeton Pro Santé Connect');
    const envelope = insiEnvelope(operation, {
      lps: options.lps,
      emitter: credentials.emitter,
      security: await credentials.security(at, newUuid),
      requestId: newUuid(),
      messageId: newUuid(),
      at,
    });
    const answer = await options.transport.post({
      path: options.path,
      contentType: `application/soap+xml; charset=utf-8; action="${operation.action}"`,
      headers,
      body: [Buffer.from(envelope, 'utf8')],
      timeoutMs: options.timeoutMs,
    });
    return outcomeOf(answer, read);
  }
  return {
    search: (query) => ask(searchOperation(query), readSearchResponse),
    searchByCard: (card) => ask(cardOperation(card), readSearchResponse),
    verify: (held) =>
      ask(verificationOperation(held, options.verification), (body) => readVerification(body, options.verification)),
  };
}

/** The body speaks first, since faults come with HTTP 500; the status only when there is no SOAP in it. */
function outcomeOf<Answer>(answer: TransportOutcome, read: (body: Uint8Array) => Answer | undefined): Answer | Failure {
  switch (answer.kind) {
    case 'not-sent':
      return unavailable(insiRules.unreachable, answer.reason);
    case 'ambiguous':
      return unavailable(insiRules.noAnswer, answer.reason);
    case 'answered': {
      const detail = `HTTP ${answer.status}`;
      const value = read(answer.body);
      if (value !== undefined) return value;
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408)
        return unavailable(insiRules.httpUnavailable, detail);
      if (answer.status >= 300) return { kind: 'permanent', refusal: { rule: insiRules.httpRefused, detail } };
      return { kind: 'unreadable', refusal: { rule: insiRules.unreadable, detail } };
    }
  }
}

function unavailable(rule: Rule, detail: string): Failure {
  return { kind: 'unavailable', refusal: { rule, detail } };
}
