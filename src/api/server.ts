/** The HTTP server: errors as problems, health, metrics; the API and the console hang their routes on it. */
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { apiRules } from '../rules/api.ts';
import { gatewayRules } from '../rules/gateway.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import type { Pool } from '../store/db.ts';
import { ApiRefusal, toProblem } from './problem.ts';

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly log: Logger;
  readonly pool: Pool;
  readonly metrics: Registry;
  /** A process that stops is not ready any more, and answers until it is gone. */
  readonly isStopping?: () => boolean;
}

/** Security headers of every answer: nothing of ours is framed, sniffed, cached or sent elsewhere. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** What is left of a refused body up to this size is read and thrown away, so that the caller hears why. */
const DISCARDED_BYTES = 1024 * 1024;

export function createHttpServer(options: HttpOptions): FastifyInstance {
  const { log, pool } = options;
  const app = fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: 120_000,
    logger: false,
    // What comes on an open connection while the process stops is answered, then the connection is closed.
    return503OnClosing: false,
    // A path that cannot be decoded, for one: fastify's own answer would quote it. No hook runs then.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply.headers(HEADERS), { rule: ruleOfError(error) }),
  });

  // Before the body is read: whoever calls an address that does not exist has not been authenticated (promise 7).
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw new ApiRefusal(apiRules.notFound);
  });
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });

  app.setErrorHandler(async (error: FastifyError | ApiRefusal, request, reply) => {
    const refusal = error instanceof ApiRefusal ? error.refusal : { rule: ruleOfError(error) };
    if (refusal.rule === gatewayRules.unexpected)
      log.error({ err: error, route: request.routeOptions.url }, 'unexpected error');
    if (stillSending(request)) reply.header('connection', 'close');
    return sendProblem(reply, refusal);
  });

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (options.isStopping?.() === true) return reply.status(503).send({ status: 'stopping' });
    try {
      await pool.query('select 1');
      return { status: 'ready' };
    } catch {
      return reply.status(503).send({ status: 'database-unavailable' });
    }
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  );
  return app;
}

function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const problem = toProblem(refusal);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="traitdunion"');
  return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Refused while a large body is still on its way: it is not listened to, the connection is closed. */
function stillSending({ raw }: FastifyRequest): boolean {
  const declared = raw.headers['content-length'];
  return raw.complete === false && (declared === undefined || Number(declared) > DISCARDED_BYTES);
}

/** fastify's own refusals of a request keep their meaning; the rest is ours. */
export function ruleOfError(error: FastifyError): Rule {
  if (error.statusCode === 413) return apiRules.bodyTooLarge;
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return apiRules.invalidRequest;
  return gatewayRules.unexpected;
}
