import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityById, identityByIdentifier } from '../store/identities.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';
import { DOMAIN } from './seed-patients.fixture.ts';

async function openCell(t: Parameters<typeof createConsoleBench>[0]) {
  const bench = await createConsoleBench(t);
  const seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const cell = await connect(bench.app, await bench.user('identitovigilance'));
  return { bench, seeded, cell };
}

test('the cell sees every list in one place, with counts, ages and links that open', async (t) => {
  const { cell } = await openCell(t);
  const { body } = await cell.get('/console/cellule');
  for (const [title, count] of [
    ['INS récupérée, dispositif d’identité à contrôler', '1 identité'],
    ['Traits différents entre INSi et l’identité locale', '1 identité'],
    ['Traits contradictoires reçus d’une application', '1 écart'],
    ['Doublons possibles à examiner', '1 paire'],
    ['Rappels à approuver', '1 rappel'],
    ['Corrections à remettre', '1 dossier'],
    ['Événements indésirables ouverts', '1 événement'],
  ] as const)
    assert.ok(
      new RegExp(`${title}</span>.*?>${count.replace(' ', '\u00a0')}</span>`, 's').test(body),
      `${title}: ${count}`,
    );
  assert.match(body, /INS à vérifier de nouveau auprès d’INSi/);
  assert.match(body, /INSi ne répond plus depuis/, 'the outage is said');
  const links = [...body.matchAll(/class="btn small" href="([^"]+)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );
  assert.ok(links.length >= 14);
  for (const link of links) assert.ok([200, 303].includes((await cell.get(link)).status), link);
});

test('identities are checked one after the other: what the check made of one is said on the next', async (t) => {
  const { bench, cell } = await openCell(t);
  const { pool } = bench.gateway;
  const retrieved = await identityByIdentifier(pool, DOMAIN, '000005');
  assert.ok(retrieved);
  const first = String((await cell.get('/console/qualifier?statut=RECUP')).headers.location);
  assert.equal(first, `/console/qualifier/${retrieved.id}?statut=RECUP`);
  const page = await cell.get(first);
  assert.doesNotMatch(page.body, /name="dispositif"[^>]* checked/, 'no device is chosen for the person');
  assert.equal((await cell.post(`/console/qualifier/${retrieved.id}`, { coherent: 'oui' })).status, 422);
  const checked = { statut: 'RECUP', dispositif: 'CN', date: '23/11/2026', coherent: 'oui' };
  const answer = await cell.post(`/console/qualifier/${retrieved.id}`, checked);
  assert.equal(answer.location, `/console/qualifier?statut=RECUP&fait=${retrieved.id}`);
  assert.equal((await identityById(pool, retrieved.id))?.status, 'QUAL');
  assert.match(
    (await cell.get(answer.location)).body,
    /NESSI MICHELANGELO\s: qualifiée.*Plus aucune identité à contrôler/s,
  );
  const next = String((await cell.get(`/console/qualifier?statut=PROV&fait=${retrieved.id}`)).headers.location);
  assert.match((await cell.get(next)).body, /NESSI MICHELANGELO\s: qualifiée/);
  const skipped = String(
    (await cell.get(`/console/qualifier?statut=PROV&apres=${next.split(/[/?]/)[3]}`)).headers.location,
  );
  assert.notEqual(skipped.split('?')[0], next.split('?')[0]);
  const auditor = await connect(bench.app, await bench.user('auditor'));
  assert.equal((await auditor.get(first)).status, 403);
});

