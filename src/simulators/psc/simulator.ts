/**
 * A simulator of Pro Santé Connect: OpenID Connect by authorization code, strict about what the national provider asks for
 * (acr_values, state, nonce, PKCE S256, exact return address, one use of a code). Its service speaks TLS; the pages that a
 * person sees are in clear on loopback, since no browser knows the authority of a demonstration. It never asks for a card.
 */
import { createServer as createPageServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { z } from 'zod';
import { readBody } from '../common/body.ts';
import { errorLabel, startControl } from '../common/control.ts';
import { closeServer, listen } from '../common/sockets.ts';
import type { SimulatedPerson } from './people.ts';
import {
  type Answer,
  authorize,
  choose,
  json,
  logout,
  metadata,
  type ProviderState,
  type PscClient,
  token,
  userInfo,
} from './protocol.ts';
import { createTokenSigner, TOKEN_FAULTS } from './tokens.ts';

export interface PscOptions {
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** 0: any free port. */
  readonly port: number;
  readonly pagePort: number;
  readonly controlPort: number;
  readonly people: readonly SimulatedPerson[];
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

export interface PscSimulator {
  /** The issuer. */
  readonly url: string;
  readonly control: string;
  /** A client is declared once its own address is known. */
  declare(client: PscClient): void;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 64 * 1024;
const fault = z.strictObject({ fault: z.enum([...TOKEN_FAULTS, 'down']) });

export async function createPscSimulator(options: PscOptions): Promise<PscSimulator> {
  const provider: ProviderState = {
    people: options.people,
    now: options.now,
    signer: createTokenSigner(),
    clients: new Map(),
    requests: new Map(),
    codes: new Map(),
    tokens: new Map(),
    fault: undefined,
    service: '',
    pages: '',
  };
  const service = createServer({ ...options.tls, minVersion: 'TLSv1.2' }, answering(options, serviceOf(provider)));
  const pages = createPageServer(answering(options, pagesOf(provider)));
  provider.service = `https://localhost:${await listen(service, options.port, '127.0.0.1')}`;
  provider.pages = `http://127.0.0.1:${await listen(pages, options.pagePort, '127.0.0.1')}`;
  const control = await startControl({
    port: options.controlPort,
    log: (line) => options.log(`psc simulator: ${line}`),
    routes: {
      'POST /faults': async (body) => {
        provider.fault = fault.parse(body).fault;
        return { fault: provider.fault };
      },
      'DELETE /faults': async () => {
        provider.fault = undefined;
        return {};
      },
    },
  });
  return {
    url: provider.service,
    control: control.url,
    declare: (client) => void provider.clients.set(client.id, client),
    close: async () => {
      await Promise.all([control.close(), closeServer(service), closeServer(pages)]);
    },
  };
}

interface Asked {
  /** `GET /auth` */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly form: () => Promise<URLSearchParams>;
  readonly authorization: string;
}

type Handle = (asked: Asked) => Promise<Answer>;

function serviceOf(provider: ProviderState): Handle {
  return async ({ key, form, authorization }) => {
    if (provider.fault === 'down') return { status: 503 };
    if (key === 'GET /.well-known/openid-configuration') return metadata(provider);
    if (key === 'GET /certs') return json(200, provider.signer.jwks);
    if (key === 'POST /token') return token(provider, await form(), authorization);
    return key === 'GET /userinfo' ? userInfo(provider, authorization) : { status: 404 };
  };
}

function pagesOf(provider: ProviderState): Handle {
  return async ({ key, query, form }) => {
    if (key === 'GET /auth') return authorize(provider, query);
    if (key === 'POST /auth') return choose(provider, await form());
    return key === 'GET /logout' ? logout(provider, query) : { status: 404 };
  };
}

function answering(options: PscOptions, handle: Handle): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const asked: Asked = {
      key: `${request.method} ${url.pathname}`,
      query: url.searchParams,
      authorization: request.headers.authorization ?? '',
      form: async () => {
        const body = await readBody(request, MOST_BODY_BYTES);
        return new URLSearchParams(body?.toString('utf8') ?? '');
      },
    };
    handle(asked).then(
      ({ status, headers, body }) => {
        response.writeHead(status, { 'cache-control': 'no-store', ...headers });
        response.end(body ?? '');
      },
      (error: unknown) => {
        options.log(`psc simulator: ${errorLabel(error)}`);
        response.writeHead(500).end();
      },
    );
  };
}
