import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checkCdaHeader } from '../wire/cda/check.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import { fillDmp } from './dmp-content.ts';
import { DEMO_PATIENTS, insOfDemoPatient } from './patients.ts';
import { ensureDemoPki } from './pki.ts';
import { startDmp } from './simulators.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from './structure.ts';

const FOLDER = new URL('../../samples/dmp/', import.meta.url);
const found = z.object({
  items: z.array(z.object({ title: z.string(), status: z.string(), structure: z.string() })),
});

test('the sample documents conform to the header rules and to the CDA schema', async (t) => {
  const names = await readdir(FOLDER);
  assert.equal(names.length, 7);
  for (const file of names) {
    const header = readCdaHeader(await readFile(new URL(file, FOLDER)));
    assert.ok(header.ok, file);
    assert.deepEqual(checkCdaHeader(header.value), [], file);
  }
  const schema = fileURLToPath(new URL('../../../shared/conformance/cda/xsd/CDA_extended.xsd', import.meta.url));
  if (!existsSync(schema)) return t.skip('no conformance data');
  if (spawnSync('xmllint', ['--version']).status !== 0) return t.skip('xmllint is not installed');
  const files = names.map((file) => fileURLToPath(new URL(file, FOLDER)));
  const judged = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, ...files]);
  assert.equal(judged.status, 0, String(judged.stderr));
});

test('the simulated DMP holds them once, under their visibilities, and one DMP waits for an authorisation', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tdu-content-'));
  t.after(() => rm(directory, { recursive: true }));
  const pki = await ensureDemoPki(join(directory, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  const dmp = await startDmp({ directory, port: 0, controlPort: 0, pki, log: () => undefined });
  t.after(() => dmp.close());
  const post = async (path: string, body: object): Promise<unknown> =>
    (await fetch(`${dmp.control}${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const patientOf = (ipp: string) => {
    const patient = DEMO_PATIENTS.find((one) => one.ipp === ipp);
    const ins = patient && insOfDemoPatient(patient);
    assert.ok(ins);
    return ins;
  };
  const titles = async (ipp: string, more: object = {}) =>
    found.parse(await post('/documents/search', { ...patientOf(ipp), ...more })).items;
  await fillDmp(dmp.control);
  await post('/patients', { ...patientOf('D100002'), state: 'active', authorisation: 'EXPIRE' });
  await fillDmp(dmp.control);
  assert.equal((await titles('D100001')).length, 4);
  assert.equal((await titles('D100001', { viewer: 'patient' })).length, 3);
  assert.deepEqual(
    (await titles('D100002')).map(({ status }) => status),
    ['Approved', 'Deprecated', 'Approved'],
  );
  // What is said after the first filling is not undone by the second.
  assert.match(JSON.stringify(await post('/patients/search', patientOf('D100002'))), /"authorisation":"EXPIRE"/);
  assert.match(JSON.stringify(await post('/patients/search', patientOf('D100001'))), /"authorisation":"VALIDE"/);
});
