import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { moveFlow } from '../lanes/index.ts';
import { laneRules } from '../rules/lanes.ts';
import { many } from '../store/db.ts';
import { documentById } from '../store/documents.ts';
import { laneFlows } from '../store/lanes.ts';
import { receiveSubmission } from './receive.ts';
import { DECIDED, legacySubmission, rawSubmission, withConnector } from './submission.fixture.ts';

type Legacy = Parameters<typeof withConnector>[0];

async function migrating(t: Parameters<typeof openBench>[0], legacy: Legacy = {}): Promise<UseCaseBench> {
  const declared = withConnector({ replaceInsInHeader: DECIDED, ...legacy });
  const change = (config: ConfigInput): ConfigInput => {
    const changed = declared(config);
    return { ...changed, sources: changed.sources.map((source) => ({ ...source, migration: {} })) };
  };
  const bench = await openBench(t, change);
  await bench.admit();
  await bench.settle();
  return bench;
}

async function submit(bench: UseCaseBench, attempt: number): Promise<string> {
  const [source] = bench.context.config.sources;
  assert.ok(source);
  const submission = legacySubmission();
  const { documentIds } = await receiveSubmission(
    bench.context,
    source,
    submission,
    rawSubmission(submission, attempt),
  );
  await bench.settle();
  const [id = ''] = documentIds;
  const document = await documentById(bench.context.pool, id);
  return `${document?.state} ${document?.ruleId ?? '-'}`;
}

async function move({ context }: UseCaseBench, to: 'shadow' | 'canary' | 'v2'): Promise<void> {
  const flow = (await laneFlows(context.pool, null)).find(({ way }) => way === 'xds-v1');
  assert.ok(flow);
  const actor = { name: 'user:anne', role: 'interop' };
  const canary = to === 'canary' ? { percentage: 0 } : undefined;
  const order = { flowId: flow.id, to, canary, reason: 'essai', revision: flow.revision, actor };
  const moved = await moveFlow(context, order, async () => []);
  assert.ok(moved.ok);
}

test('what an old connector submits waits for its flow, is built in the shadow, and leaves once by itself in the lane V2', async (t) => {
  const bench = await migrating(t);
  assert.equal(await submit(bench, 1), `waiting ${laneRules.observed.id}`);
  await move(bench, 'shadow');
  await bench.settle();
  const [tried] = await many<{ outcome: string }>(bench.context.pool, 'select outcome from shadow_result');
  assert.equal(tried?.outcome, 'leaves');
  // The connector comes again, as it was told to: it is the same document.
  assert.equal(await submit(bench, 2), `waiting ${laneRules.shadow.id}`);
  assert.equal(bench.dmp.submitted.length, 0);
  await move(bench, 'canary');
  await move(bench, 'v2');
  await bench.settle();
  assert.equal(await submit(bench, 3), 'accepted -');
  assert.equal(bench.dmp.submitted.length, 1);
});

test('a copy is tried in the shadow, and never sent, in the lane V2 either', async (t) => {
  const bench = await migrating(t, { copy: true });
  assert.equal(await submit(bench, 1), `withdrawn ${laneRules.byTheOldWay.id}`);
  await move(bench, 'shadow');
  await submit(bench, 2);
  const tried = await many<{ outcome: string }>(bench.context.pool, 'select outcome from shadow_result');
  assert.deepEqual(tried.at(-1)?.outcome, 'leaves');
  await move(bench, 'canary');
  await move(bench, 'v2');
  await bench.settle();
  await submit(bench, 3);
  assert.equal(bench.dmp.submitted.length, 0);
});
