import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';

const PLAN = `/console/migration/${EG}`;

/** Text as read. */
function read(body: string): string {
  return body.replace(/<[^>]*>/g, ' ').replace(/[\s\u00a0\u202f]+/g, ' ');
}

async function opened(bench: ConsoleBench, role: 'administrator' | 'regional', eg?: string): Promise<Visitor> {
  return connect(bench.app, await bench.user(role, eg));
}

test('the plan answers what waits, who acts, and on what evidence; a statement fills its point', async (t) => {
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const visitor = await opened(bench, 'administrator');
  const before = read((await visitor.get(PLAN)).body);
  assert.match(before, /étapes? atteintes? sur 5, préparation \d/);
  assert.match(before, /Pas de prévision : moins de 8 relevés sur 14 jours\./);
  assert.match(before, /Ma GAM sait-elle qualifier l’INS \?/);
  assert.match(before, /Charte d’identitovigilance à déclarer/);
  const said = { point: 'charter', etat: 'done', jour: '02/03/2026', note: 'Charte v3', piece: 'Intranet' };
  assert.equal((await visitor.post(`${PLAN}/declarations`, said)).status, 303);
  const after = read((await visitor.get(PLAN)).body);
  assert.match(
    after,
    /La charte d’identitovigilance intègre l’INS TDU-PLN-004 Fait En vigueur : Charte v3 ; pièce : Intranet , depuis le 02\/03\/2026/,
  );
  assert.doesNotMatch(after, /Charte d’identitovigilance à déclarer/);
  const wrong = await visitor.post(`${PLAN}/declarations`, { ...said, jour: '31/02/2026' });
  assert.equal(wrong.status, 422);
  assert.match(read(wrong.body), /Déclaration incomplète/);
  const aim = { echeance: '30/06/2100', qualifies: '80', documents: '95', motif: 'comité INS' };
  assert.equal((await visitor.post(`${PLAN}/objectifs`, aim)).status, 303);
  assert.match(
    read((await visitor.get(PLAN)).body),
    /Échéance : 30\/06\/2100\..*objectif 80 %\. Pas de prévision : .*objectif 95 %\./,
  );
  assert.equal((await visitor.post(`${PLAN}/objectifs`, { ...aim, echeance: 'demain' })).status, 422);
});

test('several establishments: where each stands, what one may see, and the same as a file', async (t) => {
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const administrator = await opened(bench, 'administrator');
  assert.match(read((await administrator.get('/console/migration')).body), /pas encore relevé/);
  await administrator.get(PLAN);
  assert.match(read((await administrator.get('/console/migration')).body), /\d sur 5/);
  const region = await opened(bench, 'regional');
  const page = await region.get(PLAN);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.body, /<form method="post" action="\/console\/migration|href="\/console\/documents/);
  const elsewhere = await opened(bench, 'administrator', OTHER_EG);
  for (const path of [PLAN, `${PLAN}/export`, `${PLAN}/bureaux`]) assert.equal((await elsewhere.get(path)).status, 404);
  assert.equal((await elsewhere.get('/console/migration')).status, 303);
  assert.equal((await administrator.get(`${PLAN}/bureaux`)).status, 200);
  const file = await administrator.get(`${PLAN}/export`);
  assert.match(file.body, /;Les patients admis sont qualifiés;[^\r]*;TDU-PLN-002;bureau des entrées;/);
});

test('texts and contacts of a region take the place of those supplied, and stand beside the steps', async (t) => {
  const bench = await createConsoleBench(t);
  const region = await opened(bench, 'regional');
  const path = '/console/migration/references';
  const before = read((await region.get(path)).body);
  assert.match(before, /31\/12\/2022 L’API V1 du DMP est fermée/);
  const lines = {
    textes: '2027-01-01 | 5 | Convention régionale | Tout flux est en V2 | Délibération 2026-12',
    contacts: 'GRADeS | Accompagnement | 01 23 45 67 89',
    liens: 'Région | https://exemple.fr/ins',
  };
  const wrong = await region.post(path, { ...lines, version: '2', motif: 'essai', liens: 'Région | ftp://exemple.fr' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /Convention régionale \| Tout flux/, 'what was typed is kept');
  assert.equal((await region.post(path, { ...lines, version: '2', motif: 'essai' })).status, 303);
  const plan = read((await region.get(PLAN)).body);
  assert.match(plan, /Convention régionale depuis le 01\/01\/2027/);
  assert.match(plan, /GRADeS Accompagnement 01 23 45 67 89/);
  assert.doesNotMatch(plan, /API V1 du DMP est fermée/);
});
