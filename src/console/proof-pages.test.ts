/** The proof in the console: figures that lead to their documents, thresholds only where somebody entered them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { foldOnce } from '../proof/fold.ts';
import { addLedgerEntry, type LedgerEntry, sealChain } from '../store/proofs.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';

const EJ = '990000010';
const DAY_MS = 86_400_000;

/** Ten weeks with a letter a day, a report of surgery a week, one of them deleted; a mail without an INS. */
async function fed(t: TestContext): Promise<ConsoleBench> {
  const data = mkdtempSync(join(tmpdir(), 'preuve-'));
  t.after(() => rmSync(data, { recursive: true }));
  const bench = await createConsoleBench(t, { data, proof: { signature: 'own' } });
  const { pool, now } = bench.gateway;
  await pool.query('alter table ledger drop constraint ledger_document_id_fkey');
  let made = 0;
  const line = (ago: number, parts: Partial<LedgerEntry> = {}) =>
    addLedgerEntry(pool, {
      at: new Date(now().getTime() - ago * DAY_MS),
      ej: EJ,
      eg: EG,
      documentId: randomUUID(),
      destination: 'DMP',
      act: 'acceptance',
      uniqueId: `1.2.${++made}`,
      typeCode: '11490-0',
      submissionUniqueId: '1.3',
      documentSha1: '00',
      oid: '1.2.250.1.213.1.4.10',
      ...parts,
    });
  for (let ago = 70; ago > 0; ago--) {
    await line(ago);
    if (ago % 7 === 0) await line(ago, { typeCode: '34874-8', eg: OTHER_EG, uniqueId: `9.${ago}` });
  }
  await line(1, { act: 'deletion', uniqueId: '9.14', typeCode: '34874-8', eg: OTHER_EG });
  await line(1, { destination: 'MSSANTE-PS', oid: '' });
  while ((await sealChain(pool, 'ledger')) > 0);
  await foldOnce(pool);
  return bench;
}

function read(body: string): string {
  return body
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, '’')
    .replace(/[\s\u00a0\u202f]+/g, ' ');
}

async function follow(visitor: Visitor, body: string, pattern: RegExp): Promise<string> {
  const [, path = ''] = pattern.exec(body) ?? [];
  assert.notEqual(path, '', String(pattern));
  const answer = await visitor.get(path.replaceAll('&amp;', '&'));
  assert.equal(answer.status, 200, path);
  return answer.body;
}

test('each figure leads to its documents; nothing is said to be reached', async (t) => {
  const bench = await fed(t);
  const visitor = await connect(bench.app, await bench.user('administrator'));
  const { body } = await visitor.get('/console/preuve');
  const text = read(body);
  assert.match(text, /79 documents acceptés par le DMP et 0 envoi MSSanté sous INS qualifiée/);
  assert.match(text, /Sans INS qualifiée, hors de tout chiffre : 1 envoi à des professionnels/);
  assert.match(text, /Comptes rendus opératoires .*? 9 documents : Comptes rendus opératoires Aucun : comptage seul/);
  assert.doesNotMatch(text, /atteint/i);
  const surgery = await follow(visitor, body, /href="([^"]*formule=hopen2\.operative[^"]*)"/);
  assert.equal(surgery.match(/9\.\d+<\/code>/g)?.length, 9);
  const gone = await follow(visitor, body, /href="([^"]*retires=oui[^"]*)"/);
  assert.match(read(gone), /1 document .*9\.14 .*retiré le 22\/11\/2026/);
  const october = await follow(visitor, body, /href="([^"]*du=01%2F10%2F2026[^"]*domaine=discharge[^"]*)"/);
  assert.equal(october.match(/1\.2\.\d+<\/code>/g)?.length, 31);
  const csv = await visitor.get('/console/preuve/documents/export?formule=hopen2.discharge');
  assert.equal(csv.body.trim().split('\r\n').length, 1 + 70);
  const figures = (await visitor.get('/console/preuve/chiffres')).body;
  assert.match(figures, /HOP’EN 2;Comptes rendus opératoires;hopen2\.operative;1;990000010;990000036;2026-10;4/);
  assert.equal((await visitor.get('/console/preuve?du=31/12/2026&au=01/01/2026')).status, 400);
  const signed = await visitor.get('/console/preuve/export');
  assert.equal(signed.status, 200);
  assert.match(String(signed.headers['content-disposition']), /preuve-installation-2026-11-23-\d+\.zip/);
  assert.match(read((await visitor.get('/console/preuve')).body), /Derniers exports signés/);
});

