/** T-R11: worker processes frozen in the middle of their work for longer than their lease, then woken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { one } from '../../src/store/db.ts';
import type { Child } from '../crash/harness/child.ts';
import { command } from '../crash/harness/evidence.ts';
import { atLeast, type HostileCase, none, noProblem, sizeOf } from '../hostile/hostile-case.ts';
import { startLoad } from './load.ts';
import { openSite, type Site } from './site.ts';

const LEASE_MS = 1_000;
const PATIENTS = 8;
const PACE_MS = 40;
const REST_WITHIN_MS = 240_000;
/** So that a freeze finds a sending between its first byte and its answer. */
const SLOW_MS = 300;

export const frozenWorkers: HostileCase = {
  id: 'T-R11',
  title: 'workers frozen for longer than their lease, then woken',
  ci: { freezes: 2, frozenMs: 3_500 },
  full: { freezes: 10, frozenMs: 600_000 },
  async run(sizes, say) {
    const site = await openSite(say, { leaseMs: LEASE_MS });
    const report = await site.during(() => run(site, sizeOf(sizes, 'freezes'), sizeOf(sizes, 'frozenMs'), say));
    return [
      atLeast(
        'sendings on their way in a frozen worker, settled by another',
        report.whileSending,
        sizeOf(sizes, 'freezes'),
      ),
      none('lost', report.lost),
      none('duplicated', report.duplicated),
      none('not accepted by the DMP', report.acknowledged - report.accepted),
      noProblem('verdict', report.problems),
    ];
  },
};

/** `frozenMs` must be longer than a lease for the others to take over. */
async function run(site: Site, freezes: number, frozenMs: number, say: (line: string) => void) {
  const { installation } = site;
  await site.start('intake,console');
  const workers = [await site.start('worker'), await site.start('worker')];
  await command(`${installation.dmp}/faults`, 'POST', { fault: 'slow', rate: 1, delayMs: SLOW_MS });
  const load = await startLoad({ port: installation.mllpPort, senders: 2, paceMs: PACE_MS, patients: PATIENTS });
  let whileSending = 0;
  for (let freeze = 0; freeze < freezes; freeze++) {
    const caught = await freezeOne(site, workers, frozenMs);
    whileSending += caught;
    say(
      `freeze ${freeze + 1}/${freezes}: ${caught} deliveries were on their way, ${load.sent.length} documents so far`,
    );
  }
  await command(`${installation.dmp}/faults`, 'DELETE');
  await load.stop();
  return { ...(await site.verdict(load, REST_WITHIN_MS)), whileSending };
}

async function somethingIsSent(site: Site): Promise<void> {
  while ((await sendings(site)).length === 0) await sleep(5);
}

async function sendings({ pool }: Site): Promise<string[]> {
  const { ids } = await one<{ ids: string[] }>(
    pool,
    `select coalesce(array_agg(id::text), '{}') as ids from delivery where state = 'sending'`,
  );
  return ids;
}

/** A worker may be between two sendings when it is stopped: it is woken, and stopped again. */
const MOST_TRIES = 50;

/** How many sendings the frozen one had on their way that another worker had to see to. */
async function freezeOne(site: Site, workers: readonly Child[], frozenMs: number): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const worker = workers[tries % workers.length];
    if (worker === undefined) throw new Error('no worker to freeze');
    await somethingIsSent(site);
    process.kill(worker.pid, 'SIGSTOP');
    try {
      const caught = await takenOver(site, await sendings(site), frozenMs);
      if (caught > 0) {
        await sleep(frozenMs);
        return caught;
      }
    } finally {
      process.kill(worker.pid, 'SIGCONT');
    }
  }
  return 0;
}

/**
 * Of these sendings, those whose outcome another worker calls unknown, once none is on its way any more: what is sent by a
 * living worker ends with its answer, what the frozen one had begun when its lease is over. Stopped inside a transaction, the
 * frozen one keeps its row locked, and nobody can take it before it is woken: that is waited for no longer than a freeze lasts.
 */
async function takenOver({ pool }: Site, ids: readonly string[], withinMs: number): Promise<number> {
  for (const startedAt = performance.now(); ; await sleep(50)) {
    const { left, unknown } = await one<{ left: number; unknown: number }>(
      pool,
      `select count(*) filter (where d.state = 'sending') as left,
         count(*) filter (where exists (
           select 1 from document_event e where e.document_id = d.document_id and e.step = 'unknown')) as unknown
       from delivery d where d.id = any($1::uuid[])`,
      [ids],
    );
    if (left === 0 || performance.now() - startedAt > withinMs) return unknown;
  }
}
