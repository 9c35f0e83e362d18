/** One call to a DMP service: envelope, transport, reading of whatever came back. Source: dmp.md 2.1 and 2.2. */
import type { Refusal } from '../../rules/rule.ts';
import { readSoap, type SoapFault, soapEnvelope } from '../soap/envelope.ts';
import { type Attachment, isMultipart, mtomMessage, readMultipart } from '../soap/mtom.ts';
import type { SoapTransport, TransportOutcome } from '../soap/transport.ts';
import type { XmlElement } from '../xml/xml.ts';

export interface DmpRequest<T> {
  /** Service path, for example `/repository`. */
  readonly path: string;
  readonly action: string;
  readonly assertion: string;
  readonly body: string;
  /** Present: the request goes as MTOM. */
  readonly attachments?: readonly Attachment[];
  readonly timeoutMs: number;
  /** Reads the child of the answer's Body, with its attachments; undefined when it is not the expected element. */
  readonly read: (content: XmlElement, parts: ReadonlyMap<string, Buffer>) => T | undefined;
}

/** By which the other side finds the request. */
export interface Sent {
  /** WS-Addressing MessageID, `urn:uuid:…`; absent when nothing left. */
  readonly messageId?: string;
}

/** How the call ended, before anything is judged. */
export type Exchange<T> = End<T> & Sent;
type End<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'fault'; readonly fault: SoapFault }
  /** An HTTP status that is not 2xx, without a SOAP fault. */
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Refused here: nothing left. */
  | { readonly kind: 'stopped'; readonly refusal: Refusal }
  | Exclude<TransportOutcome, { readonly kind: 'answered' }>;

export interface ExchangeOptions {
  readonly transport: SoapTransport;
  /** Base URL of the services, for `wsa:To`. */
  readonly baseUrl: string;
  readonly uuid: () => string;
}

export async function exchange<T>(options: ExchangeOptions, request: DmpRequest<T>): Promise<Exchange<T>> {
  const messageId = options.uuid();
  const envelope = soapEnvelope({
    action: request.action,
    to: options.baseUrl + request.path,
    messageId,
    assertion: request.assertion,
    body: request.body,
  });
  const message =
    request.attachments === undefined
      ? {
          contentType: `application/soap+xml; charset=UTF-8; action="${request.action}"`,
          body: [Buffer.from(envelope, 'utf8')],
        }
      : mtomMessage(envelope, request.action, request.attachments, `uuid-${options.uuid()}`);
  const outcome = await options.transport.post({ path: request.path, timeoutMs: request.timeoutMs, ...message });
  if (outcome.kind === 'not-sent') return outcome;
  const end = outcome.kind === 'answered' ? readAnswer(outcome, request.read) : outcome;
  return { ...end, messageId: `urn:uuid:${messageId}` };
}

function readAnswer<T>(
  answer: Extract<TransportOutcome, { readonly kind: 'answered' }>,
  read: DmpRequest<T>['read'],
): End<T> {
  const success = answer.status >= 200 && answer.status < 300;
  const message = isMultipart(answer.contentType)
    ? readMultipart(answer.contentType, answer.body)
    : { root: answer.body, attachments: NO_PARTS };
  const soap =
    message === undefined
      ? { kind: 'unreadable' as const, reason: 'multipart' }
      : readSoap(message.root, (content) => read(content, message.attachments));
  if (soap.kind === 'fault') return soap;
  if (!success) return { kind: 'http', status: answer.status };
  return soap.kind === 'body' ? { kind: 'value', value: soap.value } : soap;
}

const NO_PARTS: ReadonlyMap<string, Buffer> = new Map();
