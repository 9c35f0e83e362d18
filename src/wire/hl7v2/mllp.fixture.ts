/** A server on the loopback, sockets that speak to it, and what they heard. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after } from 'node:test';
import type { Refusal } from '../../rules/rule.ts';
import { readAck } from './ack.ts';
import { parseMessage } from './message.ts';
import type { MllpOutcome } from './mllp-client.ts';
import { createFrameReader, frameParts } from './mllp-frame.ts';
import { type MllpServer, type MllpServerOptions, type Peer, startMllpServer } from './mllp-server.ts';

export const frame = (text: string) => Buffer.concat(frameParts(Buffer.from(text)));

interface Started extends MllpServer {
  readonly refusals: string[];
  readonly peers: Peer[];
}

const started: MllpServer[] = [];
after(() => Promise.all(started.map((server) => server.close())));

/** An echo server on the loopback, unless told otherwise. */
export async function start(options: Partial<MllpServerOptions> = {}): Promise<Started> {
  const refusals: string[] = [];
  const peers: Peer[] = [];
  const server = await startMllpServer({
    host: '127.0.0.1',
    port: 0,
    onFrame: async (bytes, peer) => {
      peers.push(peer);
      return Buffer.concat([Buffer.from('echo '), bytes]);
    },
    onRefused: (refusal: Refusal) => refusals.push(refusal.rule.id),
    now: () => new Date(0),
    newControlId: () => 'R1',
    ...options,
  });
  started.push(server);
  return { ...server, refusals, peers };
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The next `count` frames of a socket. */
export function frames(socket: Socket, count: number): Promise<string[]> {
  const reader = createFrameReader({ maxFrameBytes: 100_000, maxJunkBytes: 0 });
  const found: string[] = [];
  return new Promise((resolve) => {
    const done = () => resolve(found);
    socket.on('close', done);
    socket.on('data', (chunk) => {
      for (const event of reader.push(chunk))
        found.push(event.kind === 'frame' ? event.message.toString() : event.kind);
      if (found.length >= count) done();
    });
  });
}

export function ackIn(text: string | undefined) {
  const message = parseMessage(Buffer.from(text ?? ''));
  const ack = message.ok ? readAck(message.value) : message;
  return ack.ok ? ack.value : assert.fail(ack.refusal.rule.id);
}

export async function texts(sending: Promise<MllpOutcome>): Promise<string> {
  const outcome = await sending;
  return `${outcome.kind} ${outcome.kind === 'answered' ? outcome.message.toString() : outcome.reason}`;
}

export function waited(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

export async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** Waits for what the other end of a socket of this process is about to say. */
export async function said(refusals: readonly string[], count: number): Promise<readonly string[]> {
  while (refusals.length < count) await new Promise((resolve) => setImmediate(resolve));
  return refusals;
}
