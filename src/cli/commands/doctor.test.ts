import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createTestDatabase } from '../../../test/support/database.ts';
import type { ConfigInput } from '../../config/schema.ts';
import { writeRuntime } from '../../demo/runtime-file.ts';
import { migrateUrl } from '../../store/migrate.testing.ts';
import { type CliRun, cli, lastLine, scratch } from '../cli.fixture.ts';
import { configInput, runtimeOf, type Surroundings, startApi, startSurroundings } from '../gateway.fixture.ts';

const folder = scratch();

interface Bench {
  readonly around: Surroundings;
  readonly config: ConfigInput;
}

/** Simulators, keys, an answers listener and a migrated database, all as the configuration says. */
async function bench(t: TestContext): Promise<Bench> {
  const around = await startSurroundings(folder.path);
  t.after(() => around.close());
  const database = await createTestDatabase(migrateUrl);
  t.after(() => database.drop());
  const config = configInput(around.pki, folder.path, {
    insi: around.insi.url,
    dmp: around.dmp.url,
    answers: around.plain.port,
    databaseUrl: database.url,
  });
  return { around, config };
}

async function doctor(config: unknown, ...args: readonly string[]): Promise<CliRun> {
  const file = await folder.file(`${randomUUID()}.json`, JSON.stringify(config));
  return cli(['doctor', '--config', file, ...args]);
}

function changed(config: ConfigInput, part: 'insi' | 'dmp', changes: object): object {
  return { ...config, [part]: { ...config[part], ...changes } };
}

