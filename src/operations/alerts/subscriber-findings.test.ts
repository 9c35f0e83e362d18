import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { diffusionRules } from '../../rules/diffusion.ts';
import { createAlertBench } from './alerts.fixture.ts';
import { sharedFindings } from './shared-findings.ts';

const MINUTE = 60_000;

test('a subscriber away, and refusals without a decision, are told of after the time that the site set', async (t) => {
  const bench = await createAlertBench(t, {}, (config) => ({
    ...config,
    diffusion: {
      alertMinutes: 30,
      subscribers: [{ name: 'DPI', application: 'DPI', facility: 'CH', host: '127.0.0.1', port: 1, tls: false }],
    },
  }));
  const { pool, now } = bench.context;
  await pool.query(
    `insert into diffusion_subscriber (name, enabled, since, failing_since, last_error) values ('DPI', true, $1, $1, 'ECONNREFUSED')`,
    [now()],
  );
  await pool.query(
    `insert into diffusion_entry (subscriber, kind, identity_id, state, rule_id, settled_at) values ('DPI', 'state', $2, 'refused', $3, $1)`,
    [now(), randomUUID(), diffusionRules.refusedBySubscriber.id],
  );
  const told = async () =>
    (await sharedFindings(bench.context)).filter(({ subject }) => subject === 'Abonné DPI').map(({ rule }) => rule.id);
  bench.advance(29 * MINUTE);
  assert.deepEqual(await told(), []);
  bench.advance(2 * MINUTE);
  assert.deepEqual(await told(), [diffusionRules.subscriberAway.id, diffusionRules.refusalsWaiting.id]);
});
