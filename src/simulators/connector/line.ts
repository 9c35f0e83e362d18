/** The connector's HTTPS line: mutual TLS, connections kept; its endpoint and trusted authority may be changed while it runs. */
import { Agent, request } from 'node:https';
import type { Endpoint, KeyPair } from './model.ts';
import type { HttpAnswer, HttpBody } from './soap.ts';

export interface Line {
  endpoint(): Endpoint;
  pointTo(endpoint: Endpoint): void;
  /** `broken`: what cut the call. */
  post(service: string, body: HttpBody): Promise<HttpAnswer | { readonly broken: string }>;
  close(): void;
}

export function openLine(client: KeyPair, first: Endpoint, timeoutMs: number): Line {
  const agentOf = ({ ca }: Endpoint): Agent => new Agent({ ...client, ca, keepAlive: true, maxSockets: 4 });
  let endpoint = first;
  let agent = agentOf(first);
  return {
    endpoint: () => endpoint,
    pointTo(next) {
      const before = agent;
      endpoint = next;
      agent = agentOf(next);
      // Calls under way end by themselves.
      before.options.keepAlive = false;
    },
    post: (service, { contentType, bytes }) =>
      new Promise((resolve) => {
        const headers = { 'content-type': contentType, 'content-length': bytes.length };
        const options = { method: 'POST', agent, headers, timeout: timeoutMs };
        const call = request(`${endpoint.url}/${service}`, options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              body: Buffer.concat(chunks),
            }),
          );
          response.on('error', (error: NodeJS.ErrnoException) => resolve({ broken: error.code ?? error.name }));
        });
        call.on('timeout', () => call.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' })));
        call.on('error', (error: NodeJS.ErrnoException) => resolve({ broken: error.code ?? error.name }));
        call.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}
