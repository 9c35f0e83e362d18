/**
 * Bench `region`: the pages of the region over HTTP, as a person of the role `regional` reads them, with so many establishments
 * and months and a ledger behind those that the installation counts itself. Wanted: each page under 500 ms (needs.md).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { z } from 'zod';
import { issueToken } from '../../src/api/tokens.ts';
import { checkConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { createConsoleUser } from '../../src/console/users.ts';
import { monthAfter, monthOf } from '../../src/region/month.ts';
import { countOwn } from '../../src/region/own.ts';
import { openPool, type Pool } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { nowhereConfig } from '../../test/support/nowhere.ts';
import { type Place, withPlace } from '../support/place.ts';
import { quantile } from '../support/report.ts';
import { egOf, fillLedger, fillMonths, OWN, ownEntities, type RegionSize } from './fill.ts';

const SERVER = join(import.meta.dirname, 'console-process.ts');
const running = z.object({ url: z.string() });
/** Asked before anything is counted: a young process still compiles. */
const WARMING = 20;
const DAY_MS = 86_400_000;

export interface RegionOptions extends RegionSize {
  /** Of each page. */
  readonly requests: number;
}

interface PageMeasure {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly bytes: number;
}

export interface RegionReport extends RegionOptions {
  readonly figures: number;
  readonly machine: { readonly cores: number; readonly loadBefore: number; readonly loadAfter: number };
  /** Counting the whole ledger once, then once more when nothing has come, milliseconds. */
  readonly countMs: { readonly first: number; readonly again: number };
  readonly pages: Readonly<Record<string, PageMeasure>>;
}

export function benchRegion(options: RegionOptions): Promise<RegionReport> {
  return withPlace(async (place) => {
    const databaseUrl = await place.database('region');
    const config: ConfigInput = {
      ...nowhereConfig({ databaseUrl, data: place.folder }),
      legalEntities: ownEntities(),
      mssante: undefined,
      incomingMail: undefined,
    };
    config.sources = config.sources.map((source) => ({ ...source, eg: egOf(0) }));
    const pool = openPool(databaseUrl, 2, () => undefined);
    try {
      await migrate(pool);
      return await measured(place, pool, config, options);
    } finally {
      await pool.end();
    }
  });
}

async function measured(
  place: Place,
  pool: Pool,
  settings: ConfigInput,
  options: RegionOptions,
): Promise<RegionReport> {
  const checked = checkConfig(settings);
  if (!checked.ok) throw new Error(checked.errors.join(' ; '));
  const now = new Date();
  const present = monthOf(now);
  // What was pushed came while each month was going on, as it does.
  const figures = await fillMonths(pool, options, present, new Date(now.getTime() - DAY_MS));
  await fillLedger(pool, options, present);
  const context = {
    config: checked.config,
    pool,
    now: () => new Date(),
    newUuid: randomUUID,
    log: pino({ level: 'silent' }),
  };
  const first = await timed(() => countOwn(context));
  const again = await timed(() => countOwn(context));
  await pool.query('analyze');
  const file = join(place.folder, 'region.json');
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  const { url } = running.parse(await place.start(SERVER, [file, join(place.folder, 'region.log')]));
  const loadBefore = load();
  const pages = await readPages(url, pool, options, present);
  const machine = { cores: os.availableParallelism(), loadBefore, loadAfter: load() };
  return { ...options, figures, machine, countMs: { first: first.ms, again: again.ms }, pages };
}

async function readPages(
  url: string,
  pool: Pool,
  { requests }: RegionOptions,
  present: string,
): Promise<RegionReport['pages']> {
  const cookie = await connected(url, pool);
  const token = await issueToken(pool, { name: 'bench', role: 'regional', eg: null, now: new Date() });
  const bearer = { authorization: `Bearer ${token}` };
  const console_ = `${url}/console/region`;
  const api = `${url}/api/v1/region`;
  const asked: Readonly<Record<string, readonly [address: string, headers: Record<string, string>]>> = {
    dashboard: [console_, { cookie }],
    'dashboard-5-years': [`${console_}?duree=60`, { cookie }],
    establishments: [`${console_}/etablissements`, { cookie }],
    'establishment-pushed': [`${console_}/etablissements/${egOf(OWN)}`, { cookie }],
    'establishment-own': [`${console_}/etablissements/${egOf(0)}`, { cookie }],
    month: [`${console_}/mois/${monthAfter(present, -1)}`, { cookie }],
    advisor: [`${console_}/conseil`, { cookie }],
    'csv-months': [`${console_}/export`, { cookie }],
    'csv-establishments': [`${console_}/export-etablissements`, { cookie }],
    'api-months': [`${api}/months`, bearer],
    'api-establishments': [`${api}/establishments`, bearer],
  };
  const pages: Record<string, PageMeasure> = {};
  for (const [name, [address, headers]] of Object.entries(asked)) {
    const times: number[] = [];
    let bytes = 0;
    for (let turn = 0; turn < requests + Math.min(WARMING, requests); turn++) {
      const { ms, value } = await timed(() => read(address, headers));
      bytes = value;
      if (turn >= Math.min(WARMING, requests)) times.push(ms);
    }
    pages[name] = {
      p50Ms: round(quantile(times, 0.5)),
      p95Ms: round(quantile(times, 0.95)),
      maxMs: round(Math.max(...times)),
      bytes,
    };
  }
  return pages;
}

/** The whole answer; anything but a success fails the run. */
async function read(address: string, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(address, { headers, redirect: 'manual' });
  const body = await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${address}: HTTP ${answer.status}`);
  return body.byteLength;
}

async function connected(url: string, pool: Pool): Promise<string> {
  const password = randomBytes(12).toString('base64url');
  await createConsoleUser(pool, { login: 'region', displayName: 'Région', role: 'regional', eg: null, password });
  const answer = await fetch(`${url}/console/connexion`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ identifiant: 'region', 'mot-de-passe': password }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  if (answer.status !== 303 || cookie === '') throw new Error(`no session: HTTP ${answer.status}`);
  return cookie;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: round(performance.now() - started), value };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Of the last minute. */
function load(): number {
  return round(os.loadavg()[0] ?? 0);
}
