/** Client of the INSi teleservice (WS_INS2, search by traits) over mutual TLS: one query, one call, one outcome. */
import { insiRules } from '../../rules/insi.ts';
import type { Rule } from '../../rules/rule.ts';
import type { SoapTransport, TransportOutcome } from '../soap/transport.ts';
import type { InsiOutcome } from './outcome.ts';
import type { InsiQuery } from './query.ts';
import { type LpsIdentity, SEARCH_ACTION, searchEnvelope } from './search-request.ts';
import { readSearchResponse } from './search-response.ts';

export interface InsiClientOptions {
  readonly transport: SoapTransport;
  /** `/lps` on the national platforms. */
  readonly path: string;
  readonly lps: LpsIdentity;
  /** OU of the organisation certificate. */
  readonly emitter: string;
  /** Whole exchange, milliseconds. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  /** RFC 4122, lower case. */
  readonly newUuid: () => string;
}

export interface InsiClient {
  /** Never throws for what the service or the network does. */
  search(query: InsiQuery): Promise<InsiOutcome>;
}

export function createInsiClient(options: InsiClientOptions): InsiClient {
  const { transport, path, timeoutMs, lps, emitter, now, newUuid } = options;
  return {
    async search(query) {
      const envelope = searchEnvelope({ query, lps, emitter, requestId: newUuid(), messageId: newUuid(), at: now() });
      const answer = await transport.post({
        path,
        contentType: `application/soap+xml; charset=utf-8; action="${SEARCH_ACTION}"`,
        body: [Buffer.from(envelope, 'utf8')],
        timeoutMs,
      });
      return outcomeOf(answer);
    },
  };
}

/** The body speaks first, since faults come with HTTP 500; the status only when there is no SOAP in it. */
function outcomeOf(answer: TransportOutcome): InsiOutcome {
  switch (answer.kind) {
    case 'not-sent':
      return unavailable(insiRules.unreachable, answer.reason);
    case 'ambiguous':
      return unavailable(insiRules.noAnswer, answer.reason);
    case 'answered': {
      const detail = `HTTP ${answer.status}`;
      const read = readSearchResponse(answer.body);
      if (read !== undefined) return read;
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408)
        return unavailable(insiRules.httpUnavailable, detail);
      if (answer.status >= 300) return { kind: 'permanent', refusal: { rule: insiRules.httpRefused, detail } };
      return { kind: 'unreadable', refusal: { rule: insiRules.unreadable, detail } };
    }
  }
}

function unavailable(rule: Rule, detail: string): InsiOutcome {
  return { kind: 'unavailable', refusal: { rule, detail } };
}
