import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { changeStatus } from '../identity/desk.ts';
import { identityRules } from '../rules/identity.ts';
import { matchingRules } from '../rules/matching.ts';
import { type CandidatePair, listPairs, type PairState } from '../store/candidate-pairs.ts';
import { one, transaction } from '../store/db.ts';
import { lockIdentity } from '../store/identities.ts';
import { listMatchingRuns } from '../store/matching-runs.ts';
import { decide, startRun } from './index.ts';

async function pairs({ context }: UseCaseBench, state: PairState = 'open'): Promise<CandidatePair[]> {
  return listPairs(context.pool, { state, kind: null, identityId: null, limit: 50, offset: 0 });
}

const PROV = { status: 'PROV' } as const;
const CHECKED = { proof: { deviceType: 'CN' } } as const;

test('an admission that resembles a known identity is proposed, by a task and never by the admission', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1', ...PROV } });
  await bench.admit({ patient: { ipp: 'P2', ...PROV, birthName: 'PATROIS', birthDate: '19790327' } });
  await bench.admit({
    patient: { ipp: 'P3', ...PROV, birthName: 'DURAND', firstGivenName: 'PAUL', birthGivenNames: 'PAUL' },
  });
  assert.deepEqual(await pairs(bench), []);
  await bench.run('match');
  const [pair, ...more] = await pairs(bench);
  assert.ok(pair);
  assert.equal(more.length, 0);
  const ids = [(await bench.identity('P1')).id, (await bench.identity('P2')).id];
  assert.deepEqual([pair.firstId, pair.secondId].toSorted(), ids.toSorted());
  assert.equal(pair.kind, 'duplicate');
  assert.ok(pair.score >= 0.5 && pair.score <= 1);
  const told = pair.traits.map(({ trait, level }) => `${trait} ${level}`);
  assert.ok(told.includes('name spelling') && told.includes('birthDate digit'), told.join(', '));
});

test('two that arrive together are found; found again, nothing is added', async (t) => {
  const bench = await openBench(t);
  for (const ipp of ['P1', 'P2']) await bench.admit({ patient: { ipp, ...PROV } });
  await bench.runTogether('match');
  assert.equal((await pairs(bench)).length, 1);
  await bench.context.pool.query(`insert into task (kind, subject) select 'match', id from identity`);
  await bench.run('match');
  assert.equal((await pairs(bench)).length, 1);
});

test('a pair goes when its reason goes: other traits, a fictive record, a merge', async (t) => {
  const bench = await openBench(t);
  for (const ipp of ['P1', 'P2', 'P3']) await bench.admit({ patient: { ipp, ...PROV } });
  await bench.run('match');
  assert.equal((await pairs(bench)).length, 3);
  await bench.admit({ event: 'A31', patient: { ipp: 'P1', ...PROV, birthName: 'QUENEAU', birthDate: '19310102' } });
  await bench.run('match');
  assert.equal((await pairs(bench)).length, 1);
  assert.equal((await pairs(bench, 'closed')).length, 2);
  await bench.admit({ event: 'A40', patient: { ipp: 'P2', ...PROV }, retiredIpp: 'P3' });
  await bench.run('match');
  assert.deepEqual([(await pairs(bench)).length, (await pairs(bench, 'merged')).length], [0, 1]);
  await bench.admit({ patient: { ipp: 'P4', ...PROV, statusCodes: ['FICT'] } });
  await bench.run('match');
  assert.equal((await pairs(bench)).length, 0, 'a test of training is nobody’s double');
});

test('the same INS for a second record: it keeps its status with the reason, and both are shown', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P2' }, ...CHECKED });
  await bench.run('insi', 'match');
  const second = await bench.identity('P2');
  assert.deepEqual(
    [second.status, second.matricule, second.insiState, second.insiRuleId],
    ['VALI', null, 'blocked', identityRules.duplicateActiveIns.id],
  );
  const [pair] = await pairs(bench);
  assert.equal(pair?.kind, 'same-ins');
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual([document.state, document.ruleId], ['waiting', identityRules.duplicateActiveIns.id]);
  assert.equal(bench.dmp.submitted.length, 0, 'nothing leaves');
});

test('when the first record gives the INS up, INSi is asked again for the second', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P2' }, ...CHECKED });
  await bench.run('insi', 'match');
  const { id } = await bench.identity('P1');
  const doubtful = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' } as const;
  assert.ok((await changeStatus(bench.context, id, doubtful, { name: 'user:cellule', settles: true })).ok);
  await bench.run('match', 'insi');
  assert.equal((await bench.identity('P2')).status, 'QUAL');
  const [pair] = await pairs(bench);
  assert.notEqual(pair?.kind, undefined, 'they still look like one person');
});

test('a run compares a whole base in steps, and goes on where it stood', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => found();
  for (const ipp of ['P1', 'P2', 'P3']) await bench.admit({ patient: { ipp, ...PROV } });
  await bench.context.pool.query(`delete from task where kind = 'match'`);
  const started = await startRun(bench.context, 'user:cellule');
  assert.equal((await startRun(bench.context, 'user:autre')).id, started.id, 'one at a time');
  await bench.settle();
  const [run] = await listMatchingRuns(bench.context.pool, 5);
  assert.deepEqual([run?.state, run?.total, run?.compared, run?.found], ['done', 3, 3, 3]);
  assert.equal((await pairs(bench)).length, 3);
  const { blocks } = await one<{ blocks: number }>(bench.context.pool, 'select count(*) as blocks from identity_match');
  assert.equal(blocks, 3);
});

