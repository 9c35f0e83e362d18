/**
 * The SMTP side of the MSSanté simulator: mutual TLS from the first byte, strict on what a mail of documents holds, faulty on
 * demand. `lost-answer` takes the mail and cuts before saying so, `http-500` answers 451, `soap-fault` answers 554: the names
 * are those of every simulator. A mail of a Message-ID that a recipient has already is taken, and not put there twice.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { z } from 'zod';
import { type ControlRoutes, startControl } from '../common/control.ts';
import { createFaultBoard, type FaultBoard, faultRoutes } from '../common/faults.ts';
import { type Journal, openJournal } from '../common/journal.ts';
import { createStats, type Stats } from '../common/stats.ts';
import { BadMail, type CheckedMail, checkMail } from './mail-checks.ts';
import { notification } from './notification.ts';

export interface SmtpSimulatorOptions {
  /** Holds the journal of what was taken. */
  readonly directory: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** 0: any free port. */
  readonly port: number;
  readonly controlPort: number;
  /** Application mailboxes that may send here. */
  readonly senders: readonly string[];
  /** Puts a mail into a mailbox that is read elsewhere; false when it is not one of those. */
  readonly deliver?: (address: string, raw: Buffer) => boolean;
  readonly now: () => Date;
  readonly newUuid: () => string;
  readonly log?: (line: string) => void;
  readonly random?: () => number;
}

export interface SmtpSimulator {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly control: string;
  close(): Promise<void>;
}

/** One copy in one mailbox. */
interface Deposit extends CheckedMail {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly size: number;
  /** The whole mail, Base64. */
  readonly raw: string;
}

/** `unknown`, `disabled`, `busy`: refused at the door. `full`, `gone`: taken, then sent back. */
const MAILBOX_STATES = ['open', 'unknown', 'disabled', 'busy', 'full', 'gone'] as const;
type MailboxState = (typeof MAILBOX_STATES)[number];

const REFUSALS: Partial<Record<MailboxState, string>> = {
  unknown: '550 5.1.1 mailbox unknown',
  disabled: '550 5.2.1 mailbox disabled',
  busy: '450 4.2.1 mailbox busy, try again later',
};
const BOUNCES: Partial<Record<MailboxState, { status: string; diagnostic: string }>> = {
  full: { status: '5.2.2', diagnostic: '552 5.2.2 mailbox full' },
  gone: { status: '5.1.1', diagnostic: '550 5.1.1 mailbox unknown' },
};

interface House {
  readonly options: SmtpSimulatorOptions;
  readonly deposits: Deposit[];
  readonly states: Map<string, MailboxState>;
  readonly journal: Journal<Deposit>;
  readonly stats: Stats;
  readonly board: () => FaultBoard;
}

export async function startSmtpSimulator(options: SmtpSimulatorOptions): Promise<SmtpSimulator> {
  const log = (line: string): void => options.log?.(`mssante simulator: ${line}`);
  const deposits: Deposit[] = [];
  const journal = await openJournal<Deposit>(join(options.directory, 'mails.jsonl'), (entry) => deposits.push(entry));
  const stats = createStats();
  const house: House = { options, deposits, states: new Map(), journal, stats, board: () => board };
  const listener = createListener(house, log);
  const board = createFaultBoard({
    random: options.random ?? Math.random,
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    setDown: (down) => (down ? listener.stop() : listener.start()),
    log,
  });
  await listener.start();
  const control = await startControl({ port: options.controlPort, routes: routesOf(house, board), log });
  return {
    port: listener.port(),
    control: control.url,
    async close() {
      board.close();
      await Promise.all([control.close(), listener.stop()]);
      await journal.close();
    },
  };
}

function createListener(house: House, log: (line: string) => void) {
  let { port } = house.options;
  let server: SMTPServer | undefined;
  return {
    port: () => port,
    start: () =>
      new Promise<void>((resolve, reject) => {
        const next = makeServer(house);
        next.on('error', (error) => {
          log(error.message);
          reject(error);
        });
        next.listen(port, '127.0.0.1', () => {
          const address = next.server.address();
          if (address !== null && typeof address === 'object') port = address.port;
          server = next;
          resolve();
        });
      }),
    stop: () =>
      new Promise<void>((resolve) => {
        const current = server;
        server = undefined;
        if (current === undefined) return resolve();
        for (const connection of current.connections) cut(connection);
        current.close(() => resolve());
      }),
  };
}

function makeServer(house: House): SMTPServer {
  const { tls, senders } = house.options;
  const server = new SMTPServer({
    ...tls,
    secure: true,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    hideDSN: false,
    banner: 'simulateur MSSante',
    onMailFrom: ({ address }, _session, done) => {
      const known = address === '' || senders.some((each) => each.toLowerCase() === address.toLowerCase());
      done(known ? null : answer('550 5.7.1 sender not allowed'));
    },
    onRcptTo: ({ address }, _session, done) => {
      const inTrust = /@([a-z0-9-]+\.)*mssante\.fr$/i.test(address);
      const refusal = inTrust ? REFUSALS[stateOf(house, address)] : '550 5.7.1 outside of the trusted domains';
      done(refusal === undefined ? null : answer(refusal));
    },
    onData: (stream, session, done) => {
      receive(house, stream, session).then(
        (outcome) => {
          if (outcome === 'cut') return cutSession(server, session);
          done(outcome === undefined ? null : answer(outcome));
        },
        () => done(answer('451 4.3.0 internal error')),
      );
    },
  });
  return server;
}

