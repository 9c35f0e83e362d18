/** Wiring only: a configuration becomes a running gateway. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { registerApi } from './api/api.ts';
import { createHttpServer } from './api/server.ts';
import { findSource } from './config/lookup.ts';
import type { Config } from './config/schema.ts';
import { registerConsole } from './console/console.ts';
import {
  type AnswerSender,
  bulkTaskHandler,
  createAnswerSender,
  deliverTaskHandler,
  documentTaskHandler,
  type FeedContext,
  reconcileTaskHandler,
  releaseTaskHandler,
} from './feed/index.ts';
import { insiTaskHandler } from './identity/index.ts';
import { createMeasures, type Measures, registerOwnFigures } from './indicators/measures.ts';
import { registerMetrics } from './indicators/metrics.ts';
import {
  createCommitter,
  createRefusalLimit,
  type Door,
  keepRefusal,
  messageBatchHandler,
  receiveFrame,
  reReadMessage,
  startFlowCounter,
} from './intake/index.ts';
import { mappingTaskHandler } from './mapping/index.ts';
import {
  configuredCertificates,
  createChannels,
  createDoorWatch,
  createWatch,
  diskState,
  inspectCertificate,
  noticeTaskHandler,
  openDmp,
  openInsi,
  readTls,
  startPruner,
  watchCertificates,
} from './operations/index.ts';
import type { UseCaseContext } from './queue/context.ts';
import { startSealer } from './queue/sealer.ts';
import { createStops, type Stops } from './queue/stops.ts';
import type { TaskKind } from './queue/tasks.ts';
import { type BatchHandler, startWorker, type TaskHandler } from './queue/worker.ts';
import type { Service } from './store/circuits.ts';
import { openPool } from './store/db.ts';
import { createKeptBytes } from './store/kept.ts';
import { migrate } from './store/migrate.ts';
import { salvageHeader } from './wire/hl7v2/header.ts';
import { type MllpServer, startMllpServer } from './wire/hl7v2/mllp-server.ts';
import { createStamper, type Stamper } from './wire/pdf/isolated-stamp.ts';
import type { ClientTls } from './wire/soap/transport.ts';

export interface Gateway {
  readonly context: UseCaseContext;
  readonly http: { readonly url: string };
  readonly mllp: { readonly host: string; readonly port: number };
  readonly mllps: { readonly host: string; readonly port: number } | undefined;
  /** Stops taking in, lets what is in progress end, closes everything. */
  stop(): Promise<void>;
}

/** Connections kept for a worker's own session, the API and the intake beside the tasks in progress. */
const SPARE_CONNECTIONS = 12;
/** Of the documents on their way: 300 of 200 KB, before what is decoded of them. A backlog is read from the database. */
const KEPT_BYTES = 64 * 1024 * 1024;
const SEAL_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 1_000;

