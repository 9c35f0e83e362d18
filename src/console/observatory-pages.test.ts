/** Observatory, inventories and catalogue in the console, with forms as a browser without script sends them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Role } from '../api/access.ts';
import { observatoryRules } from '../rules/observatory.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';
import { seedTraffic } from './seed-traffic.fixture.ts';

interface Opened {
  readonly bench: ConsoleBench;
  readonly as: (role: Role, eg?: string) => Promise<Visitor>;
}

async function opened(t: TestContext): Promise<Opened> {
  const bench = await createConsoleBench(t);
  await seedTraffic(bench.gateway, { own: EG, other: OTHER_EG });
  return { bench, as: async (role, eg) => connect(bench.app, await bench.user(role, eg)) };
}

/** Text as read. */
function read(body: string): string {
  return body.replace(/<[^>]*>/g, ' ').replace(/[\s\u00a0\u202f]+/g, ' ');
}

test('who sends what, seen and inferred told apart, what differs from what was said, what is obsolete', async (t) => {
  const { as } = await opened(t);
  const visitor = await as('interop');
  const page = await visitor.get('/console/observatoire');
  assert.equal(page.status, 200);
  const text = read(page.body);
  assert.match(text, /4 applications sont vues dans les échanges, dont 2 emplois de produits à migrer\. 5 écarts/);
  assert.match(
    text,
    /DPI CH Hôpital des Essais DXCARE 7\.7\.7 À remplacer \(API V1\) DXCARE 7\.7\.7 version recensée API V1 2\.0 INS-C vu dans les échanges/,
  );
  assert.match(
    text,
    /Antares-DMP 2\.47 À passer en V2 avec INS ANTARES-DMP 2\.47 version recensée API V2 V2, NIR par TD0\.0 déduit : appels TD0\.0 observés/,
  );
  assert.match(text, /Version en retard DPI CH DXCARE Hôpital des Essais Version déclarée 8\.0, version vue 7\.7\.7\./);
  assert.match(text, /Vue, non déclarée INCONNUE/);
  assert.match(text, /À l’inventaire, jamais vue RADIO PLUS Hôpital du Canal/);
  assert.match(
    text,
    /N’est plus maintenue Admissions 12\.1 .* maintenance jusqu’au 30\/06\/2026 ; version compatible : 14\./,
  );
  assert.ok(page.body.includes('&lt;b&gt;GAM&lt;/b&gt;'));
  assert.ok(!page.body.includes('<b>GAM'));
  const filtered = read((await visitor.get('/console/observatoire?api=V2&suite=move')).body);
  assert.match(filtered, /Antares-DMP/);
  assert.doesNotMatch(filtered.slice(0, filtered.indexOf('Écarts avec')), /DXCARE 7\.7\.7/);
  const nothing = await visitor.get('/console/observatoire?q=introuvable');
  assert.match(read(nothing.body), /Aucune application ne répond à ces filtres/);
});

