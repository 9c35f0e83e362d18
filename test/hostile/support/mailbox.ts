/** A mail server that keeps what a person on call would find: one line per mail, `TDU-ALR-012 start`. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { ConfigInput } from '../../../src/config/schema.ts';

export interface Mailbox {
  readonly port: number;
  readonly subjects: string[];
  close(): Promise<void>;
}

export async function openMailbox(): Promise<Mailbox> {
  const subjects: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: async (stream, _session, done) => {
      const mail = await text(stream);
      subjects.push(
        /TDU-[A-Z]+-\d{3}/.exec(mail)?.[0] + (/^Fin d'alerte|Fin : /m.test(decoded(mail)) ? ' end' : ' start'),
      );
      done();
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    subjects,
    close: () => new Promise<void>((end) => server.close(() => end())),
  };
}

/** The body of a mail, from quoted-printable or Base64. */
function decoded(mail: string): string {
  const body = mail.slice(mail.indexOf('\r\n\r\n') + 4);
  return /transfer-encoding: base64/i.test(mail)
    ? Buffer.from(body, 'base64').toString('utf8')
    : body.replace(/=\r\n/g, '');
}

/** Every alert goes there, soon. */
export function watchedBy(port: number): (config: ConfigInput) => ConfigInput {
  return (config) => ({
    ...config,
    alerts: {
      everyMs: 200,
      endAfterMs: 300,
      mail: { host: '127.0.0.1', port, security: 'none' as const, from: 'passerelle@ch-demo.example' },
      recipients: [{ address: 'astreinte@ch-demo.example' }],
      delivery: { firstMs: 50, maxMs: 200 },
      // A machine of CI has little room; what is tested here is a disk without any.
      thresholds: { databaseAwayMs: 500, diskFreeBytes: 0, inodesFreePercent: 0 },
    },
  });
}
