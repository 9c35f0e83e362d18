/** HTTPS towards the provider: its own authority and client certificate where declared, answers bounded, no redirect. */
import { Agent, request } from 'undici';

export interface ProviderTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A key set or the claims of one person take a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface ProviderHttp {
  readonly fetch: (url: string, options: ProviderRequest) => Promise<Response>;
  close(): Promise<void>;
}

export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export function createProviderHttp(tls: ProviderTls, timeoutMs: number): ProviderHttp {
  const agent = new Agent({
    connections: 4,
    maxResponseSize: MAX_ANSWER_BYTES,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { ...defined(tls), minVersion: 'TLSv1.2', timeout: timeoutMs },
  });
  return {
    fetch: async (url, options) => {
      const { body } = options;
      const answer = await request(url, {
        dispatcher: agent,
        method: options.method === 'POST' ? 'POST' : 'GET',
        ...(options.headers !== undefined && { headers: options.headers }),
        ...(body !== undefined && body !== null && { body: textOf(body) }),
        ...(options.signal !== undefined && { signal: options.signal }),
      });
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headers))
        if (value !== undefined) headers.set(name, [value].flat().join(', '));
      const status = answer.statusCode;
      const bytes = await answer.body.arrayBuffer();
      return new Response(status === 204 || status === 304 ? null : bytes, { status, headers });
    },
    close: () => agent.close(),
  };
}

/** The client library sends forms and nothing else. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a provider is only sent forms');
}

function defined(tls: ProviderTls): Record<string, string> {
  return Object.fromEntries(Object.entries(tls).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
