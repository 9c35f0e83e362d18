/** What the console shows of a document of an old connector: where it came from, and what of it changed. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import type { Role } from '../api/access.ts';
import { createHttpServer } from '../api/server.ts';
import { receiveSubmission } from '../legacy/receive.ts';
import { DECIDED, INS_C, legacySubmission, rawSubmission, withConnector } from '../legacy/submission.fixture.ts';
import { connect, PASSWORD } from './console.fixture.ts';
import { registerConsole } from './console.ts';
import { createConsoleUser } from './users.ts';

async function open(t: TestContext, role: Role) {
  const bench = await openBench(t, withConnector({ replaceInsInHeader: DECIDED }));
  await bench.admit();
  await bench.settle();
  const { context } = bench;
  const [source] = context.config.sources;
  assert.ok(source);
  const submission = legacySubmission();
  const { documentIds } = await receiveSubmission(context, source, submission, rawSubmission(submission));
  await bench.settle();
  const log = pino({ level: 'silent' });
  const app = createHttpServer({ maxBodyBytes: 1_000_000, log, pool: context.pool, metrics: new Registry() });
  registerConsole(app, context);
  await app.ready();
  t.after(() => app.close());
  const account = { login: role, displayName: 'Claire Martin', role, eg: null, password: PASSWORD };
  await createConsoleUser(context.pool, account);
  return { bench, visitor: await connect(app, role), document: documentIds[0] ?? '' };
}

test('the page of a document says by which connector and API it came, and that its header was re-issued', async (t) => {
  const { visitor, document } = await open(t, 'interop');
  const { body } = await visitor.get(`/console/documents/${document}`);
  for (const said of ['Ancien connecteur', 'DXCARE 7.7.7', 'V1 (INS-C)', 'LIBRE MAX', 'Reçu et conservé'])
    assert.ok(body.includes(said), said);
  assert.match(body, /décision de Dr Martin, DIM, 20\/11\/2026/);
  assert.match(body, /Réponse rendue au connecteur dans sa requête/);
  assert.ok(!body.includes(PAT_TROIS_INS.matricule) && !body.includes(INS_C.value));
});

test('the difference shows with the content, for a stated reason, value by value', async (t) => {
  const { visitor, document } = await open(t, 'administrator');
  const url = `/console/documents/${document}/contenu`;
  assert.ok(!(await visitor.get(url)).body.includes(INS_C.value));
  await visitor.post(url, { jeton: visitor.csrf, motif: 'contrôle de la réémission' });
  const { body } = await visitor.get(url);
  assert.ok(body.includes(`<del><code>${INS_C.value}</code></del>`));
  assert.ok(body.includes(`<ins><code>${PAT_TROIS_INS.matricule}</code></ins>`));
  const file = await visitor.get(`${url}/fichier?forme=difference`);
  assert.equal(JSON.parse(file.body).changes.length, 2);
});

test('an INS-C stands on the sheet of its patient as a hint', async (t) => {
  const { bench, visitor } = await open(t, 'identitovigilance');
  const { body } = await visitor.get(`/console/patients/${(await bench.identity()).id}`);
  assert.match(body, /Vus dans d’anciens connecteurs/);
  assert.ok(body.includes(`<code>${INS_C.value}</code>`));
});
