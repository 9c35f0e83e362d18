/** What the pages say, and what their forms do, on a seeded database. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiRules } from '../rules/api.ts';
import { bulkRules } from '../rules/bulk.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { recallRules } from '../rules/recall.ts';
import { documentById } from '../store/documents.ts';
import { emittedUnder } from '../store/emissions.ts';
import { identityById } from '../store/identities.ts';
import { closeMerged } from '../store/merges.ts';
import { listAudit } from '../store/proofs.ts';
import { recallById, updateRecall } from '../store/recalls.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, type Visitor } from './console.fixture.ts';
import { type Seeded, seedConsole } from './seed.fixture.ts';
import { SEEDED_SUBSCRIBER } from './seed-subscribers.fixture.ts';

interface Opened {
  readonly bench: ConsoleBench;
  readonly seeded: Seeded;
  readonly visitor: Visitor;
}

async function openConsole(t: TestContext): Promise<Opened> {
  const bench = await createConsoleBench(t);
  const seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  return { bench, seeded, visitor: await connect(bench.app, await bench.user('administrator')) };
}

/** Text as read: without markup, spaces made plain. */
function read(body: string): string {
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/[\s\u00a0\u202f]+/g, ' ');
}

function paths(seeded: Seeded): string[] {
  return [
    '/console/',
    '/console/documents',
    ...Object.values(seeded.documents).map((id) => `/console/documents/${id}`),
    '/console/patients',
    ...Object.values(seeded.patients).map((id) => `/console/patients/${id}`),
    '/console/travail',
    '/console/doublons',
    `/console/doublons/${seeded.pair}`,
    `/console/patients/${seeded.patients.provisional}/separer`,
    '/console/operations',
    '/console/operations/nouvelle?motif=TDU-FEED-001&etat=waiting',
    `/console/operations/${seeded.operation}`,
    '/console/correspondances',
    ...['types', 'unites', 'auteurs'].flatMap((slug) => [
      `/console/correspondances/${slug}`,
      `/console/correspondances/${slug}/ligne?valeur=CRRADIO&libelle=Compte+rendu+de+radiologie&emetteur=DPI%7CHOPITAL`,
      `/console/correspondances/${slug}/import`,
    ]),
    `/console/correspondances/types/ligne?ligne=${seeded.mapping}`,
    '/console/migration',
    `/console/migration/${EG}`,
    `/console/migration/${EG}/bureaux`,
    '/console/migration/references',
    '/console/ecarts',
    '/console/corrections',
    `/console/corrections/${seeded.correction}`,
    `/console/patients/${seeded.patients.discrepancy}/correction`,
    '/console/rappels',
    `/console/rappels/${seeded.recall}`,
    `/console/rappels/${seeded.doubt}`,
    '/console/messages',
    '/console/courriels',
    '/console/courriels?liste=tous',
    `/console/courriels/${seeded.mail}`,
    `/console/courriels/${seeded.mail}?nom=DURAND&prenom=ANNE&naissance=01/01/1980`,
    `/console/courriels/${seeded.message}`,
    '/console/preuve',
    '/console/preuve/documents',
    '/console/preuve/fenetres',
    '/console/flux',
    '/console/abonnes',
    '/console/reprises',
    `/console/abonnes/${SEEDED_SUBSCRIBER}`,
    '/console/alertes',
    '/console/regles',
  ];
}

test('no page carries markup from data, an inline script or an inline style', async (t) => {
  const { seeded, visitor } = await openConsole(t);
  for (const path of paths(seeded)) {
    const { body, status, headers } = await visitor.get(path);
    assert.equal(status, 200, path);
    assert.doesNotMatch(body, /<script(?! type="module" src="\/console\/fichiers\/console\.js"><\/script>)/i, path);
    // What a quoted value says is text: a form shows a name as it was recorded.
    const tags = body.replace(/="[^"]*"/g, '=""');
    assert.doesNotMatch(tags, /<(img|i|b|style)\b|<[a-z][^<>]*\s(on\w+|style)=/i, path);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/, path);
  }
});

test('accueil says what waits, since when, and which service does not answer', async (t) => {
  const { visitor } = await openConsole(t);
  const text = read((await visitor.get('/console/')).body);
  assert.ok(text.includes('14 documents reçus aujourd’hui sont au DMP, 5 attendent'), text.slice(0, 900));
  assert.ok(text.includes('4 documents attendent la qualification de 3 patients, le plus ancien depuis 3 h 10.'));
  assert.ok(
    text.includes(
      'INSi ne répond plus depuis 14:05 : les admissions continuent, 1 appel INSi sera relancé dès son retour.',
    ),
  );
  assert.ok(text.includes('Identité provisoire : contrôler un dispositif d’identité Bureau des entrées 3 2 3 h 10'));
  assert.ok(text.includes('11 h 5 0 0 0 5'), 'the table behind the chart');
});

