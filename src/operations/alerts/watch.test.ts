import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { DEMO_EG, DEMO_EJ } from '../../demo/structure.ts';
import { addTask } from '../../queue/tasks.ts';
import { listAlerts } from '../../store/alerts.ts';
import { recordFailure } from '../../store/circuits.ts';
import { openPool } from '../../store/db.ts';
import { addToFlows } from '../../store/flows.ts';
import { sealChain } from '../../store/proofs.ts';
import { documentRecord, insertDocument, putMessage } from '../../store/store.fixture.ts';
import { type AlertBench, createAlertBench } from './alerts.fixture.ts';
import { createDoorWatch } from './machine-findings.ts';
import { createWatch } from './watch.ts';

const MINUTE = 60_000;
/** The test's clock is not the database's; a machine of CI may have little room. */
const CALM = { clockDriftMs: 10 ** 12, diskFreeBytes: 0, inodesFreePercent: 0 };

async function watched(t: Parameters<typeof createAlertBench>[0], thresholds: object = {}) {
  const bench = await createAlertBench(
    t,
    { thresholds: { ...CALM, ...thresholds }, recipients: [{ address: 'alice@ch-demo.example' }] },
    (config) => ({ ...config, sources: config.sources.map((source) => ({ ...source, silentAfterMinutes: 30 })) }),
  );
  const door = createDoorWatch(bench.context.now);
  const watch = createWatch(bench.context, { channels: bench.channels, door, machine: 'a' });
  t.after(() => watch.stop());
  return { bench, door, watch };
}

async function open({ context }: AlertBench): Promise<string[]> {
  const alerts = await listAlerts(context.pool, { open: true, eg: null, limit: 100 });
  return alerts.map(({ ruleId, subject }) => `${ruleId} ${subject}`).toSorted();
}

test('an idle installation has nothing to say', async (t) => {
  const { bench, watch } = await watched(t);
  await watch.look();
  assert.deepEqual(await open(bench), []);
});

test('a circuit open for long, work that nobody takes, an application that fell silent', async (t) => {
  const { bench, watch } = await watched(t);
  const { pool, now } = bench.context;
  const failure = { error: 'INSi ne répond pas', limit: 1, probeAfterMs: 1_000 };
  for (let i = 0; i < 2; i++) await recordFailure(pool, 'INSi', now(), failure);
  await addTask(pool, { kind: 'message', subject: '1', delayMs: -20 * MINUTE });
  const flow = { application: 'DPI', facility: 'CH', version: '', messageKind: '', api: 'HL7v2', identityKind: 'IPP' };
  await addToFlows(pool, [{ ...flow, messages: 1, firstSeen: now(), lastSeen: now() }]);
  await watch.look();
  assert.deepEqual(await open(bench), ['TDU-ALR-003 File : lecture des messages', 'TDU-ALR-018 Installation']);
  bench.advance(31 * MINUTE);
  await watch.look();
  assert.deepEqual(await open(bench), [
    'TDU-ALR-001 INSi',
    'TDU-ALR-003 File : lecture des messages',
    'TDU-ALR-007 Application *',
    'TDU-ALR-018 Installation',
  ]);
});

test('a share of refusals that jumps, once there were documents enough to speak of a share', async (t) => {
  const { bench, watch } = await watched(t);
  const { pool, now } = bench.context;
  const messageId = await putMessage(pool, 'C-1');
  assert.ok(messageId !== undefined);
  let part = 0;
  const receive = async (state: 'accepted' | 'refused', count: number) => {
    for (let i = 0; i < count; i++) {
      part += 1;
      const record = { messageId, part, uniqueId: `1.2.3.${part}`, eg: DEMO_EG, ej: DEMO_EJ, state, receivedAt: now() };
      assert.ok(await insertDocument(pool, documentRecord(record)));
    }
  };
  await receive('refused', 12);
  await watch.look();
  assert.deepEqual(await open(bench), [], 'an installation on its first day');
  await receive('accepted', 30);
  await watch.look();
  bench.advance(6 * MINUTE);
  await receive('refused', 58);
  await watch.look();
  assert.deepEqual(await open(bench), [`TDU-ALR-005 Établissement ${DEMO_EG}`]);
});

test('messages refused at the door for want of storage', async (t) => {
  const { bench, door, watch } = await watched(t);
  door.refused();
  await watch.look();
  assert.deepEqual(await open(bench), ['TDU-ALR-013 Machine a']);
});

test('a clock that differs from that of the database', async (t) => {
  const { bench, watch } = await watched(t, { clockDriftMs: 2_000 });
  await watch.look();
  assert.deepEqual(await open(bench), ['TDU-ALR-014 Machine a']);
});

test('a disk with too little room', async (t) => {
  const { bench, watch } = await watched(t, { diskFreeBytes: 2 ** 50 });
  await watch.look();
  assert.deepEqual(await open(bench), [`TDU-ALR-010 Machine a · ${bench.context.config.data}`]);
});

test('a link of the audit chain that was changed, and rows that nobody seals', async (t) => {
  const { bench, watch } = await watched(t);
  const { pool, now } = bench.context;
  const row = `insert into audit (at, actor, role, action, subject, outcome) values ($1, 'user:a', 'auditor', 'x', 'y', 'done')`;
  await pool.query(row, [now()]);
  await sealChain(pool, 'audit');
  await pool.query(row, [now()]);
  bench.advance(6 * MINUTE);
  await watch.look();
  assert.deepEqual(await open(bench), ['TDU-ALR-015 Journal des accès']);
  await pool.query(`update audit set actor = 'user:b' where id = 1`);
  bench.advance(6 * MINUTE);
  await watch.look();
  assert.deepEqual(await open(bench), ['TDU-ALR-015 Journal des accès', 'TDU-ALR-016 Journal des accès']);
});

test('the database away is told without it, once for two processes, and its end when it is back', async (t) => {
  const { bench } = await watched(t, { databaseAwayMs: 5_000 });
  const door = createDoorWatch(bench.context.now);
  let away = true;
  const broken = openPool('postgres://nobody@127.0.0.1:1/none', 2, () => undefined);
  t.after(() => broken.end());
  const context = {
    ...bench.context,
    get pool() {
      return away ? broken : bench.context.pool;
    },
  };
  const looks = () =>
    Array.from({ length: 2 }, () => {
      const watch = createWatch({ ...bench.context, pool: broken }, { channels: bench.channels, door, machine: 'a' });
      t.after(() => watch.stop());
      return watch;
    });
  const [first, second] = looks();
  assert.ok(first && second);
  for (let i = 0; i < 3; i++) {
    await first.look();
    await second.look();
    bench.advance(4_000);
  }
  assert.deepEqual(bench.told, ['start mail alice@ch-demo.example TDU-ALR-012 Machine a']);
  assert.deepEqual(await readdir(bench.context.config.data), ['alerte-base.json']);
  away = false;
  const back = createWatch({ ...bench.context, pool: context.pool }, { channels: bench.channels, door, machine: 'a' });
  t.after(() => back.stop());
  await back.look();
  await bench.deliver();
  await back.look();
  await bench.deliver();
  assert.deepEqual(bench.told.slice(1), ['end mail alice@ch-demo.example TDU-ALR-012 Machine a']);
  assert.deepEqual(await readdir(bench.context.config.data), []);
  const [alert] = await listAlerts(bench.context.pool, { open: false, eg: null, limit: 10 });
  assert.equal(alert?.ruleId, 'TDU-ALR-012');
});
