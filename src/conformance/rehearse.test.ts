import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { conformanceRules } from '../rules/conformance.ts';
import { brokenDocuments, brokenGroups, brokenRules, rehearsalById } from '../store/rehearsals.ts';
import { packFolder, schemaText } from '../wire/schematron/pack.fixture.ts';
import { installPack } from './packs.ts';
import { startRehearsal, stopRehearsal } from './rehearse.ts';

const RULES =
  '<pattern><rule context="h:title"><assert test=". = \'Compte rendu\'">Titre <value-of select="."/></assert></rule></pattern>';

test('a rehearsal lists what would break by rule, by application and by document, and touches none of them', async (t) => {
  const folder = packFolder({
    'futur/main.sch': schemaText(RULES),
    'futur/pack.json': JSON.stringify({ name: 'Futur', version: '2', schematrons: [{ path: 'main.sch' }] }),
  });
  const bench = await openBench(t, (config) => ({ ...config, conformance: { packs: folder } }));
  const { context } = bench;
  await bench.admit();
  await bench.settle();
  for (const title of ['Lettre A', 'Lettre B', 'Compte rendu']) {
    await bench.file({ number: title, title, content: Buffer.from(title) });
    bench.advance(1_000);
  }
  await bench.settle();
  const installed = await installPack(context, 'futur', 'user:test');
  assert.ok(installed.ok);
  bench.advance(1_000);
  const started = await startRehearsal(context, installed.value.id, {}, 'user:test');
  assert.ok(started.ok);
  assert.equal(started.value.total, 3);
  const second = await startRehearsal(context, installed.value.id, {}, 'user:test');
  assert.equal(second.ok ? '' : second.refusal.rule.id, conformanceRules.rehearsalRunning.id);
  await bench.settle();
  const { id } = started.value;
  const done = await rehearsalById(context.pool, id);
  assert.deepEqual([done?.state, done?.checked, done?.broken, done?.undecided, done?.skipped], ['done', 3, 2, 0, 0]);
  const [rule] = await brokenRules(context.pool, id, 10);
  assert.deepEqual([rule?.documents, rule?.entry, rule?.text], [2, 'main.sch', 'Titre Lettre A']);
  assert.deepEqual(
    (await brokenGroups(context.pool, id, 10)).map(({ documents }) => documents),
    [2],
  );
  const documents = await brokenDocuments(context.pool, id, { test: rule?.test ?? '', limit: 10 });
  assert.deepEqual(
    documents.map(({ title }) => title),
    ['Lettre A', 'Lettre B'],
  );
  assert.deepEqual(await brokenDocuments(context.pool, id, { test: 'autre', limit: 10 }), []);
  assert.equal((await bench.document()).state, 'accepted');
  assert.equal(bench.dmp.submitted.length, 3);
});

test('a rehearsal that is stopped keeps what it found, and another one may start', async (t) => {
  const folder = packFolder({ 'futur/ASIP-STRUCT-MIN-StrucMin.sch': schemaText(RULES) });
  const bench = await openBench(t, (config) => ({ ...config, conformance: { packs: folder } }));
  const installed = await installPack(bench.context, 'futur', 'user:test');
  assert.ok(installed.ok);
  const started = await startRehearsal(bench.context, installed.value.id, {}, 'user:test');
  assert.ok(started.ok);
  const stopped = await stopRehearsal(bench.context, started.value.id);
  assert.ok(stopped.ok);
  assert.equal(stopped.value.state, 'cancelled');
  await bench.settle();
  assert.equal((await rehearsalById(bench.context.pool, started.value.id))?.state, 'cancelled');
  assert.equal((await startRehearsal(bench.context, installed.value.id, {}, 'user:test')).ok, true);
});
