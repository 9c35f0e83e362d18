/**
 * Stands between the gateway and PostgreSQL and reads the protocol (version 3) enough to know when something is about to
 * be committed, and when it has been. No SSL: it is the loopback of a test.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { Guillotine } from './guillotine.ts';

export interface PostgresTap {
  readonly databaseUrl: string;
  close(): Promise<void>;
}

export async function startPostgresTap(databaseUrl: string, guillotine: Guillotine): Promise<PostgresTap> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    relay(client, behind, guillotine);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  // Not by the local socket of the server: by the tap.
  url.searchParams.delete('host');
  url.port = String(address.port);
  return {
    databaseUrl: url.href,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** What is known of one session. */
interface Session {
  /** Prepared statements by name. */
  readonly statements: Map<string, string>;
  /** Writes of the transaction so far. */
  writes: string[];
  /** As the client knows it: it sends on without waiting for the answers. */
  inTransaction: boolean;
  /** What each `ReadyForQuery` to come ends: a boundary that was let through, or nothing of interest. */
  readonly awaited: (string | undefined)[];
}

const QUERY = 0x51;
const PARSE = 0x50;
const BIND = 0x42;
const SYNC = 0x53;
const READY = 0x5a;

function relay(client: Socket, behind: Socket, guillotine: Guillotine): void {
  const session: Session = { statements: new Map(), writes: [], inTransaction: false, awaited: [] };
  const fromClient = messageReader(true);
  const fromServer = messageReader(false);
  let group: Buffer[] = [];
  // One after the other: a boundary holds what comes behind it.
  let turn = Promise.resolve();
  const inTurn = (work: () => Promise<void>): void => {
    turn = turn.then(work).catch(() => void client.destroy());
  };
  client.on('data', (chunk) => {
    inTurn(async () => {
      for (const message of fromClient(chunk)) {
        group.push(message);
        note(session, message);
        // A group ends where the server is asked to act: until then nothing of it can have an effect.
        const type = message[0];
        if (type === PARSE || type === BIND || type === 0x44 || type === 0x45) continue;
        const label = type === QUERY || type === SYNC ? boundaryOf(session, message) : undefined;
        if (label !== undefined && (await guillotine.reach(label, 'before'))) {
          client.destroy();
          return;
        }
        if (type === QUERY || type === SYNC) session.awaited.push(label);
        for (const part of group) behind.write(part);
        group = [];
      }
    });
  });
  let back = Promise.resolve();
  behind.on('data', (chunk) => {
    back = back
      .then(async () => {
        for (const message of fromServer(chunk)) {
          if (message[0] === READY && (await ready(session, guillotine))) {
            client.destroy();
            return;
          }
          client.write(message);
        }
      })
      .catch(() => void client.destroy());
  });
}

/** True when the gateway was killed before it could hear of its commit. */
async function ready(session: Session, guillotine: Guillotine): Promise<boolean> {
  const awaited = session.awaited.shift();
  return awaited !== undefined && guillotine.reach(awaited, 'after');
}

/** Remembers the statement and what it writes. */
function note(session: Session, message: Buffer): void {
  const [type] = message;
  if (type === PARSE) {
    const [name = '', sql = ''] = texts(message, 5);
    session.statements.set(name, sql);
  }
  if (type === BIND) {
    const [, name = ''] = texts(message, 5);
    session.writes.push(...writesOf(session.statements.get(name) ?? ''));
  }
  if (type !== QUERY) return;
  const [sql = ''] = texts(message, 5);
  if (/^\s*begin\b/i.test(sql)) session.inTransaction = true;
  session.writes.push(...writesOf(sql));
}

/** The label of the commit that this message makes, if it makes one with something written. A transaction ends with it. */
function boundaryOf(session: Session, message: Buffer): string | undefined {
  const sql = message[0] === QUERY ? (texts(message, 5)[0] ?? '') : '';
  const ends = /\b(commit|rollback)\b/i.exec(sql)?.[1]?.toLowerCase();
  if (ends === undefined && session.inTransaction) return undefined;
  const writes = new Set(ends === 'rollback' ? [] : session.writes);
  session.writes = [];
  session.inTransaction = false;
  return writes.size === 0 ? undefined : `commit ${[...writes].join(' + ')}`;
}

function writesOf(sql: string): string[] {
  const found = sql.matchAll(/\b(insert\s+into|update|delete\s+from)\s+"?([a-z_]+)"?/gi);
  return (
    [...found]
      .map(([, verb = '', table = '']) => `${verb.split(/\s/)[0]?.toLowerCase()} ${table}`)
      // `for update of …`, `do update set`: not a table.
      .filter((write) => !/^update (set|of|skip|nowait)$/.test(write))
  );
}

/** The first zero-ended texts of a message. */
function texts(message: Buffer, from: number): string[] {
  const parts: string[] = [];
  for (let at = from; at < message.length && parts.length < 2; ) {
    const end = message.indexOf(0, at);
    if (end < 0) break;
    parts.push(message.toString('utf8', at, end));
    at = end + 1;
  }
  return parts;
}

/** Cuts a stream into whole messages. The first one of a client has no type. */
function messageReader(startup: boolean): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  let first = startup;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      const head = first ? 0 : 1;
      if (rest.length < head + 4) return messages;
      const length = head + rest.readUInt32BE(head);
      if (rest.length < length) return messages;
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
      first = false;
    }
  };
}
