/**
 * Bench `identity`: searches over many patients, through the use case that every door calls, against bare b-tree queries and
 * pg_trgm on the same patients in the same run (P13, P14). Embedded PostgreSQL, or the one of `databaseUrl`, in a database of
 * its own that goes with the bench.
 */
import os from 'node:os';
import pg from 'pg';
import { searchPatients, searchPatientsWithErrors } from '../../src/identity/index.ts';
import { openPool, type Pool } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { withPlace } from '../support/place.ts';
import { FLOOR, FLOORS, prepareFloors } from './floors.ts';
import { loadPatients } from './load.ts';
import { patient } from './people.ts';
import { QUESTIONS, type Question, type QuestionKind } from './questions.ts';

export interface IdentityOptions {
  readonly patients: number;
  /** Questions of each case. */
  readonly questions: number;
  /** Undefined: embedded. */
  readonly databaseUrl: string | undefined;
}

export interface Searches {
  readonly patients: number;
  readonly questions: number;
  readonly machine: {
    readonly cores: number;
    readonly loadBefore: number;
    readonly loadAfter: number;
    readonly postgres: string;
  };
  /** A floor stands beside its case, under `case/floor`. */
  readonly searches: Readonly<Record<string, SearchMeasure>>;
}

export interface SearchMeasure {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Shares of the questions: the patient is among the first twenty; is the first. */
  readonly foundTop20: number;
  readonly first: number;
}

const TOP = 20;

export function benchIdentity(options: IdentityOptions): Promise<Searches> {
  return withDatabase(options.databaseUrl, async (url) => {
    const started = performance.now();
    const say = (line: string) =>
      console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
    const pool = openPool(url, 2, () => undefined);
    try {
      await migrate(pool);
      await loadPatients(url, options.patients, FLOOR, say);
      const trigrams = await prepareFloors(pool, say);
      const loadBefore = load();
      const searches: Record<string, SearchMeasure> = {};
      for (const kind of QUESTIONS) {
        Object.assign(searches, await measure(pool, kind, trigrams, options));
        say(kind.name);
      }
      const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version') as version`);
      const machine = {
        cores: os.availableParallelism(),
        loadBefore,
        loadAfter: load(),
        postgres: rows[0]?.version ?? '',
      };
      return { patients: options.patients, questions: options.questions, machine, searches };
    } finally {
      await pool.end();
    }
  });
}

/** Of the last minute. */
function load(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 10) / 10;
}

/** A floor that takes a tenth of a second and more is asked every fourth question. */
const SLOW_FLOOR = 'pg-trgm-bounded';
const EVERY = 4;

/** Ours and its floors take turns on each question; the first tenth, of other patients, is not counted. */
async function measure(
  pool: Pool,
  kind: QuestionKind,
  trigrams: boolean,
  options: IdentityOptions,
): Promise<Record<string, SearchMeasure>> {
  const ways = new Map([[kind.name, (question: Question) => ours(pool, kind, question)]]);
  for (const name of kind.floors ?? []) {
    const floor = FLOORS[name];
    if (floor !== undefined && (trigrams || name !== SLOW_FLOOR))
      ways.set(`${kind.name}/${name}`, (question) => floor(pool, question));
  }
  const runs = new Map([...ways.keys()].map((name) => [name, [] as Run[]]));
  const warm = Math.ceil(options.questions / 10);
  for (const [index, question] of questionsOf(kind, options.questions + warm, options.patients).entries())
    for (const [name, way] of ways) {
      if (name.endsWith(SLOW_FLOOR) && index % EVERY !== 0) continue;
      const before = performance.now();
      const found = await way(question);
      const ms = performance.now() - before;
      if (index >= warm) runs.get(name)?.push({ ms, rank: found.indexOf(question.patient.id) });
    }
  return Object.fromEntries([...runs].map(([name, all]) => [name, measureOf(all)]));
}

async function ours(pool: Pool, { exact }: QuestionKind, { query }: Question): Promise<string[]> {
  if (exact) return (await searchPatients({ pool }, query, { limit: TOP, offset: 0 })).map(({ id }) => id);
  return (await searchPatientsWithErrors({ pool }, query, { limit: TOP })).map(({ record }) => record.id);
}

interface Run {
  readonly ms: number;
  /** From 0; -1 when not found. */
  readonly rank: number;
}

/** Patients spread over the whole base, other ones for each case. */
function questionsOf(kind: QuestionKind, count: number, patients: number): Question[] {
  const questions: Question[] = [];
  let at = QUESTIONS.indexOf(kind) * 37;
  for (let tries = 0; questions.length < count && tries < patients * 2; tries += 1) {
    at = (at + Math.max(1, Math.floor(patients / count) - 1)) % patients;
    const one = patient(at);
    if (kind.of === undefined || kind.of(one)) questions.push({ patient: one, query: kind.ask(one, at) });
  }
  return questions;
}

function measureOf(runs: readonly Run[]): SearchMeasure {
  const times = runs.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share: number) =>
    Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 100) / 100;
  const share = (kept: (run: Run) => boolean) => Math.round((runs.filter(kept).length / runs.length) * 1_000) / 1_000;
  return {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    foundTop20: share(({ rank }) => rank >= 0),
    first: share(({ rank }) => rank === 0),
  };
}

async function withDatabase<T>(databaseUrl: string | undefined, work: (url: string) => Promise<T>): Promise<T> {
  if (databaseUrl === undefined) return withPlace(async (place) => work(await place.database('identity')));
  const name = `tdu_bench_identity_${process.pid}`;
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  try {
    await server.query(`create database ${pg.escapeIdentifier(name)}`);
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await server.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    await server.end();
  }
}
