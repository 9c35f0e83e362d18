import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { writeRuntime } from '../../demo/runtime-file.ts';
import { DEMO_IPP_DOMAIN } from '../../demo/structure.ts';
import { many } from '../../store/db.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { type ApiInstance, startApi } from '../gateway.fixture.ts';

const folder = scratch();

async function instance(t: TestContext): Promise<ApiInstance> {
  const api = await startApi();
  t.after(() => api.close());
  return api;
}

const CSV = [
  'Nom de naissance;Premier prénom;Prénoms de naissance;Sexe;Date de naissance;Code lieu de naissance;IPP',
  'BELLANGER;JEANNE;JEANNE MARIE;f;30/05/1960;88154;T1',
  'TRAN;VAN LONG;;M;1984-11-02;;T2',
  'NGUY3N;LAN;;F;1990-01-01;;T3',
  'DURAND;PAUL;;Z;1990-01-01;;T4',
  'GARCÍA;ÉLODIE;;F;1971-12-31;;T5',
].join('\r\n');

test('every good line becomes an identity, every bad one is reported with its line and rule', async (t) => {
  const api = await instance(t);
  const file = await folder.file('patients.csv', `\ufeff${CSV}\r\n`);
  const args = ['import', 'patients', file, '--to', api.url, '--domain', DEMO_IPP_DOMAIN];
  const run = await cli(args, { TRAITDUNION_TOKEN: api.token });
  assert.equal(run.code, 1, run.stderr);
  assert.match(run.stdout, /Ligne 4 rejetée : TDU-ID-011 .*caractère « 3 »/);
  assert.match(run.stdout, /Ligne 5 rejetée : TDU-ID-205/);
  assert.match(
    run.stdout,
    /3 identité\(s\) créée\(s\), 0 mise\(s\) à jour, 0 inchangée\(s\), 2 ligne\(s\) rejetée\(s\)\./,
  );
  const stored = await many<{ name: string; date: string }>(
    api.pool,
    'select birth_name as name, birth_date as date from identity order by birth_name',
  );
  assert.deepEqual(stored, [
    { name: 'BELLANGER', date: '1960-05-30' },
    { name: 'GARCIA', date: '1971-12-31' },
    { name: 'TRAN', date: '1984-11-02' },
  ]);
});

test('a file in Windows-1252 is read when told so, and refused as UTF-8 before anything of it is sent', async (t) => {
  const api = await instance(t);
  const lines = CSV.split('\r\n');
  const file = await folder.file('latin.csv', Buffer.from([lines[0], lines[5]].join('\r\n'), 'latin1'));
  const args = [
    'import',
    'patients',
    file,
    '--to',
    `${api.url}/api/v1`,
    '--domain',
    DEMO_IPP_DOMAIN,
    '--token',
    api.token,
  ];
  const wrong = await cli(args);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--encoding windows-1252/);
  const run = await cli([...args, '--encoding', 'windows-1252']);
  assert.equal(run.code, 0, run.stdout);
  assert.match(run.stdout, /^1 identité\(s\) créée\(s\)/);
});

test('a refused token stops the import', async (t) => {
  const api = await instance(t);
  const file = await folder.file('patients.csv', CSV);
  const args = ['import', 'patients', file, '--to', api.url, '--domain', DEMO_IPP_DOMAIN, '--json'];
  const run = await cli([...args, '--token', `tdu_${'x'.repeat(40)}`]);
  assert.equal(run.code, 1);
  const { ok, created, stopped } = lastLine(run);
  assert.deepEqual([ok, created], [false, 0]);
  assert.match(String(stopped), /Import arrêté : Appel non authentifié/);
});

test('a gateway that does not answer stops the import', async () => {
  const file = await folder.file('patients.csv', CSV);
  const { code, stdout } = await cli([
    ...['import', 'patients', file, '--to', 'http://127.0.0.1:1', '--domain', DEMO_IPP_DOMAIN, '--token', 't'],
  ]);
  assert.equal(code, 1);
  assert.match(stdout, /passerelle injoignable/);
});

test('without an address the running demonstration is taken; an address wants its own token', async (t) => {
  const api = await instance(t);
  const nowhere = { host: '127.0.0.1', port: 1 };
  const simulator = { url: 'https://localhost:1', control: 'http://127.0.0.1:1' };
  await writeRuntime(folder.path, {
    console: `${api.url}/console/`,
    api: api.url,
    fhir: `${api.url}/fhir`,
    token: api.token,
    mllp: nowhere,
    mllps: nowhere,
    insi: simulator,
    dmp: simulator,
    tls: { ca: 'x', cert: 'x', key: 'x' },
    pid: process.pid,
  });
  const lines = CSV.split('\r\n');
  const args = ['import', 'patients', await folder.file('seul.csv', [lines[0], lines[1]].join('\r\n')), '--json'];
  const run = await cli([...args, '--data', folder.path]);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(lastLine(run).created, 1);
  assert.deepEqual(await many(api.pool, 'select value, domain from identity_identifier'), [
    { value: 'T1', domain: DEMO_IPP_DOMAIN },
  ]);
  assert.equal((await cli([...args, '--data', '/nowhere'])).code, 2);
  const untold = await cli([...args, '--data', folder.path, '--to', api.url]);
  assert.deepEqual([untold.code, /--to demande --token/.test(untold.stderr)], [2, true]);
});

test('missing columns and an empty file are a wrong call', async (t) => {
  const api = await instance(t);
  const short = await folder.file('court.csv', 'Nom de naissance;IPP\nX;1\n');
  const args = (file: string) => ['import', 'patients', file, '--to', api.url, '--token', api.token];
  const missing = await cli(args(short));
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /Des colonnes manquent au fichier \(premier prénom, sexe, date de naissance\)/);
  assert.equal((await cli(args(await folder.file('vide.csv', '')))).code, 2);
});
