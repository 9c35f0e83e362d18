/** T-R1 at CI size: 20 kill -9 under load, then each role of the gateway, PostgreSQL and the national services. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';
import { type CrashOptions, type CrashReport, crashRun, lateness } from './harness/crash.ts';

async function killUnderLoad(t: TestContext, sizes: Omit<CrashOptions, 'say'>): Promise<CrashReport | undefined> {
  try {
    await findPlatformPackage();
  } catch (error) {
    t.skip(error instanceof Error ? error.message : 'aucun PostgreSQL embarqué sur cette plateforme');
    return undefined;
  }
  return crashRun({ ...sizes, say: (line) => t.diagnostic(line) });
}

function assertPromises(report: CrashReport, documents: number): void {
  const { problems, lost, duplicated, acknowledged, accepted, kills } = report;
  assert.deepEqual([...problems, ...lateness(report)], []);
  assert.deepEqual(
    { lost, duplicated, acknowledged, accepted },
    { lost: 0, duplicated: 0, acknowledged: documents, accepted: documents },
  );
  // Kills that find nobody at work, and runs without a lost acknowledgement or a lost answer, prove nothing.
  const striking = kills.filter(({ held }) => held > 0).length;
  assert.ok(striking >= kills.length / 3, `only ${striking} of ${kills.length} kills interrupted work`);
  assert.ok(report.repeated > 0, 'no acknowledgement was lost');
  assert.ok(report.reconciled > 0, 'no answer of the DMP was lost');
}

test('20 kill -9 of the gateway under load: nothing acknowledged is lost, nothing is twice at the DMP', async (t) => {
  const sizes = { kills: 20, postgresKills: 0, simulatorKills: 0, documents: 80, establishments: 4, seed: 2 };
  const report = await killUnderLoad(t, sizes);
  if (report !== undefined) assertPromises(report, 80);
});

test('kill -9 of PostgreSQL, of the services and of each process of the gateway: the same, and it outlives them', async (t) => {
  const sizes = { kills: 3, postgresKills: 3, simulatorKills: 2, documents: 40, establishments: 4, seed: 3 };
  const report = await killUnderLoad(t, { ...sizes, apart: true });
  if (report !== undefined) assertPromises(report, 40);
});
