/**
 * One mailbox of an IMAP server, over TLS with a client certificate: what is new in it, whole mails, and putting them away
 * once they are kept. imapflow speaks the protocol; nothing of a mail is read here. Source: RFC 3501, cda-cisis.md 6.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import type { ClientTls } from '../soap/transport.ts';

export interface MailboxPlace {
  readonly host: string;
  readonly port: number;
  /** PEM texts. */
  readonly tls: ClientTls;
  readonly serverName?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly folder: string;
  /** Of each command, milliseconds. */
  readonly timeoutMs: number;
}

export interface NewMail {
  readonly uid: number;
  /** As the server announces it, bytes. */
  readonly size: number;
}

export interface MailboxClient {
  /** UIDs mean something only with it. */
  readonly uidValidity: number;
  /** Above this UID, in the order of their arrival. */
  newMails(afterUid: number): Promise<readonly NewMail[]>;
  /** As received; undefined when the server does not give it. Rejects beyond `maxBytes`. */
  fetch(uid: number, maxBytes: number): Promise<Buffer | undefined>;
  /** From and Subject of a mail that is not fetched. */
  envelope(uid: number): Promise<{ readonly sender: string; readonly subject: string }>;
  /** Moved to this folder, made when it is not there, or marked as read where none is given. */
  putAway(uids: readonly number[], folder: string | undefined): Promise<void>;
  /** Until the server announces something, or this time, or the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Why a session failed: a code or what the server said, without any text of a mail. */
export class MailboxFailure extends Error {}

export async function openMailbox(place: MailboxPlace): Promise<MailboxClient> {
  const { host, port, tls, serverName, user, password, timeoutMs } = place;
  const client = new ImapFlow({
    host,
    port,
    secure: true,
    ...(serverName === undefined ? {} : { servername: serverName }),
    tls: { ...tls, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs * 10,
    clientInfo: { name: 'traitdunion' },
  });
  // What breaks between two commands is told by the next one.
  client.on('error', () => undefined);
  const { ask, end } = commands(client, timeoutMs);
  try {
    await ask(client.connect());
    const opened = await ask(client.mailboxOpen(place.folder));
    return mailboxClient(client, ask, end, Number(opened.uidValidity));
  } catch (error) {
    end();
    throw error;
  }
}

type Ask = <T>(command: Promise<T>) => Promise<T>;

/** Every command has its time; one that fails or passes it ends the session. */
function commands(client: ImapFlow, timeoutMs: number): { ask: Ask; end: () => void } {
  const end = (): void => client.close();
  const ask: Ask = async (command) => {
    const late = new AbortController();
    try {
      return await Promise.race([
        command,
        sleep(timeoutMs, undefined, { signal: late.signal, ref: false }).then(() => {
          throw new MailboxFailure('ETIMEDOUT');
        }),
      ]);
    } catch (error) {
      command.catch(() => undefined);
      throw failureOf(error);
    } finally {
      late.abort();
    }
  };
  return { ask, end };
}

function failureOf(error: unknown): MailboxFailure {
  if (error instanceof MailboxFailure) return error;
  if (!(error instanceof Error)) return new MailboxFailure('UNKNOWN');
  const of = (name: string): string | undefined => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const said = of('authenticationFailed') ?? of('responseText') ?? of('code') ?? error.message;
  return new MailboxFailure(
    Reflect.get(error, 'authenticationFailed') === true ? 'connexion refusée' : said.slice(0, 200),
  );
}

function mailboxClient(client: ImapFlow, ask: Ask, end: () => void, uidValidity: number): MailboxClient {
  return {
    uidValidity,
    async newMails(afterUid) {
      await ask(client.noop());
      // `n:*` names the last mail even when its UID is lower.
      const found = await ask(client.fetchAll(`${afterUid + 1}:*`, { uid: true, size: true }, { uid: true }));
      return found
        .filter(({ uid }) => uid > afterUid)
        .map(({ uid, size }) => ({ uid, size: size ?? 0 }))
        .sort((a, b) => a.uid - b.uid);
    },
    async fetch(uid, maxBytes) {
      const message = await ask(
        client.fetchOne(String(uid), { uid: true, source: { start: 0, maxLength: maxBytes + 1 } }, { uid: true }),
      );
      if (message === false || message.source === undefined) return undefined;
      if (message.source.length > maxBytes) throw new MailboxFailure('mail larger than announced');
      return message.source;
    },
    async envelope(uid) {
      const message = await ask(client.fetchOne(String(uid), { uid: true, envelope: true }, { uid: true }));
      const envelope = message === false ? undefined : message.envelope;
      return { sender: envelope?.from?.[0]?.address ?? '', subject: envelope?.subject ?? '' };
    },
    async putAway(uids, folder) {
      if (uids.length === 0) return;
      const range = uids.join(',');
      if (folder === undefined) {
        await ask(client.messageFlagsAdd(range, ['\\Seen'], { uid: true }));
        return;
      }
      if ((await ask(client.messageMove(range, folder, { uid: true }))) !== false) return;
      // Refused: most often the folder is not there yet.
      await ask(client.mailboxCreate(folder));
      await ask(client.messageMove(range, folder, { uid: true }));
    },
    wait: (ms, signal) => waitForMail(client, ms, signal),
    async close() {
      try {
        await ask(client.logout());
      } catch {
        // It is over either way.
      } finally {
        end();
      }
    },
  };
}

/** IDLE where the server has it; another command ends it. */
async function waitForMail(client: ImapFlow, ms: number, signal: AbortSignal): Promise<void> {
  const announced = new AbortController();
  const stop = (): void => announced.abort();
  client.once('exists', stop);
  client.once('close', stop);
  signal.addEventListener('abort', stop, { once: true });
  if (client.capabilities.has('IDLE')) client.idle().catch(() => undefined);
  try {
    await sleep(ms, undefined, { signal: announced.signal });
  } catch {
    // Something happened before the time.
  } finally {
    client.off('exists', stop);
    client.off('close', stop);
    signal.removeEventListener('abort', stop);
  }
}
