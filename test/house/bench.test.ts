/** `npm run bench` at the size of a smoke test: every bench runs, and prints the shape that is asked for. No speed is judged. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { z } from 'zod';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';

const ENTRY = join(import.meta.dirname, '../../bench/run.ts');

const amount = z.number().positive();
const measure = z.object({ rate: amount, cpuMs: z.number().min(0), p50Ms: amount, p99Ms: amount });
const withDatabase = { postgresCpuMs: z.number().min(0) };
const stage = measure.extend({ name: z.string(), floor: measure.extend({ what: z.string() }), ratio: amount });
const stored = stage.extend({ ...withDatabase, floor: stage.shape.floor.extend(withDatabase) });
const report = z.object({ bench: z.string(), seconds: amount, cases: z.array(stage) });
const storedReport = report.extend({ cases: z.array(stored) });
const pipelineReport = storedReport.extend({
  documentsPerSecond: amount,
  cpuMsPerDocument: z.object({ gateway: amount, postgres: amount, total: amount }),
});

const part = z.number().min(0).max(1);
const searchReport = z.object({
  searches: z.record(z.string(), z.object({ p50Ms: amount, p99Ms: amount, foundTop20: part, first: part })),
});

/** The one line that the bench prints with --json. */
async function bench(...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ENTRY, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0);
  assert.equal(output.trimEnd().split('\n').length, 1);
  return JSON.parse(output);
}

function names({ cases }: z.infer<typeof report>): string[] {
  return cases.map(({ name }) => name);
}

async function withoutServer(): Promise<string | undefined> {
  return findPlatformPackage().then(
    () => undefined,
    () => 'aucun PostgreSQL embarqué sur cette plateforme',
  );
}

test('intake: both kinds at 1 and 16 connections, each against its floor', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const result = storedReport.parse(await bench('intake', '--seconds', '0.15'));
  assert.deepEqual(names(result), ['adt-16', 'adt-1', 'mdm-16', 'mdm-1']);
});

test('queue: with an empty table and with a backlog', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const result = storedReport.parse(await bench('queue', '--seconds', '0.06', '--backlog', '500'));
  assert.deepEqual(names(result), ['adt-empty', 'adt-backlog-500', 'adt-blocked-500', 'mdm-empty', 'mdm-backlog-500']);
});

test('stages: from the bytes of HL7 to the signatures', async () => {
  const result = report.parse(await bench('stages', '--seconds', '0.02'));
  for (const name of ['hl7-parse-adt', 'pdf-stamp-200kb', 'cda-header-200kb', 'mtom-body-200kb', 'xades-sign-200kb'])
    assert.ok(names(result).includes(name), name);
});

test('pipeline: documents per second and their CPU, gateway and PostgreSQL apart', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const result = pipelineReport.parse(await bench('pipeline', '--seconds', '0.2', '--in-flight', '4'));
  assert.deepEqual(names(result), ['raw-pdf-200kb', 'received-cda-200kb']);
});

test('pipeline with worker processes: the same figures for each number of them', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const figures = { documentsPerSecond: amount, cpuMsPerDocument: pipelineReport.shape.cpuMsPerDocument };
  const scaleReport = pipelineReport.extend({ scale: z.array(z.object({ workers: amount, ...figures })) });
  const args = ['--workers', '1,2', '--seconds', '0.2', '--in-flight', '4'];
  const result = scaleReport.parse(await bench('pipeline', ...args));
  assert.deepEqual(names(result), ['raw-pdf-200kb-workers-1', 'raw-pdf-200kb-workers-2']);
  assert.deepEqual(
    result.scale.map(({ workers }) => workers),
    [1, 2],
  );
});

test('isolation: what comes in while documents wait for a DMP that is down, against the same without', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const isolationReport = storedReport.extend({
    cases: z.array(stored.extend({ p99Ratio: amount })),
    waiting: z.number().min(200),
  });
  const result = isolationReport.parse(await bench('isolation', '--seconds', '0.2', '--backlog', '200'));
  assert.deepEqual(names(result), ['adt-16-waiting-200', 'mdm-16-waiting-200']);
});

test('region: every page, file and list answers, and the ledger was counted', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const page = z.object({ p50Ms: amount, p95Ms: amount, maxMs: amount, bytes: amount });
  const regionReport = z.object({ figures: z.literal(60), pages: z.record(z.string(), page) });
  const sizes = ['--establishments', '30', '--months', '3', '--documents', '50', '--requests', '2'];
  const { pages } = regionReport.parse(await bench('region', ...sizes));
  for (const name of ['dashboard', 'establishments', 'establishment-own', 'advisor', 'csv-months', 'api-months'])
    assert.ok(name in pages, name);
});

test('identity: the patient is found in spite of two errors, first nearly always; each search beside its floor', async (t) => {
  const missing = await withoutServer();
  if (missing !== undefined) return t.skip(missing);
  const { searches } = searchReport.parse(await bench('identity', '--patients', '3000', '--questions', '30'));
  for (const name of ['ins/b-tree-ins', 'strict-traits/b-tree-strict-traits', 'typo-name-wrong-day/pg-trgm-bounded'])
    assert.ok(name in searches, name);
  for (const name of ['ins', 'ipp', 'strict-traits', 'used-name-date'])
    assert.equal(searches[name]?.foundTop20, 1, name);
  for (const name of [
    'typo-name-wrong-day',
    'typo-name-typo-given',
    'typo-given-wrong-year',
    'exchanged-names-wrong-day',
  ]) {
    const { foundTop20 = 0, first = 0 } = searches[name] ?? {};
    assert.ok(foundTop20 >= 0.97 && first >= 0.9, `${name}: ${foundTop20} ${first}`);
  }
});
