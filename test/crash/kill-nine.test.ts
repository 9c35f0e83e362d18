/** Issue 2 step 7, at CI size: 20 kill -9 under load, then the same with PostgreSQL killed as well. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';
import { type CrashReport, crashRun } from './harness/crash.ts';

/** Design 5: work of a dead process resumes within 30 s. */
const RESUME_WITHIN_MS = 30_000;

async function killUnderLoad(
  t: TestContext,
  sizes: { kills: number; postgresKills: number; documents: number; seed: number },
): Promise<CrashReport | undefined> {
  try {
    await findPlatformPackage();
  } catch (error) {
    t.skip(error instanceof Error ? error.message : 'aucun PostgreSQL embarqué sur cette plateforme');
    return undefined;
  }
  return crashRun({ ...sizes, say: (line) => t.diagnostic(line) });
}

function assertPromises(report: CrashReport, documents: number): void {
  const { problems, lost, duplicated, acknowledged, accepted, slowestResumeMs, kills } = report;
  assert.deepEqual(problems, []);
  assert.deepEqual(
    { lost, duplicated, acknowledged, accepted },
    { lost: 0, duplicated: 0, acknowledged: documents, accepted: documents },
  );
  assert.ok(slowestResumeMs < RESUME_WITHIN_MS, `work resumed after ${slowestResumeMs} ms`);
  // Kills that find nobody at work, and runs without a lost acknowledgement or a lost answer, prove nothing.
  const striking = kills.filter(({ held }) => held > 0).length;
  assert.ok(striking >= kills.length / 3, `only ${striking} of ${kills.length} kills interrupted work`);
  assert.ok(report.repeated > 0, 'no acknowledgement was lost');
  assert.ok(report.reconciled > 0, 'no answer of the DMP was lost');
}

test('20 kill -9 of the gateway under load: nothing acknowledged is lost, nothing is twice at the DMP', async (t) => {
  const report = await killUnderLoad(t, { kills: 20, postgresKills: 0, documents: 80, seed: 2 });
  if (report !== undefined) assertPromises(report, 80);
});

test('kill -9 of PostgreSQL and of the gateway: the same, and the gateway outlives its database', async (t) => {
  const report = await killUnderLoad(t, { kills: 2, postgresKills: 3, documents: 20, seed: 3 });
  if (report !== undefined) assertPromises(report, 20);
});