function stateOf({ states }: House, address: string): MailboxState {
  return states.get(address.toLowerCase()) ?? 'open';
}

function answer(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}

/** The library keeps its sockets to itself. */
function cut(connection: object): void {
  const socket: unknown = Reflect.get(connection, '_socket');
  if (typeof socket === 'object' && socket !== null && 'destroy' in socket && typeof socket.destroy === 'function')
    socket.destroy();
}

function cutSession(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) if (Reflect.get(connection, 'session') === session) cut(connection);
}

/** Undefined: taken. `cut`: nobody hears of it. Else the reply. */
async function receive(
  house: House,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<string | 'cut' | undefined> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  const raw = Buffer.concat(parts);
  const strikes = house.board().draw();
  const slow = strikes.get('slow');
  if (slow !== undefined) await sleep(slow.delayMs);
  if (strikes.has('reset') || strikes.has('down')) return 'cut';
  if (strikes.has('http-500')) return '451 4.3.0 try again later';
  if (strikes.has('soap-fault')) return '554 5.3.0 transaction failed';
  const { mailFrom, rcptTo } = session.envelope;
  const from = mailFrom === false ? '' : mailFrom.address;
  const to = rcptTo.map(({ address }) => address);
  try {
    const checked = await checkMail(raw, from, to);
    await deposit(house, { checked, raw, from, to }, session);
    count(house, checked, 'taken');
  } catch (error) {
    if (!(error instanceof BadMail)) throw error;
    count(house, undefined, error.message);
    return `550 5.6.0 ${error.message}`;
  }
  return strikes.has('lost-answer') ? 'cut' : undefined;
}

function count({ stats }: House, checked: CheckedMail | undefined, outcome: string): void {
  const ins = checked?.patientId?.endsWith('^NH') === true;
  stats.count({
    transaction: checked?.kind ?? 'refused',
    apiVersion: 'SMTP',
    identityKind: ins ? 'INS' : 'none',
    outcome,
  });
}

interface Received {
  readonly checked: CheckedMail;
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
}

async function deposit(house: House, { checked, raw, from, to }: Received, session: SMTPServerSession): Promise<void> {
  const { options, deposits, journal } = house;
  for (const address of to) {
    const bounce = BOUNCES[stateOf(house, address)];
    const known = deposits.some((each) => each.messageId === checked.messageId && each.to === address);
    if (bounce === undefined && !known) {
      const entry = {
        ...checked,
        at: options.now().toISOString(),
        from,
        to: address,
        size: raw.length,
        raw: raw.toString('base64'),
      };
      deposits.push(entry);
      await journal.append(entry);
      options.deliver?.(address, raw);
    }
    if (from !== '' && checked.kind !== 'report') notify(house, { address, from, checked, bounce }, session);
  }
}

/** Where it was asked for (NOTIFY), to the envelope sender, in its own mailbox. */
function notify(
  { options }: House,
  about: {
    address: string;
    from: string;
    checked: CheckedMail;
    bounce: { status: string; diagnostic: string } | undefined;
  },
  { envelope }: SMTPServerSession,
): void {
  const { address, from, checked, bounce } = about;
  const asked: unknown = Reflect.get(envelope.rcptTo.find((each) => each.address === address) ?? {}, 'dsn');
  const wanted = JSON.stringify(asked ?? '').toUpperCase();
  if (!wanted.includes(bounce === undefined ? 'SUCCESS' : 'FAILURE')) return;
  const envid: unknown = Reflect.get(Reflect.get(envelope, 'dsn') ?? {}, 'envid');
  options.deliver?.(
    from,
    notification({
      id: options.newUuid(),
      at: options.now(),
      to: from,
      recipient: address,
      envelopeId: typeof envid === 'string' ? envid : undefined,
      messageId: checked.messageId,
      action: bounce === undefined ? 'delivered' : 'failed',
      status: bounce?.status ?? '2.0.0',
      diagnostic: bounce?.diagnostic ?? '250 2.0.0 delivered',
    }),
  );
}

const wanted = z.strictObject({
  messageId: z.string().optional(),
  to: z.string().optional(),
  raw: z.boolean().default(false),
});
const mailbox = z.strictObject({ address: z.email(), state: z.enum(MAILBOX_STATES) });

function routesOf({ deposits, states, stats }: House, board: FaultBoard): ControlRoutes {
  return {
    'GET /stats': async () => stats.report(),
    'POST /mails/search': async (body) => {
      const { messageId, to, raw } = wanted.parse(body ?? {});
      const found = deposits.filter(
        (each) =>
          (messageId === undefined || each.messageId === messageId) &&
          (to === undefined || each.to.toLowerCase() === to.toLowerCase()),
      );
      return { mails: found.map((each) => (raw ? each : { ...each, raw: undefined })) };
    },
    'POST /mailboxes': async (body) => {
      const { address, state } = mailbox.parse(body);
      states.set(address.toLowerCase(), state);
      return { address, state };
    },
    ...faultRoutes(board),
  };
}
