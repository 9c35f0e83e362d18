/** The role `worker`: everything that works on what has been taken in. */
import { type Conformance, createRehearsing, startConformance } from '../conformance/index.ts';
import { startDiffusion } from '../diffusion/index.ts';
import { patientImportTaskHandler } from '../exchange/index.ts';
import {
  type AnswerSender,
  bulkTaskHandler,
  composesFor,
  createAnswerSender,
  createForesight,
  createRelaySender,
  deliverTaskHandler,
  dmpStateTaskHandler,
  documentTaskHandler,
  type FeedContext,
  type RelaySender,
  reconcileTaskHandler,
  releaseTaskHandler,
  resumeTaskHandler,
} from '../feed/index.ts';
import { insiTaskHandler, startCampaignClock, startKeying, verifyTaskHandler } from '../identity/index.ts';
import type { Measures } from '../indicators/measures.ts';
import { messageBatchHandler, reReadMessage } from '../intake/index.ts';
import { declareFlows, laneTaskHandler } from '../lanes/index.ts';
import { mappingTaskHandler } from '../mapping/index.ts';
import { matchBatchHandler, matchRunTaskHandler } from '../matching/index.ts';
import { mailTaskHandler, openDirectory, smtpSender } from '../mssante/index.ts';
import {
  conversionFault,
  createChannels,
  noticeTaskHandler,
  openDmp,
  openInsi,
  readTls,
  startPruner,
} from '../operations/index.ts';
import { startPlanClock } from '../plan/index.ts';
import { startFolding } from '../proof/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { startSealer } from '../queue/sealer.ts';
import type { Stops } from '../queue/stops.ts';
import type { TaskKind } from '../queue/tasks.ts';
import { type BatchHandler, startWorker, type TaskHandler } from '../queue/worker.ts';
import { recallNoticeTaskHandler, recallTaskHandler } from '../recall/index.ts';
import { startRegionClock } from '../region/index.ts';
import type { Service } from '../store/circuits.ts';
import { createStamper, type Stamper } from '../wire/pdf/isolated-stamp.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { openIncomingMail } from './incoming-mail.ts';
import { renewWith } from './own-certificate.ts';

const SEAL_EVERY_MS = 1_000;

/** Everything that works on what has been taken in. */
export async function startWork(
  context: UseCaseContext,
  databaseUrl: string,
  measures: Measures,
  stops: Stops,
): Promise<void> {
  const { config, pool, log } = context;
  const unable = await conversionFault(config);
  if (unable !== undefined) throw new Error(unable);
  await declareFlows(context);
  const stamper = createStamper();
  stops.add(() => stamper.close());
  const tls = config.mllp.tls === undefined ? undefined : await readTls(config.mllp.tls);
  const answers = createAnswerSender(context, tls);
  stops.add(() => answers.close());
  const relays = createRelaySender(context, tls);
  stops.add(() => relays.close());
  const conformance = await startConformance(context);
  stops.add(() => conformance.stop());
  const handlers = await handlersOf(context, { answers, relays }, { stamper, conformance }, measures, stops);
  const mail = await openIncomingMail(context, tls, stops);
  const pruner = startPruner(context);
  stops.add(() => pruner.stop());
  const keying = startKeying(context);
  stops.add(() => keying.stop());
  const plans = startPlanClock(context);
  stops.add(() => plans.stop());
  const region = startRegionClock(context);
  stops.add(() => region.stop());
  const sealer = startSealer(pool, SEAL_EVERY_MS, (error) => log.error({ err: error }, 'sealing failed'));
  stops.add(() => sealer.stop());
  const folding = startFolding(pool, SEAL_EVERY_MS, (error) => log.error({ err: error }, 'counting the proofs failed'));
  stops.add(() => folding.stop());
  const diffusion = startDiffusion(context, { tls, certificates: await subscriberCertificates(context) });
  stops.add(() => diffusion.stop());
  await renewWith(context, [answers, relays, diffusion, mail], stops);
  await startWorkers(context, databaseUrl, timed({ ...handlers, ...mail.handlers }, measures), stops);
}

