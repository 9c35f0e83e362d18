import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { openBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { documentsByHour, indicators, waitingByReason } from './feed.ts';
import { registerMetrics } from './metrics.ts';

const ALL = { eg: null };
const DAY = { from: new Date('2026-11-23T00:00:00Z'), to: new Date('2026-11-24T00:00:00Z') };

test('figures follow the documents, establishment by establishment, with their reasons', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  assert.deepEqual((await indicators(pool, ALL, DAY)).qualifiedRate, null);
  await bench.admit();
  await bench.file();
  bench.advance(30_000);
  await bench.settle();
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV', birthName: 'AUTRE' } });
  await bench.file({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  await bench.settle();
  const refusal = { rule: dmpRules.unknownCode };
  bench.dmp.submitAnswer = () => ({ kind: 'refused', class: 'permanent', refusal, errors: [] });
  await bench.file({ content: Buffer.from('Autre lettre') });
  await bench.settle();
  const figures = await indicators(pool, ALL, DAY);
  assert.deepEqual(
    [figures.documentsReceived, figures.documentsByState, figures.acceptedWithQualifiedIns, figures.acceptedByType],
    [3, { accepted: 1, waiting: 1, refused: 1 }, 1, { '11490-0': 1 }],
  );
  assert.deepEqual(
    [figures.activeIdentities, figures.qualifiedIdentities, figures.qualifiedRate, figures.medianSecondsToAcceptance],
    [2, 1, 0.5, 30],
  );
  const other = await indicators(pool, { eg: DEMO_SECOND_EG }, DAY);
  assert.deepEqual(
    [other.documentsReceived, other.acceptedWithQualifiedIns, other.medianSecondsToAcceptance],
    [0, 0, null],
  );
  const before = await indicators(pool, ALL, { from: new Date('2026-11-22T00:00:00Z'), to: DAY.from });
  assert.equal(before.documentsReceived, 0);
  assert.deepEqual(await documentsByHour(pool, { eg: DEMO_EG }, DAY.from), [
    { hour: new Date('2026-11-23T08:00:00Z'), accepted: 1, waiting: 1, refused: 1, other: 0 },
  ]);
  const [reason, ...none] = await waitingByReason(pool, ALL);
  assert.deepEqual(
    [reason?.ruleId, reason?.title, reason?.owner, reason?.documents, reason?.patients, none],
    [feedRules.identityProvisional.id, feedRules.identityProvisional.title, 'bureau des entrées', 1, 1, []],
  );
});

test('what was replaced or deleted counts no more as alive; each act is counted apart', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [{ entryUuid: 'urn:uuid:1', status: 'Approved' }] });
  await bench.admit();
  await bench.file({ number: 'L-1' });
  await bench.file({ number: 'M-1', content: Buffer.from('Autre lettre') });
  await bench.settle();
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Version deux') });
  await bench.file({ kind: 'delete', number: 'M-1' });
  await bench.settle();
  const figures = await indicators(pool, ALL, DAY);
  assert.deepEqual(figures.documentsByState, { accepted: 1, replaced: 1, deleted: 2 });
  assert.deepEqual(
    [figures.acceptedWithQualifiedIns, figures.acceptedByType, figures.replacements, figures.deletions],
    [1, { '11490-0': 1 }, 1, 1],
  );
});

test('a document that our own access holds back waits too; a rule that is no longer known still counts', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  bench.dmp.submitAnswer = () => ({
    kind: 'http',
    status: 403,
    class: 'permanent',
    refusal: { rule: dmpRules.httpForbidden },
  });
  await bench.settle();
  const reasons = async () =>
    (await waitingByReason(bench.context.pool, ALL)).map(({ ruleId, owner }) => [ruleId, owner]);
  assert.deepEqual(await reasons(), [[dmpRules.httpForbidden.id, 'exploitation']]);
  await bench.context.pool.query(`update document set rule_id = 'TDU-OLD-001'`);
  assert.deepEqual(await reasons(), [['TDU-OLD-001', 'exploitation']]);
});

test('metrics are counts, read at scrape time', async (t) => {
  const bench = await openBench(t);
  const registry = new Registry();
  let scrape = 0;
  registerMetrics(registry, bench.context.pool, () => scrape);
  await bench.admit();
  await bench.file();
  const before = await registry.metrics();
  assert.match(before, /traitdunion_documents\{state="received"\} 1/);
  assert.match(before, /traitdunion_identities\{status="VALI"\} 1/);
  assert.match(before, /traitdunion_tasks\{kind="insi"\} 1/);
  assert.match(before, /traitdunion_oldest_task_seconds\{kind="insi"\} /);
  await bench.settle();
  assert.match(await registry.metrics(), /traitdunion_documents\{state="received"\} 1/, 'not read at each scrape');
  scrape += 30_000;
  const after = await registry.metrics();
  assert.match(after, /traitdunion_documents\{state="accepted"\} 1/);
  assert.doesNotMatch(after, /state="received"/);
  assert.match(after, /traitdunion_circuit_open\{service="INSi"\} 0/);
  assert.doesNotMatch(after, /PAT-TROIS|2790351215189/);
});
