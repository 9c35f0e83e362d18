/** What a process answers over HTTP: how it is, for all; the API and the console for the role `console`. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { registerApi } from '../api/api.ts';
import { registerFhir } from '../api/fhir/fhir.ts';
import { createHttpServer } from '../api/server.ts';
import { registerConsole } from '../console/console.ts';
import type { ReplayDesk } from '../console/replay-page.ts';
import type { ReadingDmp } from '../consultation/index.ts';
import { registerOwnFigures } from '../indicators/measures.ts';
import { registerMetrics } from '../indicators/metrics.ts';
import { configuredCertificates, diskState, inspectCertificate, openDmp } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Presence } from './presence.ts';
import type { Role } from './role.ts';
import type { Surroundings } from './surroundings.ts';

export interface HttpOptions {
  readonly roles: readonly Role[];
  readonly metrics: Registry;
  readonly about: Surroundings;
  readonly presence: Presence;
  /** Where somebody may start a replay of a transition. */
  readonly replay: ReplayDesk | undefined;
}

/** `http.port` serves the role `console`; a process without it tells how it is on `processes.supervisionPort`. */
export async function startHttp(
  context: UseCaseContext,
  { roles, metrics, about, presence, replay }: HttpOptions,
): Promise<{ app: FastifyInstance; url: string }> {
  const { http, processes } = context.config;
  registerMetrics(metrics, context.pool);
  registerOwn(metrics, context, about);
  const app = createHttpServer({
    maxBodyBytes: http.maxBodyBytes,
    log: context.log,
    pool: context.pool,
    metrics,
    isStopping: () => presence.state === 'stopping',
  });
  app.addHook('onResponse', async (request, reply) => {
    const { url = 'none' } = request.routeOptions;
    about.measures.http(request.method, url, reply.statusCode, reply.elapsedTime / 1_000);
  });
  const serves = roles.includes('console');
  if (serves) {
    registerApi(app, context);
    registerFhir(app, context);
    await registerConsole(app, context, { dmp: await readableDmp(app, context, about), replay });
  }
  const port = serves ? http.port : processes.supervisionPort;
  const url = await app.listen({ host: http.host, port, ...(processes.sharedPorts ? { reusePort: true } : {}) });
  return { app, url };
}

/** The DMP, where professionals sign in to read it; its connections end with the server. */
async function readableDmp(
  app: FastifyInstance,
  context: UseCaseContext,
  { measures }: Surroundings,
): Promise<ReadingDmp | undefined> {
  const { dmp, signIn } = context.config;
  if (dmp === undefined || signIn.openid === undefined) return undefined;
  const service = await openDmp(context, dmp, measures.transport);
  app.addHook('onClose', () => service.close());
  return service.client;
}

function registerOwn(metrics: Registry, { config, pool, now }: UseCaseContext, { doorWatch }: Surroundings): void {
  registerOwnFigures(metrics, {
    pool,
    disk: () => diskState(config.data),
    intakeRefusals: () => doorWatch.total(),
    certificates: async () => {
      const states = configuredCertificates(config).map(async ({ name, files, expectation }) => {
        const { daysLeft } = await inspectCertificate(files, expectation, now());
        return daysLeft === undefined ? [] : [{ name, daysLeft }];
      });
      return (await Promise.all(states)).flat();
    },
  });
}
