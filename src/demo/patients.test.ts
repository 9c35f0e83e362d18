import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { benchConfig, openBench } from '../../test/support/use-case-bench.ts';
import { identityDevice } from '../codes/identity-devices.ts';
import { strictTraits } from '../identity/traits-input.ts';
import { matriculeAlerts, parseMatricule } from '../ins/matricule.ts';
import { claimFolder } from '../store/embedded/claim.ts';
import { startDemonstration } from './demonstration.ts';
import { DEMO_PATIENTS, insOfDemoPatient, SAMPLE_IDENTITIES } from './patients.ts';
import { type Runtime, removeRuntime, writeRuntime } from './runtime-file.ts';
import { admitSamplePatients } from './traffic.ts';

test('the sample patients are sound: strict traits, valid test matricules, known devices, no number twice', () => {
  for (const patient of DEMO_PATIENTS) {
    assert.ok(strictTraits(patient).ok, patient.ipp);
    const ins = insOfDemoPatient(patient);
    if (ins !== undefined) {
      const matricule = parseMatricule(ins.matricule);
      assert.ok(matricule.ok, patient.ipp);
      assert.deepEqual([ins.oid, matriculeAlerts(matricule.value)], ['1.2.250.1.213.1.4.10', []], patient.ipp);
    }
    if (patient.deviceType !== undefined) assert.equal(identityDevice(patient.deviceType)?.trust, 'high');
  }
  assert.equal(new Set(DEMO_PATIENTS.map(({ ipp }) => ipp)).size, DEMO_PATIENTS.length);
  assert.equal(new Set(SAMPLE_IDENTITIES.map(({ matricule }) => matricule)).size, SAMPLE_IDENTITIES.length);
  assert.ok(SAMPLE_IDENTITIES.length < DEMO_PATIENTS.length, 'one is unknown to INSi');
});

test('they are admitted without traffic, in every context, and again without a second copy', async (t) => {
  const bench = await openBench(t);
  await admitSamplePatients(bench.context);
  await admitSamplePatients(bench.context);
  const statuses = await bench.context.pool.query(
    'select status, count(*) as count from identity group by 1 order by 1',
  );
  const validated = DEMO_PATIENTS.filter(({ status }) => status === 'VALI').length;
  assert.deepEqual(statuses.rows, [
    { status: 'PROV', count: DEMO_PATIENTS.length - validated },
    { status: 'VALI', count: validated },
  ]);
  const upstream = await openBench(t, (config) => ({
    ...config,
    context: 2,
    sources: config.sources.map((source) => ({ ...source, upstreamIdentities: true })),
  }));
  await admitSamplePatients(upstream.context);
  const copies = await upstream.context.pool.query(`select birth_name from identity where status = 'QUAL'`);
  const known = DEMO_PATIENTS.filter(({ status, nir, atInsi }) => status === 'VALI' && nir !== undefined && !atInsi);
  assert.deepEqual(
    copies.rows.map((row) => row.birth_name).toSorted(),
    known.map(({ birthName }) => birthName).toSorted(),
  );
});

test('the configuration of the demonstration passes the same schema as a hospital, in every context', () => {
  for (const context of [1, 2, 3] as const) {
    const config = benchConfig((input) => ({
      ...input,
      context,
      sources: input.sources.map((source) => ({ ...source, upstreamIdentities: context !== 1 })),
    }));
    assert.equal(config.context, context);
  }
});

test('runtime.json: whole, for its owner alone, and gone when removed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-runtime-'));
  t.after(() => rm(folder, { recursive: true }));
  const runtime: Runtime = {
    console: 'http://127.0.0.1:1/console/',
    api: 'http://127.0.0.1:1/api/v1',
    fhir: 'http://127.0.0.1:1/fhir',
    token: 'jeton',
    mllp: { host: '127.0.0.1', port: 1 },
    mllps: { host: '127.0.0.1', port: 2 },
    insi: { url: 'https://localhost:3', control: 'http://127.0.0.1:4' },
    dmp: { url: 'https://localhost:5', control: 'http://127.0.0.1:6' },
    tls: { ca: 'ca', cert: 'cert', key: 'key' },
    pid: 7,
  };
  await removeRuntime(folder);
  await writeRuntime(folder, runtime);
  await writeRuntime(folder, runtime);
  const path = join(folder, 'runtime.json');
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), runtime);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await removeRuntime(folder);
  await assert.rejects(stat(path), /ENOENT/);
});

test('a second start in the same folder is refused, and leaves what the first one wrote there', async (t) => {
  if (process.platform !== 'linux') return t.skip('the claim of a folder reads /proc');
  const data = await mkdtemp(join(tmpdir(), 'tdu-runtime-'));
  t.after(() => rm(data, { recursive: true }));
  const release = await claimFolder(data);
  await writeFile(join(data, 'runtime.json'), '{}');
  const second = startDemonstration({
    data,
    port: 0,
    mllpPort: 0,
    context: 1,
    quietFeed: true,
    databaseUrl: 'postgres://127.0.0.1:1/never-reached',
    version: '0',
    say: () => undefined,
  });
  await assert.rejects(second, /déjà utilisé par le processus \d+/);
  assert.equal(await readFile(join(data, 'runtime.json'), 'utf8'), '{}');
  await release();
});
