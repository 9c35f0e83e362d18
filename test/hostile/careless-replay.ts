/**
 * T-R19: a careless operator replays everything that the DMP accepted. Nothing moves without rehearsal, count and second
 * person; and when it does move, twice, nothing is sent that the DMP holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { issueToken } from '../../src/api/tokens.ts';
import { bulkRules } from '../../src/rules/bulk.ts';
import { one } from '../../src/store/db.ts';
import { atLeast, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow } from './support/flow.ts';

const PER_MINUTE = 60_000;

export const carelessReplay: HostileCase = {
  id: 'T-R19',
  title: 'a careless operator replays what the DMP accepted',
  ci: { documents: 60, patients: 10 },
  full: { documents: 10_000, patients: 1_000 },
  async run(sizes, say) {
    const documents = sizeOf(sizes, 'documents');
    const bulk = { aloneUpTo: 20, ceiling: documents, perMinute: PER_MINUTE };
    const flow = await openFlow({
      say,
      patients: sizeOf(sizes, 'patients'),
      adjust: (config) => ({ ...config, bulk }),
    });
    try {
      await flow.known();
      await flow.admit();
      await flow.qualified(60_000 + sizeOf(sizes, 'patients') * 100);
      await flow.send(documents);
      await flow.drained(60_000 + documents * 1_000);
      const sentBefore = await sendings(flow);
      const [careless, colleague] = [await operator(flow, 'distrait'), await operator(flow, 'collegue')];
      const refusals = await carelessly(careless, documents);
      say(`refused: ${refusals.map(({ value }) => value).join(', ')}`);
      const moved = await one<{ count: number }>(flow.pool, `select count(*) as count from task where kind = 'bulk'`);
      for (const time of ['first', 'second']) {
        const id = await approvedReplay(careless, colleague, documents);
        await finished(careless, id, 60_000 + documents * 1_000);
        await flow.drained(60_000 + documents * 1_000);
        say(`${time} replay done`);
      }
      const verdict = await flow.verdict();
      return [
        ...refusals,
        none('moved before a second person approved', moved.count),
        none('sent again to a DMP that holds them', (await sendings(flow)) - sentBefore),
        atLeast('accepted', verdict.accepted, documents),
        none('lost', verdict.lost),
        none('duplicated', verdict.duplicated),
        noProblem('verdict', verdict.problems),
      ];
    } finally {
      await flow.close();
    }
  },
};

/** Submissions that left, by the frozen attempts. */
async function sendings({ pool }: Flow): Promise<number> {
  return (await one<{ count: number }>(pool, 'select sum(attempts) as count from delivery')).count;
}

const answer = z.object({
  id: z.string().optional(),
  state: z.string().optional(),
  count: z.number().optional(),
  rule: z.string().optional(),
});
type Answered = z.output<typeof answer>;
type Operator = (method: 'GET' | 'POST', path: string, body?: object) => Promise<Answered>;

/** Somebody with a token of their own. */
async function operator({ installation, pool }: Flow, name: string): Promise<Operator> {
  const token = await issueToken(pool, { name, role: 'interop', eg: null, now: new Date() });
  const { http } = z.object({ http: z.string() }).parse(await installation.gateway.whenReady());
  return async (method, path, body) => {
    const response = await fetch(`${http}/api/v1/bulk-operations${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.parse(await response.json());
  };
}

const EVERYTHING = { action: 'verify', selection: { state: 'accepted' }, reason: 'essai T-R19' };

async function prepared(operator: Operator, body: object): Promise<string> {
  const { id, rule } = await operator('POST', '', body);
  if (id === undefined) throw new Error(`not prepared: ${rule}`);
  return id;
}

async function carelessly(careless: Operator, documents: number): Promise<Finding[]> {
  const refusedBy = (what: string, { rule }: Answered, expected: { readonly id: string }): Finding => ({
    what,
    value: rule ?? 'done',
    threshold: expected.id,
    holds: rule === expected.id,
  });
  const without = await careless('POST', '', { ...EVERYTHING, selection: {} });
  const id = await prepared(careless, EVERYTHING);
  const guessed = await careless('POST', `/${id}/submit`, { count: documents + 1 });
  const early = await careless('POST', `/${id}/approve`, { count: documents });
  await careless('POST', `/${id}/submit`, { count: documents });
  const alone = await careless('POST', `/${id}/approve`, { count: documents });
  await careless('POST', `/${id}/cancel`);
  return [
    refusedBy('no criterion', without, bulkRules.selectionWithoutCriterion),
    refusedBy('count guessed', guessed, bulkRules.countDiffers),
    refusedBy('approved before submitted', early, bulkRules.wrongMoment),
    refusedBy('approved by its author', alone, bulkRules.secondPerson),
  ];
}

async function approvedReplay(careless: Operator, colleague: Operator, count: number): Promise<string> {
  const id = await prepared(careless, EVERYTHING);
  await careless('POST', `/${id}/submit`, { count });
  const { state, rule } = await colleague('POST', `/${id}/approve`, { count });
  if (state !== 'running') throw new Error(`not approved: ${rule}`);
  return id;
}

async function finished(operator: Operator, id: string, withinMs: number): Promise<void> {
  for (const until = performance.now() + withinMs; performance.now() < until; await sleep(50))
    if ((await operator('GET', `/${id}`)).state === 'done') return;
  throw new Error(`operation ${id} did not end`);
}
