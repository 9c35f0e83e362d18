import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyPair } from '../region/region.fixture.ts';
import { leaseSender, releaseSender } from '../store/region-installations.ts';
import { connect, createConsoleBench, EG } from './console.fixture.ts';
import { SICK, seedRegion, WELL } from './seed-region.fixture.ts';

const text = (body: string): string => body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('the region says what was added, where it started from, and each figure opens its list', async (t) => {
  const bench = await createConsoleBench(t);
  await seedRegion(bench.gateway);
  const visitor = await connect(bench.app, await bench.user('regional'));
  const { status, body } = await visitor.get('/console/region');
  assert.equal(status, 200);
  const said = text(body);
  assert.match(said, /1 500 documents ajoutés au DMP en octobre 2026/);
  assert.match(said, /Point de départ, octobre 2022 : 1 établissement alimentait le DMP, 1 sous INS-C, 0 sous NIR/);
  assert.match(said, /DXCARE 7\.7\.7/);
  for (const [link, named, absent] of [
    ['/console/region/etablissements?nature=INS-C', 'Clinique &lt;A&gt;', 'Clinique B'],
    ['/console/region/etablissements?nature=ancienne', 'Clinique &lt;A&gt;', 'Clinique B'],
    ['/console/region/etablissements?etapes=5', 'Clinique B', 'Clinique &lt;A&gt;'],
    ['/console/region/etablissements?vigilance=old-identity', 'Clinique &lt;A&gt;', 'Clinique B'],
    ['/console/region/etablissements?produit=dxcare-7-7-7', 'Clinique &lt;A&gt;', 'Clinique B'],
    ['/console/region/mois/2026-10?nature=INS', 'Clinique B', 'Clinique &lt;A&gt;'],
  ] as const) {
    assert.ok(body.includes(`href="${link}"`), link);
    const list = await visitor.get(link);
    assert.equal(list.status, 200);
    assert.ok(list.body.includes(named) && !list.body.includes(absent), link);
  }
  assert.doesNotMatch(body, /<details class="behind" open/);
  assert.match((await visitor.get('/console/region?impression=oui')).body, /<details class="behind" open/);
  assert.match(
    text((await visitor.get('/console/region/etablissements?nature=autre')).body),
    /Aucun établissement ne répond/,
  );
  for (const path of [
    '/console/region/mois/2026-13',
    '/console/region/mois/2026-12',
    '/console/region/etablissements/990000999',
  ])
    assert.equal((await visitor.get(path)).status, 404, path);
});

test('the page of an establishment gives its months with their origin, and what blocks it; the advisor reads it first', async (t) => {
  const bench = await createConsoleBench(t);
  await seedRegion(bench.gateway);
  const visitor = await connect(bench.app, await bench.user('regional'));
  const page = text((await visitor.get(`/console/region/etablissements/${SICK}`)).body);
  assert.match(page, /septembre 2026 INS-C \(API V1\) 7/);
  assert.match(page, /Essai \(2026-11-01\)/);
  assert.match(page, /1 234 document|1234 document/);
  const advice = text((await visitor.get('/console/region/conseil')).body);
  assert.match(advice, /1 établissement à accompagner/);
  assert.match(advice, /Produit à migrer : DXCARE 7\.7\.7/);
  const file = await visitor.get('/console/region/export');
  assert.match(String(file.headers['content-disposition']), /region-2026-11\.csv/);
  assert.match(file.body, /990000408;990000010;Clinique <A>;Groupe <Essai>;2026-09;importé;/);
  const list = await visitor.get('/console/region/export-etablissements?nature=INS-C');
  assert.equal(list.body.trim().split('\r\n').length, 2);
});

