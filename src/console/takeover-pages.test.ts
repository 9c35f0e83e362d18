import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTakeover, takeLines } from '../takeover/index.ts';
import { connect, createConsoleBench } from './console.fixture.ts';

test('a take-over is shown with its counts, and its report is saved as a file', async (t) => {
  const bench = await createConsoleBench(t);
  const visitor = await connect(bench.app, await bench.user('identitovigilance'));
  assert.match((await visitor.get('/console/reprises')).body, /Aucune reprise/);
  const opened = await openTakeover(bench.gateway, { name: 'ancien <b>.csv', trustsStatus: false }, 'user:essai');
  assert.ok(opened.ok);
  const line = { line: 2, ipp: 'A1', birthName: 'NGUY3N', firstGivenName: 'LAN', sex: 'F', birthDate: '1990-01-01' };
  await takeLines(bench.gateway, opened.value.id, { from: 0, lines: [line] }, 'user:essai');
  const { body } = await visitor.get('/console/reprises');
  assert.match(body, /ancien &lt;b&gt;\.csv/);
  assert.match(body, /En cours/);
  const report = await visitor.get(`/console/reprises/${opened.value.id}/rapport`);
  assert.match(String(report.headers['content-disposition']), /^attachment; filename="reprise-/);
  assert.match(report.body, /2;A1;.*TDU-ID-011/);
  assert.equal((await visitor.get('/console/reprises/inconnu/rapport')).status, 404);
  const admissions = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await admissions.get('/console/reprises')).status, 403);
});