/** Starts every role in this process. Rejects, leaving nothing running, when a port is taken, a certificate unusable or the database too new. */
export async function startGateway(
  config: Config,
  databaseUrl: string,
  log: Logger,
  now: () => Date = () => new Date(),
): Promise<Gateway> {
  const stops = createStops((error) => log.error({ err: error }, 'a part of the gateway did not stop cleanly'));
  try {
    return await start(config, databaseUrl, log, now, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function start(
  config: Config,
  databaseUrl: string,
  log: Logger,
  now: () => Date,
  stops: Stops,
): Promise<Gateway> {
  const connections = config.workers.concurrency + (config.dmp?.connections ?? 0) + SPARE_CONNECTIONS;
  const pool = openPool(databaseUrl, connections, (error) => log.warn({ err: error }, 'database connection lost'));
  stops.add(() => pool.end());
  await migrate(pool);
  const context: UseCaseContext = { config, pool, now, newUuid: randomUUID, log, kept: createKeptBytes(KEPT_BYTES) };
  const metrics = new Registry();
  const about: Surroundings = { measures: createMeasures(metrics), doorWatch: createDoorWatch(now) };
  const watch = createWatch(context, { channels: createChannels(config.alerts), door: about.doorWatch });
  stops.add(() => watch.stop());
  const answers = await startWork(context, databaseUrl, about, stops);
  const intake = { ...startIntake(context, stops), ...about };
  const mllp = await openDoor(context, { ...intake, transport: 'mllp' }, { host: '127.0.0.1', port: config.mllp.port });
  stops.add(() => mllp.close());
  const mllps = await openTlsDoor(context, intake);
  stops.add(() => mllps?.close());
  if (mllps !== undefined) await renewOwnCertificate(context, [mllps, answers], stops);
  registerMetrics(metrics, pool);
  registerOwn(metrics, context, about);
  const http = await startHttp(context, metrics, about);
  stops.add(() => http.app.close());
  return {
    context,
    http: { url: http.url },
    mllp: { host: '127.0.0.1', port: mllp.port },
    mllps: mllps === undefined ? undefined : { host: config.mllp.tlsHost, port: mllps.port },
    stop: () => stops.run(),
  };
}

/** What watches a process from outside its use cases. */
interface Surroundings {
  readonly measures: Measures;
  readonly doorWatch: ReturnType<typeof createDoorWatch>;
}

/** Everything that works on what has been taken in. */
async function startWork(
  context: UseCaseContext,
  databaseUrl: string,
  { measures }: Surroundings,
  stops: Stops,
): Promise<AnswerSender> {
  const { config, pool, log } = context;
  const stamper = createStamper();
  stops.add(() => stamper.close());
  const tls = config.mllp.tls === undefined ? undefined : await readTls(config.mllp.tls);
  const answers = createAnswerSender(context, tls);
  stops.add(() => answers.close());
  const handlers = await handlersOf(context, answers, stamper, measures, stops);
  const pruner = startPruner(context);
  stops.add(() => pruner.stop());
  const sealer = startSealer(pool, SEAL_EVERY_MS, (error) => log.error({ err: error }, 'sealing failed'));
  stops.add(() => sealer.stop());
  await startWorkers(context, databaseUrl, timed(handlers, measures), stops);
  return answers;
}

/** The same handlers, each run of them measured; in a batch, each task for its share of the time. */
function timed(handlers: Handlers, measures: Measures): Handlers {
  const measured = async (kind: string, tasks: number, run: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    const told = (outcome: 'done' | 'failed') => {
      const seconds = (performance.now() - started) / 1_000 / tasks;
      for (let task = 0; task < tasks; task++) measures.task(kind, outcome, seconds);
    };
    try {
      await run();
      told('done');
    } catch (error) {
      told('failed');
      throw error;
    }
  };
  const timedHandler = ([kind, handler]: [string, TaskHandler | BatchHandler]): [
    string,
    TaskHandler | BatchHandler,
  ] => {
    if (typeof handler === 'function') return [kind, (task) => measured(kind, 1, () => handler(task))];
    const { most, one, all } = handler;
    return [
      kind,
      {
        most,
        one: (task) => measured(kind, 1, () => one(task)),
        all: (tasks) => measured(kind, tasks.length, () => all(tasks)),
      },
    ];
  };
  return Object.fromEntries(Object.entries(handlers).map(timedHandler));
}

/** A new server certificate serves from the next connection on, without a restart. */
async function renewOwnCertificate(
  context: UseCaseContext,
  users: readonly { renew(tls: ClientTls): Promise<void> | void }[],
  stops: Stops,
): Promise<void> {
  const { tls } = context.config.mllp;
  if (tls === undefined) return;
  const watch = await watchCertificates(context, 'mllp', {
    // A server is judged by its peers: it goes on with what it has.
    state: () => undefined,
    changed: async () => {
      const renewed = await readTls(tls);
      for (const user of users) await user.renew(renewed);
    },
  });
  stops.add(() => watch.stop());
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

/** What the doors share; stopped after them. */
function startIntake({ pool, log }: UseCaseContext, stops: Stops): Pick<Door, 'committer' | 'flows'> {
  const flows = startFlowCounter(pool, COUNT_EVERY_MS, (error) => log.error({ err: error }, 'flows not counted'));
  stops.add(() => flows.stop());
  const committer = createCommitter(pool);
  stops.add(() => committer.stop());
  return { committer, flows };
}

type WatchedDoor = Door & Surroundings;

async function openTlsDoor(
  context: UseCaseContext,
  intake: Omit<WatchedDoor, 'transport'>,
): Promise<MllpServer | undefined> {
  const { tls, tlsHost, tlsPort } = context.config.mllp;
  if (tls === undefined) return undefined;
  return openDoor(
    context,
    { ...intake, transport: 'mllps' },
    { host: tlsHost, port: tlsPort, tls: await readTls(tls) },
  );
}

type Handlers = Partial<Record<TaskKind, TaskHandler | BatchHandler>>;

/** Calls to INSi are paced anyway: two at a time keep the pace while one waits for its answer. */
const INSI_CONCURRENCY = 2;

/**
 * One worker for each national service and one for the rest: a task that waits for its turn at a slow service never
 * takes the place of one that could go on.
 */
async function startWorkers(
  context: UseCaseContext,
  databaseUrl: string,
  handlers: Handlers,
  stops: Stops,
): Promise<void> {
  const { config, pool, log } = context;
  const { insi, deliver, reconcile, ...others } = handlers;
  const groups: { handlers: Handlers; concurrency: number; service?: Service }[] = [
    { handlers: others, concurrency: config.workers.concurrency },
  ];
  if (insi !== undefined) groups.push({ handlers: { insi }, concurrency: INSI_CONCURRENCY, service: 'INSi' });
  if (deliver !== undefined && reconcile !== undefined)
    groups.push({
      handlers: { deliver, reconcile },
      concurrency: config.dmp?.connections ?? 1,
      service: 'DMP',
    });
  for (const group of groups) {
    const worker = await startWorker({
      pool,
      databaseUrl,
      ...group,
      leaseMs: config.workers.leaseMs,
      pollMs: config.workers.pollMs,
      onError: (error, task) =>
        log.error({ err: error, task: task?.id, kind: task?.kind }, 'task failed, it comes back when its lease ends'),
    });
    stops.add(() => worker.stop());
  }
}

async function handlersOf(
  context: UseCaseContext,
  answers: AnswerSender,
  stamper: Stamper,
  { transport }: Measures,
  stops: Stops,
): Promise<Handlers> {
  const { insi, dmp, alerts } = context.config;
  const handlers: Handlers = {
    message: messageBatchHandler(context),
    document: documentTaskHandler(context, stamper),
    release: releaseTaskHandler(context),
    mapping: mappingTaskHandler(context),
    answer: answers.handler,
    notice: noticeTaskHandler(context, createChannels(alerts)),
    bulk: bulkTaskHandler(context, reReadMessage),
  };
  if (insi !== undefined) {
    const service = await openInsi(context, insi, transport);
    stops.add(() => service.close());
    handlers.insi = insiTaskHandler(context, service.client);
  }
  if (dmp === undefined) return handlers;
  const service = await openDmp(context, dmp, transport);
  stops.add(() => service.close());
  const feed: FeedContext = { ...context, dmp: service.client, dmpConfig: dmp };
  return { ...handlers, deliver: deliverTaskHandler(feed), reconcile: reconcileTaskHandler(feed) };
}

async function openDoor(
  context: UseCaseContext,
  door: WatchedDoor,
  place: { host: string; port: number; tls?: ClientTls },
): Promise<MllpServer> {
  const { mllp } = context.config;
  const isWorthKeeping = createRefusalLimit(context.now);
  return startMllpServer({
    ...place,
    maxFrameBytes: mllp.maxFrameBytes,
    idleMs: mllp.idleMs,
    maxConnections: mllp.maxConnections,
    now: context.now,
    newControlId: context.newUuid,
    onFrame: async (frame, peer) => {
      const started = performance.now();
      const answer = await receiveFrame(context, door, frame, peer);
      measureFrame(context, door.measures, answer, (performance.now() - started) / 1_000);
      return answer;
    },
    onRefused: (refusal, peer, about) => {
      if (about === undefined && !isWorthKeeping(refusal, peer)) return;
      context.log.warn({ rule: refusal.rule.id, peer: peer.address, err: about?.cause }, 'refused at the door');
      // The handler failed: nothing was taken in, and the sender, told to retry, brings the message again.
      if (about?.cause !== undefined) return door.doorWatch.refused();
      keepRefusal(context, door, refusal, peer, about?.frame).catch((error: unknown) =>
        context.log.error({ err: error }, 'refusal not kept'),
      );
    },
  });
}

/** By what the acknowledgement says: it is short, and names the sender as its receiver. */
function measureFrame(
  { config }: UseCaseContext,
  measures: Measures,
  answer: Buffer | undefined,
  seconds: number,
): void {
  const header = answer === undefined ? undefined : salvageHeader(answer);
  const { receivingApplication, receivingFacility } = header ?? {};
  const source = findSource(config, receivingApplication?.namespace ?? '', receivingFacility?.namespace ?? '');
  const name = source === undefined ? 'undeclared' : `${source.application}|${source.facility}`;
  measures.intake(name, /\rMSA\|(A[AER])/.exec(answer?.toString('latin1', 0, 2_000) ?? '')?.[1] ?? 'none', seconds);
}

async function startHttp(
  context: UseCaseContext,
  metrics: Registry,
  { measures }: Surroundings,
): Promise<{ app: FastifyInstance; url: string }> {
  const { http } = context.config;
  const app = createHttpServer({ maxBodyBytes: http.maxBodyBytes, log: context.log, pool: context.pool, metrics });
  app.addHook('onResponse', async (request, reply) => {
    const { url = 'none' } = request.routeOptions;
    measures.http(request.method, url, reply.statusCode, reply.elapsedTime / 1_000);
  });
  registerApi(app, context);
  await registerConsole(app, context);
  const url = await app.listen({ host: http.host, port: http.port });
  return { app, url };
}
