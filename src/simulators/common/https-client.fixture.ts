/** A bare HTTPS client for the simulators' tests: it says whether an answer came, or with which code the call broke. */
import { Agent, request } from 'node:https';
import type { TestTls } from './pki.fixture.ts';

export type Reply =
  | { readonly status: number; readonly headers: Record<string, unknown>; readonly body: string }
  | { readonly broken: string };

export interface TestClient {
  post(url: string, body: string | Buffer, headers?: Record<string, string>): Promise<Reply>;
  close(): void;
}

/** Connections are kept alive, as the product's are. Without certificate when `tls` holds only the authority. */
export function createClient(tls: TestTls | Pick<TestTls, 'ca'>): TestClient {
  const agent = new Agent({ ...tls, keepAlive: true });
  return {
    post: (url, body, headers = {}) =>
      new Promise((resolve) => {
        const call = request(url, { method: 'POST', agent, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        });
        call.on('error', (error: NodeJS.ErrnoException) => resolve({ broken: error.code ?? error.name }));
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** A JSON call to a control API. */
export async function control(base: string, call: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const [method = 'GET', path = '/'] = call.split(' ');
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
