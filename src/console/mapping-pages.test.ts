/** The mapping desk and the tables: what they say, who may change what, and files that go out and come in. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiRules } from '../rules/api.ts';
import { mappingRules } from '../rules/mapping.ts';
import { many } from '../store/db.ts';
import { valuesToMap } from '../store/unmapped-values.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';
import { type Seeded, seedConsole } from './seed.fixture.ts';

const TYPES = '/console/correspondances/types';

async function openConsole(t: TestContext): Promise<{ bench: ConsoleBench; seeded: Seeded; visitor: Visitor }> {
  const bench = await createConsoleBench(t);
  const seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  return { bench, seeded, visitor: await connect(bench.app, await bench.user('interop')) };
}

/** Text as read: without markup, spaces made plain. */
function read(body: string): string {
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/[\s\u00a0\u202f]+/g, ' ');
}

/** Address of the form behind a value of the desk. */
function formOf(body: string, value: string): string {
  const href = new RegExp(`href="([^"]*valeur=${value}[^"]*)"`).exec(body)?.[1];
  assert.ok(href, `no form for ${value}`);
  return href.replaceAll('&amp;', '&');
}

const fieldsOf = (address: string): Record<string, string> =>
  Object.fromEntries(new URL(address, 'http://localhost').searchParams);

test('the desk says which values hold documents back, from whom, with examples', async (t) => {
  const { visitor } = await openConsole(t);
  const { body } = await visitor.get('/console/correspondances');
  const text = read(body);
  assert.ok(text.includes('4 valeurs locales retiennent des documents, depuis 3 h 10.'), text.slice(0, 1500));
  assert.ok(text.includes('CRRADIO Compte rendu de radiologie Type de document DPI · HOPITAL Hôpital des Essais 1'));
  assert.ok(text.includes('DR12 DURAND, Alice Auteur'));
  assert.match(body, /href="\/console\/documents\?message=MSG-/);
  assert.ok(!text.includes('PAT-') && !text.includes('000002'), 'no patient');
});

test('from the desk, a type is mapped in two gestures: the value is filled in, the suggestion chosen by the person', async (t) => {
  const { bench, visitor } = await openConsole(t);
  const desk = await visitor.get('/console/correspondances');
  const address = formOf(desk.body, 'CRRADIO');
  const form = await visitor.get(address);
  assert.match(form.body, /<input type="radio" name="choix" value="18748-4">/, 'suggested, not checked');
  assert.doesNotMatch(form.body, /name="choix"[^>]*checked/);
  const posted = { ...fieldsOf(address), choix: '18748-4', portee: 'source:DPI|HOPITAL' };
  const saved = await visitor.post(`${TYPES}/ligne`, posted);
  assert.deepEqual([saved.status, saved.location], [303, '/console/correspondances?enregistre=oui']);
  assert.ok(read((await visitor.get(TYPES)).body).includes('CRRADIO Compte rendu de radiologie'));
  const tasks = await many<{ subject: string }>(bench.gateway.pool, `select subject from task where kind = 'mapping'`);
  assert.deepEqual(
    tasks.map(({ subject }) => JSON.parse(subject).localValue),
    ['CRRADIO'],
  );
  const again = await visitor.post(`${TYPES}/ligne`, posted);
  assert.equal(again.status, mappingRules.changedMeanwhile.http, 'somebody else was faster');
});

test('an author comes with the name that the documents give; a wrong RPPS is explained and nothing typed is lost', async (t) => {
  const { bench, visitor } = await openConsole(t);
  const address = formOf((await visitor.get('/console/correspondances')).body, 'DR12');
  const form = await visitor.get(address);
  assert.match(form.body, /name="famille"[^>]*value="DURAND"/);
  assert.match(form.body, /name="prenom"[^>]*value="Alice"/);
  assert.ok(read(form.body).includes('Seulement quand le document nomme DURAND ALICE'));
  const posted = {
    ...fieldsOf(address),
    famille: 'DURAND',
    prenom: 'Alice',
    rpps: '99700218890',
    specialite: 'Médecin - Cardiologie et maladies vasculaires (SM) (G15_10/SM04)',
    seul: 'oui',
    portee: 'source:DPI|HOPITAL',
  };
  const wrong = await visitor.post('/console/correspondances/auteurs/ligne', posted);
  assert.equal(wrong.status, mappingRules.rppsKeyWrong.http);
  assert.ok(read(wrong.body).includes('RPPS incorrect') && wrong.body.includes('value="99700218890"'));
  const saved = await visitor.post('/console/correspondances/auteurs/ligne', { ...posted, rpps: '99700218896' });
  assert.equal(saved.status, 303);
  const rows = await many(
    bench.gateway.pool,
    `select local_name as name, target->>'id' as id, target->>'specialty' as specialty from mapping where local_value = 'DR12'`,
  );
  assert.deepEqual(rows, [{ name: 'DURAND ALICE', id: '899700218896', specialty: 'G15_10/SM04' }]);
});

test('a row shows its history, is corrected under its revision, and deleted after a confirmation', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const address = `${TYPES}/ligne?ligne=${seeded.mapping}`;
  const page = await visitor.get(address);
  const revision = /name="revision" value="(\d+)"/.exec(page.body)?.[1] ?? '';
  const changed = {
    ligne: seeded.mapping,
    revision,
    choix: '',
    type: '11488-4',
    libelle: 'CR opératoire',
    valeur: 'CRO',
  };
  assert.equal((await visitor.post(`${TYPES}/ligne`, changed)).status, 303);
  assert.equal((await visitor.post(`${TYPES}/ligne`, { ...changed, type: '34112-3' })).status, 409);
  const text = read((await visitor.get(address)).body);
  assert.ok(text.includes('Aucun document n’est encore parti sous cette correspondance.'));
  assert.match(text, /interop Modifiée CR opératoire 34874-8 CR ou fiche de consultation ou de visite 11488-4/);
  assert.match(text, /claire Ajoutée/);
  assert.equal((await visitor.post(`${TYPES}/supprimer`, { ligne: seeded.mapping })).status, 303);
  assert.deepEqual(await many(bench.gateway.pool, 'select 1 from mapping where id = $1', [seeded.mapping]), []);
  assert.equal((await visitor.get(address)).status, 404);
});