/** Two records of one person, found. */
async function foundPair(bench: UseCaseBench): Promise<{ pair: CandidatePair; first: string; second: string }> {
  await bench.admit({ patient: { ipp: 'P1', ...PROV } });
  await bench.admit({ patient: { ipp: 'P2', ...PROV, birthName: 'PATROIS' } });
  await bench.run('match');
  const [pair] = await pairs(bench);
  assert.ok(pair);
  return { pair, first: (await bench.identity('P1')).id, second: (await bench.identity('P2')).id };
}

const BY = 'user:cellule';

test('one person: the record that the cell chose stays, whatever was written first', async (t) => {
  const bench = await openBench(t);
  const { pair, second } = await foundPair(bench);
  const decided = await decide(bench.context, pair.id, { decision: 'same', survivor: second, reason: 'CNI vue' }, BY);
  assert.deepEqual(decided.ok && [decided.value.state, decided.value.decidedBy], ['merged', BY]);
  assert.deepEqual([(await bench.identity('P1')).id, (await bench.identity('P1')).birthName], [second, 'PATROIS']);
  const again = await decide(bench.context, pair.id, { decision: 'later', reason: 'essai' }, BY);
  assert.equal(!again.ok && again.refusal.rule, matchingRules.pairDecided);
});

test('two people: remembered when they are found again, both marked as homonyms; taken back, it is open again', async (t) => {
  const bench = await openBench(t);
  const { pair } = await foundPair(bench);
  const decision = { decision: 'different', homonym: true, reason: 'mère et fille' } as const;
  assert.ok((await decide(bench.context, pair.id, decision, BY)).ok);
  assert.deepEqual([(await bench.identity('P1')).homonyme, (await bench.identity('P2')).homonyme], [true, true]);
  await bench.admit({ event: 'A31', patient: { ipp: 'P2', ...PROV, birthName: 'PAT-TROIS' } });
  await bench.run('match');
  assert.deepEqual([(await pairs(bench)).length, (await pairs(bench, 'different')).length], [0, 1]);
  assert.ok((await decide(bench.context, pair.id, { decision: 'later', reason: 'à revoir' }, BY)).ok);
  assert.equal((await pairs(bench, 'later')).length, 1);
});

test('one person under two records: both stay, and each history names the other', async (t) => {
  const bench = await openBench(t);
  const { pair, first, second } = await foundPair(bench);
  assert.ok((await decide(bench.context, pair.id, { decision: 'linked', reason: 'deux domaines' }, BY)).ok);
  for (const [ipp, other] of [
    ['P1', second],
    ['P2', first],
  ] as const) {
    assert.equal((await bench.identity(ipp)).active, true);
    assert.ok((await bench.history(ipp)).at(-1)?.event.includes(other));
  }
});

test('a merge that may not be made leaves the pair open, with its reason; one INS is not two people', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P2', birthName: 'PATROIS' }, ...CHECKED });
  bench.insi.answer = () => found({ birthName: 'PATROIS' }, '2790351215190');
  await bench.run('insi', 'match');
  const [two] = await pairs(bench);
  const survivor = (await bench.identity('P1')).id;
  const merged = await decide(bench.context, two?.id ?? '', { decision: 'same', survivor, reason: 'essai' }, BY);
  assert.equal(!merged.ok && merged.refusal.rule, identityRules.mergeOfTwoIns);
  assert.equal((await pairs(bench)).length, 1);
  bench.insi.answer = () => found();
  await bench.admit({ patient: { ipp: 'P3' }, ...CHECKED });
  await bench.run('insi');
  const [one] = await pairs(bench);
  assert.equal(one?.kind, 'same-ins', 'before the others');
  const apart = await decide(
    bench.context,
    one?.id ?? '',
    { decision: 'different', homonym: true, reason: 'essai' },
    BY,
  );
  assert.equal(!apart.ok && apart.refusal.rule, matchingRules.oneInsOnePerson);
  const { id } = await bench.identity('P1');
  assert.ok((await decide(bench.context, one?.id ?? '', { decision: 'same', survivor: id, reason: 'la même' }, BY)).ok);
  assert.equal((await bench.identity('P3')).id, id);
});

test('who decides on a pair waits for its identities before holding the pair', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const { pair, first } = await foundPair(bench);
  let deciding: ReturnType<typeof decide> | undefined;
  await transaction(pool, async (tx) => {
    await lockIdentity(tx, first);
    const asked = { decision: 'different', homonym: true, reason: 'deux cousines' } as const;
    deciding = decide(bench.context, pair.id, asked, 'user:cellule');
    const waits = `select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await one<{ count: number }>(pool, waits)).count === 0);
    await tx.query('select 1 from candidate_pair where id = $1 for update nowait', [pair.id]);
  });
  assert.equal((await deciding)?.ok, true);
});
