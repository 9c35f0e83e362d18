/**
 * The console as the API: every page × every role × unbound, own or other establishment, taken from what is registered
 * (hostile.md, Authorisation). A page that stands outside the machinery of permissions and audit is found.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { PERMISSIONS, ROLES, type Role } from '../../src/api/access.ts';
import { createHttpServer } from '../../src/api/server.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG } from '../../src/console/console.fixture.ts';
import { registerConsole } from '../../src/console/console.ts';
import { type Seeded, seedConsole } from '../../src/console/seed.fixture.ts';
import { SEEDED_SUBSCRIBER } from '../../src/console/seed-subscribers.fixture.ts';
import type { PageDefinition } from '../../src/console/visit.ts';
import { namesIn, nirShaped } from './detectors.fixture.ts';

/** Before a session, or about the session itself; the live stream names no permission but asks for one. */
const OUTSIDE = [
  'GET /console/connexion',
  'POST /console/connexion',
  'POST /console/deconnexion',
  'GET /console/direct',
  'GET /console',
];
/** Birth names of the seeded patients. */
const PEOPLE = ['PAT-TROIS', 'TCHITCHI', 'NESSI', 'HOUILLES', 'ADRUN'];
const BINDINGS = { unbound: undefined, own: EG, other: OTHER_EG } as const;
const nameOf = ({ method, path }: PageDefinition): string => `${method} ${path}`;

describe('Who may see which page of the console', () => {
  const closes: (() => Promise<void>)[] = [];
  let pages: readonly PageDefinition[];
  let bench: ConsoleBench;
  let seeded: Seeded;
  before(async () => {
    bench = await createConsoleBench({ after: (close) => closes.push(close) });
    pages = bench.pages;
    seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  });
  after(async () => {
    for (const close of closes.reverse()) await close();
  });

  /** The address of the page for what is in EG. */
  function addressOf({ path }: PageDefinition): string {
    const samples: Readonly<Record<string, string>> = {
      documents: seeded.documents.accepted,
      patients: seeded.patients.qualified,
      operations: seeded.operation,
      corrections: seeded.correction,
      ecarts: seeded.traitDiscrepancy,
      abonnes: SEEDED_SUBSCRIBER,
      rappels: seeded.recall,
      evenements: seeded.event,
      qualifier: seeded.patients.provisional,
      migration: EG,
    };
    const id = samples[path.split('/')[2] ?? ''] ?? 'inconnu';
    return path.replace(':id', id);
  }

  async function auditRows(): Promise<number> {
    const { rows } = await bench.gateway.pool.query<{ count: number }>('select count(*) as count from audit');
    return rows[0]?.count ?? 0;
  }

  test('every route of the console is a page with a permission, or one of the five that need none', async () => {
    const { gateway } = bench;
    const registered: string[] = [];
    const app = createHttpServer({
      maxBodyBytes: 1_000,
      log: gateway.log,
      pool: gateway.pool,
      metrics: new Registry(),
    });
    app.addHook('onRoute', ({ method, url }) => {
      for (const verb of [method].flat()) registered.push(`${verb} ${url}`);
    });
    registerConsole(app, gateway);
    await app.ready();
    await app.close();
    const known = new Set([...pages.map(nameOf), ...OUTSIDE]);
    const unknown = registered.filter(
      (route) =>
        route.includes(' /console') &&
        !route.startsWith('HEAD ') &&
        !route.includes('/console/fichiers/') &&
        !route.endsWith(' /console/*') &&
        !known.has(route),
    );
    assert.deepEqual(unknown, []);
    assert.deepEqual(
      [...known].filter((route) => !registered.includes(route)),
      [],
    );
    for (const page of pages) assert.ok(page.permission in PERMISSIONS, nameOf(page));
  });

  for (const role of ROLES)
    for (const [binding, eg] of Object.entries(BINDINGS))
      test(`${role}, ${binding}: each page opens or not as its permission says`, async () => {
        const visitor = await connect(bench.app, await bench.user(role, eg));
        bench.wait(61_000);
        const faults: string[] = [];
        for (const page of pages) {
          const before = await auditRows();
          const url = addressOf(page);
          const answer = page.method === 'GET' ? await visitor.get(url) : await visitor.post(url, {});
          faults.push(...faultsOf(page, role, binding, answer, (await auditRows()) - before));
        }
        assert.deepEqual(faults, []);
      });

  function faultsOf(
    page: PageDefinition,
    role: Role,
    binding: string,
    { status, body }: { status: number; body: string },
    audited: number,
  ): string[] {
    const name = nameOf(page);
    // A password opens no DMP, whatever the role: the reading journey shows who gets in.
    const opens = page.permission !== 'dmp.read' && PERMISSIONS[page.permission].includes(role);
    const allowed = opens && (page.whole !== true || binding === 'unbound');
    const faults: string[] = [];
    if (!allowed && status !== 403) faults.push(`${name}: ${status}, not 403`);
    // A form without its fields is refused for that; what it is not allowed to is refused before.
    const secondPerson = page.path.endsWith('/approuver');
    if (allowed && binding !== 'other' && ((status === 403 && !secondPerson) || status >= 500))
      faults.push(`${name}: ${status}`);
    if (allowed && binding === 'other' && page.path.includes('/documents/:id') && status !== 404)
      faults.push(`${name}: ${status}, not 404`);
    if (binding === 'other' && body.includes(seeded.documents.accepted) && status < 400)
      faults.push(`${name} shows a document of another establishment`);
    if (page.audited !== undefined && audited !== 1) faults.push(`${name} left ${audited} lines in the audit trail`);
    // What leaves no line shows nobody.
    if (page.audited === undefined && (namesIn(body, PEOPLE).length > 0 || nirShaped(body).length > 0))
      faults.push(`${name} shows a person and leaves no line`);
    return faults;
  }

  test('without a session nothing opens and nothing is done, whatever the method', async () => {
    const before = await auditRows();
    for (const page of pages) {
      const { statusCode, headers } = await bench.app.inject({
        method: page.method,
        url: addressOf(page),
        ...(page.method === 'POST'
          ? { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'jeton=x&motif=essai' }
          : {}),
      });
      assert.equal(statusCode, 303, nameOf(page));
      assert.match(String(headers.location), /^\/console\/connexion/);
    }
    assert.equal(await auditRows(), before);
    const { statusCode } = await bench.app.inject('/console/direct?sujet=installation');
    assert.equal(statusCode, 401);
  });
});
