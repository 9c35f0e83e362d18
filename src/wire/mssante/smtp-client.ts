/**
 * One mail through the SMTP server of an MSSanté operator, over mutual TLS. What matters is how it ends: taken, refused,
 * certainly not taken, or not known (the connection was lost once everything had been said).
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { ClientTls } from '../soap/transport.ts';
import { errorText } from './smtp-error.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls';
  /** PEM texts. */
  readonly tls: ClientTls;
  readonly account?: { readonly user: string; readonly password: string } | undefined;
  readonly timeoutMs: number;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
  /** ENVID of the notifications; without it none is asked for. */
  readonly id?: string;
  /** Whole mail. */
  readonly bytes: Buffer;
}

export interface RefusedRecipient {
  readonly address: string;
  /** Reply of the server, one line. */
  readonly reply: string;
}

export type MailOutcome =
  /** By the server, for all recipients but these. `notifies`: it will tell what becomes of it (DSN). */
  | {
      readonly kind: 'taken';
      readonly reply: string;
      readonly refused: readonly RefusedRecipient[];
      readonly notifies: boolean;
    }
  /** With its words. `recipients` is empty when the mail itself is refused. */
  | { readonly kind: 'refused'; readonly reply: string; readonly recipients: readonly RefusedRecipient[] }
  | { readonly kind: 'not-taken'; readonly reason: string; readonly tls: boolean }
  | { readonly kind: 'unknown'; readonly reason: string };

export async function sendMail(server: SmtpServer, envelope: Envelope): Promise<MailOutcome> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    tls: { ...server.tls, minVersion: 'TLSv1.2', servername: server.host },
    connectionTimeout: server.timeoutMs,
    greetingTimeout: server.timeoutMs,
    socketTimeout: server.timeoutMs,
  });
  try {
    return await dialogue(connection, server, envelope);
  } finally {
    connection.close();
  }
}

async function dialogue(connection: SMTPConnection, server: SmtpServer, envelope: Envelope): Promise<MailOutcome> {
  // A lost connection is said by an event as well as by the answer of the step in progress.
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  connection.on('error', (error: Error) => lost.reject(error));
  const step = <T>(run: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> =>
    Promise.race([
      lost.promise,
      new Promise<T>((resolve, reject) => run((error, value) => (error ? reject(error) : resolve(value)))),
    ]);
  try {
    await step<void>((done) => connection.connect((error) => done(error, undefined)));
    const { account } = server;
    if (account !== undefined)
      await step<void>((done) =>
        connection.login(
          { user: account.user, credentials: { user: account.user, pass: account.password } } as never,
          (error) => done(error, undefined),
        ),
      );
  } catch (error) {
    return notTaken(error);
  }
  const said = saidStream(envelope.bytes);
  const { id } = envelope;
  const dsn = id === undefined ? {} : { dsn: { ret: 'HDRS', envid: id, notify: 'SUCCESS,FAILURE,DELAY' } };
  try {
    const info = await step<SMTPConnection.SentMessageInfo>((done) =>
      connection.send(
        { from: envelope.from, to: [...envelope.to], ...dsn } as SMTPConnection.Envelope,
        said.stream,
        (error, sent) => done(error, sent),
      ),
    );
    return {
      kind: 'taken',
      reply: info.response,
      refused: refusedOf(info.rejectedErrors),
      notifies: notifies(connection),
    };
  } catch (error) {
    return ended(error, said.isOver());
  }
}

/** `isOver`: the last byte was handed over, and the final dot with it: from here on the server may have taken it. */
function saidStream(bytes: Buffer): { stream: Readable; isOver: () => boolean } {
  let over = false;
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
    over = true;
  };
  return { stream: Readable.from(pieces(), { objectMode: false }), isOver: () => over };
}

interface SmtpError {
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly SmtpError[] | undefined;
}

function ended(error: unknown, over: boolean): MailOutcome {
  const { response, responseCode, rejectedErrors = [] } = error as SmtpError;
  if (responseCode !== undefined && responseCode >= 400)
    return { kind: 'refused', reply: oneLine(response ?? String(responseCode)), recipients: refusedOf(rejectedErrors) };
  if (over) return { kind: 'unknown', reason: errorText(error) };
  return notTaken(error);
}

function notTaken(error: unknown): MailOutcome {
  const { response, responseCode } = error as SmtpError;
  if (responseCode !== undefined && responseCode >= 400)
    return { kind: 'refused', reply: oneLine(response ?? String(responseCode)), recipients: [] };
  const reason = errorText(error);
  return { kind: 'not-taken', reason, tls: /certificate|alert|ssl|tls|self.signed/i.test(reason) };
}

function refusedOf(errors: SmtpError['rejectedErrors']): RefusedRecipient[] {
  return (errors ?? []).map(({ recipient, response }) => ({
    address: recipient ?? '',
    reply: oneLine(response ?? ''),
  }));
}

/** The library keeps what the server offered to itself. */
function notifies(connection: SMTPConnection): boolean {
  const extensions: unknown = Reflect.get(connection, '_supportedExtensions');
  return Array.isArray(extensions) && extensions.includes('DSN');
}

function oneLine(text: string): string {
  return text
    .replace(/\s*\r?\n\s*/g, ' ')
    .trim()
    .slice(0, 500);
}
