/** The REST API of a gateway, as a command calls it. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { codeOf, UsageFault } from './outcome.ts';

const problem = z.object({ rule: z.string(), title: z.string(), cause: z.string(), detail: z.string().optional() });
export type RestProblem = z.infer<typeof problem>;

export type RestAnswer =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly problem: RestProblem }
  /** No answer, or not one of a gateway. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface RestClient {
  get(path: string): Promise<RestAnswer>;
  post(path: string, body: unknown): Promise<RestAnswer>;
  /** A file; undefined when it cannot be had. */
  text(path: string): Promise<string | undefined>;
  /** Sends a file as it is read; it may take long. */
  postFile(path: string, bytes: Readable, type: string): Promise<RestAnswer>;
}

const TIMEOUT_MS = 30_000;

/** `url` with or without `/api/v1`. */
export function restClient(url: string, token: string): RestClient {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageFault(`Adresse incorrecte : ${url}.`);
  const base = url.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  const ask = (path: string, init: RequestInit): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
    // A file takes as long as it takes.
    const signal = init.body instanceof ReadableStream ? null : AbortSignal.timeout(TIMEOUT_MS);
    return fetch(`${base}/api/v1${path}`, { ...init, headers, signal, redirect: 'error' });
  };
  const call = async (path: string, init: RequestInit): Promise<RestAnswer> => {
    try {
      return await answerOf(await ask(path, init));
    } catch (error) {
      return { kind: 'unreachable', reason: codeOf(error instanceof Error ? (error.cause ?? error) : error) };
    }
  };
  return {
    get: (path) => call(path, { method: 'GET' }),
    post: (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) }),
    text: async (path) => {
      try {
        const response = await ask(path, { method: 'GET' });
        return response.ok ? await response.text() : undefined;
      } catch {
        return undefined;
      }
    },
    postFile: (path, bytes, type) =>
      call(path, { method: 'POST', body: Readable.toWeb(bytes), duplex: 'half', headers: { 'content-type': type } }),
  };
}

async function answerOf(response: Response): Promise<RestAnswer> {
  const text = await response.text();
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { kind: 'done', body };
  const parsed = problem.safeParse(body);
  if (parsed.success) return { kind: 'refused', status: response.status, problem: parsed.data };
  return { kind: 'unreachable', reason: `réponse HTTP ${response.status} inattendue` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
