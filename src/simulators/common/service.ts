/**
 * The shell of every simulator: a mutual-TLS HTTP service that commits faults on demand, and its control API.
 * What a request means is the handler's business.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { readBody } from './body.ts';
import { type ControlRoutes, errorLabel, startControl } from './control.ts';
import { createFaultBoard, type FaultBoard, faultRoutes, type Wait } from './faults.ts';
import { type Peer, peerOf } from './peer.ts';
import { closeServer, listen } from './sockets.ts';

export interface SimRequest {
  readonly method: string;
  /** As received, query included. */
  readonly path: string;
  /** Names in lower case; a repeated header is joined with `, `. */
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly peer: Peer;
}

export interface SimResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer | string;
}

export type SimHandler = (request: SimRequest) => Promise<SimResponse>;

export interface SimulatorOptions {
  readonly name: 'insi' | 'dmp';
  /** PEM texts; `ca` is the authority that client certificates must come from. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Address of the service (the control API never leaves 127.0.0.1). Default 127.0.0.1. */
  readonly host?: string;
  /** 0: any free port. The same port serves again after a `down`. */
  readonly port: number;
  readonly controlPort: number;
  readonly handler: SimHandler;
  /** Endpoints of this simulator, `GET /stats` included; those of the faults come by themselves. */
  readonly control: ControlRoutes;
  /** What the `soap-fault` fault answers. */
  readonly soapFault: () => SimResponse;
  readonly log?: (line: string) => void;
  /** Largest accepted request body. Default 128 MiB. */
  readonly maxBodyBytes?: number;
  /** Uniform in [0, 1); decides which requests a fault strikes. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

export interface RunningSimulator {
  /** `https://localhost:port` */
  readonly url: string;
  /** `http://127.0.0.1:port` */
  readonly control: string;
  close(): Promise<void>;
}

const DEFAULT_MAX_BODY_BYTES = 128 * 1024 * 1024;
const KEEP_ALIVE_MS = 60_000;

/** Rejects when a port is taken or the certificate unusable. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const log = (line: string): void => options.log?.(`${options.name} simulator: ${line}`);
  const wait: Wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const stopping = new AbortController();
  const listener = createListener(options, (request, response) => {
    serve({ options, board, wait, stopping: stopping.signal }, request, response).catch((error: unknown) => {
      log(`request failed: ${errorLabel(error)}`);
      request.socket.destroy();
    });
  });
  const board = createFaultBoard({
    random: options.random ?? Math.random,
    wait,
    setDown: (down) => (down ? listener.stop() : listener.start()),
    log,
  });
  await listener.start();
  try {
    const routes = { ...options.control, ...faultRoutes(board) };
    const control = await startControl({ port: options.controlPort, routes, log });
    return {
      url: `https://localhost:${listener.port()}`,
      control: control.url,
      async close() {
        stopping.abort();
        board.close();
        await Promise.all([control.close(), listener.stop()]);
      },
    };
  } catch (error) {
    await listener.stop();
    throw error;
  }
}

interface Listener {
  port(): number;
  start(): Promise<void>;
  /** The port refuses connections and those open are cut, even in the middle of a handshake. */
  stop(): Promise<void>;
}

function createListener(
  options: SimulatorOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Listener {
  let port = options.port;
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  return {
    port: () => port,
    async start() {
      const next = createServer(
        { ...options.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
        onRequest,
      );
      next.keepAliveTimeout = KEEP_ALIVE_MS;
      next.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      port = await listen(next, port, options.host ?? '127.0.0.1');
      server = next;
    },
    async stop() {
      const current = server;
      server = undefined;
      if (current === undefined) return;
      const closed = closeServer(current);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Service {
  readonly options: SimulatorOptions;
  readonly board: FaultBoard;
  readonly wait: Wait;
  readonly stopping: AbortSignal;
}

async function serve(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const certificate = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) {
    request.socket.destroy();
    return;
  }
  const strikes = service.board.draw();
  // Below rate 1 the socket stays open, so the share of `down` is made of connections cut before anything is read.
  if (strikes.has('down') || strikes.has('reset')) {
    request.socket.destroy();
    return;
  }
  const body = await readBody(request, service.options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  if (body === undefined) {
    send(response, { status: 413, headers: { connection: 'close' }, body: '' });
    return;
  }
  const slow = strikes.get('slow');
  if (slow !== undefined && !(await waited(service, slow.delayMs))) return;
  const simRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: headersOf(request),
    body,
    peer: peerOf(certificate),
  };
  const answer = strikes.has('http-500')
    ? { status: 500, headers: { 'content-type': 'text/html' }, body: '<html><body>Internal Server Error</body></html>' }
    : strikes.has('soap-fault')
      ? service.options.soapFault()
      : await service.options.handler(simRequest);
  if (strikes.has('lost-answer')) request.socket.destroy();
  else send(response, answer);
}

/** False when the simulator stops meanwhile. */
async function waited(service: Service, ms: number): Promise<boolean> {
  try {
    await service.wait(ms, service.stopping);
    return true;
  } catch {
    return false;
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) headers[name] = (values ?? []).join(', ');
  return headers;
}

function send(response: ServerResponse, answer: SimResponse): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}
