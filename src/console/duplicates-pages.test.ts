/** The desk of duplicates, as a person of the cell goes through it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createPatient } from '../identity/desk.ts';
import { matchBatchHandler } from '../matching/index.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { listPairs } from '../store/candidate-pairs.ts';
import { identityById } from '../store/identities.ts';
import { type ConsoleBench, connect, createConsoleBench, type Visitor } from './console.fixture.ts';

interface Opened {
  readonly bench: ConsoleBench;
  readonly visitor: Visitor;
  readonly ids: readonly string[];
  readonly pair: string;
}

const PERSON = {
  birthName: 'BELLANGER',
  firstGivenName: 'JEANNE',
  sex: 'F',
  birthDate: '1960-05-30',
  birthPlace: '88154',
};

async function record({ gateway }: ConsoleBench, value: string, parts: object = {}): Promise<string> {
  const created = await createPatient(
    gateway,
    { ...PERSON, ...parts, identifiers: [{ value, type: 'PI' }] },
    'user:essai',
  );
  assert.ok(created.ok);
  return created.value.id;
}

async function openDesk(
  t: TestContext,
  role: 'identitovigilance' | 'admissions' = 'identitovigilance',
): Promise<Opened> {
  const bench = await createConsoleBench(t);
  const ids = [
    await record(bench, 'A1'),
    await record(bench, 'A2', { birthName: 'BELLENGER', birthDate: '1960-05-03' }),
  ];
  const { pool } = bench.gateway;
  const tasks = await claimTasks(pool, { kinds: ['match'], worker: 1, limit: 10, leaseMs: 60_000 });
  await matchBatchHandler(bench.gateway).all(tasks);
  const [pair] = await listPairs(pool, { state: 'open', kind: null, identityId: null, limit: 2, offset: 0 });
  assert.ok(pair);
  return { bench, ids, pair: pair.id, visitor: await connect(bench.app, await bench.user(role)) };
}

/** Text as read: without markup, spaces made plain. */
function read(body: string): string {
  return body.replace(/<[^>]*>/g, ' ').replace(/[\s\u00a0\u202f]+/g, ' ');
}

test('the list, the work page and the patient lead to the comparison, where what differs is marked', async (t) => {
  const { visitor, ids, pair } = await openDesk(t);
  assert.match(read((await visitor.get('/console/travail')).body), /Doublons possibles à examiner/);
  const patient = (await visitor.get(`/console/patients/${ids[0]}`)).body;
  assert.ok(patient.includes(`href="/console/doublons?patient=${ids[0]}"`));
  const list = (await visitor.get(`/console/doublons?patient=${ids[0]}`)).body;
  assert.ok(list.includes(`href="/console/doublons/${pair}"`));
  const { body } = await visitor.get(`/console/doublons/${pair}`);
  const text = read(body);
  assert.match(text, /À une ou deux lettres près/);
  assert.match(body, /<mark class="local">A<\/mark>|<mark class="insi">A<\/mark>/);
  assert.match(text, /A1.*A2/);
  // Everything is a link, a field or a button of one form: the keyboard alone is enough.
  assert.equal(body.match(/<form method="post" action="\/console\/doublons/g)?.length, 1);
  assert.equal(body.match(/type="radio" name="decision"/g)?.length, 5);
  assert.doesNotMatch(body, /onclick|<script(?! type="module" src=)/);
});

test('a decision needs a choice and a reason, then leads to the next pair; decided, it is shown with its author', async (t) => {
  const { bench, visitor, ids, pair } = await openDesk(t);
  const address = `/console/doublons/${pair}/decision`;
  assert.equal((await visitor.post(address, { decision: 'premier' })).status, 400);
  assert.equal((await visitor.post(address, { motif: 'CNI' })).status, 400);
  const posted = await visitor.post(address, { decision: 'differentes', homonyme: 'oui', motif: 'mère et fille' });
  assert.equal(posted.status, 303);
  assert.match(read((await visitor.get(`/console/doublons/${pair}`)).body), /Deux personnes.*mère et fille/);
  assert.match(read((await visitor.get('/console/doublons?etat=different')).body), /BELLANGER JEANNE/);
  assert.equal((await identityById(bench.gateway.pool, ids[0] ?? ''))?.homonyme, true);
});

test('a merge made at the desk is undone from the closed record; a collision is split from the open one', async (t) => {
  const { bench, visitor, pair } = await openDesk(t);
  const { pool } = bench.gateway;
  const [shown] = await listPairs(pool, { state: 'open', kind: null, identityId: null, limit: 1, offset: 0 });
  assert.equal(
    (await visitor.post(`/console/doublons/${pair}/decision`, { decision: 'premier', motif: 'CNI' })).status,
    303,
  );
  const closed = `/console/patients/${shown?.secondId}`;
  assert.match(read((await visitor.get(closed)).body), /Annuler la fusion/);
  assert.equal((await visitor.post(`${closed}/annuler-fusion`, {})).status, 400);
  assert.equal((await visitor.post(`${closed}/annuler-fusion`, { motif: 'jumelles' })).status, 303);
  assert.equal((await identityById(pool, shown?.secondId ?? ''))?.active, true);
  const page = `${closed}/separer`;
  assert.match(read((await visitor.get(page)).body), /La seconde personne/);
  const second = { nom: 'BELLANGER', 'premier-prenom': 'LOUISE', sexe: 'F', 'date-naissance': '30/05/1960' };
  const refused = await visitor.post(page, { ...second, motif: 'jumelles' });
  assert.equal(refused.status, 409);
  assert.ok(refused.body.includes('value="LOUISE"'), 'what was typed stays');
  const done = await visitor.post(page, { ...second, ipp: 'A9', motif: 'jumelles' });
  assert.equal(done.status, 303);
  assert.equal((await identityById(pool, shown?.secondId ?? ''))?.douteuse, true);
});

test('the whole base is compared on demand, with its progress; the admissions desk reads and does not decide', async (t) => {
  const { bench, visitor } = await openDesk(t);
  assert.equal((await visitor.post('/console/doublons/recherche', {})).status, 303);
  const running = (await visitor.get('/console/doublons')).body;
  assert.match(running, /<progress max="2" value="0">/);
  const stop = /action="(\/console\/doublons\/recherche\/[^"]+\/arret)"/.exec(running)?.[1] ?? '';
  assert.equal((await visitor.post(stop, {})).status, 303);
  assert.match(read((await visitor.get('/console/doublons')).body), /Arrêtée/);
  const desk = await connect(bench.app, await bench.user('admissions'));
  const [pair] = await listPairs(bench.gateway.pool, {
    state: 'open',
    kind: null,
    identityId: null,
    limit: 1,
    offset: 0,
  });
  const { body } = await desk.get(`/console/doublons/${pair?.id}`);
  assert.doesNotMatch(body, /name="decision"/);
  assert.equal(
    (await desk.post(`/console/doublons/${pair?.id}/decision`, { decision: 'liees', motif: 'x' })).status,
    403,
  );
});
