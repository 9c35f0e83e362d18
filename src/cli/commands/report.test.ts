import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeRuntime } from '../../demo/runtime-file.ts';
import { sealChain } from '../../store/proofs.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { type ApiInstance, startApi } from '../gateway.fixture.ts';

const folder = scratch();

/** Only what `report` reads of it is real. */
async function announce(api: ApiInstance, token = api.token): Promise<void> {
  const nowhere = { host: '127.0.0.1', port: 1 };
  const simulator = { url: 'https://localhost:1', control: 'http://127.0.0.1:1' };
  await writeRuntime(folder.path, {
    console: api.url,
    api: `${api.url}/api/v1`,
    fhir: api.url,
    token,
    mllp: nowhere,
    mllps: nowhere,
    insi: simulator,
    dmp: simulator,
    tls: { ca: 'x', cert: 'x', key: 'x' },
    pid: process.pid,
  });
}

test('the counters of the running instance as a French table, or as JSON', async (t) => {
  const api = await startApi();
  t.after(() => api.close());
  await announce(api);
  const { code, stdout } = await cli(['report', '--data', folder.path, '--from', '2026-11-01', '--to', '2026-12-01']);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /du 2026-11-01T00:00:00\.000Z au 2026-12-02T00:00:00\.000Z/);
  assert.match(stdout, /Documents reçus +0/);
  assert.match(stdout, /Taux de qualification +sans objet/);
  assert.match(stdout, /Chaînes de preuve non vérifiées/);
  const json = lastLine(await cli(['report', '--data', folder.path, '--establishment', '990000028', '--json']));
  assert.equal(json.ok, true);
  const { indicators } = json;
  assert.ok(typeof indicators === 'object' && indicators !== null && 'establishment' in indicators);
  assert.equal(indicators.establishment, '990000028');
});

test('with DATABASE_URL both chains are verified; one changed row breaks its chain and the exit code', async (t) => {
  const api = await startApi();
  t.after(() => api.close());
  await announce(api);
  for (const n of [1, 2, 3])
    await api.pool.query(
      `insert into audit (at, actor, role, action, subject, reason, outcome)
       values (now(), 'test', 'auditor', 'read', $1, null, 'done')`,
      [`document:${n}`],
    );
  assert.equal(await sealChain(api.pool, 'audit'), 3);
  const args = ['report', '--data', folder.path];
  const whole = await cli(args, { DATABASE_URL: api.databaseUrl });
  assert.equal(whole.code, 0, whole.stdout);
  assert.match(whole.stdout, /Chaîne du registre des preuves +intègre, 0 maillon/);
  assert.match(whole.stdout, /Chaîne du journal des accès +intègre, 3 maillon/);
  await api.pool.query(
    "set session_replication_role = replica; update audit set actor = 'x' where subject = 'document:2'",
  );
  const broken = await cli(args, { DATABASE_URL: api.databaseUrl });
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /Chaîne du journal des accès +ROMPUE au maillon 2/);
});

test('no running instance, or a token that it does not know, ends with 1 and says so', async (t) => {
  const none = await cli(['report', '--data', '/nowhere']);
  assert.equal(none.code, 1);
  assert.match(none.stdout, /aucune démonstration en marche/);
  const api = await startApi();
  t.after(() => api.close());
  await announce(api, `tdu_${'x'.repeat(40)}`);
  const { code, stdout } = await cli(['report', '--data', folder.path]);
  assert.equal(code, 1);
  assert.match(stdout, /TDU-API-001/);
});
