/**
 * SOAP over mutual TLS with kept-alive connections. Its one duty beside carrying bytes is to say honestly how a call
 * ended, because the whole exactly-once promise rests on it (design.md 4):
 *
 * - `not-sent` only where it is proven that the peer's application saw nothing: name unknown, connection refused or
 *   timed out, TLS handshake failed, or the body was never asked for by the HTTP engine.
 * - `ambiguous` for everything else that is not a complete answer, a kept-alive connection closed by the peer just as
 *   we wrote to it included: the request may have been read.
 *
 * A refused client certificate is `not-sent` too, and a matter of configuration: an alert says so, or the server closes
 * before its own handshake ended (confirmed-tls.ts).
 */
import { Readable } from 'node:stream';
import { Pool } from 'undici';
import { CERTIFICATE_REFUSED, confirmedTls } from './confirmed-tls.ts';
import type { ClientTls, SoapRequest, SoapTransport, TransportOutcome } from './transport.ts';

export interface HttpsTransportOptions {
  /** `https://host[:port]/path`, to which each request appends its own path. */
  readonly baseUrl: string;
  /**
   * Our key, or the port of a relay on this machine that makes the TLS connection: what it takes for a key that lives in a
   * card (stunnel with PKCS#11), since Node cannot hand TLS a key that it does not hold. What goes to the relay is not
   * encrypted, hence loopback only; whether the peer refused the certificate cannot be told from a request that was lost.
   */
  readonly tls: ClientTls | { readonly relayPort: number };
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** An answer above this size is not read to its end. */
  readonly maxAnswerBytes: number;
}

/** Opens nothing before the first request. The peer is verified against `tls.ca` and nothing else. */
export function createHttpsTransport(options: HttpsTransportOptions): SoapTransport {
  const base = new URL(options.baseUrl);
  if (base.protocol !== 'https:') throw new Error('the base URL of a SOAP service must be https');
  const { tls } = options;
  const pool = new Pool('relayPort' in tls ? `http://127.0.0.1:${tls.relayPort}` : base.origin, {
    connections: options.maxConnections,
    pipelining: 1,
    maxResponseSize: options.maxAnswerBytes,
    // One limit rules: the time allowed for the whole exchange.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect:
      'relayPort' in tls
        ? { timeout: options.connectTimeoutMs }
        : confirmedTls({ ...tls, minVersion: 'TLSv1.2', allowH2: false, timeout: options.connectTimeoutMs }),
  });
  const prefix = base.pathname.replace(/\/$/, '');
  return {
    post: (request) =>
      post(pool, prefix + request.path, { ...request, headers: { ...request.headers, host: base.host } }),
    close: () => pool.close(),
  };
}

/** Ends at the latest when the time is over, even for a request that still waits for a free connection. */
async function post(pool: Pool, path: string, request: SoapRequest): Promise<TransportOutcome> {
  const progress = { bodyAsked: false };
  const signal = AbortSignal.timeout(request.timeoutMs);
  const expired = new Promise<TransportOutcome>((resolve) => {
    signal.addEventListener('abort', () => resolve(failure(signal.reason, progress.bodyAsked)), { once: true });
  });
  return Promise.race([send(pool, path, request, signal, progress), expired]);
}

async function send(
  pool: Pool,
  path: string,
  request: SoapRequest,
  signal: AbortSignal,
  progress: { bodyAsked: boolean },
): Promise<TransportOutcome> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: {
        ...request.headers,
        'content-type': request.contentType,
        'content-length': String(totalLength(request.body)),
      },
      body: Readable.from(watched(request.body, signal, progress)),
      signal,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    const contentType = answer.headers['content-type'];
    return {
      kind: 'answered',
      status: answer.statusCode,
      contentType: typeof contentType === 'string' ? contentType : '',
      body,
    };
  } catch (error) {
    return failure(error, progress.bodyAsked);
  }
}

/**
 * The HTTP engine writes the headers together with the first part: while no part was asked for, nothing was sent. A
 * request given up while it waited must never start, since it was already reported as not sent.
 */
function* watched(
  parts: readonly Uint8Array[],
  signal: AbortSignal,
  progress: { bodyAsked: boolean },
): Generator<Uint8Array> {
  signal.throwIfAborted();
  progress.bodyAsked = true;
  yield* parts;
}

function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

const CERTIFICATE_ALERT = /ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)/;

function failure(error: unknown, bodyAsked: boolean): TransportOutcome {
  const code = errorCode(error);
  if (CERTIFICATE_ALERT.test(code)) return { kind: 'not-sent', reason: code, tls: true };
  if (bodyAsked) return { kind: 'ambiguous', reason: code };
  return isTls(code) ? { kind: 'not-sent', reason: code, tls: true } : { kind: 'not-sent', reason: code };
}

/** A code such as ECONNREFUSED, never a message: messages may quote what was sent. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}

/** Handshake refused by either side, or a server certificate that `ca` does not vouch for. */
function isTls(code: string): boolean {
  return code === CERTIFICATE_REFUSED || /^(?:ERR_SSL|ERR_TLS|EPROTO)|CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
}
