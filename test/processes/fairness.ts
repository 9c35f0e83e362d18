/** T-R7: one establishment with a mountain of items that cannot go on, and how long the documents of the others take. */
import { setTimeout as sleep } from 'node:timers/promises';
import { one, type Pool } from '../../src/store/db.ts';
import { establishment } from '../crash/harness/population.ts';
import { atLeast, atMost, type HostileCase, none, noProblem, sizeOf } from '../hostile/hostile-case.ts';
import { startLoad } from './load.ts';
import { openSite, type Site } from './site.ts';

const SENDERS = 4;
const REST_WITHIN_MS = 120_000;
/**
 * With and without the mountain in turns. A neighbour of the machine disturbs one round or the other; an unfair queue shows in
 * every one (naive locking: 300 times slower). The calmest is judged.
 */
const LEAST_ROUNDS = 2;
const MOST_ROUNDS = 4;

export const fairness: HostileCase = {
  id: 'T-R7',
  title: 'one establishment with many blocked items',
  // Two cores that are shared with everything else move a latency by more than a tenth: the full size judges it.
  ci: { blocked: 10_000, establishments: 20, seconds: 8, paceMs: 300, mostPercentMore: 100 },
  full: { blocked: 100_000, establishments: 400, seconds: 120, paceMs: 100, mostPercentMore: 10 },
  async run(sizes, say) {
    const site = await openSite(say, { establishments: sizeOf(sizes, 'establishments') });
    const report = await site.during(() => run(site, sizes, say));
    return [
      atLeast('documents measured', report.measured, 20),
      atMost('ms until every blocked item was out of the way', report.asideMs, sizeOf(sizes, 'blocked')),
      atMost('p95 of the others in the calmest round, % more', report.percentMore, sizeOf(sizes, 'mostPercentMore')),
      none('not accepted by the DMP', report.acknowledged - report.accepted),
      noProblem('verdict', report.problems),
    ];
  },
};

async function run(site: Site, sizes: Parameters<HostileCase['run']>[0], say: (line: string) => void) {
  const { pool, installation } = site;
  const establishments = sizeOf(sizes, 'establishments');
  await site.start('intake,console');
  await site.start('worker');
  const load = await startLoad({
    port: installation.mllpPort,
    senders: SENDERS,
    paceMs: sizeOf(sizes, 'paceMs'),
    patients: Math.max(SENDERS, establishments - 1),
    // The first establishment is the blocked one.
    at: (index) => establishment(1 + (index % (establishments - 1))),
  });
  while (load.sent.length < establishments) await sleep(100);
  let percentMore = Number.POSITIVE_INFINITY;
  let measured = 0;
  let asideMs = 0;
  const p95With = async (items: number): Promise<number> => {
    await block(pool, items);
    asideMs = Math.max(asideMs, await untilSetAside(pool));
    const { p95Ms, documents } = await window(pool, sizeOf(sizes, 'seconds'));
    await unblock(pool);
    say(`${items} blocked items: p95 ${Math.round(p95Ms)} ms over ${documents} documents`);
    measured += documents;
    return p95Ms;
  };
  const enough = (round: number): boolean =>
    round >= LEAST_ROUNDS && (round === MOST_ROUNDS || percentMore <= sizeOf(sizes, 'mostPercentMore'));
  for (let round = 0; !enough(round); round++) {
    const free = await p95With(0);
    const blocked = await p95With(sizeOf(sizes, 'blocked'));
    percentMore = Math.min(percentMore, Math.round((100 * blocked) / free - 100));
  }
  await load.stop();
  return { ...(await site.verdict(load, REST_WITHIN_MS)), percentMore, measured, asideMs };
}

/** Half of them behind one task that waits, the others each behind its own. */
async function block(pool: Pool, items: number): Promise<void> {
  const { eg } = establishment(0);
  await pool.query(
    `insert into task (kind, subject, order_key, lane, run_at, state)
     select kinds.kind, 'blocked', 'blocked:' || case when n <= $1::int / 2 then 0 else n end, $2, now() + interval '1 day', 'waiting'
     from generate_series($1::int / 2, $1::int) n, (values ('document')) kinds (kind)`,
    [items, eg],
  );
  await pool.query(
    `insert into task (kind, subject, order_key, lane)
     select 'document', 'blocked', 'blocked:' || case when n <= $1::int / 2 then 0 else n end, $2 from generate_series(1, $1::int) n`,
    [items, eg],
  );
}

/** Met once by a claim, each is put aside: from then on nobody walks over it. Gives the time it took. */
async function untilSetAside(pool: Pool): Promise<number> {
  const startedAt = performance.now();
  const left = `select count(*) from task where subject = 'blocked' and state = 'ready'`;
  while ((await one<{ count: number }>(pool, left)).count > 0) await sleep(50);
  return Math.round(performance.now() - startedAt);
}

async function unblock(pool: Pool): Promise<void> {
  await pool.query(`delete from task where subject = 'blocked'`);
}

/** From the acknowledgement to the acceptance by the DMP, of the documents that came in these seconds. */
async function window(pool: Pool, seconds: number): Promise<{ p95Ms: number; documents: number }> {
  const { from } = await one<{ from: Date }>(pool, 'select clock_timestamp() as from');
  await sleep(seconds * 1_000);
  const { to } = await one<{ to: Date }>(pool, 'select clock_timestamp() as to');
  const unsettled = `select count(*) from document where received_at between $1 and $2 and state <> 'accepted'`;
  for (let tries = 0; tries < 300; tries++) {
    if ((await one<{ count: number }>(pool, unsettled, [from, to])).count === 0) break;
    await sleep(100);
  }
  return one(
    pool,
    `select coalesce(percentile_cont(0.95) within group (order by extract(epoch from e.at - d.received_at) * 1000), 0) as "p95Ms",
       count(*) as documents
     from document d join document_event e on e.document_id = d.id and e.step = 'accepted'
     where d.received_at between $1 and $2`,
    [from, to],
  );
}
