import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityById } from '../store/identities.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';

test('the desk reads the sources, is told who corrects, opens, prints the letter and follows to the end', async (t) => {
  const bench = await createConsoleBench(t);
  const { patients } = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const visitor = await connect(bench.app, await bench.user('identitovigilance'));
  const path = `/console/patients/${patients.qualified}/correction`;
  const sheet = await visitor.get(`/console/patients/${patients.qualified}`);
  assert.ok(sheet.body.includes(`href="${path}"`));
  const read = { dispositif: 'CS', 'document-nom': 'Autre' };
  const advised = await visitor.post(path, { ...read, geste: 'avis' });
  assert.equal(advised.status, 200);
  assert.match(advised.body, /name="document-nom" value="Autre"/);
  assert.doesNotMatch(advised.body, /name="corriger"[^>]* checked/, 'nothing is preselected');
  const without = await visitor.post(path, { ...read, geste: 'ouvrir', motif: 'lu' });
  assert.equal(without.status, 400);
  const opened = await visitor.post(path, { ...read, geste: 'ouvrir', corriger: 'document:prefecture', motif: 'lu' });
  assert.equal(opened.status, 303);
  assert.notEqual((await identityById(bench.gateway.pool, patients.qualified))?.status, 'QUAL');
  const page = await visitor.get(opened.location);
  assert.match(page.body, /Préfecture, pour un titre de séjour/);
  assert.doesNotMatch(page.body, /\d{13}/);
  const letter = await visitor.get(`${opened.location}/lettre`);
  assert.equal(letter.headers['content-type'], 'application/pdf');
  assert.equal((await visitor.post(`${opened.location}/etape`, { etape: 'handed' })).status, 303);
  assert.equal(
    (await visitor.post(`${opened.location}/etape`, { etape: 'closed' })).status,
    409,
    'closing wants a reason',
  );
  assert.equal((await visitor.post(`${opened.location}/etape`, { etape: 'closed', precision: 'ok' })).status, 303);
  assert.doesNotMatch((await visitor.get(opened.location)).body, /name="etape"/);
  assert.match((await visitor.get('/console/corrections?etat=closed')).body, /Préfecture/);
  assert.match((await visitor.get('/console/travail')).body, /Corrections à remettre/);
});

test('whoever only reads patients sees the file and its letter, and cannot advance it', async (t) => {
  const bench = await createConsoleBench(t);
  const { correction, patients } = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const visitor = await connect(bench.app, await bench.user('auditor'));
  const page = await visitor.get(`/console/corrections/${correction}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.body, /name="etape"/);
  assert.equal((await visitor.post(`/console/corrections/${correction}/etape`, { etape: 'handed' })).status, 403);
  assert.doesNotMatch((await visitor.get(`/console/patients/${patients.qualified}`)).body, /\/correction"/);
});

test('an application contradicts a qualified identity: the cell sees both values on the sheet and settles', async (t) => {
  const bench = await createConsoleBench(t);
  const { patients, traitDiscrepancy } = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const cell = await connect(bench.app, await bench.user('identitovigilance'));
  assert.match((await cell.get('/console/travail')).body, /Traits contradictoires reçus/);
  assert.match((await cell.get('/console/ecarts')).body, new RegExp(`/console/patients/${patients.qualified}#ecarts`));
  const sheet = `/console/patients/${patients.qualified}`;
  assert.match((await cell.get(sheet)).body, /<mark class="insi">/);
  const path = `/console/ecarts/${traitDiscrepancy}`;
  assert.equal((await cell.post(path, { decision: 'keep' })).status, 400, 'a decision wants a reason');
  assert.equal((await cell.post(path, { decision: 'keep', motif: 'carte relue' })).location, sheet);
  assert.match((await cell.get(sheet)).body, /Traits de l’identité gardés/);
  assert.equal((await cell.post(path, { decision: 'keep', motif: 'encore' })).status, 409);
  const desk = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await desk.post(path, { decision: 'keep', motif: 'x' })).status, 403);
});

test('traits are corrected on the sheet: free before a proof, an unlocking of the cell afterwards', async (t) => {
  const bench = await createConsoleBench(t);
  const { patients } = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const desk = await connect(bench.app, await bench.user('admissions'));
  const provisional = `/console/patients/${patients.provisional}`;
  assert.equal((await desk.post(`${provisional}/traits`, { nom: 'Neuf', motif: 'erreur de saisie' })).status, 303);
  assert.equal((await identityById(bench.gateway.pool, patients.provisional))?.birthName, 'NEUF');
  const qualified = `/console/patients/${patients.qualified}`;
  const change = { nom: 'Neuf', motif: 'carte relue', deverrouiller: 'oui' };
  assert.match(
    (await desk.get(qualified)).body,
    /name="nom" value="[^"]+" autocomplete="off" maxlength="100" readonly/,
  );
  assert.equal((await desk.post(`${qualified}/traits`, change)).status, 403);
  const cell = await connect(bench.app, await bench.user('identitovigilance'));
  assert.equal((await cell.post(`${qualified}/traits`, { ...change, deverrouiller: '' })).status, 409);
  assert.equal((await cell.post(`${qualified}/traits`, change)).status, 303);
  const after = await identityById(bench.gateway.pool, patients.qualified);
  assert.deepEqual([after?.birthName, after?.matricule, after?.status], ['NEUF', null, 'PROV']);
  assert.match((await cell.get(qualified)).body, /Traits corrigés : nom de naissance \(carte relue\)/);
});