test('those who do not edit read everything of their own, and are offered no button', async (t) => {
  const { bench, seeded } = await openConsole(t);
  for (const role of ['admissions', 'identitovigilance', 'auditor'] as const) {
    const visitor = await connect(bench.app, await bench.user(role));
    for (const path of ['/console/correspondances', TYPES, `${TYPES}/ligne?ligne=${seeded.mapping}`]) {
      const { status, body } = await visitor.get(path);
      assert.equal(status, 200, `${role} ${path}`);
      assert.doesNotMatch(body, /Rattacher<span|>Ajouter<|Importer un CSV|name="revision"/, `${role} ${path}`);
    }
    for (const path of [`${TYPES}/import`, `${TYPES}/ligne`]) assert.equal((await visitor.get(path)).status, 403, path);
    for (const path of [`${TYPES}/ligne`, `${TYPES}/supprimer`, `${TYPES}/import`])
      assert.equal((await visitor.post(path, { ligne: seeded.mapping })).status, 403, path);
    bench.wait(61_000);
  }
  const regional = await connect(bench.app, await bench.user('regional'));
  assert.equal((await regional.get('/console/correspondances')).status, 403);
});

test('a person of one establishment sees no row and no value of another, and changes none', async (t) => {
  const { bench, seeded } = await openConsole(t);
  const visitor = await connect(bench.app, await bench.user('administrator', OTHER_EG));
  const desk = read((await visitor.get('/console/correspondances')).body);
  assert.ok(desk.includes('1 valeur locale retient') && !desk.includes('CRRADIO'));
  const types = read((await visitor.get(TYPES)).body);
  assert.ok(types.includes('NOTE') && !types.includes('CRO') && !types.includes('ADM'), types);
  assert.ok(!(await visitor.get(`${TYPES}/export`)).body.includes('CRO'));
  assert.equal((await visitor.get(`${TYPES}/ligne?ligne=${seeded.mapping}`)).status, 404);
  assert.equal((await visitor.post(`${TYPES}/supprimer`, { ligne: seeded.mapping })).status, 404);
  const common = await visitor.post(`${TYPES}/ligne`, { valeur: 'X', type: '34112-3', portee: '' });
  assert.equal(common.status, apiRules.forbidden.http);
});

