/**
 * Random histories of documents (created, replaced, deleted) against a DMP that comes and goes, loses answers and refuses,
 * and a process that dies around each call: at the end the DMP holds the last version of each document and no other, none
 * of one that was deleted, and what we say of each is what the DMP says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recompose } from '../../test/support/fake-services.ts';
import { useStrictDmp } from '../../test/support/strict-dmp.ts';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { dmpRules } from '../rules/dmp.ts';
import { many, transaction } from '../store/db.ts';
import { hold, verifyAtDmp } from './desk.ts';

const RUNS = Number(process.env.VERSION_HISTORIES ?? 12);

/** How a call to the DMP ends. `died-*`: this process does, before or after the DMP acted. */
type End = 'up' | 'down' | 'lost' | 'cut' | 'refused' | 'died-before' | 'died-after';
type Step =
  | { readonly act: 'send'; readonly kind: 'create' | 'replace' | 'delete'; readonly set: 0 | 1 }
  /** A person has everything that was accepted verified in the DMP. */
  | { readonly act: 'verify' }
  /** `later`: what was put off for its time has its time. */
  | { readonly act: 'work'; readonly ends: readonly End[]; readonly later: boolean };

const end = fc.oneof(
  { weight: 6, arbitrary: fc.constant<End>('up') },
  { weight: 1, arbitrary: fc.constantFrom<End[]>('down', 'lost', 'cut', 'refused', 'died-before', 'died-after') },
  { weight: 3, arbitrary: fc.constantFrom<End[]>('down', 'lost', 'cut') },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('send' as const),
      kind: fc.constantFrom('create', 'replace', 'replace', 'delete'),
      set: fc.constantFrom(0 as const, 1 as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('work' as const),
      ends: fc.array(end, { minLength: 1, maxLength: 6 }),
      later: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: 'verify' as const }) },
);

class Died extends Error {}

/** The sender's side: which number it gave last to each document, and whether it may still speak of it. */
interface Sender {
  readonly run: number;
  readonly last: (string | undefined)[];
  count: number;
}

async function send(bench: UseCaseBench, sender: Sender, { kind, set }: Step & { act: 'send' }): Promise<void> {
  const before = sender.last[set];
  sender.count += 1;
  const number = `R${sender.run}-${set}-${sender.count}`;
  const content = Buffer.from(`Version ${number}\n`);
  if (kind === 'create' || before === undefined) {
    sender.last[set] = number;
    await bench.file({ number, content });
  } else if (kind === 'replace') {
    sender.last[set] = number;
    await bench.file({ kind: 'replace', number, parent: before, content });
  } else await bench.file({ kind: 'delete', number: before, content });
}

async function verifyAll({ context }: UseCaseBench, since: number): Promise<void> {
  const accepted = await many<{ id: string }>(
    context.pool,
    `select id from document where state = 'accepted' and message_id > $1 order by message_id`,
    [since],
  );
  for (const { id } of accepted)
    await transaction(context.pool, async (tx) => {
      const held = await hold(tx, id);
      assert.ok(held);
      await verifyAtDmp(tx, context, held, 'user:a');
    });
}

interface Row {
  readonly id: string;
  readonly uniqueId: string;
  readonly action: string;
  readonly state: string;
  readonly ruleId: string | null;
  readonly chain: string;
  readonly targetId: string | null;
}

