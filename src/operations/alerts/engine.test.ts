import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEMO_EG, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { alertRules } from '../../rules/alerts.ts';
import { listAlerts } from '../../store/alerts.ts';
import { createAlertBench } from './alerts.fixture.ts';
import { settleScope } from './engine.ts';
import type { Finding } from './finding.ts';

const MINUTE = 60_000;
const DOWN: Finding = {
  rule: alertRules.serviceDown,
  subject: 'INSi',
  severity: 'critical',
  detail: 'depuis 12 minutes',
};
const seen =
  (...findings: Finding[]) =>
  async () => ({ findings, undetermined: [] });
const everything = { open: null, eg: null, limit: 100 };

test('one message when it starts and one when it ends, however many processes look', async (t) => {
  const bench = await createAlertBench(t);
  const { context } = bench;
  const look = (...findings: Finding[]) =>
    Promise.all(Array.from({ length: 4 }, () => settleScope(context, 'installation', seen(...findings))));
  for (let i = 0; i < 3; i++) await look(DOWN);
  await bench.deliver();
  assert.deepEqual(bench.told.toSorted(), [
    'start mail alice@ch-demo.example TDU-ALR-001 INSi',
    'start mail urgences@ch-demo.example TDU-ALR-001 INSi',
  ]);
  bench.told.length = 0;
  await look();
  bench.advance(2 * MINUTE);
  await look();
  await bench.deliver();
  await look();
  await bench.deliver();
  assert.deepEqual(bench.told.toSorted(), [
    'end mail alice@ch-demo.example TDU-ALR-001 INSi',
    'end mail urgences@ch-demo.example TDU-ALR-001 INSi',
  ]);
  const [alert, ...others] = await listAlerts(context.pool, everything);
  assert.deepEqual([alert?.ruleId, alert?.endedAt !== null, others.length], ['TDU-ALR-001', true, 0]);
});

test('what comes and goes is told once; what comes back later is another alert', async (t) => {
  const bench = await createAlertBench(t, { recipients: [{ address: 'alice@ch-demo.example' }] });
  for (const findings of [[DOWN], [], [DOWN], [], [DOWN]]) {
    await settleScope(bench.context, 'installation', seen(...findings));
    bench.advance(30_000);
  }
  await bench.deliver();
  assert.equal(bench.told.length, 1);
  for (let i = 0; i < 4; i++) {
    await settleScope(bench.context, 'installation', seen());
    bench.advance(30_000);
  }
  await settleScope(bench.context, 'installation', seen(DOWN));
  await bench.deliver();
  assert.deepEqual(
    bench.told.map((line) => line.split(' ')[0]),
    ['start', 'end', 'start'],
  );
});

test('a threshold that comes nearer is told again, each once', async (t) => {
  const bench = await createAlertBench(t, { recipients: [{ address: 'alice@ch-demo.example' }] });
  const expiring = (step: string): Finding => ({
    rule: alertRules.certificateExpiring,
    subject: 'Certificat INSi',
    severity: 'warning',
    detail: '',
    step,
  });
  for (const step of ['30', '30', '15', '15', '7', '1', '1'])
    await settleScope(bench.context, 'machine:a', seen(expiring(step)));
  await bench.deliver();
  assert.deepEqual(
    bench.told.map((line) => line.split(' ')[0]),
    ['start', 'reminder', 'reminder', 'reminder'],
  );
});

test('recipients by severity and by establishment', async (t) => {
  const bench = await createAlertBench(t);
  const waiting = (eg: string): Finding => ({
    rule: alertRules.waitingOld,
    subject: `Établissement ${eg}`,
    severity: 'warning',
    detail: '',
    eg,
  });
  await settleScope(bench.context, 'installation', seen(waiting(DEMO_EG), waiting(DEMO_SECOND_EG)));
  await bench.deliver();
  assert.deepEqual(
    bench.told.toSorted(),
    [
      `start mail alice@ch-demo.example TDU-ALR-004 Établissement ${DEMO_EG}`,
      `start mail alice@ch-demo.example TDU-ALR-004 Établissement ${DEMO_SECOND_EG}`,
      `start mail canal@ch-demo.example TDU-ALR-004 Établissement ${DEMO_SECOND_EG}`,
    ].toSorted(),
  );
});

test('what a look says nothing of stays as it is', async (t) => {
  const bench = await createAlertBench(t);
  await settleScope(bench.context, 'installation', seen(DOWN));
  for (let i = 0; i < 3; i++) {
    bench.advance(10 * MINUTE);
    await settleScope(bench.context, 'installation', async () => ({ findings: [], undetermined: [DOWN.rule] }));
  }
  assert.equal((await listAlerts(bench.context.pool, { ...everything, open: true })).length, 1);
});

test('a machine that is gone for a day does not keep its alerts', async (t) => {
  const bench = await createAlertBench(t);
  await settleScope(bench.context, 'machine:a', seen({ ...DOWN, rule: alertRules.diskNearlyFull, subject: 'a' }));
  bench.advance(23 * 60 * MINUTE);
  await settleScope(bench.context, 'installation', seen());
  assert.equal((await listAlerts(bench.context.pool, { ...everything, open: true })).length, 1);
  bench.advance(2 * 60 * MINUTE);
  await settleScope(bench.context, 'installation', seen());
  assert.equal((await listAlerts(bench.context.pool, { ...everything, open: true })).length, 0);
});

test('a message that is refused is tried again, then given up, which is an alert itself', async (t) => {
  const bench = await createAlertBench(t, { recipients: [{ address: 'alice@ch-demo.example' }] });
  bench.refuseWith('ECONNREFUSED');
  await settleScope(bench.context, 'installation', seen(DOWN));
  await bench.deliver();
  bench.refuseWith(undefined);
  await bench.deliver();
  assert.deepEqual(bench.told, ['start mail alice@ch-demo.example TDU-ALR-001 INSi']);
  bench.refuseWith('550 no');
  await settleScope(bench.context, 'installation', seen(DOWN, { ...DOWN, subject: 'DMP' }));
  for (let i = 0; i < 4; i++) await bench.deliver();
  const { rows } = await bench.context.pool.query<object>(
    'select state, attempts, last_error from alert_notice where last_error is not null',
  );
  assert.deepEqual(rows, [{ state: 'failed', attempts: 3, last_error: '550 no' }]);
  assert.equal((await bench.context.pool.query('select 1 from task')).rowCount, 0, 'nothing is tried for ever');
});
