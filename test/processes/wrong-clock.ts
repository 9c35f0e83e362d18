/** T-R13: processes whose clocks are days apart, and jump, on one installation. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { one } from '../../src/store/db.ts';
import { atLeast, atMost, type HostileCase, none, noProblem, sizeOf } from '../hostile/hostile-case.ts';
import { startLoad } from './load.ts';
import { openSite, type Site } from './site.ts';

const ENTRY = join(import.meta.dirname, 'wrong-clock-process.ts');
const REST_WITHIN_MS = 120_000;

export const wrongClocks: HostileCase = {
  id: 'T-R13',
  title: 'clocks days apart, that jump to the other side',
  ci: { hours: 48, seconds: 6 },
  full: { hours: 48, seconds: 600 },
  async run(sizes, say) {
    const site = await openSite(say, { leaseMs: 2_000 });
    const report = await site.during(() => run(site, sizeOf(sizes, 'hours'), sizeOf(sizes, 'seconds')));
    return [
      atMost('minutes between what was recorded and the clock of the database', report.farthestMinutes, 1),
      atLeast('acknowledged', report.acknowledged, sizeOf(sizes, 'seconds')),
      noProblem('refused', report.refusals),
      none('not accepted by the DMP', report.acknowledged - report.accepted),
      noProblem('verdict', report.problems),
    ];
  },
};

/** The intake is ahead of the workers by twice as many hours, then behind them. */
async function run(site: Site, hours: number, seconds: number) {
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
  const { farthestMinutes } = await one<{ farthestMinutes: number }>(
    pool,
    `select max(greatest(extract(epoch from at - clock_timestamp()), extract(epoch from $1 - at), 0))::float / 60
       as "farthestMinutes"
     from (select received_at as at from inbound_message union all select at from document_event
       union all select at from ledger union all select at from identity_history
       union all select since from service_circuit) recorded`,
    [started],
  );
  return { ...verdict, farthestMinutes, refusals: load.refused };
}