test('whatever happens on the way, the DMP holds the last version of each document, once', async (t) => {
  const bench = await openBench(t);
  const dmp = await useStrictDmp(t, bench);
  await bench.admit();
  await bench.run('insi', 'release');

  let ends: End[] = [];
  /** Submissions and questions, by uniqueId, in order. */
  let log: string[] = [];
  const { find, remove } = bench.dmp;
  const ended = async <T>(what: string, call: () => Promise<T>, refusal: T | undefined): Promise<T> => {
    log.push(what);
    const [how = 'up'] = ends.splice(0, 1);
    if (how === 'died-before') throw new Died();
    if (how === 'refused' && refusal !== undefined) return refusal;
    dmp.line = () => (how === 'down' || how === 'lost' || how === 'cut' ? how : 'up');
    const answer = await call();
    dmp.line = () => 'up';
    if (how === 'died-after') throw new Died();
    if (how !== 'up') log.push(`${how} ${what}`);
    return answer;
  };
  const no = { kind: 'refused', class: 'permanent', refusal: { rule: dmpRules.unknownCode }, errors: [] } as const;
  recompose(bench.dmp, ({ leaving, send }, { documents }) => ({
    leaving,
    send: () => ended(`submit ${documents[0].entry.uniqueId}`, send, no),
  }));
  bench.dmp.find = (uniqueId, sent, acting) => ended(`find ${uniqueId}`, () => find(uniqueId, sent, acting), undefined);
  bench.dmp.remove = (deletion, acting) => ended(`remove ${deletion.entryUuid}`, () => remove(deletion, acting), no);

  /** What is due; after a death another process takes the tasks of the dead one. */
  const work = async (later: boolean): Promise<void> => {
    if (later) await bench.context.pool.query(`update task set run_at = now() where kind <> 'answer'`);
    bench.advance(60_000);
    try {
      await bench.settle();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      await bench.context.pool.query('update task set leased_until = null, worker = null');
    }
  };
  const workToTheEnd = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      await work(true);
      if (!(await bench.tasks()).some(({ kind }) => kind !== 'answer')) return;
    }
    assert.fail('work without end');
  };

  let run = 0;
  const history = async (steps: readonly Step[]): Promise<void> => {
    run += 1;
    log = [];
    const sender: Sender = { run, last: [], count: 0 };
    const before = await lastMessage(bench);
    for (const each of steps) {
      if (each.act === 'send') await send(bench, sender, each);
      else if (each.act === 'verify') await verifyAll(bench, before);
      else {
        ends = [...each.ends];
        await work(each.later);
      }
    }
    ends = [];
    await workToTheEnd();
    await check(bench, dmp.holdings, await rowsSince(bench, before));
    checkQuestions(log);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), history), {
    numRuns: RUNS,
    ...(process.env.VERSION_SEED === undefined ? {} : { seed: Number(process.env.VERSION_SEED) }),
    endOnFailure: false,
  });
});

async function lastMessage({ context }: UseCaseBench): Promise<number> {
  const [row] = await many<{ id: number }>(context.pool, 'select max(id) as id from inbound_message');
  return row?.id ?? 0;
}

async function rowsSince({ context }: UseCaseBench, before: number): Promise<Row[]> {
  return many<Row>(
    context.pool,
    `select id, unique_id as "uniqueId", action, state, rule_id as "ruleId", coalesce(chain_key, unique_id) as chain,
       target_id as "targetId" from document where message_id > $1 order by message_id`,
    [before],
  );
}

type Holdings = Awaited<ReturnType<typeof useStrictDmp>>['holdings'];

async function check(bench: UseCaseBench, holdings: Holdings, rows: readonly Row[]): Promise<void> {
  const told = JSON.stringify(rows, undefined, 1);
  const statusOf = ({ uniqueId }: Row) => {
    const held = holdings.byUniqueId(uniqueId);
    return held === undefined ? 'none' : holdings.statusOf(held);
  };
  const there = { accepted: 'Approved', replaced: 'Deprecated', deleted: 'Deleted' } as const;
  for (const row of rows) {
    assert.ok(['accepted', 'replaced', 'deleted', 'refused', 'withdrawn'].includes(row.state), told);
    if (row.action === 'delete') continue;
    assert.equal(statusOf(row), there[row.state as keyof typeof there] ?? 'none', `${row.uniqueId} ${told}`);
  }
  for (const chain of new Set(rows.map((row) => row.chain))) {
    const members = rows.filter((row) => row.chain === chain);
    const alive = members.filter((row) => row.action !== 'delete' && row.state === 'accepted');
    assert.ok(alive.length <= 1, told);
    const last = members.at(-1);
    if (last === undefined || last.state === 'refused') continue;
    if (last.action !== 'delete') assert.equal(alive[0]?.id, last.id, told);
    else if (rows.find(({ id }) => id === last.targetId)?.state !== 'refused') assert.equal(alive.length, 0, told);
  }
  // Each request is answered, and once.
  const answered = await many<{ id: string }>(bench.context.pool, 'select document_id as id from answer');
  for (const row of rows) assert.equal(answered.filter(({ id }) => id === row.id).length, 1, told);
}

/** Never a blind resend: what was cut or lost is asked for before it goes again. */
function checkQuestions(log: readonly string[]): void {
  log.forEach((entry, i) => {
    const [, how = '', what = ''] = /^(lost|cut) submit (.*)$/.exec(entry) ?? [];
    if (how === '') return;
    const again = log.indexOf(`submit ${what}`, i);
    if (again !== -1) assert.ok(log.slice(i, again).includes(`find ${what}`), log.join('\n'));
  });
}