test('a window and a threshold are what the site entered, with their source; the landing is told with its width', async (t) => {
  const bench = await fed(t);
  const visitor = await connect(bench.app, await bench.user('administrator'));
  const window = { programme: 'HOP’EN 2', ej: EJ, nom: 'Fenêtre 1', premier: '01/10/2026', dernier: '31/12/2026' };
  assert.equal((await visitor.post('/console/preuve/fenetres', { ...window, source: '' })).status, 422);
  assert.equal((await visitor.post('/console/preuve/fenetres', { ...window, source: 'Courrier ARS' })).status, 303);
  const page = (await visitor.get('/console/preuve/fenetres')).body;
  const [, id = ''] = /fenetre=([0-9a-f-]{36})/.exec(page) ?? [];
  const before = read((await visitor.get(`/console/preuve?fenetre=${id}`)).body);
  assert.doesNotMatch(before, /atteint/i);
  assert.doesNotMatch(before, /SUN-ES/);
  // 53 so far, a letter a day: 38.4 more days of one each.
  assert.match(before, /Documents de sortie .*? 91 \(de 91 à 92, 8 chances sur 10, d’après 8 semaines\)/);
  assert.match(before, /Comptes rendus de biologie .*? Pas de prévision : moins de quatre semaines observées/);
  for (const [formula, number] of [
    ['hopen2.discharge', '50'],
    ['hopen2.operative', '500'],
  ]) {
    const fields = { formule: formula ?? '', nombre: number ?? '', source: 'Convention 2026' };
    assert.equal((await visitor.post(`/console/preuve/fenetres/${id}/seuil`, { ...fields, source: '' })).status, 422);
    assert.equal((await visitor.post(`/console/preuve/fenetres/${id}/seuil`, fields)).status, 303);
  }
  const after = read((await visitor.get(`/console/preuve?fenetre=${id}`)).body);
  assert.match(after, /Documents de sortie .*? 50 Seuil saisi atteint Convention 2026/);
  assert.match(after, /Comptes rendus opératoires .*? 500 Seuil saisi non atteint Convention 2026/);
  const one = read((await visitor.get(`/console/preuve?fenetre=${id}&etablissement=${EG}`)).body);
  assert.doesNotMatch(one, /Seuil saisi atteint/, 'an establishment is not held against its legal entity');
  await visitor.post(`/console/preuve/fenetres/${id}/suppression`, {});
  assert.match(read((await visitor.get('/console/preuve/fenetres')).body), /Aucune fenêtre/);
});

test('the region counts and sees no line; a person of one establishment sees its own, and no chain of all', async (t) => {
  const bench = await fed(t);
  const region = await connect(bench.app, await bench.user('regional'));
  const { body } = await region.get('/console/preuve');
  assert.match(read(body), /79 documents acceptés/);
  assert.doesNotMatch(body, /preuve\/documents|preuve\/export"/);
  assert.equal((await region.get('/console/preuve/documents')).status, 403);
  assert.equal((await region.get('/console/preuve/export')).status, 403);
  bench.wait(61_000);
  const own = await connect(bench.app, await bench.user('interop', OTHER_EG));
  assert.match(read((await own.get('/console/preuve')).body), /9 documents acceptés/);
  assert.equal((await own.get('/console/preuve/export')).status, 409);
  const rows = (await own.get('/console/preuve/documents')).body;
  assert.equal(rows.match(/9\.\d+<\/code>/g)?.length, 9);
  assert.doesNotMatch(rows, /1\.2\.\d+<\/code>/);
});
