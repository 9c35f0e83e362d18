/** Wiring only: a configuration becomes a running gateway. */
import { randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { registerApi } from './api/api.ts';
import { createHttpServer } from './api/server.ts';
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
import { registerMetrics } from './indicators/metrics.ts';
import {
  createCommitter,
  type Door,
  keepRefusal,
  messageTaskHandler,
  receiveFrame,
  reReadMessage,
  startFlowCounter,
} from './intake/index.ts';
import { createChannels, createDoorWatch, createWatch, noticeTaskHandler } from './operations/index.ts';
import type { UseCaseContext } from './queue/context.ts';
import { startSealer } from './queue/sealer.ts';
import { createStops, type Stops } from './queue/stops.ts';
import type { TaskKind } from './queue/tasks.ts';
import { startWorker, type TaskHandler } from './queue/worker.ts';
import { openPool } from './store/db.ts';
import { migrate } from './store/migrate.ts';
import { createDmpClient } from './wire/dmp/client.ts';
import { type MllpServer, startMllpServer } from './wire/hl7v2/mllp-server.ts';
import { createInsiClient } from './wire/insi/client.ts';
import { createStamper, type Stamper } from './wire/pdf/isolated-stamp.ts';
import { createHttpsTransport } from './wire/soap/https-transport.ts';
import type { ClientTls } from './wire/soap/transport.ts';

export interface Gateway {
  readonly context: UseCaseContext;
  readonly http: { readonly url: string };
  readonly mllp: { readonly host: string; readonly port: number };
  readonly mllps: { readonly host: string; readonly port: number } | undefined;
  /** Stops taking in, lets what is in progress end, closes everything. */
  stop(): Promise<void>;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Connections kept for a worker's own session, the API and the intake beside the tasks in progress. */
const SPARE_CONNECTIONS = 12;
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
  const context: UseCaseContext = { config, pool, now, newUuid: randomUUID, log };
  await startWork(context, databaseUrl, stops);
  const doorWatch = createDoorWatch(now);
  const watch = createWatch(context, { channels: createChannels(config.alerts), door: doorWatch });
  stops.add(() => watch.stop());
  const intake = { ...startIntake(context, stops), doorWatch };
  const mllp = await openDoor(context, { ...intake, transport: 'mllp' }, { host: '127.0.0.1', port: config.mllp.port });
  stops.add(() => mllp.close());
  const mllps = await openTlsDoor(context, intake);
  stops.add(() => mllps?.close());
  const http = await startHttp(context);
  stops.add(() => http.app.close());
  return {
    context,
    http: { url: http.url },
    mllp: { host: '127.0.0.1', port: mllp.port },
    mllps: mllps === undefined ? undefined : { host: config.mllp.tlsHost, port: mllps.port },
    stop: () => stops.run(),
  };
}

/** Everything that works on what has been taken in. */
async function startWork(context: UseCaseContext, databaseUrl: string, stops: Stops): Promise<void> {
  const { config, pool, log } = context;
  const stamper = createStamper();
  stops.add(() => stamper.close());
  const tls = config.mllp.tls === undefined ? undefined : await readTls(config.mllp.tls);
  const answers = createAnswerSender(context, tls);
  stops.add(() => answers.close());
  const handlers = await handlersOf(context, answers, stamper, stops);
  const sealer = startSealer(pool, SEAL_EVERY_MS, (error) => log.error({ err: error }, 'sealing failed'));
  stops.add(() => sealer.stop());
  await startWorkers(context, databaseUrl, handlers, stops);
}

/** What the doors share; stopped after them. */
function startIntake({ pool, log }: UseCaseContext, stops: Stops): Pick<Door, 'committer' | 'flows'> {
  const flows = startFlowCounter(pool, COUNT_EVERY_MS, (error) => log.error({ err: error }, 'flows not counted'));
  stops.add(() => flows.stop());
  const committer = createCommitter(pool);
  stops.add(() => committer.stop());
  return { committer, flows };
}

type WatchedDoor = Door & { readonly doorWatch: ReturnType<typeof createDoorWatch> };

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

type Handlers = Partial<Record<TaskKind, TaskHandler>>;

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
  const groups: [Handlers, number][] = [[others, config.workers.concurrency]];
  if (insi !== undefined) groups.push([{ insi }, INSI_CONCURRENCY]);
  if (deliver !== undefined && reconcile !== undefined)
    groups.push([{ deliver, reconcile }, config.dmp?.connections ?? 1]);
  for (const [group, concurrency] of groups) {
    const worker = await startWorker({
      pool,
      databaseUrl,
      handlers: group,
      concurrency,
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
  stops: Stops,
): Promise<Handlers> {
  const handlers: Handlers = {
    message: messageTaskHandler(context),
    document: documentTaskHandler(context, stamper),
    release: releaseTaskHandler(context),
    answer: answers.handler,
    notice: noticeTaskHandler(context, createChannels(context.config.alerts)),
    bulk: bulkTaskHandler(context, reReadMessage),
  };
  const { insi } = context.config;
  if (insi !== undefined) handlers.insi = await insiHandler(context, insi, stops);
  const feed = await feedContext(context, stops);
  if (feed === undefined) return handlers;
  return { ...handlers, deliver: deliverTaskHandler(feed), reconcile: reconcileTaskHandler(feed) };
}

async function insiHandler(
  context: UseCaseContext,
  insi: NonNullable<Config['insi']>,
  stops: Stops,
): Promise<TaskHandler> {
  const tls = await readTls(insi.tls);
  const transport = createHttpsTransport({
    baseUrl: insi.url,
    tls,
    maxConnections: 2,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  stops.add(() => transport.close());
  const { name, version, instance } = context.config.software;
  const client = createInsiClient({
    transport,
    path: insi.path,
    lps: { idam: insi.authorisation, version, name, instance },
    emitter: organizationalUnit(tls.cert),
    timeoutMs: insi.timeoutMs,
    now: context.now,
    newUuid: context.newUuid,
  });
  return insiTaskHandler(context, client);
}

async function feedContext(context: UseCaseContext, stops: Stops): Promise<FeedContext | undefined> {
  const { dmp, software } = context.config;
  if (dmp === undefined) return undefined;
  const baseUrl = `${dmp.url}${dmp.path}`;
  const transport = createHttpsTransport({
    baseUrl,
    tls: await readTls(dmp.tls),
    maxConnections: dmp.connections,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  stops.add(() => transport.close());
  const [certPem, keyPem] = await Promise.all([
    readFile(dmp.signature.cert, 'utf8'),
    readFile(dmp.signature.key, 'utf8'),
  ]);
  const client = createDmpClient({
    transport,
    baseUrl,
    signer: { certPem, keyPem },
    lps: {
      name: software.name,
      version: software.version,
      homologation: dmp.homologation,
      instanceId: software.instance,
      oid: dmp.sourceId,
    },
    sourceId: dmp.sourceId,
    now: context.now,
    uuid: context.newUuid,
    timeouts: { questionMs: dmp.timeoutMs, submissionMs: dmp.timeoutMs },
    vihfLifetimeMs: dmp.vihfLifetimeMs,
    vihf: { version: dmp.vihfVersion, modeAttribute: dmp.authenticationModeAttribute, algorithm: dmp.vihfAlgorithm },
    signatureAlgorithm: dmp.xadesAlgorithm,
  });
  return { ...context, dmp: client, dmpConfig: dmp };
}

async function readTls(files: { ca: string; cert: string; key: string }): Promise<ClientTls> {
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map((file) => readFile(file, 'utf8')));
  return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}

/** OU of an organisation certificate: the structure that it was issued to (ins.md 4.4, Emetteur). */
function organizationalUnit(certPem: string): string {
  return /^OU=(.+)$/m.exec(new X509Certificate(certPem).subject)?.[1] ?? '';
}

async function openDoor(
  context: UseCaseContext,
  door: WatchedDoor,
  place: { host: string; port: number; tls?: ClientTls },
): Promise<MllpServer> {
  const { mllp } = context.config;
  return startMllpServer({
    ...place,
    maxFrameBytes: mllp.maxFrameBytes,
    idleMs: mllp.idleMs,
    maxConnections: mllp.maxConnections,
    now: context.now,
    newControlId: context.newUuid,
    onFrame: (frame, peer) => receiveFrame(context, door, frame, peer),
    onRefused: (refusal, peer, about) => {
      context.log.warn({ rule: refusal.rule.id, peer: peer.address, err: about?.cause }, 'refused at the door');
      // The handler failed: nothing was taken in, and the sender, told to retry, brings the message again.
      if (about?.cause !== undefined) return door.doorWatch.refused();
      keepRefusal(context, door, refusal, peer, about?.frame).catch((error: unknown) =>
        context.log.error({ err: error }, 'refusal not kept'),
      );
    },
  });
}

async function startHttp(context: UseCaseContext): Promise<{ app: FastifyInstance; url: string }> {
  const { http } = context.config;
  const metrics = new Registry();
  registerMetrics(metrics, context.pool);
  const app = createHttpServer({ maxBodyBytes: http.maxBodyBytes, log: context.log, pool: context.pool, metrics });
  registerApi(app, context);
  await registerConsole(app, context);
  const url = await app.listen({ host: http.host, port: http.port });
  return { app, url };
}
