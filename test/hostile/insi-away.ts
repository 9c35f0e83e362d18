/** T-R5: INSi is down while patients are admitted and documents come in. */
import { randomUUID } from 'node:crypto';
import { addTask } from '../../src/queue/tasks.ts';
import { allCircuits } from '../../src/store/circuits.ts';
import { one, transaction } from '../../src/store/db.ts';
import { campaignById, insertCampaign } from '../../src/store/verification-campaigns.ts';
import { atLeast, atMost, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow, statesOf, waitUntil } from './support/flow.ts';

const ADMITTED_WITHIN_MS = 5_000;
/** Of the installation of the case, calls per second. */
const PACE = 20;

const paced = {
  ratePerSecond: PACE,
  reverification: { automatic: false, ratePerSecond: PACE, callsPerDay: 1_000_000 },
};

/** Every INS is verified again; INSi goes down in the middle, and what was verified stays so. */
async function verifiedAcrossAnOutage(flow: Flow, withinMs: number): Promise<{ identical: number; doubts: number }> {
  const { pool, patients } = flow;
  const id = randomUUID();
  const now = new Date();
  const before = new Date(now.getTime() + 3_600_000);
  const campaign = { id, origin: 'on-demand', startedBy: 'user:essai', startedAt: now, before, spreadDays: 0 } as const;
  await transaction(pool, async (tx) => {
    await insertCampaign(tx, { ...campaign, total: patients.length });
    await addTask(tx, { kind: 'verify', subject: id, orderKey: `verify:${id}` });
  });
  const reached = (least: number) => async () => ((await campaignById(pool, id))?.identical ?? 0) >= least;
  await waitUntil('a campaign under way', withinMs, reached(Math.ceil(patients.length / 4)));
  await flow.fault('insi', 'down');
  await waitUntil('INSi seen to be away', 60_000, async () =>
    (await allCircuits(pool)).some(({ service, state }) => service === 'INSi' && state !== 'closed'),
  );
  await flow.clear('insi');
  await waitUntil('the campaign done', withinMs, async () => (await campaignById(pool, id))?.state === 'done');
  const { doubts } = await one<{ doubts: number }>(
    pool,
    'select count(*)::integer as doubts from identity where ins_doubt is not null',
  );
  return { identical: (await campaignById(pool, id))?.identical ?? 0, doubts };
}

export const insiAway: HostileCase = {
  id: 'T-R5',
  title: 'INSi is down while patients are admitted',
  // 4 h at one call a second, the default pace, is 14,400 identities.
  ci: { patients: 60, documentsPerPatient: 1, requalifiedWithinMs: 60_000 },
  full: { patients: 10_000, documentsPerPatient: 2, requalifiedWithinMs: 4 * 3_600_000 },
  async run(sizes, say) {
    const patients = sizeOf(sizes, 'patients');
    const documents = patients * sizeOf(sizes, 'documentsPerPatient');
    const flow = await openFlow({
      say,
      patients,
      adjust: (config) => ({ ...config, ...(config.insi && { insi: { ...config.insi, ...paced } }) }),
    });
    try {
      await flow.known();
      await flow.fault('insi', 'down');
      const admissions = await flow.admit();
      const sent = await flow.send(documents);
      const count = async (sql: string): Promise<number> => (await one<{ count: number }>(flow.pool, sql)).count;
      await waitUntil('every document parked', 60_000 + documents * 500, async () => {
        return (await count(`select count(*) as count from document where state = 'waiting'`)) === documents;
      });
      say(`down: ${await statesOf(flow.pool)}`);
      const sentMeanwhile = (await flow.verdict()).accepted;
      await flow.clear('insi');
      const startedAt = performance.now();
      await flow.qualified(sizeOf(sizes, 'requalifiedWithinMs') + 60_000);
      const requalifiedMs = Math.round(performance.now() - startedAt);
      await flow.drained(120_000 + documents * 1_000);
      const verdict = await flow.verdict();
      const verified = await verifiedAcrossAnOutage(flow, sizeOf(sizes, 'requalifiedWithinMs') + 60_000);
      return [
        none('admissions blocked', admissions.refused),
        atMost('slowest admission, ms', Math.max(admissions.slowestMs, sent.slowestMs), ADMITTED_WITHIN_MS),
        none('documents sent without a qualified identity', sentMeanwhile),
        atMost('every identity requalified, ms', requalifiedMs, sizeOf(sizes, 'requalifiedWithinMs')),
        // One second of calls may come at once: the pace is kept from the first one on.
        atLeast(
          'and not faster than the permitted pace, ms',
          requalifiedMs,
          ((patients - PACE) * 1_000) / PACE - 1_000,
        ),
        atLeast('parked documents released and accepted', verdict.accepted, documents),
        none('lost', verdict.lost),
        none('duplicated', verdict.duplicated),
        noProblem('verdict', verdict.problems),
        atLeast('verified again across a second outage', verified.identical, patients),
        none('put in doubt by it', verified.doubts),
      ];
    } finally {
      await flow.close();
    }
  },
};