test('an empty installation says what will come and how to make it come', async (t) => {
  const bench = await createConsoleBench(t);
  const first = await connect(bench.app, await bench.user('administrator'));
  for (const [path, words] of [
    ['/console/', 'Pour faire venir un premier document'],
    ['/console/documents', 'Aucun document n’est encore arrivé'],
    ['/console/patients', 'Une identité arrive avec un message d’admission'],
    ['/console/travail', 'Rien à traiter'],
    ['/console/correspondances', 'Aucune valeur à rattacher'],
    ['/console/correspondances/auteurs', 'Aucune correspondance'],
    ['/console/messages', 'Rien à examiner'],
    ['/console/flux', 'Aucun flux observé'],
    ['/console/preuve', 'Aucun document accepté sur la période'],
  ] as const)
    assert.ok(read((await first.get(path)).body).includes(words), path);
});

test('documents are filtered by the URL, and paged by the last one seen', async (t) => {
  const { bench, visitor } = await openConsole(t);
  const waiting = await visitor.get('/console/documents?etat=waiting');
  assert.equal(waiting.body.match(/<tr role="row">/g)?.length, 1 + 4);
  const reason = await visitor.get(
    `/console/documents?etat=waiting&motif=${identityRules.discrepancyFirstGivenName.id}`,
  );
  assert.ok(reason.body.includes('CR opératoire'));
  assert.equal(reason.body.match(/<tr role="row">/g)?.length, 1 + 1);
  assert.ok(read((await visitor.get('/console/documents?ipp=inconnu')).body).includes('Aucun document ne correspond'));
  const { rows } = await bench.gateway.pool.query<{ id: string; at: Date }>(
    'select id, received_at as at from document order by received_at desc, id desc offset 5 limit 1',
  );
  const [sixth] = rows;
  const next = await visitor.get(`/console/documents?apres=${sixth?.at.toISOString()}_${sixth?.id}`);
  assert.equal(next.body.match(/<tr role="row">/g)?.length, 1 + 20 - 6);
  assert.equal((await visitor.get('/console/documents?apres=nonsense_x&etat=nonsense')).status, 200);
});

test('a document says why it waits, who corrects, how, and offers the safe action', async (t) => {
  const { seeded, visitor } = await openConsole(t);
  const { body } = await visitor.get(`/console/documents/${seeded.documents.waiting}`);
  const text = read(body);
  assert.ok(text.includes('Pourquoi ce document attend-il ? Identité provisoire : contrôler un dispositif d’identité'));
  assert.ok(text.includes('Qui corrige Bureau des entrées'));
  assert.ok(body.includes(`href="/console/patients/${seeded.patients.provisional}"`));
  assert.ok(text.includes('Réexaminer maintenant'));
  assert.ok(text.includes('depuis 3 h 09'));
  const unknown = read((await visitor.get(`/console/documents/${seeded.documents.unknown}`)).body);
  assert.ok(unknown.includes('Interroger le DMP'));
  assert.ok(unknown.includes('non visible du patient'));
  const accepted = read((await visitor.get(`/console/documents/${seeded.documents.accepted}`)).body);
  assert.ok(accepted.includes('1,1 s après sa réception'));
  assert.ok(accepted.includes('MSA|AA|'));
  assert.ok(unknown.includes('À appeler, dans cet ordre'));
  assert.ok(!text.includes('À appeler, dans cet ordre') && text.includes('aucun appel à l’extérieur n’est utile'));
  assert.ok(!accepted.includes('Transmettre l’incident'));
  const incident = `/console/documents/${seeded.documents.unknown}/incident`;
  assert.equal((await visitor.get(incident)).status, 200);
  assert.equal((await visitor.get('/console/documents/00000000-0000-4000-8000-000000000000')).status, 404);
  assert.equal((await visitor.get('/console/documents/nonsense')).status, 404);
});

