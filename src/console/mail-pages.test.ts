/** What the desk of received mails shows, and what its forms do. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConfigInput } from '../config/schema.ts';
import { incomingOf } from '../store/incoming-documents.ts';
import { mailById } from '../store/incoming-mail.ts';
import { listAudit } from '../store/proofs.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';

const FILES = { ca: 'none', cert: 'none', key: 'none' };
const INCOMING: ConfigInput['incomingMail'] = {
  mailboxes: [
    {
      name: 'dpi',
      address: 'dpi@ch.mssante.fr',
      eg: EG,
      host: 'localhost',
      tls: FILES,
      user: 'x',
      password: 'x',
      deliverTo: 'DPI',
    },
  ],
  routes: [{ name: 'DPI', application: 'DPI', facility: 'CH', host: '127.0.0.1', port: 1, tls: false }],
  replies: { host: 'localhost', tls: FILES },
};

async function open(
  t: TestContext,
  role: 'identitovigilance' | 'admissions' | 'auditor' = 'identitovigilance',
  eg?: string,
) {
  const bench = await createConsoleBench(t, { incomingMail: INCOMING });
  const seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  return { bench, seeded, visitor: await connect(bench.app, await bench.user(role, eg)) };
}

test('the list says what waits and why, the work page sends there, and a mailbox that is away is named', async (t) => {
  const { visitor, seeded } = await open(t);
  const { body } = await visitor.get('/console/courriels');
  assert.match(body, /Traits du document différents/);
  assert.match(body, /Injoignable/);
  assert.ok(body.includes(`href="/console/courriels/${seeded.mail}"`));
  assert.ok(!body.includes('<i>Question</i>'));
  assert.match((await visitor.get('/console/travail')).body, /Courriels reçus\s: /);
});

test('the traits of the document stand beside those of the patient, and its reading leaves a line', async (t) => {
  const { bench, visitor, seeded } = await open(t);
  const { body } = await visitor.get(`/console/courriels/${seeded.mail}`);
  assert.match(body, /NESSY/);
  assert.match(body, /NESSI/);
  assert.match(body, /Différent/);
  const [line] = await listAudit(bench.gateway.pool, { subject: null, limit: 1 });
  assert.equal(line?.subject, `mails:${seeded.mail}`);
});

test('attaching asks a patient and a reason, and is recorded with both', async (t) => {
  const { bench, visitor, seeded } = await open(t);
  const { pool } = bench.gateway;
  const [document] = await incomingOf(pool, seeded.mail);
  const path = `/console/courriels/${seeded.mail}/document`;
  const form = {
    document: document?.id ?? '',
    action: 'rattacher',
    patient: seeded.patients.qualified,
    motif: 'Vu avec le médecin',
  };
  assert.equal((await visitor.post(path, { ...form, patient: '' })).status, 400);
  assert.notEqual((await visitor.post(path, { ...form, motif: '' })).status, 303);
  assert.equal((await visitor.post(path, form)).status, 303);
  const [attached] = await incomingOf(pool, seeded.mail);
  assert.deepEqual(
    [attached?.state, attached?.identityId, attached?.reason],
    ['queued', seeded.patients.qualified, 'Vu avec le médecin'],
  );
  assert.equal((await visitor.post(path, form)).status, 409);
  const lines = await listAudit(pool, { subject: `mails:${seeded.mail}`, limit: 10 });
  assert.ok(lines.some(({ reason, outcome }) => reason === 'Vu avec le médecin' && outcome === 'done'));
});

test('content opens for a reason only: text as text, attachments drawn or saved under a name of ours', async (t) => {
  const { visitor, seeded } = await open(t);
  const path = `/console/courriels/${seeded.message}/contenu`;
  assert.notEqual((await visitor.get(path)).status, 200);
  assert.equal((await visitor.post(path, { motif: 'Réponse au confrère' })).status, 303);
  const { body } = await visitor.get(path);
  assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(body, /lettre &lt;b&gt;\.pdf/);
  const page = await visitor.get(`${path}/page?piece=0&page=1`);
  assert.equal(page.headers['content-type'], 'image/png');
  const file = await visitor.get(`${path}/fichier?piece=0`);
  assert.equal(file.headers['content-type'], 'application/octet-stream');
  assert.match(String(file.headers['content-disposition']), /^attachment; filename="courriel-[0-9a-f]{8}-0\.pdf"$/);
  assert.equal((await visitor.get(`${path}/fichier?piece=9`)).status, 404);
});

test('a message is closed with its reason; who may not act, or is of another establishment, cannot', async (t) => {
  const { bench, visitor, seeded } = await open(t);
  const path = `/console/courriels/${seeded.message}`;
  const admissions = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await admissions.post(`${path}/decision`, { action: 'classer', motif: 'x' })).status, 403);
  assert.equal((await admissions.post(`${path}/contenu`, { motif: 'x' })).status, 403);
  const elsewhere = await connect(bench.app, await bench.user('interop', OTHER_EG));
  assert.equal((await elsewhere.get(path)).status, 404);
  assert.equal((await elsewhere.post(`${path}/decision`, { action: 'classer', motif: 'x' })).status, 404);
  const outside = { action: 'transferer', motif: 'x', destinataire: 'x@gmail.com' };
  assert.equal((await visitor.post(`${path}/decision`, outside)).status, 400);
  assert.equal((await visitor.post(`${path}/decision`, { action: 'classer', motif: 'Rappelé' })).status, 303);
  const mail = await mailById(bench.gateway.pool, seeded.message);
  assert.deepEqual([mail?.state, mail?.reason], ['closed', 'Rappelé']);
});