test('an adverse event is recorded by the desk, followed and settled by the cell, and exported', async (t) => {
  const { bench, seeded, cell } = await openCell(t);
  const desk = await connect(bench.app, await bench.user('admissions'));
  const sheet = `/console/patients/${seeded.patients.qualified}`;
  assert.ok((await desk.get(sheet)).body.includes(`/console/evenements/nouveau?patient=${seeded.patients.qualified}`));
  const said = {
    patient: seeded.patients.qualified,
    nature: 'wrong-traits',
    description: 'Nom mal lu',
    decouvert: '22/11/2026',
    consequence: 'unknown',
  };
  const refused = await desk.post('/console/evenements/nouveau', { ...said, decouvert: '22/11' });
  assert.equal(refused.status, 400);
  assert.match(refused.body, /Nom mal lu/, 'what was typed is kept');
  const { location } = await desk.post('/console/evenements/nouveau', said);
  assert.match(location, /^\/console\/evenements\/[0-9a-f-]{36}$/);
  assert.equal((await desk.post(`${location}/etape`, { etape: 'settled', precision: 'corrigé' })).status, 403);
  const page = await cell.get(location);
  const recall = /value="(recall:[0-9a-f-]+)"/.exec(page.body)?.[1] ?? '';
  assert.equal((await cell.post(`${location}/etape`, { etape: 'linked', lien: recall })).status, 303);
  assert.equal((await cell.post(`${location}/etape`, { etape: 'settled' })).status, 409);
  assert.equal((await cell.post(`${location}/etape`, { etape: 'settled', precision: 'nom corrigé' })).status, 303);
  assert.match((await cell.get(location)).body, /Rappel lié.*nom corrigé/s);
  assert.match((await cell.get(sheet)).body, /EI-2026-2/);
  const open = await cell.get('/console/evenements?etat=open');
  assert.match(open.body, /EI-2026-1/);
  assert.doesNotMatch(open.body, /EI-2026-2/);
  const file = await cell.get('/console/evenements/export?du=22%2F11%2F2026&au=22%2F11%2F2026');
  assert.match(String(file.headers['content-disposition']), /filename="evenements-2026-11-23\.csv"/);
  assert.match(file.body, /EI-2026-2;.*nom corrigé/);
  assert.doesNotMatch(file.body, /EI-2026-1|PAT-TROIS/);
});

test('indicators: a period and an establishment of one’s own, the figures, the file of every establishment', async (t) => {
  const { bench, cell } = await openCell(t);
  await bench.gateway.pool.query(
    `insert into stay (id, eg, authority, number, identity_id, state, admitted_at, updated_at)
     select gen_random_uuid(), $1, 'essai', 'V-' || i.id, i.id, 'open', $2, $2 from identity i`,
    [EG, bench.gateway.now()],
  );
  const { body } = await cell.get('/console/indicateurs');
  assert.match(body, /Du 25\/10\/2026 au 23\/11\/2026, tous les établissements/);
  assert.match(body, /data-label="Statut"><div><span class="strong">Qualifiée.*?<div>1<.*?14,3\u00a0%/s);
  assert.match(body, /<title>23\/11\/2026 : 7\u00a0identités admises, dont 1\u00a0qualifiée<\/title>/);
  assert.match(body, /1\u00a0identité récupérée attend/);
  const elsewhere = await cell.get(`/console/indicateurs?etablissement=${OTHER_EG}`);
  assert.match(elsewhere.body, /Aucun séjour dans la période/);
  for (const bad of ['du=31%2F02%2F2026', 'du=01%2F01%2F2020', 'etablissement=000000000'])
    assert.equal((await cell.get(`/console/indicateurs?${bad}`)).status, 400, bad);
  const file = await cell.get('/console/indicateurs/export');
  for (const place of ['tous', EG, OTHER_EG])
    assert.match(file.body, new RegExp(`\r\n1;${place};[^\r]*;identités qualifiées de la file active;;`), place);
  assert.doesNotMatch(file.body, /PAT-TROIS|NESSI/);
  const bound = await connect(bench.app, await bench.user('regional', OTHER_EG));
  assert.doesNotMatch((await bound.get('/console/indicateurs/export')).body, new RegExp(`;${EG};`));
  assert.equal((await bound.get(`/console/indicateurs?etablissement=${EG}`)).status, 400);
});