test('an export opens in a spreadsheet without running anything, and comes back as it went', async (t) => {
  const { visitor } = await openConsole(t);
  const file = await visitor.get(`${TYPES}/export`);
  assert.match(String(file.headers['content-disposition']), /correspondances-types\.csv/);
  assert.ok(file.body.startsWith('\ufeffportee;valeur;nom;libelle;type\r\n'));
  assert.ok(file.body.includes(`"'=HYPERLINK(""https://exemple.invalid"")"`));
  assert.doesNotMatch(file.body, /(^|;)"?[=+@-]/m);
  const text = read((await visitor.post(`${TYPES}/import`, { fichier: file.body })).body);
  assert.ok(text.includes('0 ligne ajoutée, 0 modifiée, 4 inchangées, 0 écartée.'), text.slice(0, 1200));
});

test('an import first says what it would do, line by line, and records nothing before it is confirmed', async (t) => {
  const { bench, visitor } = await openConsole(t);
  const fichier = [
    'portee;valeur;nom;libelle;type',
    ';CRH;;CR hospitalier;34112-3',
    'source:DPI|HOPITAL;CRO;;CR opératoire;11488-4',
    ';NOTE;;Note interne;JAMAIS',
    ';11490-0;;Lettre;34112-3',
    ';RIEN;;;00000-0',
    ';CRH;;;34874-8',
    'eg:999999999;X;;;34112-3',
    '',
  ].join('\r\n');
  const dry = await visitor.post(`${TYPES}/import`, { fichier });
  const text = read(dry.body);
  assert.ok(text.includes('1 ligne ajoutée, 1 modifiée, 1 inchangée, 4 écartées.'), text.slice(0, 1500));
  assert.ok(text.includes('5 11490-0 Valeur déjà nationale'));
  assert.ok(text.includes('6 RIEN Correspondance incorrecte type « 00000-0 » absent du JDV_J07'));
  assert.ok(text.includes('7 CRH Correspondance incorrecte même valeur et même portée qu’à la ligne 2'));
  const count = async () => (await many(bench.gateway.pool, `select 1 from mapping where kind = 'types'`)).length;
  assert.equal(await count(), 4);
  assert.equal((await visitor.post(`${TYPES}/import`, { fichier, confirmer: 'oui' })).status, 303);
  assert.equal(await count(), 5);
  assert.equal((await valuesToMap(bench.gateway.pool, { eg: null, kind: null, limit: 10 })).length, 4);
  for (const [bad, words] of [
    ['', 'fichier vide'],
    ['portee;valeur\r\n;A', 'colonnes absentes : nom, libelle, type'],
    ['portee;valeur;nom;libelle;type\r\n;"A', 'guillemet non fermé'],
  ] as const)
    assert.ok(read((await visitor.post(`${TYPES}/import`, { fichier: bad })).body).includes(words), words);
});

test('a document that waits for a value leads to the desk', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const { id } = mappingRules.typeUnmapped;
  await bench.gateway.pool.query('update document set rule_id = $2 where id = $1', [seeded.documents.waiting, id]);
  const { body } = await visitor.get(`/console/documents/${seeded.documents.waiting}`);
  assert.ok(read(body).includes('Type de document local à rattacher'));
  assert.match(body, /<a class="btn main" href="\/console\/correspondances">/);
});
