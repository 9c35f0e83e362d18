import assert from 'node:assert/strict';
import { test } from 'node:test';
import { many, type Pool } from '../store/db.ts';
import { listFlows } from '../store/flows.ts';
import { AT, testPool } from '../store/store.fixture.ts';
import { startFlowCounter } from './flow-counter.ts';

const FLOW = { application: 'GAM', facility: 'CH', version: '2.5', messageKind: 'ADT^A01', api: 'HL7v2' } as const;
const IPP = { ...FLOW, identityKind: 'IPP' };
const INS = { ...FLOW, identityKind: 'INS' };
const LATER = new Date(AT.getTime() + 60_000);
const HOUR_MS = 3_600_000;

async function counts(pool: Pool): Promise<unknown[]> {
  const flows = (await listFlows(pool)).toSorted((a, b) => a.identityKind.localeCompare(b.identityKind));
  return flows.map(({ identityKind, messages, firstSeen, lastSeen }) => [identityKind, messages, firstSeen, lastSeen]);
}

test('what was seen is written in one statement, and added to what is there', async (t) => {
  const { pool } = await testPool(t);
  const flows = startFlowCounter(pool, HOUR_MS, assert.ifError);
  for (const [flow, at] of [
    [IPP, LATER],
    [INS, AT],
    [IPP, AT],
  ] as const)
    flows.see(flow, at);
  assert.deepEqual(await counts(pool), []);
  const query = t.mock.method(pool, 'query');
  await flows.flush();
  assert.equal(query.mock.callCount(), 1);
  flows.see(INS, LATER);
  await flows.stop();
  assert.deepEqual(await counts(pool), [
    ['INS', 2, AT, LATER],
    ['IPP', 1 + 1, AT, LATER],
  ]);
});

test('it writes by itself when its time has come', async (t) => {
  const { pool } = await testPool(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written = Promise.withResolvers<void>();
  const query = pool.query.bind(pool);
  const flows = startFlowCounter(
    {
      query: (...asked: Parameters<typeof query>) => Promise.resolve(query(...asked)).finally(written.resolve),
    } as never,
    1_000,
    assert.ifError,
  );
  flows.see(IPP, AT);
  t.mock.timers.tick(1_000);
  await written.promise;
  assert.deepEqual(await counts(pool), [['IPP', 1, AT, AT]]);
});

test('counts that could not be written are kept for the next time', async (t) => {
  const { pool } = await testPool(t);
  const flows = startFlowCounter(pool, HOUR_MS, assert.ifError);
  flows.see(IPP, AT);
  const away = t.mock.method(pool, 'query', () => Promise.reject(new Error('database away')));
  await assert.rejects(flows.flush(), /away/);
  away.mock.restore();
  flows.see(IPP, LATER);
  await flows.stop();
  assert.deepEqual(await counts(pool), [['IPP', 2, AT, LATER]]);
});

test('two processes that count the same flows in opposite orders never wait for each other in a circle', async (t) => {
  const { pool } = await testPool(t);
  const counters = [IPP, INS].map(() => startFlowCounter(pool, HOUR_MS, assert.ifError));
  for (let round = 0; round < 20; round += 1) {
    for (const [index, counter] of counters.entries())
      for (const flow of index === 0 ? [IPP, INS] : [INS, IPP]) counter.see(flow, AT);
    await Promise.all(counters.map((counter) => counter.flush()));
  }
  const [total] = await many<{ sum: string }>(pool, 'select sum(messages) from flow');
  assert.equal(Number(total?.sum), 80);
});