test('content opens for a stated reason only, is audited, and is served where nothing of it can run', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const base = `/console/documents/${seeded.documents.accepted}/contenu`;
  for (const path of ['', '/page?forme=original&page=1', '/fichier?forme=prepared', '/pdfa'])
    assert.equal((await visitor.get(`${base}${path}`)).status, apiRules.reasonRequired.http);
  assert.equal((await visitor.post(base, { motif: '  ' })).status, apiRules.reasonRequired.http);
  const opened = await visitor.post(base, { motif: 'Réclamation du patient' });
  assert.deepEqual([opened.status, opened.location], [303, base]);
  const page = await visitor.get(base);
  assert.ok(read(page.body).includes('Version à envoyer'));
  const pdfA = read((await visitor.get(`${base}/pdfa`)).body);
  for (const said of ['Ce qui a changé', 'Original', 'Version à envoyer', '6.7.2', 'aucune métadonnée XMP'])
    assert.ok(pdfA.includes(said), said);
  const image = await visitor.get(`${base}/page?forme=prepared&page=1`);
  assert.equal(image.headers['content-type'], 'image/png');
  const file = await visitor.get(`${base}/fichier?forme=original`);
  assert.match(
    String(file.headers['content-disposition']),
    /^attachment; filename="document-[0-9a-f]{8}-original\.pdf"$/,
  );
  for (const { headers } of [image, file])
    assert.match(String(headers['content-security-policy']), /^sandbox; default-src 'none'/);
  assert.equal((await visitor.get(`${base}/page?page=2`)).status, 404);
  const trail = await listAudit(bench.gateway.pool, { subject: `documents:${seeded.documents.accepted}`, limit: 20 });
  assert.ok(trail.some(({ reason, outcome }) => reason === 'Réclamation du patient' && outcome === 'done'));
  assert.ok(trail.some(({ action, outcome }) => action.endsWith('/contenu') && outcome === 'done'));
  const another = await connect(bench.app, await bench.user('interop'));
  assert.equal((await another.get(base)).status, apiRules.reasonRequired.http);
  bench.wait(16 * 60_000);
  assert.equal((await visitor.get(base)).status, apiRules.reasonRequired.http);
});

test('withdrawing asks a reason, and is refused once it has been done', async (t) => {
  const { bench, visitor } = await openConsole(t);
  const { rows } = await bench.gateway.pool.query<{ id: string }>(
    `select id from document where title = 'Ordonnance de sortie'`,
  );
  const id = rows[0]?.id ?? '';
  assert.equal(
    (await visitor.post(`/console/documents/${id}/retirer`, { motif: '' })).status,
    apiRules.invalidRequest.http,
  );
  assert.equal((await visitor.post(`/console/documents/${id}/retirer`, { motif: 'Doublon' })).status, 303);
  assert.equal((await documentById(bench.gateway.pool, id))?.state, 'withdrawn');
  const again = await visitor.post(`/console/documents/${id}/retirer`, { motif: 'Doublon' });
  assert.equal(again.status, feedRules.notWaiting.http);
  assert.ok(read(again.body).includes('Reprendre ce document'));
});

test('deleting from the DMP asks a reason and a confirmation, and the page shows what became of each version', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const id = seeded.documents.accepted;
  const page = `/console/documents/${id}`;
  assert.ok(read((await visitor.get(page)).body).includes('Supprimer du DMP'));
  for (const form of [
    { motif: '', confirmation: 'oui' },
    { motif: 'Erreur de patient', confirmation: '' },
  ])
    assert.equal((await visitor.post(`${page}/supprimer`, form)).status, apiRules.invalidRequest.http);
  const asked = { motif: 'Erreur de patient', confirmation: 'oui' };
  assert.equal((await visitor.post(`${page}/supprimer`, asked)).status, 303);
  assert.equal((await visitor.post(`${page}/supprimer`, asked)).status, 303);
  const { rows } = await bench.gateway.pool.query<{ id: string; targetId: string }>(
    `select id, target_id as "targetId" from document where action = 'delete'`,
  );
  assert.deepEqual(
    rows.map(({ targetId }) => targetId),
    [id],
  );
  const shown = read((await visitor.get(page)).body);
  assert.ok(shown.includes('Suite des versions') && shown.includes('Suppression : la version 1'));
  const auditor = await connect(bench.app, await bench.user('auditor'));
  assert.equal((await auditor.post(`${page}/supprimer`, asked)).status, apiRules.forbidden.http);
});

