import assert from 'node:assert/strict';
import { test } from 'node:test';
import { many, type Pool } from '../store/db.ts';
import { listFlows } from '../store/flows.ts';
import { monthsOfLines, type Observation, seenLines } from '../store/observed.ts';
import { AT, testPool } from '../store/store.fixture.ts';
import { startRecorder } from './recorder.ts';

const IPP: Observation = {
  eg: '750000001',
  application: 'GAM',
  facility: 'CH',
  protocolVersion: '2.5',
  transaction: 'ADT^A01',
  api: 'HL7v2',
  identityKind: 'IPP',
  basis: 'seen',
  outcome: 'accepted',
};
const INS: Observation = { ...IPP, identityKind: 'INS' };
const LATER = new Date(AT.getTime() + 60_000);
const HOUR_MS = 3_600_000;

async function counts(pool: Pool): Promise<unknown[]> {
  const flows = (await listFlows(pool)).toSorted((a, b) => a.identityKind.localeCompare(b.identityKind));
  return flows.map(({ identityKind, messages, firstSeen, lastSeen }) => [identityKind, messages, firstSeen, lastSeen]);
}

test('what was seen is written together, and added to what is there', async (t) => {
  const { pool } = await testPool(t);
  const recorder = startRecorder(pool, HOUR_MS, assert.ifError);
  recorder.see(IPP, LATER);
  recorder.see(INS, AT);
  recorder.see(IPP, AT);
  assert.deepEqual(await counts(pool), []);
  const connect = t.mock.method(pool, 'connect');
  await recorder.flush();
  assert.equal(connect.mock.callCount(), 1);
  recorder.see(INS, LATER);
  await recorder.stop();
  assert.deepEqual(await counts(pool), [
    ['INS', 2, AT, LATER],
    ['IPP', 1 + 1, AT, LATER],
  ]);
});

test('the days and the months say how much, what was refused and by which rule', async (t) => {
  const { pool } = await testPool(t);
  const recorder = startRecorder(pool, HOUR_MS, assert.ifError);
  const refused: Observation = { ...IPP, outcome: 'refused', ruleId: 'TDU-HL7-012' };
  recorder.see(IPP, new Date('2026-02-28T22:30:00Z'));
  // Already the first of March in Paris.
  recorder.see(IPP, new Date('2026-02-28T23:30:00Z'));
  recorder.see(refused, AT);
  recorder.see(IPP, AT);
  await recorder.stop();
  const [line, ...others] = await seenLines(pool, '2026-03-02');
  assert.ok(line);
  assert.equal(others.length, 0, 'an outcome is not another line');
  assert.deepEqual([line.month, line.today, line.recent, line.refused], [3, 2, 4, 1]);
  assert.deepEqual([line.firstSeen, line.lastSeen], [new Date('2026-02-28T22:30:00Z'), AT]);
  assert.deepEqual(
    (await monthsOfLines(pool, [line.key])).map(({ month, outcome, ruleId, messages }) => [
      month,
      outcome,
      ruleId,
      messages,
    ]),
    [
      ['2026-03', 'accepted', '', 2],
      ['2026-03', 'refused', 'TDU-HL7-012', 1],
      ['2026-02', 'accepted', '', 1],
    ],
  );
  assert.deepEqual(
    (await listFlows(pool)).map(({ messages }) => messages),
    [3],
    'flows count what was accepted',
  );
});

test('a sender that names itself otherwise at every call fills neither the memory nor the table', async (t) => {
  const { pool } = await testPool(t);
  const recorder = startRecorder(pool, HOUR_MS, assert.ifError);
  for (let n = 0; n < 2_500; n += 1)
    recorder.see({ ...IPP, application: `X${n}`, outcome: 'refused', ruleId: 'TDU-SYS-001' }, AT);
  await recorder.stop();
  const lines = await seenLines(pool, '2026-03-02');
  assert.equal(lines.length, 2_001);
  assert.equal(lines.find(({ application }) => application === '…')?.today, 500);
});

test('it writes by itself when its time has come', async (t) => {
  const { pool } = await testPool(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const recorder = startRecorder(pool, 1_000, assert.ifError);
  recorder.see(IPP, AT);
  assert.deepEqual(await counts(pool), []);
  t.mock.timers.tick(1_000);
  // Behind the writing that the clock began.
  await recorder.flush();
  assert.deepEqual(await counts(pool), [['IPP', 1, AT, AT]]);
});

test('counts that could not be written are kept for the next time', async (t) => {
  const { pool } = await testPool(t);
  const recorder = startRecorder(pool, HOUR_MS, assert.ifError);
  recorder.see(IPP, AT);
  const away = t.mock.method(pool, 'connect', () => Promise.reject(new Error('database away')));
  await assert.rejects(recorder.flush(), /away/);
  away.mock.restore();
  recorder.see(IPP, LATER);
  await recorder.stop();
  assert.deepEqual(await counts(pool), [['IPP', 2, AT, LATER]]);
});

test('two processes that count the same senders in opposite orders never wait for each other in a circle', async (t) => {
  const { pool } = await testPool(t);
  const recorders = [IPP, INS].map(() => startRecorder(pool, HOUR_MS, assert.ifError));
  for (let round = 0; round < 20; round += 1) {
    for (const [index, recorder] of recorders.entries())
      for (const seen of index === 0 ? [IPP, INS] : [INS, IPP]) recorder.see(seen, AT);
    await Promise.all(recorders.map((recorder) => recorder.flush()));
  }
  const [total] = await many<{ sum: string }>(pool, 'select sum(messages) from flow');
  assert.equal(Number(total?.sum), 80);
});
