import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEMO_IPP_DOMAIN } from '../../demo/structure.ts';
import { many } from '../../store/db.ts';
import { buildAdmission, type SamplePatient } from '../../wire/hl7v2/sample-messages.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { type ApiInstance, startApi } from '../gateway.fixture.ts';

const folder = scratch();

async function instance(t: TestContext): Promise<ApiInstance> {
  const api = await startApi();
  t.after(() => api.close());
  return api;
}

const CSV = [
  'IPP;Nom de naissance;Premier prénom;Sexe;Date de naissance;Code lieu de naissance;Statut;NIR',
  'T1;BELLANGER;JEANNE;F;30/05/1960;88154;QUAL;155036322075189',
  'T2;TRAN;VAN LONG;M;1984-11-02;;VALI;',
  'T3;NGUY3N;LAN;F;1990-01-01;;PROV;',
].join('\r\n');

test('a base of a former repository is taken over: counts at the end, and a report without any NIR', async (t) => {
  const api = await instance(t);
  const file = await folder.file('ancien.csv', `\ufeff${CSV}\r\n`);
  const report = join(folder.path, 'ecarts.csv');
  const args = ['import', 'reprise', file, '--to', api.url, '--trust-status', '--report', report];
  const run = await cli(args, { TRAITDUNION_TOKEN: api.token });
  assert.equal(run.code, 1, run.stderr);
  assert.match(
    run.stdout,
    /2 identité\(s\) créée\(s\) dont 2 validée\(s\), 0 déjà connue\(s\), 1 ligne\(s\) rejetée\(s\)/,
  );
  assert.match(run.stdout, /1 NIR comparé\(s\), aucun repris/);
  const rows = await many<{ name: string; status: string; matricule: string | null }>(
    api.pool,
    'select birth_name as name, status, matricule from identity order by 1',
  );
  assert.deepEqual(rows, [
    { name: 'BELLANGER', status: 'VALI', matricule: null },
    { name: 'TRAN', status: 'VALI', matricule: null },
  ]);
  const found = await readFile(report, 'utf8');
  assert.match(found, /TDU-DIF-033/);
  assert.match(found, /TDU-ID-011/);
  assert.ok(!found.includes('155036322075189') && !run.stdout.includes('155036322075189'));
});

test('a take-over that was cut goes on with --resume, and a gateway that is away says so', async (t) => {
  const api = await instance(t);
  const lines = CSV.split('\r\n');
  const file = await folder.file('suite.csv', lines.join('\r\n'));
  const opened = await fetch(`${api.url}/api/v1/takeovers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'suite.csv' }),
  });
  const { id } = (await opened.json()) as { id: string };
  const first = {
    line: 2,
    ipp: 'T1',
    birthName: 'BELLANGER',
    firstGivenName: 'JEANNE',
    sex: 'F',
    birthDate: '1960-05-30',
  };
  await fetch(`${api.url}/api/v1/takeovers/${id}/lines`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: 0, lines: [first] }),
  });
  const run = await cli(['import', 'reprise', file, '--to', api.url, '--token', api.token, '--resume', id, '--json']);
  const { created, known, position } = lastLine(run);
  assert.deepEqual([created, known, position], [2, 0, 3]);
  const away = await cli(['import', 'reprise', file, '--to', 'http://127.0.0.1:1', '--token', 't']);
  assert.equal(away.code, 1);
  assert.match(away.stdout, /passerelle injoignable/);
});

test('a file of A28 messages is one too; the INS that they carry is compared, not loaded', async (t) => {
  const api = await instance(t);
  const patient: SamplePatient = {
    ipp: 'H1',
    domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
    ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE',
    birthDate: '19790328',
    sex: 'F',
    birthPlace: '63220',
    status: 'VALI',
  };
  const envelope = {
    from: { application: 'ANCIEN', facility: 'CH' },
    to: { application: 'X', facility: 'Y' },
    sentAt: '20261123090000',
    event: 'A28',
  } as const;
  const good = buildAdmission({ ...envelope, controlId: '1', patient });
  const bad = good.toString('utf8').replace(/\rPID\|[^\r]*/, '');
  const file = await folder.file('ancien.hl7', Buffer.concat([good, Buffer.from(`\n${bad}`)]));
  const run = await cli(['import', 'reprise', file, '--format', 'hl7', '--to', api.url, '--token', api.token]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /Message 2 illisible : TDU-HL7-/);
  assert.match(run.stdout, /1 identité\(s\) créée\(s\) dont 0 validée\(s\)/);
  assert.deepEqual(await many(api.pool, 'select status, matricule from identity'), [
    { status: 'PROV', matricule: null },
  ]);
});
