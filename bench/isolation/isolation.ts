/**
 * Bench `isolation` (P16): what the door takes in while the DMP is down and many documents wait for it, against the same
 * gateway whose DMP is up and where nothing waits. Two installations take turns on one server; the one that has no turn is
 * stopped where it stands.
 */
import { patient } from '../../test/crash/harness/population.ts';
import { type Gateway, startGateway, startServices } from '../support/gateway.ts';
import { loadWindow } from '../support/load.ts';
import { type MessageKind, template } from '../support/messages.ts';
import { type Place, withPlace } from '../support/place.ts';
import { type Case, caseOf, type Measure, type Pair, pairedRatio } from '../support/report.ts';
import { holdBack } from './backlog.ts';

const CASES: readonly { kind: MessageKind; connections: number }[] = [
  { kind: 'adt', connections: 16 },
  { kind: 'mdm', connections: 16 },
];
const WINDOWS = 4;
const CALM = 'the same gateway with its DMP up and nothing that waits';
/** Nobody listens there: refused at once, as where a service is stopped. */
const NOWHERE = 'https://127.0.0.1:1';

export interface IsolationReport {
  readonly cases: readonly (Case & {
    /** p99 over that of the calm gateway, median of the pairs. */
    readonly p99Ratio: number;
  })[];
  /** Documents that waited when it ended; those that came in meanwhile are not counted. */
  readonly waiting: number;
}

/** `seconds`: counted time of each side of each case. `backlog`: documents that wait. */
export function benchIsolation({ seconds, backlog }: { seconds: number; backlog: number }): Promise<IsolationReport> {
  return withPlace(async (place) => {
    const people = [patient(0)];
    const services = await startServices(place, people);
    const calm = await startGateway(place, services, { name: 'calm' });
    const held = await startGateway(place, services, { name: 'held', dmpUrl: NOWHERE });
    try {
      for (const of of people) await holdBack(held, of, backlog);
      for (const { target } of [calm, held]) process.kill(target.pid, 'SIGSTOP');
      const cases: IsolationReport['cases'][number][] = [];
      for (const { kind, connections } of CASES) {
        const pairs = await compare(place, { calm, held }, kind, connections, seconds / WINDOWS);
        cases.push({
          ...caseOf(`${kind}-${connections}-waiting-${backlog}`, CALM, pairs),
          p99Ratio: pairedRatio(pairs, ({ p99Ms }) => p99Ms),
        });
      }
      return { cases, waiting: await waiting(held) };
    } finally {
      for (const { target, pool } of [calm, held]) {
        process.kill(target.pid, 'SIGCONT');
        await pool.end();
      }
      await services.answers.close();
    }
  });
}

async function waiting({ pool }: Gateway): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*) as count from document where state = 'ready'`);
  return rows[0]?.count ?? 0;
}

/** Identifiers of a window start here, times its number: none is sent twice in a run. */
const SERIALS = 1_000_000;
let windows = 0;

async function compare(
  { postgresPid }: Place,
  { calm, held }: { calm: Gateway; held: Gateway },
  kind: MessageKind,
  connections: number,
  seconds: number,
): Promise<Pair[]> {
  const window = async ({ target }: Gateway): Promise<Measure> => {
    windows += 1;
    const messages = template(kind, windows * SERIALS);
    process.kill(target.pid, 'SIGCONT');
    const measure = await loadWindow({ target, postgresPid, template: messages, connections, seconds });
    process.kill(target.pid, 'SIGSTOP');
    return measure;
  };
  for (const gateway of [calm, held]) await window(gateway);
  const pairs: Pair[] = [];
  for (let index = 0; index < WINDOWS; index++) {
    if (index % 2 === 0) pairs.push({ floor: await window(calm), ours: await window(held) });
    else pairs.push({ ours: await window(held), floor: await window(calm) });
  }
  return pairs;
}
