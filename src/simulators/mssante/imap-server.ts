/**
 * The IMAP side of the MSSanté simulator: mutual TLS from the first byte, strict, faulty on demand. `lost-answer` does what is
 * asked and cuts before saying so, `soap-fault` answers NO, `http-500` answers BAD: the names are those of every simulator.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type TLSSocket } from 'node:tls';
import type { FaultBoard, Wait } from '../common/faults.ts';
import { type Answer, CAPABILITIES, login, run, type Session, tellChanges } from './imap-commands.ts';
import { type Command, createCommandReader } from './imap-syntax.ts';
import type { MailStore } from './mail-store.ts';

export interface ImapServerOptions {
  /** PEM texts; `ca` is the authority that client certificates must come from. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** 0: any free port. The same one serves again after a stop. */
  readonly port: number;
  readonly host?: string;
  readonly store: MailStore;
  /** Of every account. */
  readonly password: string;
  /** Draws the faults that strike one command. */
  readonly draw: FaultBoard['draw'];
  /** Told of every command and its answer. */
  readonly noted?: (command: string, answer: string) => void;
  readonly wait?: Wait;
}

export interface ImapServer {
  port(): number;
  start(): Promise<void>;
  /** The port refuses connections and those open are cut. */
  stop(): Promise<void>;
}

export function createImapServer(options: ImapServerOptions): ImapServer {
  let { port } = options;
  const sockets = new Set<TLSSocket>();
  let server: ReturnType<typeof createServer> | undefined;
  return {
    port: () => port,
    start: () =>
      new Promise((resolve, reject) => {
        const next = createServer(
          { ...options.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
          (socket) => serve(options, socket),
        );
        next.on('connection', (socket) => {
          sockets.add(socket as TLSSocket);
          socket.once('close', () => sockets.delete(socket as TLSSocket));
        });
        next.once('error', reject);
        next.listen(port, options.host ?? '127.0.0.1', () => {
          next.off('error', reject);
          const address = next.address();
          if (address !== null && typeof address === 'object') port = address.port;
          server = next;
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        const current = server;
        server = undefined;
        if (current === undefined) return resolve();
        current.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** What the next line of the client is for, when it is no command. */
type Awaited = { readonly kind: 'done'; readonly tag: string } | { readonly kind: 'plain'; readonly tag: string };

function serve(options: ImapServerOptions, socket: TLSSocket): void {
  socket.on('error', () => undefined);
  const session: Session = {
    store: options.store,
    password: options.password,
    account: undefined,
    selected: undefined,
    readOnly: false,
    seen: [],
    send: (data) => void socket.write(data),
  };
  let awaited: Awaited | undefined;
  let unwatch: (() => void) | undefined;
  let last: Promise<void> = Promise.resolve();
  const reader = createCommandReader(() => awaited !== undefined);
  socket.once('close', () => unwatch?.());
  session.send(`* OK [CAPABILITY ${CAPABILITIES}] ready\r\n`);

  function onLine(text: string): void {
    const was = awaited;
    awaited = undefined;
    unwatch?.();
    unwatch = undefined;
    if (was?.kind === 'done')
      session.send(text.toUpperCase() === 'DONE' ? `${was.tag} OK done\r\n` : `${was.tag} BAD DONE is expected\r\n`);
    else if (was?.kind === 'plain') session.send(`${was.tag} ${plain(session, text)}\r\n`);
  }

  /** Undefined when the answer comes later. */
  function perform(command: Command): Answer | undefined {
    const { tag, name, args } = command;
    if (name === 'IDLE' && session.selected !== undefined) {
      awaited = { kind: 'done', tag };
      session.send('+ idling\r\n');
      tellChanges(session);
      unwatch = session.account?.watch(() => tellChanges(session));
      return undefined;
    }
    if (name === 'AUTHENTICATE' && session.account === undefined) {
      const [mechanism, initial] = args;
      if (String(mechanism).toUpperCase() !== 'PLAIN') return 'NO no such mechanism';
      if (typeof initial === 'string') return plain(session, initial);
      awaited = { kind: 'plain', tag };
      session.send('+ \r\n');
      return undefined;
    }
    return run(session, command);
  }

  async function onCommand(command: Command): Promise<void> {
    const strikes = options.draw();
    if (strikes.has('down') || strikes.has('reset')) return void socket.destroy();
    const slow = strikes.get('slow');
    if (slow !== undefined) await (options.wait ?? waitFor)(slow.delayMs, AbortSignal.timeout(slow.delayMs + 1_000));
    const answer = strikes.has('soap-fault')
      ? 'NO [UNAVAILABLE] try later'
      : strikes.has('http-500')
        ? 'BAD internal error'
        : perform(command);
    if (strikes.has('lost-answer')) return void socket.destroy();
    if (answer === undefined) return;
    options.noted?.(command.name, answer.split(' ', 1)[0] ?? '');
    session.send(`${command.tag} ${answer}\r\n`);
    if (command.name === 'LOGOUT') socket.end();
  }

  socket.on('data', (chunk: Buffer) => {
    for (const incoming of reader(chunk)) {
      // One after the other, in their order, whatever a fault makes of them.
      last = last.then(async () => {
        if (incoming.kind === 'continue') session.send('+ go on\r\n');
        else if (incoming.kind === 'line') onLine(incoming.text);
        else if (incoming.kind === 'bad') session.send(`${incoming.tag} BAD ${incoming.why}\r\n`);
        else await onCommand(incoming.command);
      });
    }
  });
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** RFC 4616: authorisation identity, user, password, apart by NUL. */
function plain(session: Session, encoded: string): Answer {
  const [as = '', user = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('\0');
  return as === '' || as === user ? login(session, user, password) : 'NO [AUTHORIZATIONFAILED] only as oneself';
}
