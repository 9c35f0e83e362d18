/**
 * HTTPS server of the old connectors: a client certificate is required, and who bears no declared name is cut before a byte
 * of its request is read. Size, time and connections are bounded. Source: design.md 6 (promise 7) and 8.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { hl7Rules } from '../../rules/hl7.ts';
import { legacyRules } from '../../rules/legacy.ts';
import type { Refusal } from '../../rules/rule.ts';
import { watchNegotiations } from '../soap/negotiations.ts';
import type { ClientTls } from '../soap/transport.ts';
import type { LegacyAnswer } from './answer.ts';

export interface LegacyPeer {
  readonly address: string;
  /** Common name of its certificate. */
  readonly certificateName: string;
}

export interface LegacyPost {
  /** Path without its query. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly peer: LegacyPeer;
}

export interface HttpsDoorOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: ClientTls;
  readonly sharedPort: boolean;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly idleMs: number;
  readonly requestMs: number;
  /** After `close`, requests in progress have so long to be answered, milliseconds. */
  readonly finishMs: number;
  /** Is this common name that of a declared connector? */
  readonly isKnown: (certificateName: string) => boolean;
  /** Answers one request; a rejection is told as a failure of ours. */
  readonly onPost: (post: LegacyPost) => Promise<LegacyAnswer>;
  /** The answer where the request was not given to `onPost`. */
  readonly refuse: (refusal: Refusal) => LegacyAnswer;
  readonly onRefused: (refusal: Refusal, peer: { address: string; certificateName?: string }, cause?: unknown) => void;
}

export interface HttpsDoor {
  readonly port: number;
  /** The connections to come are made with this certificate. */
  renew(tls: ClientTls): void;
  close(): Promise<void>;
}

const HANDSHAKE_MS = 10_000;
const HEADERS_MS = 15_000;
const MOST_HEADER_BYTES = 16 * 1024;
/** Bodies held at once, in sizes of the largest: a declared connector may be slow, and many. */
const MOST_HELD = 4;

/** Starts listening. Rejects when the port is taken or the certificate cannot be used. */
export async function startHttpsDoor(options: HttpsDoorOptions): Promise<HttpsDoor> {
  const { tls, idleMs, requestMs } = options;
  const held = { bytes: 0 };
  const server = createServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: Math.min(HANDSHAKE_MS, requestMs),
      keepAliveTimeout: idleMs,
      headersTimeout: Math.min(HEADERS_MS, requestMs),
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1_000, requestMs),
      maxHeaderSize: MOST_HEADER_BYTES,
      noDelay: true,
    },
    (request, response) => void serve(request, response, options, held),
  );
  admit(server, options);
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    renew: (renewed) => server.setSecureContext({ ...renewed, minVersion: 'TLSv1.2' }),
    close: () => close(server, options.finishMs),
  };
}

/** Who may speak: decided on the socket, before HTTP sees it. */
function admit(server: Server, { maxConnections, isKnown, onRefused }: HttpsDoorOptions): void {
  const negotiations = watchNegotiations(server, maxConnections);
  let open = 0;
  // Before the listener by which the HTTP parser takes the socket.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    negotiations.over(socket);
    const peer = peerOf(socket);
    const refusal =
      open >= maxConnections
        ? { rule: hl7Rules.tooManyConnections }
        : isKnown(peer.certificateName)
          ? undefined
          : { rule: legacyRules.certificateUndeclared, detail: peer.certificateName };
    if (refusal !== undefined) {
      onRefused(refusal, peer);
      socket.destroy();
      return;
    }
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const refusal = { rule: hl7Rules.clientCertificateRefused, detail: error.code ?? error.name };
    onRefused(refusal, { address: socket.remoteAddress ?? '' });
    socket.destroy();
  });
  server.on('close', () => negotiations.cut());
}

function peerOf(socket: TLSSocket): LegacyPeer {
  const { subject } = socket.getPeerCertificate();
  return { address: socket.remoteAddress ?? '', certificateName: String(subject?.CN ?? '') };
}

function listen(server: Server, { host, port, sharedPort }: HttpsDoorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ...(sharedPort ? { reusePort: true } : {}) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpsDoorOptions,
  held: { bytes: number },
): Promise<void> {
  const peer = peerOf(request.socket as TLSSocket);
  const refuse = (refusal: Refusal, status: number) => {
    options.onRefused(refusal, peer);
    response.setHeader('connection', 'close');
    send(response, { ...options.refuse(refusal), status });
  };
  if (request.method !== 'POST') return refuse({ rule: legacyRules.addressUnknown, detail: request.method ?? '' }, 405);
  const read = await readBody(request, options, held);
  if (read === 'cut') return;
  if (read === 'too-large') return refuse({ rule: legacyRules.requestTooLarge }, 413);
  if (read === 'busy') return refuse({ rule: legacyRules.notRecorded }, 503);
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const contentType = request.headers['content-type'] ?? '';
    send(response, await options.onPost({ path, contentType, body: read, peer }));
  } catch (cause) {
    options.onRefused({ rule: legacyRules.notRecorded }, peer, cause);
    send(response, options.refuse({ rule: legacyRules.notRecorded }));
  } finally {
    held.bytes -= read.length;
  }
}

/** The whole body; its bytes are counted in `held` until it is answered. */
async function readBody(
  request: IncomingMessage,
  { maxBodyBytes }: HttpsDoorOptions,
  held: { bytes: number },
): Promise<Buffer | 'too-large' | 'busy' | 'cut'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return 'too-large';
  const chunks: Buffer[] = [];
  let size = 0;
  let outcome: 'too-large' | 'busy' | 'cut' | undefined;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      held.bytes += chunk.length;
      if (size > maxBodyBytes) outcome = 'too-large';
      else if (held.bytes > MOST_HELD * maxBodyBytes) outcome = 'busy';
      if (outcome !== undefined) break;
      chunks.push(chunk);
    }
  } catch {
    outcome = 'cut';
  }
  if (outcome === undefined && request.complete) return Buffer.concat(chunks, size);
  held.bytes -= size;
  return outcome ?? 'cut';
}

function send(response: ServerResponse, { status, contentType, body }: LegacyAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
}

function close(server: Server, finishMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), finishMs);
  server.closeIdleConnections();
  return new Promise((resolve) =>
    server.close(() => {
      clearTimeout(cut);
      resolve();
    }),
  );
}
