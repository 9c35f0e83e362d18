/** T-R13: processes whose clocks are days apart, and jump, on one installation. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { one } from '../../src/store/db.ts';
import type { Verdict } from '../crash/harness/verdict.ts';
import { startLoad } from './load.ts';
import { openSite } from './site.ts';

export interface ClockReport extends Verdict {
  /** Largest distance of a recorded time from the database's clock while it was recorded, minutes. */
  readonly farthestMinutes: number;
  readonly notTaken: readonly string[];
}

const ENTRY = join(import.meta.dirname, 'wrong-clock-process.ts');
const REST_WITHIN_MS = 120_000;

export async function wrongClockRun(hours: number, seconds: number, say: (line: string) => void): Promise<ClockReport> {
  const site = await openSite(say, { leaseMs: 2_000 });
  let report: ClockReport | undefined;
  try {
    const { pool, installation } = site;
    const { started } = await one<{ started: Date }>(pool, 'select clock_timestamp() as started');
    const jump = { JUMP_AFTER_MS: String(seconds * 500) };
    await site.start('intake,console', ENTRY, { WRONG_BY_HOURS: String(hours), ...jump });
    await site.start('worker', ENTRY, { WRONG_BY_HOURS: String(-hours), ...jump });
    await site.start('worker');
    const load = await startLoad({ port: installation.mllpPort, senders: 2, paceMs: 100, patients: 6 });
    await sleep(seconds * 1_000);
    await load.stop();
    const verdict = await site.verdict(load, REST_WITHIN_MS);
    const { farthest } = await one<{ farthest: number }>(
      pool,
      `select max(greatest(extract(epoch from at - clock_timestamp()), extract(epoch from $1 - at), 0))::float / 60 as farthest
       from (select received_at as at from inbound_message union all select at from document_event
         union all select at from ledger union all select at from identity_history
         union all select since from service_circuit) recorded`,
      [started],
    );
    report = { ...verdict, farthestMinutes: farthest, notTaken: load.refused };
    return report;
  } finally {
    await site.close(report === undefined || report.problems.length > 0);
  }
}