test('an application month by month, its refusals by rule, and the whole as a file', async (t) => {
  const { as } = await opened(t);
  const visitor = await as('auditor');
  const list = (await visitor.get('/console/observatoire')).body;
  const pages = [...list.matchAll(/href="(\/console\/observatoire\/application\/[\w-]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  const texts = await Promise.all(pages.map(async (path) => read((await visitor.get(path)).body)));
  const dpi = texts.find((text) => text.includes('dpi.ch'));
  assert.match(dpi ?? '', /Homologation annoncée HOMOLOGATION-ESSAI/);
  assert.match(dpi ?? '', /11\/2026 API V1 DXCARE 7\.7\.7 TD2\.1 pris en charge 1 10\/2026 API V1/);
  const labo = texts.find((text) => text.includes('Antares-DMP'));
  assert.match(labo ?? '', /Refus et attentes par règle .*TDU-LEG-\d{3} 1/);
  const file = await visitor.get('/console/observatoire/export');
  assert.match(
    file.body,
    /;DPI;CH;joker;V1;DXCARE;7\.7\.7;HOMOLOGATION-ESSAI;dpi\.ch;TD2\.1;INS-C;vue;DXCARE 7\.7\.7;à remplacer;/,
  );
  assert.match(file.body, /;LABO;.*;NIR;déduite;/);
});

test('one establishment sees neither the applications nor the differences of another', async (t) => {
  const { as } = await opened(t);
  const [own, other] = [await as('administrator', EG), await as('administrator', OTHER_EG)];
  const paths = ['/console/observatoire', '/console/observatoire/export', '/console/catalogue/dxcare-7-7-7'];
  const users = (body: string): string => body.slice(Math.max(0, body.indexOf('Qui l’utilise')));
  for (const path of paths) {
    assert.match(users((await own.get(path)).body), /DPI/);
    assert.doesNotMatch(users((await other.get(path)).body), /DPI|Version en retard|INCONNUE/);
  }
  assert.equal((await own.get('/console/observatoire/inventaires')).status, 403);
  assert.equal((await own.post('/console/catalogue/dxcare-7-7-7', { revision: '0' })).status, 403);
});

async function upload({ app }: ConsoleBench, { cookie, csrf }: Visitor, kind: string, text: string) {
  const form = new FormData();
  form.append('jeton', csrf);
  form.append('nature', kind);
  form.append('fichier', new Blob([text], { type: 'text/csv' }), 'parc.csv');
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  const payload = Buffer.from(await encoded.arrayBuffer());
  const url = '/console/observatoire/inventaires';
  return app.inject({ method: 'POST', url, headers: { cookie, 'content-type': type }, payload });
}

test('an inventory is taken line by line, and given back with what to correct', async (t) => {
  const { bench, as } = await opened(t);
  const visitor = await as('regional');
  assert.match((await visitor.get('/console/observatoire/inventaires')).body, /enctype="multipart\/form-data"/);
  const taken = await upload(bench, visitor, 'installed', `finess;produit\r\n${EG};GAM\r\n12;=GAM\r\n`);
  assert.equal(taken.statusCode, 303, taken.body);
  const page = String(taken.headers.location);
  assert.match(read((await visitor.get(page)).body), /3 Rejetée 12 · =GAM Valeur incorrecte finess/);
  const report = await visitor.get(`${page}/rapport`);
  assert.match(report.body, /12;'=GAM;3;rejetée;TDU-OBS-003;/);
  const wrong = await upload(bench, visitor, 'installed', 'a;b\r\n1;2\r\n');
  assert.equal(wrong.statusCode, 422);
  assert.match(read(wrong.body), /colonnes absentes : finess, produit/);
});

test('the catalogue shows who uses what; the region edits a sheet, two people never over each other', async (t) => {
  const { as } = await opened(t);
  const region = await as('regional');
  const list = read((await region.get('/console/catalogue')).body);
  assert.match(list, /20 produits à migrer, dont 2 vus dans les échanges/);
  assert.match(list, /MIDDLEC@RE 5\.2\.6\.0 À remplacer \(API V1\) inconnue 0 0 0 octobre 2022/);
  const present = read((await region.get('/console/catalogue?presence=vu')).body);
  assert.match(present, /DXCARE 7\.7\.7/);
  assert.doesNotMatch(present, /SILLAGE/);
  const path = '/console/catalogue/dxcare-7-7-7';
  assert.match(
    read((await region.get(path)).body),
    /Qui l’utilise, où .* DPI CH Hôpital des Essais 7\.7\.7 API V1 INS-C/,
  );
  const sheet = { api: 'V1', name: 'DXCARE', version: '7.7.7', aliases: 'DX CARE NG, DXC', sourceDate: '10/2022' };
  const edit = { ...sheet, revision: '0', source: 'Région', contact: 'éditeur@exemple.fr', compatibleVersion: '8.2' };
  const wrong = await region.post(path, { ...edit, compatibleLink: 'javascript:alert(1)' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /value="DX CARE NG, DXC"/, 'what was typed is kept');
  assert.equal((await region.post(path, edit)).status, 303);
  assert.equal((await region.post(path, edit)).status, observatoryRules.productChanged.http);
  const after = read((await region.get(path)).body);
  assert.match(after, /Contact chez l’éditeur éditeur@exemple\.fr Version compatible 8\.2/);
  assert.match(after, /L’état d’octobre 2022 dit autre chose de : Autres noms[^.]*Contact chez l’éditeur[^.]*Source\./);
  assert.match(after, /Modifications .* 23\/11\/2026 14:05 Claire|Modifications .* regional/);
  const added = await region.post('/console/catalogue/nouveau', { api: 'V2', name: 'Nouveau Produit', version: '3' });
  assert.deepEqual([added.status, added.location], [303, '/console/catalogue/nouveau-produit-3']);
  const file = (await region.get('/console/catalogue/export')).body;
  assert.equal(file.split('\r\n').length - 1, 1 + 20 + 1);
  const reader = await as('auditor');
  assert.equal((await reader.get('/console/catalogue/nouveau')).status, 403);
  assert.doesNotMatch((await reader.get(path)).body, /<form method="post" action="\/console\/catalogue/);
});
