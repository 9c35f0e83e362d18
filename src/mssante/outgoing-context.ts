/** What the mails of MSSanté need beside every use case: a way out, a directory, and the health of the operator's server. */
import { readFile } from 'node:fs/promises';
import type { MssanteConfig } from '../config/mssante-schema.ts';
import type { Conformance } from '../conformance/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Refusal } from '../rules/rule.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
import { type Db, transaction } from '../store/db.ts';
import { type Envelope, type MailOutcome, type SmtpServer, sendMail } from '../wire/mssante/smtp-client.ts';
import { errorText } from '../wire/mssante/smtp-error.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import type { Directory } from './outgoing-directory.ts';

export type Mailbox = MssanteConfig['mailboxes'][number];

export interface MailContext extends UseCaseContext {
  readonly mssante: MssanteConfig;
  readonly stamper: Stamper;
  readonly conformance: Conformance;
  readonly send: (mailbox: Mailbox, envelope: Envelope) => Promise<MailOutcome>;
  readonly directory: Directory;
}

/** Over real SMTP. Without a readable certificate nothing is sent, and it is tried again. */
export function smtpSender({ timeoutMs }: MssanteConfig): MailContext['send'] {
  return async (mailbox, envelope) => {
    let server: SmtpServer;
    try {
      server = await serverOf(mailbox, timeoutMs);
    } catch (error) {
      return { kind: 'not-taken', reason: errorText(error), tls: true };
    }
    return sendMail(server, envelope);
  };
}

/** The certificate is read at each mail: a new one is taken without a restart. */
async function serverOf({ smtp }: Mailbox, timeoutMs: number): Promise<SmtpServer> {
  const { host, port, security, tls, user, passwordFile } = smtp;
  const [ca = '', cert = '', key = ''] = await Promise.all(
    [tls.ca, tls.cert, tls.key].map((file) => readFile(file, 'utf8')),
  );
  const password = passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).trim();
  return {
    host,
    port,
    security,
    tls: { ca, cert, key },
    timeoutMs,
    ...(user === undefined || password === undefined ? {} : { account: { user, password } }),
  };
}

/** Milliseconds before a mail may leave; 0 for now. */
export function waitBeforeMail({ pool, now, mssante }: MailContext): Promise<number> {
  const pace = { intervalMs: 1_000 / mssante.ratePerSecond, probeAfterMs: mssante.circuit.probeAfterMs };
  return transaction(pool, (tx) => askLeave(tx, 'MSSanté', now(), pace));
}

/** `failure`: the server could not be reached, or did not take us for whom we are. An answer, whatever it says, is health. */
export async function noteMailHealth(db: Db, { mssante, now }: MailContext, failure?: Refusal): Promise<void> {
  if (failure === undefined) {
    await recordHealthy(db, 'MSSanté', now());
    return;
  }
  const { failures, probeAfterMs } = mssante.circuit;
  await recordFailure(db, 'MSSanté', now(), { error: failure.rule.title, limit: failures, probeAfterMs });
}
