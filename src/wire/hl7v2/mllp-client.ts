/**
 * MLLP client: one message at a time, over a connection that is opened when needed and kept. A failure says whether the
 * message may have been read.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls } from '../soap/transport.ts';
import { createFrameReader, frameParts } from './mllp-frame.ts';

export interface MllpClientOptions {
  readonly host: string;
  readonly port: number;
  /** PEM texts: mutual TLS. */
  readonly tls?: ClientTls;
  /** Name that the server certificate must bear, `host` unless told. */
  readonly serverName?: string;
  /** Time allowed to connect, and again to be answered, milliseconds. */
  readonly timeoutMs: number;
}

export type MllpOutcome =
  | { readonly kind: 'answered'; readonly message: Buffer }
  /** Nothing reached the peer: sending again is harmless. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The peer may have read and kept the message: the same MSH-10 must be sent again, never a new one. */
  | { readonly kind: 'ambiguous'; readonly reason: string };

export interface MllpClient {
  /** Sends after those already waiting, and gives the next frame that comes back. */
  send(message: Uint8Array): Promise<MllpOutcome>;
  /** Lets the messages under way end, then closes the connection. */
  close(): Promise<void>;
}

/** An acknowledgement is short; anything longer is not one. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export function createMllpClient(options: MllpClientOptions): MllpClient {
  let socket: Socket | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function exchange(message: Uint8Array): Promise<MllpOutcome> {
    // Two turns have the event loop read its sockets once: a close that has already arrived is seen before we write.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (socket === undefined || !socket.writable || !socket.readable) {
      socket?.destroy();
      try {
        socket = await open(options);
      } catch (error) {
        socket = undefined;
        return { kind: 'not-sent', reason: reasonOf(error) };
      }
    }
    const outcome = await sendOver(socket, message, options.timeoutMs);
    if (outcome.kind !== 'answered') {
      // A late answer must not be taken for the answer to the next message.
      socket.destroy();
      socket = undefined;
    }
    return outcome;
  }

  return {
    send(message) {
      const outcome = last.then(() => exchange(message));
      last = outcome;
      return outcome;
    },
    async close() {
      await last;
      socket?.destroy();
      socket = undefined;
    },
  };
}

/** An open connection that notices when the peer closes it. Rejects when it cannot be opened in time. */
function open(options: MllpClientOptions): Promise<Socket> {
  const { host, port, tls, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connectPlain({ host, port, noDelay: true })
        : connectTls({ ...tls, host, port, servername: options.serverName ?? serverName(host), minVersion: 'TLSv1.2' });
    const late = setTimeout(() => socket.destroy(new Error('ETIMEDOUT')), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(late);
      reject(error);
    };
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(late);
      socket.off('error', fail);
      socket.on('error', () => undefined);
      socket.once('end', () => socket.destroy());
      socket.resume();
      resolve(socket);
    });
  });
}

/** SNI takes names only; an address is still checked against the certificate. */
function serverName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host;
}

function sendOver(socket: Socket, message: Uint8Array, timeoutMs: number): Promise<MllpOutcome> {
  return new Promise((resolve) => {
    const reader = createFrameReader({ maxFrameBytes: MAX_ANSWER_BYTES, maxJunkBytes: 1_024 });
    let failure: Error | undefined;
    const late = setTimeout(() => end({ kind: 'ambiguous', reason: 'ETIMEDOUT' }), timeoutMs);
    const onData = (chunk: Buffer) => {
      const event = reader.push(chunk)[0];
      if (event === undefined) return;
      end(
        event.kind === 'frame'
          ? { kind: 'answered', message: event.message }
          : { kind: 'ambiguous', reason: event.kind },
      );
    };
    const onError = (error: Error) => {
      failure = error;
    };
    const onClose = () => {
      // Over TLS 1.3 the server refuses our certificate after we believe ourselves connected: it has read nothing.
      const kind = failure !== undefined && isHandshakeAlert(failure) ? 'not-sent' : 'ambiguous';
      end({ kind, reason: failure === undefined ? 'ECONNCLOSED' : reasonOf(failure) });
    };
    const end = (outcome: MllpOutcome) => {
      clearTimeout(late);
      socket.off('data', onData);
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve(outcome);
    };
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.cork();
    for (const part of frameParts(message)) socket.write(part);
    socket.uncork();
  });
}

/** A code, never a text that could repeat the message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function isHandshakeAlert(error: Error): boolean {
  return /^ERR_SSL_.*ALERT_(.*CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED|DECRYPT_ERROR)/.test(
    reasonOf(error),
  );
}
