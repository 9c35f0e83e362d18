/** Hands one mail, already written, to an SMTP server over TLS with a client certificate. */
import { createTransport } from 'nodemailer';
import type { ClientTls } from '../soap/transport.ts';

export interface SubmissionPlace {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls';
  readonly serverName?: string | undefined;
  /** PEM texts. */
  readonly tls: ClientTls;
  readonly timeoutMs: number;
}

export type Submitted =
  | { readonly kind: 'sent' }
  /** `permanent`: the server will never take it. `said` is its answer, or a code. */
  | { readonly kind: 'failed'; readonly permanent: boolean; readonly said: string };

/** `from` is the envelope sender: empty for a receipt, which nothing answers (RFC 8098, 3). */
export async function submitMail(place: SubmissionPlace, from: string, to: string, raw: Buffer): Promise<Submitted> {
  const { host, port, security, serverName, tls, timeoutMs } = place;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: true,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: { ...tls, minVersion: 'TLSv1.2', ...(serverName === undefined ? {} : { servername: serverName }) },
  });
  try {
    await transport.sendMail({ envelope: { from, to: [to] }, raw });
    return { kind: 'sent' };
  } catch (error) {
    return { kind: 'failed', ...failureOf(error) };
  } finally {
    transport.close();
  }
}

function failureOf(error: unknown): { permanent: boolean; said: string } {
  if (!(error instanceof Error)) return { permanent: false, said: 'UNKNOWN' };
  const code: unknown = Reflect.get(error, 'responseCode');
  const response: unknown = Reflect.get(error, 'response');
  const said = typeof response === 'string' ? response : String(Reflect.get(error, 'code') ?? error.message);
  return { permanent: typeof code === 'number' && code >= 500, said: said.slice(0, 300) };
}
