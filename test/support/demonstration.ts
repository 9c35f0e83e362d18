/** A whole demonstration for a test: real wires, a database of its own, no sample traffic unless asked for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { answerView, documentDetailView, documentView, listOf, patientView } from '../../src/api/views.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { startDemonstration } from '../../src/demo/demonstration.ts';
import type { DemoPki } from '../../src/demo/pki.ts';
import type { Runtime } from '../../src/demo/runtime-file.ts';
import { connectSender } from '../../src/demo/sender.ts';
import { openPool, type Pool } from '../../src/store/db.ts';
import { migrateUrl } from '../../src/store/migrate.testing.ts';
import { createMllpClient, type MllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import { createTestDatabase } from './database.ts';
import { demoKeysIn } from './demo-keys.ts';

/** Where a demonstration keeps what survives it: it can be stopped and started again there. */
export interface Place {
  readonly data: string;
  readonly databaseUrl: string;
  readonly pki: DemoPki;
  remove(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  const [data, database] = await Promise.all([mkdtemp(join(tmpdir(), 'tdu-journey-')), createTestDatabase(migrateUrl)]);
  return {
    data,
    databaseUrl: database.url,
    pki: await demoKeysIn(join(data, 'pki')),
    async remove() {
      await database.drop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

export interface StartOptions {
  readonly context?: 1 | 2 | 3;
  /** True unless told: nothing is sent but by the test. */
  readonly quietFeed?: boolean;
  readonly adjust?: (config: ConfigInput) => ConfigInput;
  /** False: start without waiting for what INSi says of the sample patients. */
  readonly settled?: boolean;
  /** An earlier demonstration's; else one of its own, removed by `stop`. */
  readonly place?: Place;
}

/** What a sender gets back for a message. */
export interface Acknowledgement {
  /** MSA-1. */
  readonly code: string;
  /** MSA-2. */
  readonly controlId: string;
  /** Our rule, from its ERR segment. */
  readonly rule: string | undefined;
  readonly text: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

export type Patient = z.output<typeof patientView>;
export type Document = z.output<typeof documentDetailView>;
export type Answer = z.output<typeof answerView>;
export type StoppedMessage = z.output<typeof stoppedMessage>;
export type HeldDocument = z.output<typeof heldDocument>;
export type Fault = 'down' | 'slow' | 'reset' | 'lost-answer' | 'soap-fault' | 'http-500';

export interface Control {
  set(fault: Fault, more?: { rate?: number; delayMs?: number }): Promise<void>;
  clear(): Promise<void>;
  stats(): Promise<z.output<typeof statsReport>>;
  post(path: string, body: unknown): Promise<unknown>;
}

export interface Demonstration {
  readonly runtime: Runtime;
  readonly place: Place;
  readonly firstAcceptance: Promise<number | undefined>;
  /** For what no interface shows: the ledger, the rows of the identities. */
  readonly pool: Pool;
  readonly insi: Control;
  readonly dmp: Control;
  /** Over MLLP with mutual TLS. Rejects when no acknowledgement comes. */
  send(message: Uint8Array): Promise<Acknowledgement>;
  /** Plain MLLP on the loopback; undefined when no acknowledgement comes in time. */
  sendPlain(message: Uint8Array, timeoutMs: number): Promise<Acknowledgement | undefined>;
  api(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<ApiAnswer>;
  patient(ipp: string): Promise<Patient | undefined>;
  /** Oldest first. */
  documents(controlId: string): Promise<Document[]>;
  answers(documentId: string): Promise<Answer[]>;
  content(documentId: string, form: 'original' | 'prepared' | 'cda' | 'difference'): Promise<Buffer>;
  stoppedMessages(): Promise<StoppedMessage[]>;
  /** What the DMP simulator holds, submission signatures apart. */
  held(filter?: { uniqueId?: string; matricule?: string }): Promise<HeldDocument[]>;
  stop(): Promise<void>;
}

const stoppedMessage = z.object({
  messageControlId: z.string(),
  state: z.string(),
  bytes: z.number(),
  kind: z.string(),
  location: z.string().nullable(),
  reason: z.object({ rule: z.string(), title: z.string(), cause: z.string(), remedy: z.string(), owner: z.string() }),
});
const heldDocument = z.object({
  uniqueId: z.string(),
  entryUUID: z.string(),
  status: z.string(),
  hash: z.string(),
  size: z.number(),
  patient: z.object({ matricule: z.string(), oid: z.string() }),
  title: z.string().optional(),
  typeCode: z.string().optional(),
  structure: z.string(),
});
const statsReport = z.object({
  total: z.number(),
  byTransaction: z.record(z.string(), z.number()),
  byOutcome: z.record(z.string(), z.number()),
  byIdentityKind: z.record(z.string(), z.number()),
});

/** The demonstration of `npm start`, but faster to retry: what is measured in seconds there is in tenths here. */
export async function startTestDemonstration(options: StartOptions = {}): Promise<Demonstration> {
  const place = options.place ?? (await openPlace());
  const demonstration = await start(place, options).catch(async (error: unknown) => {
    if (options.place === undefined) await place.remove();
    throw error;
  });
  if (options.quietFeed === false || options.settled === false) return demonstration;
  await until('idle', () => idle(demonstration.pool)).catch(async (error: unknown) => {
    await demonstration.stop();
    throw error;
  });
  return demonstration;
}

async function start(place: Place, options: StartOptions): Promise<Demonstration> {
  const running = await startDemonstration({
    data: place.data,
    port: 0,
    mllpPort: 0,
    context: options.context ?? 1,
    quietFeed: options.quietFeed ?? true,
    databaseUrl: place.databaseUrl,
    version: '0.0.0-test',
    adjust: (config) => options.adjust?.(impatient(config)) ?? impatient(config),
    say: () => undefined,
  });
  const { runtime, firstAcceptance } = running;
  const pool = openPool(place.databaseUrl, 2, () => undefined);
  const secure = await connectSender(place.pki, runtime.mllps);
  return {
    runtime,
    place,
    firstAcceptance,
    pool,
    insi: controlOf(runtime.insi.control),
    dmp: controlOf(runtime.dmp.control),
    ...apiOf(runtime),
    ...doorsOf(runtime, secure),
    async held(filter = {}) {
      const found = await postJson(`${runtime.dmp.control}/documents/search`, filter);
      return z.object({ items: z.array(heldDocument) }).parse(found).items;
    },
    async stop() {
      await secure.close();
      await running.stop();
      await pool.end();
      if (options.place === undefined) await place.remove();
    },
  };
}

async function idle(pool: Pool): Promise<true | undefined> {
  const { rows } = await pool.query<{ tasks: number }>(
    `select count(*) as tasks from task where run_at < now() + interval '1 second'`,
  );
  return rows[0]?.tasks === 0 ? true : undefined;
}

function impatient(config: ConfigInput): ConfigInput {
  const { insi, dmp } = config;
  return {
    ...config,
    ...(insi && { insi: { ...insi, ratePerSecond: 50, circuit: { failures: 2, probeAfterMs: 300 } } }),
    ...(dmp && {
      dmp: {
        ...dmp,
        circuit: { failures: 5, probeAfterMs: 300 },
        retry: { firstMs: 100, maxMs: 500 },
        reconciliation: { askAfterMs: 200, asksBeforeResend: 2 },
      },
    }),
    workers: { pollMs: 50 },
  };
}

function doorsOf({ mllp }: Runtime, secure: MllpClient): Pick<Demonstration, 'send' | 'sendPlain'> {
  return {
    async send(message) {
      const outcome = await secure.send(message);
      if (outcome.kind !== 'answered') throw new Error(`no acknowledgement: ${outcome.kind} ${outcome.reason}`);
      return acknowledgementOf(outcome.message);
    },
    async sendPlain(message, timeoutMs) {
      const client = createMllpClient({ ...mllp, timeoutMs });
      const outcome = await client.send(message);
      await client.close();
      return outcome.kind === 'answered' ? acknowledgementOf(outcome.message) : undefined;
    },
  };
}

/** Read without the product's own parser. */
function acknowledgementOf(message: Buffer): Acknowledgement {
  const text = message.toString(/\|8859\/15?\|?/.test(message.toString('latin1', 0, 300)) ? 'latin1' : 'utf8');
  const [, code = '', controlId = ''] = /\rMSA\|([A-Z]*)\|?([^|\r]*)/.exec(text) ?? [];
  return { code, controlId, rule: /\rERR\|.*?(TDU-[A-Z0-9]+-\d{3})/.exec(text)?.[1], text };
}

type Calls = 'api' | 'patient' | 'documents' | 'answers' | 'content' | 'stoppedMessages';

function apiOf({ api: base, token }: Runtime): Pick<Demonstration, Calls> {
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const read = async <T extends z.ZodType>(schema: T, path: string): Promise<z.output<T>> => {
    const response = await call('GET', path);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return schema.parse(await response.json());
  };
  return {
    async api(method, path, body) {
      const response = await call(method, path, body);
      return {
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        body: await response.json(),
      };
    },
    async patient(ipp) {
      return (await read(listOf(patientView), `/patients?ipp=${ipp}`)).items[0];
    },
    async documents(controlId) {
      const { items } = await read(
        listOf(documentView),
        `/documents?messageControlId=${encodeURIComponent(controlId)}`,
      );
      const details = items.map(({ id }) => read(documentDetailView, `/documents/${id}`));
      return (await Promise.all(details)).reverse();
    },
    answers: async (id) => (await read(listOf(answerView), `/documents/${id}/answers`)).items,
    async content(id, form) {
      const response = await call('GET', `/documents/${id}/content?form=${form}`);
      if (response.status !== 200) throw new Error(`content ${form}: ${response.status} ${await response.text()}`);
      return Buffer.from(await response.arrayBuffer());
    },
    stoppedMessages: async () => (await read(listOf(stoppedMessage), '/messages?limit=500')).items,
  };
}

function controlOf(base: string): Control {
  return {
    async set(fault, more = {}) {
      await postJson(`${base}/faults`, { fault, rate: 1, ...more });
    },
    async clear() {
      const response = await fetch(`${base}/faults`, { method: 'DELETE' });
      if (!response.ok) throw new Error(`DELETE ${base}/faults: ${response.status}`);
    },
    stats: async () => statsReport.parse(await (await fetch(`${base}/stats`)).json()),
    post: (path, body) => postJson(`${base}${path}`, body),
  };
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Looks until something is found. Rejects with `what` at the deadline, or as `look` does. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, deadlineMs = 20_000): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`after ${deadlineMs} ms still not: ${what}`);
    await sleep(50);
  }
}
