/**
 * MLLP server: one message at a time per connection, answered in order, the socket not read meanwhile. Mutual TLS, or
 * plain on the loopback only. Source: design.md 8, hostile.md (MLLP transport, T-R10).
 */
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, Server as TlsServer } from 'node:tls';
import { hl7Rules } from '../../rules/hl7.ts';
import type { Refusal, Rule } from '../../rules/rule.ts';
import { type Negotiations, watchNegotiations } from '../soap/negotiations.ts';
import type { ClientTls } from '../soap/transport.ts';
import { buildAck } from './ack.ts';
import { salvageHeader } from './header.ts';
import { createFrameReader, type FrameEvent, type FrameReader, frameParts } from './mllp-frame.ts';

export interface Peer {
  readonly address: string;
  /** Common name of the client certificate; always there over TLS. */
  readonly certificateName?: string;
}

export interface MllpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM texts. With it, a client certificate of `ca` is required. */
  readonly tls?: ClientTls;
  /** Plain MLLP is refused on any other address than the loopback, unless the site says so. */
  readonly allowPlainNetwork?: boolean;
  /** Largest message, bytes. */
  readonly maxFrameBytes?: number;
  /** A connection silent for so long is cut, milliseconds. */
  readonly idleMs?: number;
  /** A frame must be complete within this time, however its bytes trickle, milliseconds. */
  readonly frameMs?: number;
  /** Over TLS, of authenticated senders; as many more may be negotiating. */
  readonly maxConnections?: number;
  /** Linux: other processes listen on the same port, and the system shares connections out (SO_REUSEPORT). */
  readonly sharedPort?: boolean;
  /** After `close`, a message that is arriving has so long to be whole and answered, milliseconds. */
  readonly finishMs?: number;
  /**
   * Handles one message and gives its answer. Undefined: it says nothing that an answer could be made of, and the connection
   * is closed, so that a sender that waits for one learns at once that there is none. A rejection means that the message is
   * not recorded: the sender gets AR and the connection is closed.
   */
  readonly onFrame: (frame: Buffer, peer: Peer) => Promise<Buffer | undefined>;
  /**
   * Told about everything that was not given to `onFrame`, or failed there: `frame` is what was read of the message, if
   * anything, and `cause` the error.
   */
  readonly onRefused: (refusal: Refusal, peer: Peer, about?: { frame: Buffer; cause?: unknown }) => void;
  readonly now: () => Date;
  readonly newControlId: () => string;
}

export interface MllpServer {
  readonly port: number;
  /** The connections to come are made with this certificate; those that are open stay as they are. TLS only. */
  renew(tls: ClientTls): void;
  /**
   * Stops accepting, lets the messages that have begun to arrive be answered, and ends each connection between two messages.
   * What a sender writes after that is never read: without an acknowledgement it brings it to the next process.
   */
  close(): Promise<void>;
}

type Settings = MllpServerOptions &
  Required<Pick<MllpServerOptions, 'maxFrameBytes' | 'idleMs' | 'frameMs' | 'maxConnections' | 'finishMs'>>;

interface Connections {
  closing: boolean;
  /** Over TLS. */
  negotiations?: Negotiations;
  readonly open: Map<Socket, Connection>;
}

interface Connection {
  /** A message is being handled. */
  handling: boolean;
  readonly reader: FrameReader;
}

const MAX_JUNK_BYTES = 65_536;
/** How long a connection that we end may take to read its last answer. */
const LINGER_MS = 2_000;

