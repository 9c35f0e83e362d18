/** A gateway reduced to its database and its API, beside the simulators and two MLLP doors: what a command talks to. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { createTestDatabase } from '../../test/support/database.ts';
import { registerApi } from '../api/api.ts';
import { createHttpServer } from '../api/server.ts';
import { issueToken } from '../api/tokens.ts';
import { checkConfig } from '../config/load.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { type DemoPki, ensureDemoPki } from '../demo/pki.ts';
import type { Runtime } from '../demo/runtime-file.ts';
import { startDmp, startInsi } from '../demo/simulators.ts';
import { DEMO_EJ, DEMO_OTHER_EJ, demoConfig } from '../demo/structure.ts';
import { patientImportTaskHandler } from '../exchange/index.ts';
import { startWorker } from '../queue/worker.ts';
import { openPool, type Pool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import type { MllpServer } from '../wire/hl7v2/mllp-server.ts';
import { startReceiver } from './receiver.fixture.ts';

const now = (): Date => new Date();

export interface ApiInstance {
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** `data`: a folder where it may make a key of its own, to sign what it exports. */
export async function startApi(data = '/nowhere'): Promise<ApiInstance> {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 4, () => undefined);
  const log = pino({ level: 'silent' });
  const config = configOf({ data, context: 1, pki: NO_KEYS });
  const app = createHttpServer({ maxBodyBytes: 1_000_000, log, pool, metrics: new Registry() });
  const context = { config, pool, now, newUuid: randomUUID, log };
  registerApi(app, context);
  const worker = await startWorker({
    ...{ pool, databaseUrl: database.url, concurrency: 1, leaseMs: 5_000, pollMs: 100 },
    handlers: { 'patient-import': patientImportTaskHandler(context) },
    onError: assert.ifError,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const token = await issueToken(pool, { name: 'test', role: 'administrator', eg: null, now: now() });
  return {
    url,
    token,
    databaseUrl: database.url,
    pool,
    async close() {
      await worker.stop();
      await app.close();
      await pool.end();
      await database.drop();
    },
  };
}

const NO_PAIR = { certFile: 'x', keyFile: 'x' };
const NO_KEYS = { caFile: 'x', server: NO_PAIR, insiAuto: NO_PAIR, authCli: NO_PAIR, sign: NO_PAIR, mssante: NO_PAIR };

function configOf({ pki, ...places }: { data: string; context: 1; pki: typeof NO_KEYS }): Config {
  const checked = checkConfig({ ...configInput(pki, places.data), proof: { signature: 'own' } });
  if (!checked.ok) throw new Error(checked.errors.join(' ; '));
  return checked.config;
}

/** The demonstration's configuration, with simulators where given. */
export function configInput(
  pki: typeof NO_KEYS,
  data: string,
  places: { insi?: string; dmp?: string; answers?: number; databaseUrl?: string } = {},
): ConfigInput {
  return demoConfig(pki, {
    data,
    context: 1,
    version: '0.0.0',
    databaseUrl: places.databaseUrl,
    httpPort: 0,
    mllpPort: 0,
    mllpTlsPort: 0,
    insiUrl: places.insi ?? 'https://localhost:1',
    dmpUrl: places.dmp === undefined ? 'https://localhost:1' : new URL(places.dmp).origin,
    answersPort: places.answers ?? 1,
  });
}

export interface Surroundings {
  readonly pki: DemoPki;
  readonly insi: { readonly url: string; readonly control: string };
  readonly dmp: { readonly url: string; readonly control: string };
  readonly plain: MllpServer;
  readonly secure: MllpServer;
  close(): Promise<void>;
}

/** Simulators and MLLP doors with the keys of `directory/pki`. */
export async function startSurroundings(directory: string): Promise<Surroundings> {
  await mkdir(directory, { recursive: true });
  const pki = await ensureDemoPki(join(directory, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, now);
  const place = { directory, port: 0, controlPort: 0, pki, log: () => undefined };
  const [cert, key] = await Promise.all([readFile(pki.server.certFile, 'utf8'), readFile(pki.server.keyFile, 'utf8')]);
  const [insi, dmp, plain, secure] = await Promise.all([
    startInsi(place),
    startDmp(place),
    startReceiver([]),
    startReceiver([], { tls: { ca: pki.caPem, cert, key } }),
  ]);
  return {
    pki,
    insi,
    dmp,
    plain,
    secure,
    async close() {
      await Promise.all([insi.close(), dmp.close(), plain.close(), secure.close()]);
    },
  };
}

export function runtimeOf(api: ApiInstance, { pki, insi, dmp, plain, secure }: Surroundings): Runtime {
  return {
    console: `${api.url}/healthz`,
    api: `${api.url}/api/v1`,
    fhir: `${api.url}/fhir`,
    token: api.token,
    mllp: { host: '127.0.0.1', port: plain.port },
    mllps: { host: '127.0.0.1', port: secure.port },
    insi: { url: insi.url, control: insi.control },
    dmp: { url: dmp.url, control: dmp.control },
    tls: { ca: pki.caFile, cert: pki.sender.certFile, key: pki.sender.keyFile },
    pid: process.pid,
  };
}