test('an administrator forbids the pruning of a document with a reason, everybody reads it, and it is lifted', async (t) => {
  const { bench, seeded, visitor: administrator } = await openConsole(t);
  const reader = await connect(bench.app, await bench.user('auditor'));
  const page = `/console/documents/${seeded.documents.accepted}`;
  assert.ok(!read((await reader.get(page)).body).includes('Interdire la purge'), 'not for a reader');
  const asked = { motif: 'Contentieux 2026-12', conserver: 'oui' };
  assert.equal((await reader.post(`${page}/conserver`, asked)).status, apiRules.forbidden.http);
  assert.ok(read((await administrator.get(page)).body).includes('Interdire la purge'));
  for (const form of [{ ...asked, motif: '' }, { motif: 'Contentieux' }])
    assert.equal((await administrator.post(`${page}/conserver`, form)).status, apiRules.invalidRequest.http);
  assert.equal((await administrator.post(`${page}/conserver`, asked)).status, 303);
  const shown = read((await reader.get(page)).body);
  assert.ok(shown.includes('Contentieux 2026-12') && !shown.includes('Lever l’interdiction'));
  assert.equal((await administrator.post(`${page}/conserver`, { motif: 'Jugé', conserver: 'non' })).status, 303);
  assert.ok(!read((await reader.get(page)).body).includes('Contentieux 2026-12'));
  const entries = await listAudit(bench.gateway.pool, { subject: null, limit: 100 });
  assert.ok(
    entries.some(({ reason }) => reason === 'Contentieux 2026-12'),
    'the reason is in the audit',
  );
});

test('the INS shows in groups on a qualified identity, and nowhere else', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const qualified = read((await visitor.get(`/console/patients/${seeded.patients.qualified}`)).body);
  assert.ok(qualified.includes('2 79 03 51 215 189 89'));
  const { rows } = await bench.gateway.pool.query<{ id: string }>(`select id from identity where status = 'RECUP'`);
  const retrieved = (await visitor.get(`/console/patients/${rows[0]?.id}`)).body;
  assert.ok(!/1 ?10 ?08 ?63/.test(read(retrieved)) && !retrieved.includes('110086322083060'));
  for (const path of paths(seeded)) assert.ok(!(await visitor.get(path)).body.includes('279035121518989'), path);
});

test('patients are found by name, birth date, IPP and status', async (t) => {
  const { visitor } = await openConsole(t);
  for (const [query, found] of [
    ['nom=pat-tr', 'PAT-TROIS'],
    ['naissance=21%2F06%2F1936', 'TCHITCHI'],
    ['ipp=000002', 'CORSE'],
    ['statut=RECUP', 'NESSI'],
    ['insi=not-found', 'HOUILLES'],
    ['attribut=homonyme', 'BRIEN'],
  ] as const) {
    const { body } = await visitor.get(`/console/patients?${query}`);
    assert.ok(body.includes(found), query);
    assert.equal(body.match(/<tr role="row">/g)?.length, 2, query);
  }
  assert.ok(read((await visitor.get('/console/patients?naissance=demain')).body).includes('s’écrit JJ/MM/AAAA'));
  const misspelt = '/console/patients?nom=patroi&prenom=dominik&naissance=29%2F03%2F1979';
  const none = (await visitor.get(misspelt)).body;
  assert.ok(none.includes('Aucune identité ne correspond') && none.includes('approche=oui'));
  const near = (await visitor.get(`${misspelt}&approche=oui`)).body;
  assert.ok(near.includes('PAT-TROIS') && read(near).includes('date de naissance : un chiffre diffère'));
});

test('a patient is found by an INS, which never stands in an address', async (t) => {
  const { seeded, visitor } = await openConsole(t);
  const found = await visitor.post('/console/patients/ins', { matricule: '2 79 03 51 215 189 89' });
  assert.equal(found.location, `/console/patients/${seeded.patients.qualified}`);
  const nobody = await visitor.post('/console/patients/ins', { matricule: '199999999999999' });
  assert.ok(read(nobody.body).includes('Aucune identité active ne porte cet INS'));
});