/** Starts listening. Rejects when the port is taken, or when plain MLLP would be open to the network. */
export async function startMllpServer(options: MllpServerOptions): Promise<MllpServer> {
  if (options.tls === undefined && options.allowPlainNetwork !== true && !isLoopback(options.host)) {
    throw new Error(`MLLP sans TLS refusé hors de la boucle locale (${options.host})`);
  }
  const settings: Settings = {
    ...options,
    maxFrameBytes: options.maxFrameBytes ?? 64 * 1024 * 1024,
    idleMs: options.idleMs ?? 120_000,
    frameMs: options.frameMs ?? 300_000,
    maxConnections: options.maxConnections ?? 1_024,
    finishMs: options.finishMs ?? 10_000,
  };
  const connections: Connections = { closing: false, open: new Map() };
  const server =
    settings.tls === undefined ? plainServer(settings, connections) : tlsServer(settings, settings.tls, connections);
  await listen(server, settings);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : settings.port,
    renew: (tls) => {
      if (server instanceof TlsServer) server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
    },
    close: () => closeServer(server, connections, settings.finishMs),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function listen(server: Server, { host, port, sharedPort }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ...(sharedPort === true ? { reusePort: true } : {}) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function plainServer(settings: Settings, connections: Connections): Server {
  const server = createPlainServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    serve(socket, { address: socket.remoteAddress ?? '' }, settings, connections);
  });
  server.maxConnections = settings.maxConnections;
  server.on('drop', (dropped) =>
    settings.onRefused({ rule: hl7Rules.tooManyConnections }, { address: dropped?.remoteAddress ?? '' }),
  );
  return server;
}

function tlsServer(settings: Settings, tls: ClientTls, connections: Connections): Server {
  const server = createTlsServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: Math.min(settings.idleMs, 30_000),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
    },
    (socket) => {
      connections.negotiations?.over(socket);
      // It was on its way when the door closed: it is told to come again, elsewhere.
      if (connections.closing) return endGently(socket);
      if (connections.open.size >= settings.maxConnections) {
        settings.onRefused({ rule: hl7Rules.tooManyConnections }, tlsPeer(socket));
        socket.destroy();
        return;
      }
      serve(socket, tlsPeer(socket), settings, connections);
    },
  );
  connections.negotiations = watchNegotiations(server, settings.maxConnections);
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const refusal = { rule: hl7Rules.clientCertificateRefused, detail: error.code ?? error.name };
    settings.onRefused(refusal, { address: socket.remoteAddress ?? '' });
    // Node reports a negotiation that takes too long, and leaves its socket open.
    if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') socket.destroy();
  });
  return server;
}

function tlsPeer(socket: TLSSocket): Peer {
  const name = socket.getPeerCertificate().subject?.CN;
  const address = socket.remoteAddress ?? '';
  return name === undefined ? { address } : { address, certificateName: String(name) };
}

/**
 * Reads a connection to its end. Listeners, not an iterator of the stream: an admission costs less than the promises of one.
 * What comes while a message is handled waits here, at most one chunk, and the socket is no longer read.
 */
function serve(socket: Socket, peer: Peer, settings: Settings, connections: Connections): void {
  const reader = createFrameReader({ maxFrameBytes: settings.maxFrameBytes, maxJunkBytes: MAX_JUNK_BYTES });
  const connection: Connection = { handling: false, reader };
  const waiting: Buffer[] = [];
  let deadline: NodeJS.Timeout | undefined;
  let ended = false;
  let over = false;
  connections.open.set(socket, connection);

  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    if (reader.inFrame() && !connections.closing) settings.onRefused({ rule: hl7Rules.frameIncomplete }, peer);
    connections.open.delete(socket);
    endGently(socket);
  };
  const take = (chunk: Buffer): void => {
    // Our side is ended: nothing that begins now could be answered.
    if (connections.closing && !reader.inFrame()) {
      finish();
      return;
    }
    const events = reader.push(chunk);
    // A frame that has ended stops its own clock; the one that may follow it in the chunk starts another.
    if (deadline !== undefined && (events.length > 0 || !reader.inFrame())) {
      clearTimeout(deadline);
      deadline = undefined;
    }
    if (events.length > 0) void answer(events);
    else if (reader.inFrame()) deadline ??= setTimeout(() => socket.destroy(), settings.frameMs);
  };
  const answer = async (events: readonly FrameEvent[]): Promise<void> => {
    connection.handling = true;
    for (const event of events) {
      const goOn = await handle(event, socket, peer, settings);
      if (!goOn || connections.closing) {
        connection.handling = false;
        finish();
        return;
      }
    }
    connection.handling = false;
    if (reader.inFrame()) deadline ??= setTimeout(() => socket.destroy(), settings.frameMs);
    next();
  };
  const next = (): void => {
    for (let chunk = waiting.shift(); chunk !== undefined && !over; chunk = waiting.shift()) {
      take(chunk);
      if (connection.handling) return;
    }
    if (ended) finish();
    else if (socket.isPaused()) socket.resume();
  };
  socket.on('data', (chunk) => {
    if (over) return;
    if (connection.handling) {
      waiting.push(chunk);
      socket.pause();
    } else take(chunk);
  });
  socket.on('end', () => {
    ended = true;
    if (!connection.handling) finish();
  });
  // The peer went away or was cut: what it had not finished sending was never ours. An error is followed by it.
  socket.on('error', () => undefined);
  socket.on('close', finish);
  // A write begins this time anew. Handling may take longer than a silence may last.
  socket.setTimeout(settings.idleMs);
  socket.on('timeout', () => {
    if (!connection.handling || socket.writableLength > 0) socket.destroy();
  });
}

