/** Can the other side be reached, and does it accept our certificate? Nothing is sent beyond the connection. */
import { connect as connectTcp } from 'node:net';
import { readTls } from '../../operations/index.ts';
import { confirmedTls } from '../../wire/soap/confirmed-tls.ts';
import { codeOf } from '../outcome.ts';
import { type Check, fault, ok } from './check.ts';

const TIMEOUT_MS = 5_000;

type TlsFiles = Parameters<typeof readTls>[0];

export async function checkTcp(subject: string, { host, port }: { host: string; port: number }): Promise<Check> {
  const failure = await new Promise<string | undefined>((resolve) => {
    const socket = connectTcp({ host, port, timeout: TIMEOUT_MS });
    const settle = (reason: string | undefined): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle('ETIMEDOUT'));
    socket.once('error', (error) => settle(codeOf(error)));
  });
  return failure === undefined
    ? ok(subject, `${host}:${port} répond`)
    : fault(subject, `${host}:${port} injoignable (${failure})`);
}

/** Mutual TLS, waiting until the server has accepted the certificate. */
export async function checkTls(
  subject: string,
  { host, port }: { host: string; port: number },
  files: TlsFiles,
): Promise<Check> {
  const where = `${host}:${port}`;
  try {
    const connect = confirmedTls({
      ...(await readTls(files)),
      minVersion: 'TLSv1.2',
      allowH2: false,
      timeout: TIMEOUT_MS,
    });
    await new Promise<void>((resolve, reject) => {
      connect({ hostname: host, port: String(port), protocol: 'https:' }, (error, socket) => {
        if (error !== null) return reject(error);
        socket.destroy();
        resolve();
      });
    });
    return ok(subject, `${where} répond et accepte le certificat`);
  } catch (error) {
    return fault(subject, `${where} : connexion TLS impossible (${codeOf(error)})`);
  }
}

export async function checkService(subject: string, url: string, files: TlsFiles): Promise<Check> {
  const { hostname, port, protocol } = new URL(url);
  const place = { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
  return protocol === 'https:' ? checkTls(subject, place, files) : fault(subject, `${url} : https est attendu`);
}

/** A plain HTTP GET that must answer 2xx. */
export async function checkHttp(subject: string, url: string, token?: string): Promise<Check> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    await response.body?.cancel();
    return response.ok ? ok(subject, `${url} répond`) : fault(subject, `${url} répond ${response.status}`);
  } catch (error) {
    return fault(subject, `${url} injoignable (${codeOf(error instanceof Error ? (error.cause ?? error) : error)})`);
  }
}