test('the check of a device is recorded, with nothing presumed', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const url = `/console/patients/${seeded.patients.provisional}/controle`;
  const check = { dispositif: 'PA', date: '23/11/2026', coherent: 'oui' };
  assert.equal((await visitor.post(url, { ...check, dispositif: '' })).status, identityRules.deviceMissing.http);
  assert.equal((await visitor.post(url, { ...check, dispositif: 'PC' })).status, identityRules.deviceNotHighTrust.http);
  assert.equal((await visitor.post(url, { ...check, dispositif: 'LE' })).status, identityRules.deviceNotHighTrust.http);
  assert.equal((await visitor.post(url, { ...check, coherent: '' })).status, apiRules.invalidRequest.http);
  assert.equal((await visitor.post(url, { ...check, coherent: 'non' })).status, identityRules.deviceIncoherent.http);
  assert.equal((await visitor.post(url, { ...check, date: '31/02/2026' })).status, apiRules.invalidRequest.http);
  assert.equal((await visitor.post(url, { ...check, date: 'hier' })).status, apiRules.invalidRequest.http);
  assert.equal((await visitor.post(url, { ...check, date: '01/01/2027' })).status, apiRules.invalidRequest.http);
  assert.equal((await identityById(bench.gateway.pool, seeded.patients.provisional))?.status, 'PROV');
  assert.equal((await visitor.post(url, check)).status, 303);
  const identity = await identityById(bench.gateway.pool, seeded.patients.provisional);
  assert.deepEqual([identity?.status, identity?.deviceType, identity?.insiState], ['VALI', 'PA', 'queued']);
  const page = read((await visitor.get(`/console/patients/${seeded.patients.provisional}`)).body);
  assert.ok(page.includes('Statut : Provisoire devient Validée') || page.includes('Provisoire → Validée'));
});

test('attributes are set and cleared with a reason', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const url = `/console/patients/${seeded.patients.hostile}/attribut`;
  assert.equal(
    (await visitor.post(url, { changement: 'lever:homonyme', motif: '' })).status,
    apiRules.invalidRequest.http,
  );
  assert.equal((await visitor.post(url, { changement: 'lever:homonyme', motif: 'Vérifié' })).status, 303);
  assert.equal((await identityById(bench.gateway.pool, seeded.patients.hostile))?.homonyme, false);
  assert.equal((await visitor.post(url, { changement: 'poser:douteuse', motif: 'Usurpation' })).status, 303);
  assert.equal(
    (await visitor.post(`/console/patients/${seeded.patients.hostile}/insi`, {})).status,
    identityRules.blockedByAttribute.http,
  );
});

test('the catalogue is searched without case or accents', async (t) => {
  const { visitor } = await openConsole(t);
  const { body } = await visitor.get('/console/regles?texte=PRENOM%20insi');
  assert.ok(body.includes('id="TDU-ID-021"'));
  assert.ok(!body.includes('id="TDU-SYS-002"'));
  assert.ok(read((await visitor.get('/console/regles?texte=zzz')).body).includes('Aucune règle'));
});

test('an operation in bulk: rehearsed from a list, its number repeated, approved by another person only', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  assert.ok(
    (await visitor.get('/console/documents?etat=waiting')).body.includes('/console/operations/nouvelle?etat=waiting'),
  );
  const empty = await visitor.post('/console/operations', { action: 'take-up', raison: 'essai' });
  assert.equal(empty.status, bulkRules.selectionWithoutCriterion.http);
  const bad = await visitor.post('/console/operations', { action: 'take-up', raison: 'essai', du: '32/13/2026' });
  assert.equal(bad.status, apiRules.invalidRequest.http);
  const sent = { action: 'take-up', etat: 'waiting', du: '01/11/2026', au: '30/11/2026', raison: 'panne corrigée' };
  const { location: path } = await visitor.post('/console/operations', sent);
  assert.match(read((await visitor.get(path)).body), /Reprendre : 4 documents.*panne corrigée.*Traité 4/);
  assert.equal((await visitor.post(`${path}/proposer`, { nombre: '3' })).status, bulkRules.countDiffers.http);
  assert.equal((await visitor.post(`${path}/proposer`, { nombre: '4' })).status, 303);
  assert.match(read((await visitor.get(path)).body), /En cours/);
  const proposed = `/console/operations/${seeded.operation}`;
  const claire = await connect(bench.app, await bench.user('interop'));
  assert.match(read((await claire.get(proposed)).body), /Une autre personne habilitée doit relire/);
  assert.equal((await claire.post(`${proposed}/approuver`, { nombre: '14' })).status, bulkRules.secondPerson.http);
  assert.equal((await visitor.post(`${proposed}/approuver`, { nombre: '14' })).status, 303);
  assert.match(read((await visitor.get(proposed)).body), /Approuvée/);
  const trail = await listAudit(bench.gateway.pool, { subject: `operations:${seeded.operation}`, limit: 9 });
  assert.ok(trail.some(({ action, actor }) => action.endsWith('/approuver') && actor === 'user:administrator'));
});