/** Certificates shown to the subscribers that ask for another than the gateway's own. */
async function subscriberCertificates({ config }: UseCaseContext): Promise<Map<string, ClientTls>> {
  const certificates = new Map<string, ClientTls>();
  for (const { name, certificate } of config.diffusion.subscribers)
    if (certificate !== undefined) certificates.set(name, await readTls(certificate));
  return certificates;
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

type Handlers = Partial<Record<TaskKind, TaskHandler | BatchHandler>>;

/** Calls to INSi are paced anyway: two at a time keep the pace while one waits for its answer. */
const INSI_CONCURRENCY = 2;
/** Messages on their way to an old platform; of one patient, one at a time. */
const RELAY_CONCURRENCY = 4;
/** Deliveries that a process holds for each connection to the DMP, besides the one on the wire. */
const AHEAD_OF_THE_DMP = 3;

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
  const { insi, verify, deliver, reconcile, mail, 'dmp-state': dmpState, relay, ...others } = handlers;
  const groups: { handlers: Handlers; concurrency: number; ahead?: number; service?: Service }[] = [
    { handlers: others, concurrency: config.workers.concurrency },
  ];
  // An old platform that does not answer holds nothing else back.
  if (relay !== undefined && config.sources.some(({ migration }) => migration?.oldPlatform !== undefined))
    groups.push({ handlers: { relay }, concurrency: RELAY_CONCURRENCY });
  if (insi !== undefined && verify !== undefined) {
    groups.push({ handlers: { insi }, concurrency: INSI_CONCURRENCY, service: 'INSi' });
    // A campaign waits for its quota: it must not hold the place of a desk.
    groups.push({ handlers: { verify }, concurrency: 1, service: 'INSi' });
  }
  if (deliver !== undefined && reconcile !== undefined)
    groups.push({
      handlers: { deliver, reconcile, ...(dmpState && { 'dmp-state': dmpState }) },
      concurrency: config.dmp?.connections ?? 1,
      ahead: AHEAD_OF_THE_DMP * (config.dmp?.connections ?? 1),
      service: 'DMP',
    });
  if (mail !== undefined)
    groups.push({ handlers: { mail }, concurrency: config.mssante?.connections ?? 1, service: 'MSSanté' });
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

/** Without a mailbox every mail that is asked for ends with its explanation. */
function mailHandler(
  context: UseCaseContext,
  { stamper, conformance }: { readonly stamper: Stamper; readonly conformance: Conformance },
  stops: Stops,
): TaskHandler {
  const { mssante } = context.config;
  if (mssante === undefined) return mailTaskHandler(context);
  const directory = openDirectory(mssante.directory);
  stops.add(() => directory.close());
  return mailTaskHandler(context, { mssante, stamper, conformance, send: smtpSender(mssante), directory });
}

async function handlersOf(
  context: UseCaseContext,
  { answers, relays }: { readonly answers: AnswerSender; readonly relays: RelaySender },
  { stamper, conformance }: { readonly stamper: Stamper; readonly conformance: Conformance },
  { transport }: Measures,
  stops: Stops,
): Promise<Handlers> {
  const { insi, dmp, alerts } = context.config;
  const rehearsing = createRehearsing(context);
  stops.add(() => rehearsing.close());
  const handlers: Handlers = {
    message: messageBatchHandler(context, createForesight(context, stamper, conformance)),
    document: documentTaskHandler(context, stamper, conformance),
    release: releaseTaskHandler(context),
    mapping: mappingTaskHandler(context),
    resume: resumeTaskHandler(context),
    match: matchBatchHandler(context),
    'match-run': matchRunTaskHandler(context),
    'patient-import': patientImportTaskHandler(context),
    answer: answers.handler,
    relay: relays.handler,
    lane: laneTaskHandler(context),
    notice: noticeTaskHandler(context, createChannels(alerts)),
    bulk: bulkTaskHandler(context, reReadMessage),
    rehearsal: rehearsing.handler,
    recall: recallTaskHandler(context),
    'recall-notice': recallNoticeTaskHandler(context),
    mail: mailHandler(context, { stamper, conformance }, stops),
  };
  if (insi !== undefined) {
    const service = await openInsi(context, insi, transport);
    stops.add(() => service.close());
    handlers.insi = insiTaskHandler(context, service.client);
    handlers.verify = verifyTaskHandler(context, service.client);
    const clock = startCampaignClock(context);
    stops.add(() => clock.stop());
  }
  if (dmp === undefined) return handlers;
  const service = await openDmp(context, dmp, transport);
  stops.add(() => service.close());
  const feed: FeedContext = { ...context, dmp: service.client, dmpConfig: dmp, conformance };
  return {
    ...handlers,
    document: documentTaskHandler(context, stamper, conformance, composesFor(feed)),
    deliver: deliverTaskHandler(feed),
    reconcile: reconcileTaskHandler(feed),
    'dmp-state': dmpStateTaskHandler(feed),
  };
}
