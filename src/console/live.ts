/** Live pages: a server-sent event says that something has changed, and the page reads itself again. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { may } from '../api/access.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { pulse } from '../store/console-lists.ts';
import { bareRefusal } from './routes.ts';
import { type Session, sessionOf, sessionOfDigest } from './sessions.ts';
import { isUuid, textOf } from './visit.ts';

const EVERY_MS = 2_000;
/** A page that has lost its session or its server asks again after this. */
const RETRY_MS = 5_000;
const MOST_STREAMS = 500;

type Subject = Parameters<typeof pulse>[1];

/** `installation`, `document:ID` or `patient:ID`. */
function subjectOf(text: string): Subject | undefined {
  const [kind, id = ''] = text.split(':');
  if (text === 'installation') return {};
  if (!isUuid(id)) return undefined;
  return kind === 'document' ? { document: id } : kind === 'patient' ? { identity: id } : undefined;
}

export function registerLive(app: FastifyInstance, gateway: UseCaseContext): void {
  const streams = new Set<ServerResponse>();
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });

  app.get('/console/direct', async (request, reply) => {
    const session = await sessionOf(gateway, request);
    const subject = subjectOf(textOf(request.query, 'sujet'));
    const rule =
      session === undefined ? apiRules.unauthenticated : subject === undefined ? apiRules.invalidRequest : undefined;
    if (
      session === undefined ||
      subject === undefined ||
      streams.size >= MOST_STREAMS ||
      !may(session.actor, 'indicators.read')
    )
      return reply
        .status(rule?.http ?? apiRules.tooMany.http)
        .type('text/html; charset=utf-8')
        .send(bareRefusal({ rule: rule ?? apiRules.tooMany }));
    reply.hijack();
    const stream = reply.raw;
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
    stream.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    stream.write(`retry: ${RETRY_MS}\n\n`);
    await follow(gateway, session, subject, stream);
  });
}

/** Looks every two seconds, until the page goes or the session ends. A failed look ends the stream: the page asks again. */
async function follow(
  gateway: UseCaseContext,
  session: Session,
  subject: Subject,
  stream: ServerResponse,
): Promise<void> {
  let seen: string | undefined;
  while (!stream.writableEnded && !stream.destroyed) {
    try {
      if ((await sessionOfDigest(gateway, session.digest)) === undefined) break;
      const now = await pulse(gateway.pool, subject);
      stream.write(seen === undefined || seen === now ? ': \n\n' : 'event: changement\ndata: \n\n');
      seen = now;
    } catch (error) {
      gateway.log.warn({ err: error }, 'live page');
      break;
    }
    await pause(stream);
  }
  stream.end();
}

function pause(stream: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stream.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, EVERY_MS);
    stream.once('close', done);
  });
}