test('a recall from the patient to its approval: decided, prepared from a list, approved by another person, printed', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const patient = `/console/patients/${seeded.patients.qualified}`;
  assert.match(read((await visitor.get(patient)).body), /Rappels .*Signaler une erreur sur ce qui a été transmis/);
  assert.equal((await visitor.post(`${patient}/rappel`, { motif: '' })).status, apiRules.invalidRequest.http);
  const busy = await visitor.post(`${patient}/rappel`, { motif: 'deux dossiers' });
  assert.equal(busy.status, recallRules.alreadyOpen.http);
  const recall = `/console/rappels/${seeded.recall}`;
  const shown = read((await visitor.get(recall)).body);
  assert.match(
    shown,
    /Rappel : mauvaise personne À approuver.*Supprimer de l’ancien DMP.*Notification à la CNIL avant le/,
  );
  assert.doesNotMatch(shown, /27903512151|2 79 03 51/);
  assert.equal((await visitor.post(`${recall}/reprendre`, {})).status, 303);
  const { pool } = bench.gateway;
  const [chosen] = await emittedUnder(pool, (await recallById(pool, seeded.recall)) ?? assert.fail(), 1);
  await visitor.post(`${recall}/preparer`, { choix: 'liste', liste: chosen?.subject ?? '' });
  assert.match(read((await visitor.get(recall)).body), /Une autre personne habilitée doit relire/);
  assert.equal((await visitor.post(`${recall}/approuver`, { nombre: '1' })).status, recallRules.secondPerson.http);
  const cell = await connect(bench.app, await bench.user('identitovigilance'));
  assert.equal((await cell.post(`${recall}/approuver`, { nombre: '2' })).status, recallRules.countDiffers.http);
  assert.equal((await cell.post(`${recall}/approuver`, { nombre: '1' })).status, 303);
  const page = (await cell.get(recall)).body;
  assert.match(read(page), /En cours.*Approuvé .*identitovigilance.*Message à remettre en main propre/);
  const letter = await cell.get(`${recall}/message?destinataire=data-protection-officer&personne=`);
  assert.match(letter.body, /soit avant le/);
  const given = { destinataire: 'data-protection-officer', personne: '' };
  assert.equal((await cell.post(`${recall}/remis`, given)).status, 303);
  assert.match(read((await cell.get(recall)).body), /Remis en main propre/);
  await updateRecall(pool, { ...((await recallById(pool, seeded.recall)) ?? assert.fail()), state: 'done' });
  assert.match(read((await cell.get(recall)).body), /Terminé Chaque correction approuvée a sa réponse/);
  const doubt = `/console/rappels/${seeded.doubt}`;
  assert.equal((await cell.post(`${doubt}/decider`, { decision: 'lever' })).status, apiRules.invalidRequest.http);
  assert.equal((await cell.post(`${doubt}/decider`, { decision: 'lever', explication: 'pièce revue' })).status, 303);
  assert.match(read((await cell.get(doubt)).body), /Doute levé.*pièce revue/);
});

test('a merged identity says so, names the one that remains, shows no INS and offers no action', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const { qualified, provisional } = seeded.patients;
  const [loserId, survivorId] = [qualified, provisional];
  const cause = { at: bench.gateway.now(), actor: 'source:GAM', source: 'ADT^A40' };
  await closeMerged(bench.gateway.pool, { ...cause, loserId, survivorId, opposedBefore: false });
  const { body } = await visitor.get(`/console/patients/${qualified}`);
  assert.match(read(body), /Identité fusionnée/);
  assert.ok(body.includes(`href="/console/patients/${provisional}"`));
  assert.doesNotMatch(
    body,
    /class="matricule"|<form method="post" action="\/console\/patients\/[^"]*\/(?!annuler-fusion)/,
  );
  const survivor = read((await visitor.get(`/console/patients/${provisional}`)).body);
  assert.match(survivor, /IPP 000002, 000001 \(abandonné\)/);
});

test('what a document holds is said as it is, also when nothing of it will be sent', async (t) => {
  const { bench, seeded, visitor } = await openConsole(t);
  const id = seeded.documents.waiting;
  const said = async () => read((await visitor.get(`/console/documents/${id}`)).body);
  assert.match(await said(), /Original\. La version à envoyer n’est pas encore faite\./);
  await bench.gateway.pool.query("update document set state = 'refused' where id = $1", [id]);
  assert.match(await said(), /Original\. Aucune version à envoyer n’en a été faite\./);
  await bench.gateway.pool.query("update document set action = 'delete', state = 'deleted' where id = $1", [id]);
  assert.match(await said(), /Original : ce qui accompagnait la demande de suppression\./);
});
