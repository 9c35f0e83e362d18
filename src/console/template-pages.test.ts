/** Template audit in the console, with the form as a browser without script sends it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { letter, PAT_TROIS_BANNER, value } from '../wire/pdf/pdf.fixture.ts';
import { stampPdf } from '../wire/pdf/stamp.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';

const MATRICULE = '279035121518989';

async function stamped(): Promise<Uint8Array> {
  const outcome = value(await stampPdf(await letter(30), PAT_TROIS_BANNER));
  if (outcome.outcome !== 'stamped') throw new Error(outcome.outcome);
  return outcome.bytes;
}

async function drop(
  { app }: ConsoleBench,
  { cookie, csrf }: Visitor,
  files: Readonly<Record<string, Uint8Array | string>>,
  fields: Readonly<Record<string, string>> = {},
) {
  const form = new FormData();
  const all = { jeton: csrf, modele: 'Lettre de liaison', logiciel: 'DPI Essais', etablissement: EG, ...fields };
  for (const [name, text] of Object.entries(all)) form.append(name, text);
  for (const [name, bytes] of Object.entries(files))
    form.append('documents', new Blob([typeof bytes === 'string' ? bytes : Buffer.from(bytes)]), name);
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  const payload = Buffer.from(await encoded.arrayBuffer());
  return app.inject({ method: 'POST', url: '/console/modeles', headers: { cookie, 'content-type': type }, payload });
}

async function opened(t: TestContext): Promise<{ bench: ConsoleBench; visitor: Visitor }> {
  const bench = await createConsoleBench(t);
  return { bench, visitor: await connect(bench.app, await bench.user('interop')) };
}

/** Everything that the database holds of audits, and the trail. */
async function storedText({ gateway }: ConsoleBench): Promise<string> {
  const audits = await gateway.pool.query('select row_to_json(a)::text as t from template_audit a');
  const trail = await gateway.pool.query('select row_to_json(a)::text as t from audit a');
  return [...audits.rows, ...trail.rows].map(({ t: text }: { t: string }) => text).join('\n');
}

test('several documents at once: each page with its picture, its symbol and its faults; one that is no document says so', async (t) => {
  const { bench, visitor } = await opened(t);
  const pdf = await stamped();
  const answer = await drop(
    bench,
    visitor,
    { 'PAT-TROIS juste.pdf': pdf, 'sans.pdf': await letter(), 'notes.txt': 'bonjour' },
    { nom: 'PAT-TROIS', matricule: MATRICULE },
  );
  assert.equal(answer.statusCode, 200, answer.body);
  assert.match(answer.body, /Lettre de liaison : 1 document\(s\) juste\(s\) sur 3/);
  assert.equal(answer.body.match(/href="data:image\/png;base64,/g)?.length, 3, 'two pages and one');
  assert.equal(answer.body.match(/class="symbol right"/g)?.length, 1);
  assert.match(answer.body, new RegExp(`<code>${MATRICULE}</code>`), 'shown at once to whoever has the document');
  assert.match(answer.body, /TDU-MOD-001/);
  assert.match(answer.body, /TDU-DOC-110/);
  const stored = await storedText(bench);
  for (const secret of [MATRICULE, 'PAT-TROIS', 'DOMINIQUE', '28-03-1979', '63220', 'juste.pdf'])
    assert.ok(!stored.includes(secret), `${secret} is kept`);
  assert.match(stored, /999999999999999/);
});

test('the certificate says what was checked and what was not, without any trait; adoption counts by month', async (t) => {
  const { bench, visitor } = await opened(t);
  const pdf = await stamped();
  const answer = await drop(bench, visitor, { 'a.pdf': pdf, 'b.pdf': await letter() });
  const [, path = ''] = /href="(\/console\/modeles\/[0-9a-f-]{36})"/.exec(answer.body) ?? [];
  const certificate = await visitor.get(path);
  assert.equal(certificate.status, 200);
  for (const said of ['Attestation d’audit de modèle', 'Ce qui ne l’a pas été', 'FINESS 990000028', '999999999999999'])
    assert.ok(certificate.body.includes(said), said);
  assert.ok(!certificate.body.includes(MATRICULE));
  const { rows } = await bench.gateway.pool.query<{ sha256: string }>('select sha256 from template_audit');
  assert.ok(rows.some(({ sha256 }) => certificate.body.includes(sha256)));
  // The same document again in the same month counts once; the next month it counts anew.
  await drop(bench, visitor, { 'a.pdf': pdf });
  assert.match((await visitor.get('/console/modeles')).body, /50\u00a0% <span class="mut">\(1 sur 2\)/);
  const csv = (await visitor.get('/console/modeles/export')).body;
  assert.match(csv, /;Lettre de liaison;DPI Essais;2026-11;2;1;50,0;3;1;33,3/);
});

test('who may: interop and administrator audit, identitovigilance reads, another establishment sees nothing', async (t) => {
  const { bench, visitor } = await opened(t);
  const answer = await drop(bench, visitor, { 'b.pdf': await letter() });
  const [, path = ''] = /href="(\/console\/modeles\/[0-9a-f-]{36})"/.exec(answer.body) ?? [];
  const cell = await connect(bench.app, await bench.user('identitovigilance'));
  assert.equal((await cell.get(path)).status, 200);
  assert.doesNotMatch((await cell.get('/console/modeles')).body, /type="file"/);
  assert.equal((await drop(bench, cell, { 'b.pdf': 'x' })).statusCode, 403);
  const elsewhere = await connect(bench.app, await bench.user('interop', OTHER_EG));
  assert.equal((await elsewhere.get(path)).status, 404);
  assert.doesNotMatch((await elsewhere.get('/console/modeles')).body, /Lettre de liaison<\/a>/);
  assert.equal((await drop(bench, elsewhere, { 'b.pdf': 'x' })).statusCode, 403, 'not its establishment');
  assert.equal((await connect(bench.app, await bench.user('admissions')).then((desk) => desk.get(path))).status, 403);
});

test('a form that lacks something comes back with the reason', async (t) => {
  const { bench, visitor } = await opened(t);
  const nameless = await drop(bench, visitor, { 'b.pdf': 'x' }, { modele: ' ' });
  assert.match(nameless.body, /Le nom du modèle et le logiciel sont demandés/);
  const none = await drop(bench, visitor, { '': '' });
  assert.match(none.body, /Aucun document choisi/);
  const wrong = await drop(bench, visitor, { 'b.pdf': 'x' }, { naissance: '28/03/1979' });
  assert.ok(wrong.statusCode >= 400);
  const many = await drop(bench, visitor, Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`${i}.pdf`, 'x'])));
  assert.match(many.body, /20 documents au plus/);
  assert.equal((await bench.gateway.pool.query('select 1 from template_audit')).rowCount, 0);
});
