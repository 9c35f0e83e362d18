/** Patients by file in the console, with forms as a browser without script sends them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { patientImportTaskHandler } from '../exchange/index.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { type ConsoleBench, connect, createConsoleBench, type Visitor } from './console.fixture.ts';

const CSV = [
  'Nom de naissance;Premier prénom;Sexe;Date de naissance;IPP',
  'DURAND;ANNE;F;1980-01-01;F1',
  'D2;PAUL;M;1980-01-01;F2',
  '',
].join('\r\n');

async function opened(t: TestContext): Promise<{ bench: ConsoleBench; visitor: Visitor }> {
  const bench = await createConsoleBench(t);
  return { bench, visitor: await connect(bench.app, await bench.user('identitovigilance')) };
}

async function upload({ app }: ConsoleBench, { cookie }: Visitor, fields: Record<string, string>, text: string) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('fichier', new Blob([text], { type: 'text/csv' }), 'essai.csv');
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  const payload = Buffer.from(await encoded.arrayBuffer());
  return app.inject({ method: 'POST', url: '/console/imports', headers: { cookie, 'content-type': type }, payload });
}

async function workOff({ gateway }: ConsoleBench): Promise<void> {
  const handler = patientImportTaskHandler(gateway);
  for (const task of await claimTasks(gateway.pool, {
    kinds: ['patient-import'],
    worker: 1,
    limit: 1,
    leaseMs: 60_000,
  }))
    await handler(task);
}

test('a file is rehearsed, confirmed and imported, and its rejected lines come back as a file', async (t) => {
  const { bench, visitor } = await opened(t);
  assert.match((await visitor.get('/console/imports')).body, /enctype="multipart\/form-data"/);
  const taken = await upload(
    bench,
    visitor,
    { jeton: visitor.csrf, mode: 'rehearsal', connus: 'reject', encodage: 'utf-8' },
    CSV,
  );
  assert.equal(taken.statusCode, 303, taken.body);
  const page = String(taken.headers.location);
  const waiting = await visitor.get(page);
  assert.match(waiting.body, /<progress id="avancement" max="2" value="0">/);
  assert.equal(waiting.headers.refresh, '3');
  await workOff(bench);
  const rehearsed = await visitor.get(page);
  assert.equal(rehearsed.headers.refresh, undefined);
  assert.match(rehearsed.body, /Importer 2\slignes/);
  assert.equal((await bench.gateway.pool.query('select 1 from identity')).rowCount, 0);
  assert.equal((await visitor.post(`${page}/confirmer`, {})).status, 303);
  await workOff(bench);
  assert.match((await visitor.get(page)).body, /TDU-ID-011|caractère/);
  const { rows } = await bench.gateway.pool.query('select birth_name from identity');
  assert.deepEqual(rows, [{ birth_name: 'DURAND' }]);
  const rejected = await visitor.get(`${page}/rejets`);
  assert.match(rejected.body, /D2;PAUL;M;1980-01-01;F2;3;TDU-ID-011/);
  assert.match((await visitor.get('/console/imports')).body, /essai\.csv/);
});

test('a form without its token, or that is no form, takes nothing in', async (t) => {
  const { bench, visitor } = await opened(t);
  assert.equal((await upload(bench, visitor, { mode: 'import' }, CSV)).statusCode, 401);
  const headers = { cookie: visitor.cookie, 'content-type': 'multipart/form-data; boundary=x' };
  const cut = await bench.app.inject({ method: 'POST', url: '/console/imports', headers, payload: '--x\r\n' });
  assert.equal(cut.statusCode, 400);
  assert.equal((await bench.gateway.pool.query('select 1 from patient_import')).rowCount, 0);
});

test('a file that cannot be read is explained on the page', async (t) => {
  const { bench, visitor } = await opened(t);
  const answer = await upload(bench, visitor, { jeton: visitor.csrf, mode: 'import' }, 'nom;ipp\r\nA;1\r\n');
  assert.equal(answer.statusCode, 422);
  assert.match(answer.body, /Des colonnes manquent au fichier/);
});

test('the export is for those who may, and its matricules for fewer', async (t) => {
  const { bench, visitor } = await opened(t);
  assert.match((await visitor.get('/console/imports/export?matricule=oui')).body, /matricule ins;oid/);
  const interop = await connect(bench.app, await bench.user('interop'));
  assert.equal((await interop.get('/console/imports/export?matricule=oui')).status, 403);
  assert.match((await interop.get('/console/imports/export?statut=PROV')).body, /^\ufeffid;ipp;/);
  const desk = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await desk.get('/console/imports/export')).status, 403);
});
