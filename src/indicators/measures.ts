/**
 * What this process does, counted and timed as it happens, for Prometheus. Labels come from the configuration or from
 * closed lists: never from a message, so that their number is bounded and no identifier can slip in.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import type { SoapTransport, TransportOutcome } from '../wire/soap/transport.ts';

export interface Measures {
  /** A message at the door: its declared source, and how it was acknowledged. */
  intake(source: string, outcome: string, seconds: number): void;
  /** A REST or console request. */
  http(method: string, route: string, status: number, seconds: number): void;
  /** One run of a task. */
  task(kind: string, outcome: 'done' | 'failed', seconds: number): void;
  /** The same transport, each call of it timed. */
  transport(service: 'DMP' | 'INSi', transport: SoapTransport): SoapTransport;
}

/** Seconds: an acknowledgement takes milliseconds, a national service may take a minute. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Sources that a wildcard lets in are not told apart beyond this. */
const MOST_SOURCES = 200;
const ACKNOWLEDGEMENTS = ['AA', 'AE', 'AR', 'none'];

export function createMeasures(registry: Registry): Measures {
  collectDefaultMetrics({ register: registry });
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [registry] });
  const intake = histogram('traitdunion_intake_seconds', 'Messages at the door by source and acknowledgement', [
    'source',
    'outcome',
  ]);
  const http = histogram('traitdunion_http_seconds', 'HTTP requests by route and class of status', [
    'method',
    'route',
    'status',
  ]);
  const tasks = histogram('traitdunion_task_seconds', 'Runs of tasks by kind', ['kind', 'outcome']);
  const calls = histogram('traitdunion_call_seconds', 'Calls to the national services by transaction and outcome', [
    'service',
    'transaction',
    'outcome',
  ]);
  const sources = new Set<string>();
  return {
    intake: (source, outcome, seconds) => {
      const known = sources.has(source) || sources.size < MOST_SOURCES;
      if (known) sources.add(source);
      const labels = {
        source: known ? source : 'others',
        outcome: ACKNOWLEDGEMENTS.includes(outcome) ? outcome : 'none',
      };
      intake.observe(labels, seconds);
    },
    http: (method, route, status, seconds) =>
      http.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds),
    task: (kind, outcome, seconds) => tasks.observe({ kind, outcome }, seconds),
    transport: (service, transport) => ({
      close: () => transport.close(),
      post: async (request) => {
        const stop = calls.startTimer({ service, transaction: transactionOf(service, request.contentType) });
        const outcome = await transport.post(request);
        stop({ outcome: outcomeOf(outcome) });
        return outcome;
      },
    }),
  };
}

/** SOAP actions, by the names of the DMP specification. */
const TRANSACTIONS: readonly (readonly [action: RegExp, name: string])[] = [
  [/PRPA_IN201307UV02/, 'TD0.2'],
  [/ProvideAndRegisterDocumentSet-b/, 'TD2.1'],
  [/RegistryStoredQuery/, 'TD3.1b'],
  [/DeleteDocumentSet/, 'TD3.3c'],
];

const INSI_TRANSACTIONS: readonly (readonly [action: RegExp, name: string])[] = [
  [/rechercherInsAvecCarteVitale/, 'search-card'],
  [/verifierInsAvecTraitsIdentite/, 'verify'],
];

function transactionOf(service: 'DMP' | 'INSi', contentType: string): string {
  if (service === 'INSi') return INSI_TRANSACTIONS.find(([action]) => action.test(contentType))?.[1] ?? 'search';
  return TRANSACTIONS.find(([action]) => action.test(contentType))?.[1] ?? 'other';
}

function outcomeOf(outcome: TransportOutcome): string {
  return outcome.kind === 'answered' ? `${Math.floor(outcome.status / 100)}xx` : outcome.kind;
}

/** Figures that a process reads of itself when it is asked: pool, disk, certificates. */
export interface OwnFigures {
  readonly pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number };
  disk(): Promise<{ freeBytes: number; totalBytes: number; inodesFreePercent: number | undefined }>;
  /** Whole days left, by name of the configuration. */
  certificates(): Promise<readonly { name: string; daysLeft: number }[]>;
  intakeRefusals(): number;
}

export function registerOwnFigures(registry: Registry, own: OwnFigures): void {
  const gauge = (name: string, help: string, labelNames: string[], read: (into: Gauge) => Promise<void> | void) => {
    const made: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        made.reset();
        await read(made);
      },
    });
  };
  gauge('traitdunion_pool_connections', 'Database connections of this process', ['state'], (made) => {
    made.set({ state: 'busy' }, own.pool.totalCount - own.pool.idleCount);
    made.set({ state: 'idle' }, own.pool.idleCount);
    made.set({ state: 'awaited' }, own.pool.waitingCount);
  });
  gauge('traitdunion_disk_free_bytes', 'Room under the data folder', [], async (made) => {
    made.set((await own.disk()).freeBytes);
  });
  gauge('traitdunion_disk_free_inodes_percent', 'Free inodes under the data folder, of 100', [], async (made) => {
    const { inodesFreePercent } = await own.disk();
    if (inodesFreePercent !== undefined) made.set(inodesFreePercent);
  });
  gauge('traitdunion_certificate_days_left', 'Whole days before a certificate ends', ['certificate'], async (made) => {
    for (const { name, daysLeft } of await own.certificates()) made.set({ certificate: name }, daysLeft);
  });
  const refusals = new Counter({
    name: 'traitdunion_intake_storage_refusals_total',
    help: 'Messages refused because they could not be stored',
    registers: [registry],
    collect() {
      refusals.reset();
      refusals.inc(own.intakeRefusals());
    },
  });
}
