/** The pages of the rule packs: installed, put in service, rehearsed; what they said on the page of a document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRehearsal, stopRehearsal } from '../conformance/index.ts';
import { advanceRehearsal } from '../store/rehearsals.ts';
import { listPacks, putJudgement } from '../store/rule-packs.ts';
import { packFolder, schemaText } from '../wire/schematron/pack.fixture.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';

const BREAK = {
  entry: 'StrucMin.sch',
  test: 'count(h:title) = 1',
  location: '/ClinicalDocument/title',
  text: 'Le titre <b>manque</b>',
};

test('an administrator installs a pack, puts it in observation and reads what a rehearsal found', async (t) => {
  const packs = packFolder({ 'essai/StrucMin.sch': schemaText('<title>Essai</title>') });
  const bench = await createConsoleBench(t, { conformance: { packs } });
  const { gateway } = bench;
  const seeded = await seedConsole(gateway, { own: EG, other: OTHER_EG });
  const admin = await connect(bench.app, await bench.user('administrator'));
  const before = await admin.get('/console/conformite');
  assert.match(before.body, /Aucun paquet installé/);
  assert.equal((await admin.post('/console/conformite/installer', { dossier: 'essai' })).status, 303);
  assert.match((await admin.post('/console/conformite/installer', { dossier: 'essai' })).body, /TDU-CONF-023/);
  const [pack] = await listPacks(gateway.pool);
  assert.ok(pack);
  const mode = await admin.post('/console/conformite/mode', { paquet: pack.id, mode: 'observe' });
  assert.equal(mode.status, 303);
  assert.match((await admin.get('/console/conformite')).body, /Observation/);
  const wrong = await admin.post('/console/conformite/repeter', { paquet: pack.id, du: 'hier' });
  assert.match(wrong.body, /JJ\/MM\/AAAA/);
  const started = await startRehearsal(gateway, pack.id, {}, 'user:test');
  assert.ok(started.ok);
  const { id } = started.value;
  const documentId = seeded.documents.accepted;
  await advanceRehearsal(gateway.pool, id, { documentId, outcome: 'failed', breaks: [BREAK], template: '1.2.3' });
  const page = await admin.get(`/console/conformite/repetitions/${id}`);
  assert.match(page.body, /Le titre &lt;b&gt;manque&lt;\/b&gt;/);
  assert.ok(page.body.includes(`/console/documents/${documentId}`));
  assert.match((await admin.get(`/console/conformite/repetitions/${id}?regle=1`)).body, /règle choisie/);
  assert.equal((await admin.post(`/console/conformite/repetitions/${id}/arreter`, {})).status, 303);
  assert.ok((await stopRehearsal(gateway, id)).ok);
  const bound = await connect(bench.app, await bench.user('interop', EG));
  assert.equal((await bound.get(`/console/conformite/repetitions/${id}`)).status, 404);
  assert.equal((await bound.post('/console/conformite/mode', { paquet: pack.id, mode: 'block' })).status, 404);
  await putJudgement(gateway.pool, documentId, {
    packId: pack.id,
    at: gateway.now(),
    outcome: 'failed',
    ruleId: 'TDU-CONF-003',
    failed: 1,
    ms: 120,
    failures: [BREAK],
  });
  assert.match((await admin.get(`/console/documents/${documentId}`)).body, /Contrôles de conformité.*Non conforme/s);
});
