/**
 * T-R4: the DMP is down for long while three times the usual volume comes in, replacements and deletions among it. Time is
 * compressed, the wire is not.
 */

import { allCircuits } from '../../src/store/circuits.ts';
import { one } from '../../src/store/db.ts';
import { atLeast, atMost, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { openFlow, statesOf, waitUntil } from './support/flow.ts';

/** An acknowledgement does not wait for the DMP. Generous: the machine may be shared. */
const ACKNOWLEDGED_WITHIN_MS = 5_000;
/**
 * 72 h at three times 100,000 documents a day drained in 8 h is 31 a second for the region; CI asks of two shared cores,
 * simulators included, what proves that nothing stands still.
 */
const LEAST_PER_SECOND = 2;

export const dmpAway: HostileCase = {
  id: 'T-R4',
  title: 'the DMP is down for long at three times the usual volume',
  ci: { documents: 120, chains: 15, patients: 30, leastPerSecond: LEAST_PER_SECOND },
  full: { documents: 90_000, chains: 10_000, patients: 5_000, leastPerSecond: 31 },
  async run(sizes, say) {
    const [documents, chains] = [sizeOf(sizes, 'documents'), sizeOf(sizes, 'chains')];
    const flow = await openFlow({ say, patients: sizeOf(sizes, 'patients'), establishments: 3 });
    try {
      await flow.known();
      await flow.admit();
      await flow.qualified(60_000 + sizeOf(sizes, 'patients') * 100);
      const versions = flow.chains(chains);
      await flow.deliver(versions.flatMap(([original]) => original ?? []));
      await flow.drained(60_000 + chains * 1_000);
      await flow.fault('dmp', 'down');
      const intake = await flow.send(documents);
      const changes = await flow.deliver(versions.flatMap(([, ...later]) => later));
      await waitUntil('every document prepared or held back', 60_000 + documents * 1_000, async () => {
        const question = `select (select count(*) from document) - (select count(*) from document where state = 'received')
          - (select count(*) from task where kind = 'message') as count`;
        return (await one<{ count: number }>(flow.pool, question)).count === documents + 3 * chains;
      });
      const open = (await allCircuits(flow.pool)).find(({ service }) => service === 'DMP')?.state;
      say(`down: ${await statesOf(flow.pool)}, circuit ${open}`);
      await flow.clear('dmp');
      const drainedMs = await flow.drained(60_000 + documents * 1_000);
      const verdict = await flow.verdict();
      return [
        none('refused at intake', intake.refused + changes.refused),
        atMost('slowest acknowledgement, ms', Math.max(intake.slowestMs, changes.slowestMs), ACKNOWLEDGED_WITHIN_MS),
        { what: 'circuit while down', value: open ?? 'none', threshold: 'not closed', holds: open !== 'closed' },
        atLeast(
          'documents drained a second',
          Number((((documents + 3 * chains) * 1_000) / drainedMs).toFixed(1)),
          sizeOf(sizes, 'leastPerSecond'),
        ),
        atLeast('accepted', verdict.accepted, documents),
        // A version that is replaced and deleted before it could leave is withdrawn: it is never sent.
        atLeast('replaced or deleted, none before its original', verdict.superseded, 2 * chains),
        none('lost', verdict.lost),
        none('duplicated', verdict.duplicated),
        noProblem('verdict', verdict.problems),
      ];
    } finally {
      await flow.close();
    }
  },
};