test('who sees one establishment sees nothing of the others, and administers nothing', async (t) => {
  const bench = await createConsoleBench(t);
  await seedRegion(bench.gateway);
  const bound = await connect(bench.app, await bench.user('regional', WELL));
  for (const path of ['', '/etablissements', '/mois/2026-09', '/conseil', '/export', '/export-etablissements']) {
    const { status, body } = await bound.get(`/console/region${path}`);
    assert.equal(status, 200, path);
    assert.ok(!body.includes(SICK) && !body.includes('Clinique &lt;A&gt;'), path);
  }
  assert.equal((await bound.get(`/console/region/etablissements/${SICK}`)).status, 404);
  for (const path of ['imports', 'installations', 'vigilance'])
    assert.equal((await bound.get(`/console/region/${path}`)).status, 403);
  assert.equal((await bound.post('/console/region/vigilance/no-feed', { seuil: '3', active: 'oui' })).status, 403);
  const auditor = await connect(bench.app, await bench.user('auditor'));
  assert.equal((await auditor.get('/console/region')).status, 200);
  assert.equal((await auditor.get('/console/region/imports')).status, 403);
  const desk = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await desk.get('/console/region')).status, 403);
});

test('a file is rehearsed, then recorded; a key is registered, then revoked; a threshold is set within its limits', async (t) => {
  const bench = await createConsoleBench(t);
  const visitor = await connect(bench.app, await bench.user('regional'));
  const fichier = `finess_eg;finess_ej;nom;mois;documents\n${SICK};990000400;Clinique;2026-10;12\nX;Y;;;\n`;
  const source = { source: 'GRADeS', date: '2026-11-01', fichier };
  const rehearsal = await visitor.post('/console/region/imports', source);
  assert.match(text(rehearsal.body), /1 ligne ajoutée, 0 modifiée, 0 inchangée, 1 écartée/);
  assert.doesNotMatch((await visitor.get('/console/region/etablissements')).body, /Clinique/);
  const done = await visitor.post('/console/region/imports', { ...source, confirmer: 'oui' });
  assert.match(done.location, /^\/console\/region\/imports\/[0-9a-f-]{36}$/);
  assert.match(text((await visitor.get(done.location)).body), /numéro FINESS mal formé/);
  assert.match((await visitor.get('/console/region/etablissements')).body, /Clinique/);
  assert.equal((await visitor.post('/console/region/imports', { ...source, source: '' })).status, 400);

  const { publicKey } = keyPair();
  const key = { nom: 'CH voisin', cle: publicKey, etablissements: `${WELL};990000400;Clinique B` };
  assert.equal((await visitor.post('/console/region/installations', { ...key, etablissements: EG })).status, 400);
  assert.equal((await visitor.post('/console/region/installations', key)).status, 303);
  const page = (await visitor.get('/console/region/installations')).body;
  const revocation = /action="([^"]+\/revocation)"/.exec(page)?.[1] ?? '';
  assert.equal((await visitor.post(revocation, {})).status, 303);
  assert.match((await visitor.get('/console/region/installations')).body, /Révoquée/);
  assert.equal((await visitor.post(revocation, {})).status, 404);

  assert.equal((await visitor.post('/console/region/vigilance/no-feed', { seuil: '0', active: 'oui' })).status, 400);
  assert.equal((await visitor.post('/console/region/vigilance/no-feed', { seuil: '12' })).status, 303);
  assert.match((await visitor.get('/console/region/vigilance')).body, /name="seuil"[^>]* value="12"/);
  assert.equal((await visitor.post('/console/region/vigilance/autre', { seuil: '1' })).status, 404);
});

test('a first visit says what will come', async (t) => {
  const bench = await createConsoleBench(t);
  const visitor = await connect(bench.app, await bench.user('administrator'));
  assert.match(text((await visitor.get('/console/region')).body), /Les mois de cette installation se comptent seuls/);
});

test('who pushes to a region sees where it stands, and why the last attempt failed', async (t) => {
  const push = { url: 'https://region.invalid', key: 'none' };
  const bench = await createConsoleBench(t, { region: { push } });
  const { pool, now } = bench.gateway;
  const visitor = await connect(bench.app, await bench.user('administrator'));
  assert.match(text((await visitor.get('/console/region')).body), /Dernier accord aucun accord reçu/);
  assert.ok(await leaseSender(pool, push.url, now(), now()));
  await releaseSender(pool, push.url, { at: now(), failure: 'ECONNREFUSED', ruleId: 'TDU-REG-009' });
  assert.match(text((await visitor.get('/console/region')).body), /ECONNREFUSED Région.: injoignable/);
});
