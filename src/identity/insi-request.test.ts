import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, NOBODY, openBench, SEVERAL, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { one } from '../store/db.ts';
import { changeStatus } from './desk.ts';
import { insiProposals, requestCardSearch, requestProposedSearch } from './insi-request.ts';

const ACTOR = 'user:claire';
const CARD = { insured: '279035121518989', birthDate: '1979-03-28' };

async function proposed(bench: UseCaseBench): Promise<string[]> {
  return (await insiProposals(bench.context.pool, await bench.identity())).map(({ id }) => id);
}

async function accept(
  bench: UseCaseBench,
  proposal: Parameters<typeof requestProposedSearch>[2]['proposal'],
  value?: string,
) {
  const { id } = await bench.identity();
  const asked = await requestProposedSearch(bench.context, id, { proposal, value }, ACTOR);
  if (!asked.ok) return asked.refusal.rule.id;
  await bench.run('insi');
  const { status, insiState } = await bench.identity();
  return `${status} ${insiState}`;
}

test('by the Vitale card: INSi returns the INS, the traits decide, and the reading is kept no longer than the answer', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  const { id } = await bench.identity();
  const asked = await requestCardSearch(bench.context, id, CARD, ACTOR);
  assert.ok(asked.ok);
  assert.equal(asked.value.insiState, 'queued');
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.insMode, identity.matricule], ['RECUP', 'CV', '279035121518989']);
  assert.deepEqual([bench.insi.cards.length, bench.insi.asked.length], [1, 0]);
  assert.equal((await bench.history()).at(-1)?.event, "INS récupérée auprès d'INSi (carte Vitale)");
  const left = await one<{ n: number }>(bench.context.pool, 'select count(*) as n from insi_request');
  assert.equal(left.n, 0);
  assert.doesNotMatch(JSON.stringify((await bench.history()).map(({ event }) => event)), /2790351215189/);
});

test('a card of another person does not become the identity of this one', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  bench.insi.cardAnswer = () => found({ birthName: 'AUTRE', givenNames: 'PIERRE', sex: 'M' }, '1850575123456');
  const { id } = await bench.identity();
  await requestCardSearch(bench.context, id, CARD, ACTOR);
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.insiState, identity.matricule], ['PROV', 'discrepancy', null]);
});

test('a card read while the doubt lasts asks nothing, and a question withdrawn leaves no reading behind', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  const { id } = await bench.identity();
  await requestCardSearch(bench.context, id, CARD, ACTOR);
  const doubt = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' } as const;
  await changeStatus(bench.context, id, doubt, { name: ACTOR, settles: true });
  await bench.run('insi');
  assert.equal(bench.insi.cards.length, 0);
  assert.equal((await one<{ n: number }>(bench.context.pool, 'select count(*) as n from insi_request')).n, 0);
  const refused = await requestCardSearch(bench.context, id, CARD, ACTOR);
  assert.equal(refused.ok, false);
});

test('nobody found: the operator sees the next queries, accepts one, and only that one is sent', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => NOBODY;
  await bench.admit({ patient: { birthGivenNames: 'DOMINIQUE', usedName: 'DURAND' } });
  assert.deepEqual(await proposed(bench), []);
  await bench.run('insi');
  assert.deepEqual(await proposed(bench), ['given-names', 'name-punctuation', 'used-name']);
  const calls = bench.insi.asked.length;
  await bench.settle();
  assert.equal(bench.insi.asked.length, calls, 'nothing widens alone');
  assert.equal(await accept(bench, 'name-punctuation'), 'VALI not-found');
  assert.deepEqual(
    bench.insi.asked.slice(calls).map(({ birthName }) => birthName),
    ['PAT TROIS'],
  );
  assert.deepEqual(await proposed(bench), ['given-names', 'used-name'], 'what was tried is not proposed again');
  assert.equal(await accept(bench, 'name-punctuation'), 'TDU-INSI-024');
  assert.equal(await accept(bench, 'given-names'), 'TDU-INSI-025');
  bench.insi.answer = ({ givenName }) => (givenName === 'MARIE' ? found() : NOBODY);
  assert.equal(await accept(bench, 'given-names', 'Dominique Marie'), 'QUAL settled');
  assert.deepEqual(await proposed(bench), []);
  assert.match((await bench.history()).map(({ event }) => event).join('\n'), /acceptée : autres prénoms de naissance/);
});

test('several found: the place that the operator reads narrows to one person', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = ({ birthPlace }) => (birthPlace === '63220' ? found() : SEVERAL);
  await bench.admit({ patient: { birthPlace: '' } });
  await bench.run('insi');
  assert.deepEqual(await proposed(bench), ['place']);
  assert.equal(await accept(bench, 'place', '63220'), 'QUAL settled');
});

test('a hit by other traits is a discrepancy for a person, not an INS', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = ({ birthName }) => (birthName === 'DURAND' ? found({ birthName: 'DURAND' }) : NOBODY);
  await bench.admit({ patient: { usedName: 'DURAND' } });
  await bench.run('insi');
  assert.equal(await accept(bench, 'used-name'), 'VALI discrepancy');
  assert.equal((await bench.identity()).matricule, null);
});