test('a healthy installation: every subject is checked and good, exit 0', async (t) => {
  const { config } = await bench(t);
  const run = await doctor(config);
  assert.equal(run.code, 0, run.stdout);
  for (const line of [
    /^bon +Configuration +.*valide \(demonstration, contexte 1\)$/m,
    /^bon +Certificat INSi +valable encore \d+ jour/m,
    /^bon +Certificat INSi +FINESS 990000010 : entité juridique déclarée$/m,
    /^bon +Certificat DMP \(ORG SIGN\) /m,
    /^bon +INSi +localhost:\d+ répond et accepte le certificat$/m,
    /^bon +DMP +localhost:\d+ répond/m,
    /^bon +Réponses à \* +127\.0\.0\.1:\d+ répond$/m,
    /^bon +Base de données +PostgreSQL 1[5-9]/m,
    /^(bon|alerte) +Horloge +écart de \d+ ms/m,
    /^bon +Schéma de la base +à jour \(\d{4}-/m,
    /^(bon|alerte) +Espace disque /m,
    /^- +Paquets de règles +sans objet/m,
    /^0 défaut\(s\), \d+ alerte\(s\)\.$/m,
  ])
    assert.match(run.stdout, line);
  const json = lastLine(await doctor(config, '--json'));
  assert.deepEqual([json.ok, json.faults], [true, 0]);
});

test('every error of the configuration is listed with its path', async (t) => {
  const { config } = await bench(t);
  const run = await doctor({ ...config, context: 4, acceptedInsOids: [], surprise: 1 });
  assert.equal(run.code, 1);
  assert.match(run.stdout, /DÉFAUT +Configuration +context : /);
  assert.match(run.stdout, /DÉFAUT +Configuration +acceptedInsOids : /);
  assert.match(run.stdout, /surprise/);
  const absent = await cli(['doctor', '--config', '/absent.yaml']);
  assert.equal(absent.code, 1);
  assert.match(absent.stdout, /\/absent\.yaml/);
});

test('certificates: wrong key, another structure, a geographic FINESS, a wrong name, an unreadable file', async (t) => {
  const { around, config } = await bench(t);
  const { pki } = around;
  const of = (cert: { certFile: string; keyFile: string }) => ({
    ca: pki.caFile,
    cert: cert.certFile,
    key: cert.keyFile,
  });
  const said = async (value: object): Promise<string> => {
    const run = await doctor(value);
    assert.equal(run.code, 1, run.stdout);
    return run.stdout;
  };
  const mixed = changed(config, 'dmp', { signature: { cert: pki.sign.certFile, key: pki.authCli.keyFile } });
  assert.match(await said(mixed), /DÉFAUT +Certificat DMP \(ORG SIGN\) +la clé privée ne correspond pas/);
  const foreign = changed(config, 'dmp', { tls: of(pki.wrongStructureAuthCli) });
  assert.match(await said(foreign), /FINESS 990000093, qui n'est pas une entité juridique de la configuration/);
  assert.match(
    await said(changed(config, 'insi', { tls: of(pki.authCli) })),
    /DÉFAUT +Certificat INSi +CN INSI-AUTO ou INSI-MANU attendu, TRAITDUNION AUTH_CLI trouvé/,
  );
  assert.match(
    await said(changed(config, 'insi', { tls: { ...of(pki.insiAuto), cert: '/absent.pem' } })),
    /Certificat INSi +\/absent\.pem : illisible \(ENOENT\)/,
  );
  // The site of this configuration bears the number that the certificate bears: the entity level is mistaken.
  const [legal] = config.legalEntities;
  assert.ok(legal !== undefined);
  const swapped = {
    ...config,
    legalEntities: [
      {
        ...legal,
        finess: '990000028',
        geographicEntities: [{ finess: '990000010', name: 'Site', sector: 'SA01' }],
      },
    ],
    sources: config.sources.map((source) => ({ ...source, eg: '990000010' })),
  };
  assert.match(await said(swapped), /porte le FINESS géographique 990000010/);
});

test('what does not answer is told apart: service down, plain address, database, old schema', async (t) => {
  const { config } = await bench(t);
  const empty = await createTestDatabase(async () => undefined);
  t.after(() => empty.drop());
  const closed = changed(config, 'dmp', { url: 'https://localhost:1' });
  const run = await doctor({ ...closed, databaseUrl: empty.url });
  assert.equal(run.code, 1);
  assert.match(run.stdout, /DÉFAUT +DMP +localhost:1 : connexion TLS impossible \(ECONNREFUSED\)/);
  assert.match(run.stdout, /alerte +Schéma de la base +migrations à appliquer au prochain démarrage : 0001-/);
  const nowhere = await doctor({ ...config, databaseUrl: 'postgres://x:y@127.0.0.1:1/z' });
  assert.match(nowhere.stdout, /DÉFAUT +Base de données +connexion ou lecture impossible \(ECONNREFUSED\)/);
  assert.doesNotMatch(nowhere.stdout, /x:y/);
  const plain = await doctor(changed(config, 'dmp', { url: 'http://localhost:1' }));
  assert.match(plain.stdout, /DÉFAUT +DMP +.*https est attendu/);
});

test('a service that refuses our certificate is a fault, not a reachable service', async (t) => {
  const { config, around } = await bench(t);
  const other = await startSurroundings(join(folder.path, 'autre'));
  t.after(() => other.close());
  const { caFile } = around.pki;
  const { certFile, keyFile } = other.pki.authCli;
  const run = await doctor(changed(config, 'dmp', { tls: { ca: caFile, cert: certFile, key: keyFile } }));
  assert.equal(run.code, 1);
  assert.match(run.stdout, /DÉFAUT +DMP +localhost:\d+ : connexion TLS impossible/);
  assert.match(run.stdout, /n'est pas émis par l'autorité déclarée/);
});

test('a running demonstration is checked by its runtime.json; a stale or open file is a fault', async (t) => {
  const api = await startApi();
  t.after(() => api.close());
  const around = await startSurroundings(folder.path);
  t.after(() => around.close());
  const runtime = runtimeOf(api, around);
  await writeRuntime(folder.path, runtime);
  const args = ['doctor', '--data', folder.path];
  const environment = { DATABASE_URL: api.databaseUrl };
  const healthy = await cli(args, environment);
  assert.equal(healthy.code, 0, healthy.stdout);
  for (const subject of [
    'Processus',
    'runtime.json',
    'Console',
    'API',
    'MLLP',
    'MLLP sur TLS',
    'INSi',
    'DMP',
    'Base de données',
  ])
    assert.match(healthy.stdout, new RegExp(`^bon +${subject} `, 'm'));
  assert.ok(!healthy.stdout.includes(api.token));

  await chmod(join(folder.path, 'runtime.json'), 0o644);
  assert.match((await cli(args, environment)).stdout, /DÉFAUT +runtime\.json +droits 644/);
  // The highest number that Linux gives is 4194304.
  await writeRuntime(folder.path, { ...runtime, pid: 4_194_305, token: `tdu_${'x'.repeat(40)}` });
  const stale = await cli(args, environment);
  assert.equal(stale.code, 1);
  assert.match(stale.stdout, /DÉFAUT +Processus +4194305 absent/);
  assert.match(stale.stdout, /DÉFAUT +API +.* répond 401/);
});

test('no running demonstration: exit 1', async () => {
  const { code, stdout } = await cli(['doctor', '--data', '/nowhere']);
  assert.equal(code, 1);
  assert.match(stdout, /aucune démonstration en marche/);
});
