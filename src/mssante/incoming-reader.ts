/** Reads every declared mailbox for as long as this process works: a session each, IDLE between two looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailboxConfig } from '../config/mssante-in-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { transaction } from '../store/db.ts';
import { pruneMails } from '../store/incoming-mail.ts';
import {
  declareMailboxes,
  holdMailbox,
  leaveMailbox,
  MailboxLost,
  type MailboxTurn,
  recordMailboxFailure,
  takeMailbox,
} from '../store/mailboxes.ts';
import { type MailboxClient, MailboxFailure, type MailboxPlace, openMailbox } from '../wire/imap/mailbox-client.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { collect } from './incoming-collect.ts';

export interface MailReader {
  stop(): Promise<void>;
}

export interface ReaderOptions {
  /** Certificates by name of mailbox. */
  readonly certificates: ReadonlyMap<string, ClientTls>;
  readonly open?: (place: MailboxPlace) => Promise<MailboxClient>;
}

const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Puts the mailboxes of the configuration in the database. */
export async function declareConfiguredMailboxes({ config, pool }: UseCaseContext): Promise<void> {
  await transaction(pool, (tx) =>
    declareMailboxes(
      tx,
      config.incomingMail.mailboxes.map(({ name }) => name),
    ),
  );
}

export function startMailReader(context: UseCaseContext, options: ReaderOptions): MailReader {
  const stopping = new AbortController();
  const loops = context.config.incomingMail.mailboxes.map((mailbox) =>
    readForEver(context, mailbox, options, stopping.signal),
  );
  if (loops.length > 0) loops.push(pruneForEver(context, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function pruneForEver(context: UseCaseContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const before = new Date(context.now().getTime() - context.config.incomingMail.keepDays * DAY_MS);
      while (!signal.aborted && (await pruneMails(context.pool, before)) > 0);
    } catch (error) {
      context.log.error({ err: error }, 'received mails were not pruned, it goes on at the next look');
    }
    await pause(PRUNE_EVERY_MS, signal);
  }
}

async function readForEver(
  context: UseCaseContext,
  mailbox: MailboxConfig,
  options: ReaderOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await session(context, mailbox, options, signal);
    } catch (error) {
      context.log.error({ err: error, mailbox: mailbox.name }, 'a mailbox was not read, it goes on at the next look');
    }
    await pause(context.config.incomingMail.everyMs, signal);
  }
}

/** One connection, kept while it works and while this process has the lease. Failures of the server are recorded, not thrown. */
async function session(
  context: UseCaseContext,
  mailbox: MailboxConfig,
  options: ReaderOptions,
  signal: AbortSignal,
): Promise<void> {
  const { pool, config } = context;
  const { everyMs, timeoutMs } = config.incomingMail;
  // Between two holds of the lease: a look, and at most two commands.
  const leaseMs = everyMs + 2 * timeoutMs + 5_000;
  const turn = await takeMailbox(pool, mailbox.name, context.now(), leaseMs);
  if (turn === undefined) return;
  let client: MailboxClient | undefined;
  try {
    client = await (options.open ?? openMailbox)(placeOf(context, mailbox, options));
    do {
      await collect({ context, mailbox, turn, leaseMs, client });
      await client.wait(everyMs, signal);
      await transaction(pool, (tx) => holdMailbox(tx, turn, context.now(), leaseMs));
    } while (!signal.aborted);
  } catch (error) {
    if (error instanceof MailboxLost) return;
    if (!(error instanceof MailboxFailure)) throw error;
    await recordFailure(context, turn, error);
  } finally {
    await client?.close();
    await leaveMailbox(pool, turn);
  }
}

function placeOf({ config }: UseCaseContext, mailbox: MailboxConfig, { certificates }: ReaderOptions): MailboxPlace {
  const { host, port, serverName, user, password, folder, name } = mailbox;
  const tls = certificates.get(name);
  if (tls === undefined) throw new Error(`no certificate was read for the mailbox ${name}`);
  return { host, port, tls, serverName, user, password, folder, timeoutMs: config.incomingMail.timeoutMs };
}

/** The next session comes later and later, up to the ceiling. */
async function recordFailure(context: UseCaseContext, turn: MailboxTurn, failure: MailboxFailure): Promise<void> {
  const { firstMs, maxMs } = context.config.incomingMail.retry;
  const at = context.now();
  const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(turn.failures, 20));
  const error = failure.message;
  await recordMailboxFailure(context.pool, turn, { at, retryAt: new Date(at.getTime() + delayMs), error });
  context.log.warn({ mailbox: turn.name, reason: error }, 'mailbox not reachable');
}