/** Handles one event of the reader; false when the connection must end. */
async function handle(event: FrameEvent, socket: Socket, peer: Peer, settings: Settings): Promise<boolean> {
  switch (event.kind) {
    case 'frame':
      try {
        const answer = await settings.onFrame(event.message, peer);
        if (answer === undefined) return false;
        await write(socket, answer);
        return !socket.destroyed;
      } catch (cause) {
        await refuseFrame(event.message, hl7Rules.notRecorded, socket, peer, settings, cause);
        return false;
      }
    case 'too-large':
      await refuseFrame(event.head, hl7Rules.frameTooLarge, socket, peer, settings);
      return false;
    case 'junk':
      settings.onRefused({ rule: hl7Rules.junkOutsideFrame }, peer);
      return false;
  }
}

async function refuseFrame(
  head: Buffer,
  rule: Rule,
  socket: Socket,
  peer: Peer,
  settings: Settings,
  cause?: unknown,
): Promise<void> {
  const refusal: Refusal = { rule };
  settings.onRefused(refusal, peer, { frame: head, cause });
  const header = salvageHeader(head);
  if (header === undefined) return;
  const ack = buildAck(header, refusal, { now: settings.now(), controlId: settings.newControlId() });
  await write(socket, ack);
}

/** Writes a frame and waits until the peer takes it, so that a peer that reads nothing is not answered without end. */
async function write(socket: Socket, message: Buffer): Promise<void> {
  if (socket.destroyed) return;
  const parts = frameParts(message);
  if (parts.length > 1) socket.cork();
  const flushed = parts.map((part) => socket.write(part));
  if (parts.length > 1) socket.uncork();
  if (flushed.at(-1) === true) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

/** Ends our side, drops what still comes in, and cuts if the peer does not close soon: the last answer must be readable. */
function endGently(socket: Socket): void {
  if (socket.destroyed) return;
  socket.setTimeout(0);
  socket.end();
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}

function closeServer(server: Server, connections: Connections, finishMs: number): Promise<void> {
  connections.closing = true;
  const cutAll = (): void => {
    connections.negotiations?.cut();
    for (const socket of connections.open.keys()) socket.destroy();
  };
  // The others end by themselves: once they have answered, or once they know who is there.
  for (const [socket, { handling, reader }] of connections.open) if (!handling && !reader.inFrame()) endIdle(socket);
  const cut = setTimeout(cutAll, finishMs);
  return new Promise((resolve) =>
    server.close(() => {
      clearTimeout(cut);
      resolve();
    }),
  );
}

/** Ends our side between two messages; what is being read ends with the peer's side, or is cut. */
function endIdle(socket: Socket): void {
  socket.end();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}
