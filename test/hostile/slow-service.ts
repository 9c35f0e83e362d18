/**
 * T-R6: a national service that answers after a minute, resets 5 % of the connections, answers HTTP 500 to 2 % and a SOAP
 * fault under HTTP 200 to 1 %. The circuit opens, everything arrives in the end, and the gateway keeps nothing open.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/ins/seeded-random.fixture.ts';
import { allCircuits } from '../../src/store/circuits.ts';
import { atMost, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow, statesOf, waitUntil } from './support/flow.ts';
import { type Held, heldBy } from './support/process-use.ts';
import { startSoapTap } from './support/soap-tap.ts';

const CIRCUIT_WITHIN_MS = 60_000;
const CONNECTIONS = 4;
/** Connections kept for the next call, and those of the database, come and go. */
const MOST_MORE_SOCKETS = 10;

export const slowService: HostileCase = {
  id: 'T-R6',
  title: 'a slow and faulty DMP',
  ci: { minutes: 0, delayMs: 3_000, timeoutMs: 1_000, documentsPerRound: 60, patients: 10, mostMoreMb: 300 },
  full: { minutes: 1_440, delayMs: 60_000, timeoutMs: 10_000, documentsPerRound: 500, patients: 100, mostMoreMb: 300 },
  async run(sizes, say) {
    const random = seededRandom(6);
    let mostAtOnce = (): number => 0;
    const flow = await openFlow({
      say,
      patients: sizeOf(sizes, 'patients'),
      adjust: (config) => ({
        ...config,
        ...(config.dmp && {
          dmp: { ...config.dmp, timeoutMs: sizeOf(sizes, 'timeoutMs'), connections: CONNECTIONS },
        }),
      }),
      async between(peers, pki) {
        const treat = () => (random.below(100) === 0 ? ('fault-200' as const) : ('pass' as const));
        const tap = await startSoapTap({ pki, client: pki.authCli, target: peers.dmpUrl, treat });
        mostAtOnce = tap.mostAtOnce;
        return { ...peers, dmpUrl: tap.url, close: tap.close };
      },
    });
    try {
      await flow.known();
      await flow.admit();
      await flow.qualified(120_000);
      // One round before the first measure: what is made once and kept is not a leak.
      const openings = [await round(flow, sizes, say)];
      const before = await atRest(flow);
      const until = performance.now() + sizeOf(sizes, 'minutes') * 60_000;
      do openings.push(await round(flow, sizes, say));
      while (performance.now() < until);
      const after = await atRest(flow);
      return await conclude(flow, sizes, { openings, before, after, mostAtOnce: mostAtOnce() });
    } finally {
      await flow.close();
    }
  },
};

/** Documents while the service is slow until its circuit opens, then while it is faulty, until all have arrived. */
async function round(
  flow: Flow,
  sizes: Readonly<Record<string, number>>,
  say: (line: string) => void,
): Promise<number> {
  const documents = sizeOf(sizes, 'documentsPerRound');
  await flow.fault('dmp', 'slow', { delayMs: sizeOf(sizes, 'delayMs') });
  const startedAt = performance.now();
  await flow.send(documents / 2);
  await waitUntil('circuit open', CIRCUIT_WITHIN_MS * 2, async () => {
    return (await allCircuits(flow.pool)).some(({ service, state }) => service === 'DMP' && state !== 'closed');
  });
  const openedMs = Math.round(performance.now() - startedAt);
  await flow.clear('dmp');
  await flow.fault('dmp', 'reset', { rate: 0.05 });
  await flow.fault('dmp', 'http-500', { rate: 0.02 });
  await flow.send(documents / 2);
  await flow.drained(120_000 + documents * 2_000);
  await flow.clear('dmp');
  say(`circuit opened after ${openedMs} ms; ${await statesOf(flow.pool)}`);
  return openedMs;
}

/** What the process of the gateway holds when nothing is left to do. */
async function atRest({ installation }: Flow): Promise<Held> {
  await sleep(1_000);
  return heldBy(installation.gateway.pid());
}

async function conclude(
  flow: Flow,
  sizes: Readonly<Record<string, number>>,
  seen: { openings: readonly number[]; before: Held; after: Held; mostAtOnce: number },
): Promise<Finding[]> {
  const { openings, before, after, mostAtOnce } = seen;
  const verdict = await flow.verdict();
  return [
    atMost('circuit open, ms', Math.max(...openings), CIRCUIT_WITHIN_MS),
    atMost('exchanges at once at the service', mostAtOnce, CONNECTIONS),
    atMost('sockets more than before', after.sockets - before.sockets, MOST_MORE_SOCKETS),
    atMost('open files more than before', after.files - before.files, MOST_MORE_SOCKETS),
    atMost('resident memory more than before, MB', after.megabytes - before.megabytes, sizeOf(sizes, 'mostMoreMb')),
    none('lost', verdict.lost),
    none('duplicated', verdict.duplicated),
    none('left unknown', verdict.unknown),
    noProblem('verdict', verdict.problems),
  ];
}
