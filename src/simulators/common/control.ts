/** The plain-HTTP control API of a simulator. It listens on 127.0.0.1 and nowhere else. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { readBody } from './body.ts';
import { closeServer, listen } from './sockets.ts';

/**
 * One entry per endpoint, keyed `METHOD /path`. The function gets the parsed JSON body (undefined when there is none),
 * checks it with Zod (a ZodError is answered 400 with its reasons) and returns the JSON answer.
 */
export type ControlRoutes = Readonly<Record<string, (body: unknown) => Promise<unknown>>>;

const MAX_CONTROL_BYTES = 16 * 1024 * 1024;

export async function startControl(options: {
  readonly port: number;
  readonly routes: ControlRoutes;
  readonly log: (line: string) => void;
}): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, options.routes).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => {
        options.log(`control ${request.method} ${request.url}: ${errorLabel(error)}`);
        send(response, 500, { error: 'internal error' });
      },
    );
  });
  const port = await listen(server, options.port, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(request: IncomingMessage, routes: ControlRoutes): Promise<ControlAnswer> {
  // A browser names the page that calls: no web page, whatever site it comes from, commands a simulator.
  if (request.headers.origin !== undefined) return { status: 403, body: { error: 'no browser access' } };
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const key = `${request.method} ${path}`;
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route === undefined) return { status: 404, body: { error: `unknown endpoint ${key}` } };
  const bytes = await readBody(request, MAX_CONTROL_BYTES);
  if (bytes === undefined) return { status: 413, body: { error: `more than ${MAX_CONTROL_BYTES} bytes` } };
  const input = parseJson(bytes);
  if (!input.ok) return { status: 400, body: { error: 'invalid input', reasons: [{ path: '', reason: 'not JSON' }] } };
  try {
    return { status: 200, body: await route(input.value) };
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const reasons = error.issues.map((issue) => ({ path: issue.path.join('.'), reason: issue.message }));
    return { status: 400, body: { error: 'invalid input', reasons } };
  }
}

function parseJson(bytes: Buffer): { ok: true; value: unknown } | { ok: false } {
  if (bytes.length === 0) return { ok: true, value: undefined };
  try {
    // A null field is an absent one: many writers of JSON say it so.
    return { ok: true, value: JSON.parse(bytes.toString('utf8'), (_key, value) => value ?? undefined) };
  } catch {
    return { ok: false };
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  // An unread rest of a refused body would be taken for the next request.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body ?? {}));
}

/** Names an unexpected error without its message, which may quote a request (and so a matricule). */
export function errorLabel(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n').find((line) => line.startsWith('    at '));
  return `${error.name}${frame ?? ''}`;
}
