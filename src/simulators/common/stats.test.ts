import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStats } from './stats.ts';

test('requests are counted by transaction, API version, identity kind and outcome, with totals on each axis', () => {
  const stats = createStats();
  const sent = { transaction: 'TD2.1', apiVersion: 'V2', identityKind: 'INS-NIR', outcome: 'accepted' };
  stats.count(sent);
  stats.count(sent);
  stats.count({ ...sent, apiVersion: 'V1', identityKind: 'INS-C' });
  stats.count({ ...sent, outcome: 'XDSDuplicateUniqueIdInRegistry' });
  const report = stats.report();
  assert.equal(report.total, 4);
  assert.deepEqual(report.items[0], { ...sent, count: 2 });
  assert.equal(report.items.length, 3);
  assert.deepEqual(report.byTransaction, { 'TD2.1': 4 });
  assert.deepEqual(report.byApiVersion, { V2: 3, V1: 1 });
  assert.deepEqual(report.byIdentityKind, { 'INS-NIR': 3, 'INS-C': 1 });
  assert.deepEqual(report.byOutcome, { accepted: 3, XDSDuplicateUniqueIdInRegistry: 1 });
});

test('a label that is a name of Object.prototype is counted like another', () => {
  const stats = createStats();
  stats.count({ transaction: 'constructor', apiVersion: '__proto__', identityKind: 'none', outcome: 'toString' });
  assert.equal(stats.report().byTransaction.constructor, 1);
  assert.equal(stats.report().byOutcome.toString, 1);
  assert.deepEqual(Object.entries(stats.report().byApiVersion), [['__proto__', 1]]);
});
