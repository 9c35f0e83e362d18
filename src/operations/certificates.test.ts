import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { scratch } from '../cli/cli.fixture.ts';
import { type DemoPki, ensureDemoPki } from '../demo/pki.ts';
import { alertRules } from '../rules/alerts.ts';
import { listAlerts } from '../store/alerts.ts';
import { createAlertBench } from './alerts/alerts.fixture.ts';
import { createDoorWatch } from './alerts/machine-findings.ts';
import { createWatch } from './alerts/watch.ts';
import { inspectCertificate } from './certificates.ts';

const folder = scratch();
const DAY = 86_400_000;
let pki: DemoPki;
before(async () => {
  const made = () => new Date('2026-11-23T07:00:00Z');
  pki = await ensureDemoPki(join(folder.path, 'pki'), { ej: '990000010', otherEj: '990000093' }, made);
});

test('an expiring certificate is told 30, 15, 7 and 1 days ahead, each once, then that it is unfit', async (t) => {
  const calm = { clockDriftMs: 10 ** 12, diskFreeBytes: 0, inodesFreePercent: 0 };
  const tls = { ca: pki.caFile, cert: pki.server.certFile, key: pki.server.keyFile };
  const bench = await createAlertBench(
    t,
    { thresholds: calm, recipients: [{ address: 'alice@ch-demo.example' }] },
    (config) => ({ ...config, mllp: { ...config.mllp, tls } }),
  );
  const door = createDoorWatch(bench.context.now);
  const watch = createWatch(bench.context, { channels: bench.channels, door, machine: 'a' });
  t.after(() => watch.stop());
  const left = async () => (await inspectCertificate(tls, {}, bench.context.now())).daysLeft;
  const told: string[] = [];
  bench.advance(690 * DAY);
  for (let day = (await left()) ?? 0; day >= -1; day -= 1) {
    await watch.look();
    await bench.deliver();
    for (const line of bench.told.splice(0)) told.push(`${day} ${line.split(' ')[0]} ${line.split(' ')[3]}`);
    bench.advance(DAY);
  }
  assert.deepEqual(told, [
    '30 start TDU-ALR-008',
    '15 reminder TDU-ALR-008',
    '7 reminder TDU-ALR-008',
    '1 reminder TDU-ALR-008',
    '-1 start TDU-ALR-009',
  ]);
  const open = await listAlerts(bench.context.pool, { open: true, eg: null, limit: 10 });
  assert.ok(open.some(({ ruleId }) => ruleId === alertRules.certificateUnfit.id));
});

test('a PKCS#12 file is looked at like PEM files, and its password is read where it is kept', async (t) => {
  const now = new Date('2026-11-24T07:00:00Z');
  const [file, secret] = [join(folder.path, 'sign.p12'), join(folder.path, 'password')];
  const { certFile, keyFile } = pki.sign;
  const options = ['-in', certFile, '-inkey', keyFile, '-out', file, '-passout', 'pass:secret'];
  const made = spawnSync('openssl', ['pkcs12', '-export', ...options]);
  if (made.error !== undefined) return t.skip('openssl is not installed');
  assert.equal(made.status, 0, made.stderr.toString());
  await writeFile(secret, 'secret\n');
  const inspect = (passphrase: string | { file: string }) =>
    inspectCertificate(
      { pkcs12: file, passphrase },
      { structures: { legalEntities: ['990000010'], geographicEntities: [] } },
      now,
    );
  const good = await inspect({ file: secret });
  assert.deepEqual([good.usable, good.faults, good.owner], [true, [], '990000010']);
  const wrong = await inspect('autre');
  assert.deepEqual([wrong.usable, wrong.faults], [false, [`${file} : mot de passe du fichier PKCS#12 incorrect`]]);
});

test('what makes a certificate unfit, and what is only told', async () => {
  const now = new Date('2026-11-24T07:00:00Z');
  const { authCli, sign, wrongStructureAuthCli: wrong, caFile: ca } = pki;
  const structures = { legalEntities: ['990000010'], geographicEntities: ['990000028'] };
  const good = { ca, cert: authCli.certFile, key: authCli.keyFile };
  const inspect = (files: typeof good, expectation = { structures }) => inspectCertificate(files, expectation, now);
  assert.deepEqual((await inspect(good)).unfit, []);
  assert.match((await inspect({ ca, cert: wrong.certFile, key: wrong.keyFile })).unfit.join(), /990000093/);
  const mismatch = await inspect({ ...good, key: sign.keyFile });
  assert.deepEqual([mismatch.usable, mismatch.unfit.length], [false, 1]);
  assert.equal((await inspect({ ...good, cert: '/nowhere' })).usable, false);
  const named = await inspectCertificate(good, { commonNames: ['INSI-AUTO'] }, now);
  assert.deepEqual([named.unfit, named.faults.length], [[], 1]);
});
