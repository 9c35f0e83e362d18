/** The console in a real browser: every page, light and dark, narrow and wide, with the keyboard alone, live. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type ConsoleBench, createConsoleBench, EG, OTHER_EG, PASSWORD } from '../../src/console/console.fixture.ts';
import { type Seeded, seedConsole } from '../../src/console/seed.fixture.ts';
import { SICK, seedRegion } from '../../src/console/seed-region.fixture.ts';
import { SEEDED_SUBSCRIBER } from '../../src/console/seed-subscribers.fixture.ts';
import { insiTaskHandler } from '../../src/identity/index.ts';
import type { Matricule, Oid } from '../../src/ins/types.ts';
import { claimTasks } from '../../src/queue/claims.testing.ts';
import { recordHealthy } from '../../src/store/circuits.ts';
import { addDocumentEvent, setDocumentState } from '../../src/store/documents.ts';
import type { InsiClient } from '../../src/wire/insi/client.ts';
import { axeViolations, browserMissing, complaintsOf, launch, overflow, tabTo } from './chromium.ts';

const missing = browserMissing();
interface Opened {
  readonly bench: ConsoleBench;
  readonly seeded: Seeded;
  /** A connected page, in a profile of its own. */
  readonly connected: (options?: Options) => Promise<{ context: BrowserContext; page: Page; complaints: string[] }>;
}

/** A seeded console, listening, and a browser; both end with the test. */
async function openConsole(t: TestContext): Promise<Opened> {
  const bench = await createConsoleBench(t);
  const seeded = await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  await seedRegion(bench.gateway);
  const login = await bench.user('administrator');
  const origin = await bench.app.listen({ port: 0, host: '127.0.0.1' });
  const browser = await launch();
  t.after(() => browser.close());
  return { bench, seeded, connected: (options) => connect(browser, origin, login, options) };
}

type Options = Parameters<Browser['newContext']>[0];

async function connect(browser: Browser, origin: string, login: string, options: Options = {}) {
  const context = await browser.newContext({
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    baseURL: origin,
    ...options,
  });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto('/console/');
  await page.getByLabel('Identifiant').fill(login);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.waitForURL('**/console/');
  return { context, page, complaints };
}

function paths(seeded: Seeded): string[] {
  return [
    '/console/',
    '/console/documents',
    '/console/documents?etat=refused&ipp=rien',
    ...Object.values(seeded.documents).map((id) => `/console/documents/${id}`),
    '/console/patients',
    '/console/patients?nom=patroi&prenom=dominik&approche=oui',
    ...Object.values(seeded.patients).map((id) => `/console/patients/${id}`),
    '/console/travail',
    '/console/doublons',
    `/console/doublons/${seeded.pair}`,
    `/console/patients/${seeded.patients.provisional}/separer`,
    '/console/cellule',
    '/console/indicateurs',
    '/console/ecarts',
    `/console/qualifier/${seeded.patients.provisional}`,
    '/console/evenements',
    `/console/evenements/nouveau?patient=${seeded.patients.qualified}`,
    `/console/evenements/${seeded.event}`,
    '/console/operations',
    '/console/operations/nouvelle',
    `/console/operations/${seeded.operation}`,
    '/console/correspondances',
    ...['types', 'unites', 'auteurs'].flatMap((slug) => [
      `/console/correspondances/${slug}`,
      `/console/correspondances/${slug}/ligne?valeur=CRRADIO&libelle=Compte+rendu+de+radiologie&emetteur=DPI%7CHOPITAL`,
      `/console/correspondances/${slug}/import`,
    ]),
    `/console/correspondances/types/ligne?ligne=${seeded.mapping}`,
    '/console/corrections',
    `/console/corrections/${seeded.correction}`,
    `/console/patients/${seeded.patients.discrepancy}/correction`,
    '/console/ecarts',
    '/console/rappels',
    `/console/rappels/${seeded.recall}`,
    `/console/rappels/${seeded.doubt}`,
    '/console/messages',
    '/console/courriels',
    '/console/courriels?liste=tous',
    `/console/courriels/${seeded.mail}`,
    `/console/courriels/${seeded.mail}?nom=DURAND&prenom=ANNE&naissance=01/01/1980`,
    `/console/courriels/${seeded.message}`,
    '/console/professionnels',
    '/console/preuve',
    '/console/preuve/documents',
    '/console/preuve/fenetres',
    '/console/flux',
    '/console/abonnes',
    '/console/reprises',
    `/console/abonnes/${SEEDED_SUBSCRIBER}`,
    '/console/observatoire',
    '/console/observatoire/inventaires',
    '/console/catalogue',
    '/console/catalogue/dxcare-7-7-7',
    '/console/alertes',
    '/console/regles',
    '/console/region',
    '/console/region/etablissements',
    `/console/region/etablissements/${SICK}`,
    '/console/region/conseil',
    '/console/region/vigilance',
    '/console/region/installations',
    '/console/region/imports',
  ];
}

/** Opens everything that a page folds away, so that it is looked at too. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on any page, ${colorScheme}, and the browser complains of nothing`, async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const { seeded, connected } = await openConsole(t);
    const { context, page, complaints } = await connected({ colorScheme });
    for (const path of paths(seeded)) {
      const answer = await page.goto(path);
      assert.equal(answer?.status(), 200, path);
      await unfold(page);
      assert.deepEqual(await axeViolations(page), [], path);
    }
    const document = `/console/documents/${seeded.documents.accepted}`;
    await page.goto(document);
    await page.getByLabel('Motif de l’accès').fill('Essai');
    await page.getByRole('button', { name: 'Ouvrir le contenu' }).click();
    await page.waitForURL(`**${document}/contenu`);
    const drawn = await page.evaluate(
      '[...document.images].map((image) => image.decode().then(() => image.naturalWidth > 100))',
    );
    assert.equal(Array.isArray(drawn) && drawn.length, 2);
    assert.deepEqual(await axeViolations(page), [], 'content');
    await context.clearCookies();
    await page.goto('/console/connexion');
    assert.deepEqual(await axeViolations(page), [], 'connection');
    assert.deepEqual(complaints, []);
    await context.close();
  });

test('no page scrolls sideways, on a phone, at 200 % and on a wide screen', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { seeded, connected } = await openConsole(t);
  for (const width of [390, 640, 1280, 1440]) {
    const { context, page } = await connected({ viewport: { width, height: 900 } });
    for (const path of paths(seeded)) {
      await page.goto(path);
      await unfold(page);
      assert.equal(await overflow(page), 0, `${path} at ${width} pixels`);
    }
    await context.close();
  }
});

test('on a phone the navigation shows the page that one is on', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { connected } = await openConsole(t);
  const { context, page } = await connected({ viewport: { width: 390, height: 900 } });
  for (const path of ['/console/', '/console/alertes', '/console/regles']) {
    await page.goto(path);
    const link = await page.locator('.side nav a[aria-current]').boundingBox();
    assert.ok(link !== null && link.x >= 0 && link.x + link.width <= 390, `${path}: ${JSON.stringify(link)}`);
    assert.equal(await page.evaluate('scrollY'), 0, path);
  }
  await context.close();
});

test('every page reads without JavaScript', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { seeded, connected } = await openConsole(t);
  const { context, page } = await connected({ javaScriptEnabled: false });
  for (const path of paths(seeded)) {
    await page.goto(path);
    assert.ok(((await page.locator('h1').textContent()) ?? '').length > 3, path);
  }
  await page.goto('/console/');
  await page.getByText('Voir le tableau').click();
  assert.ok(await page.getByRole('row', { name: '11 h 5' }).isVisible());
  await context.close();
});

async function unasked(): Promise<never> {
  assert.fail('INSi is asked by traits here');
}

/** What INSi answers for the patient of the walk. */
const insi: InsiClient = {
  searchByCard: unasked,
  verify: unasked,
  search: async () => ({
    kind: 'found',
    cr: { code: '00', label: 'OK' },
    identity: {
      ins: { matricule: '180032B02040123' as Matricule, oid: '1.2.250.1.213.1.4.10' as Oid },
      returned: { number: '180032B020401', key: '23', oid: '1.2.250.1.213.1.4.10' },
      history: [],
      traits: { birthName: 'CORSE', givenNames: 'ANTHONY', sex: 'M', birthDate: '1980-03-02', birthPlace: '2B020' },
      alerts: [],
    },
  }),
};

async function answerInsi(bench: ConsoleBench): Promise<void> {
  const { pool, now } = bench.gateway;
  await recordHealthy(pool, 'INSi', now());
  const tasks = await claimTasks(pool, { kinds: ['insi'], worker: 1, limit: 5, leaseMs: 10_000 });
  for (const task of tasks) await insiTaskHandler(bench.gateway, insi)(task);
  assert.equal(tasks.length, 1);
}

test('an identity is qualified with the keyboard alone, and its page follows INSi by itself', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { bench, seeded, connected } = await openConsole(t);
  const { context, page, complaints } = await connected();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Aller au contenu');
  await tabTo(page, 'a[href="/console/patients"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/patients');
  await tabTo(page, `a[href="/console/patients/${seeded.patients.provisional}"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/${seeded.patients.provisional}`);
  await tabTo(page, '#dispositif-controle');
  assert.equal(await page.inputValue('#dispositif-controle'), '');
  await page.keyboard.type('Passeport');
  await tabTo(page, '#date-controle');
  await page.keyboard.type('23/11/2026');
  await tabTo(page, 'input[name="coherent"]');
  await page.keyboard.press('Space');
  await tabTo(page, '#controle button[type="submit"]');
  const reloaded = page.waitForResponse(
    (response) => response.request().method() === 'GET' && response.url().endsWith(seeded.patients.provisional),
  );
  await page.keyboard.press('Enter');
  await reloaded;
  await page.locator('.axes [aria-current]', { hasText: 'Validée' }).waitFor();
  await page.getByRole('heading', { name: 'Appel INSi en file' }).waitFor();
  await page.getByText('Mise à jour en direct').waitFor();
  await answerInsi(bench);
  await page.locator('.axes [aria-current]', { hasText: 'Qualifiée' }).waitFor();
  assert.equal(await page.locator('.ins .matricule').first().textContent(), '1 80 03 2B 020 401');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a pair is compared and decided on with the keyboard alone', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { seeded, connected } = await openConsole(t);
  const { context, page, complaints } = await connected();
  await page.goto('/console/travail');
  await tabTo(page, 'a[href="/console/doublons"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/doublons');
  await tabTo(page, `a[href="/console/doublons/${seeded.pair}"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/${seeded.pair}`);
  await tabTo(page, 'input[name="decision"]');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.locator('input[name="decision"]:checked').getAttribute('value'), 'differentes');
  await tabTo(page, '#motif-decision');
  await page.keyboard.type('deux patients');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/doublons');
  await page.goto(`/console/doublons/${seeded.pair}`);
  await page.getByText('deux patients').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a local type is mapped from the desk with the keyboard alone, and its documents are set going', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { bench, connected } = await openConsole(t);
  const { context, page, complaints } = await connected();
  await tabTo(page, 'a[href="/console/correspondances"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Valeurs à rattacher' }).waitFor();
  await tabTo(page, 'a[href*="valeur=CRRADIO"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Type de document « CRRADIO »' }).waitFor();
  assert.equal(await page.locator('input[name="choix"]:checked').count(), 0, 'nothing is chosen for the person');
  await tabTo(page, 'input[name="choix"]');
  await page.keyboard.press('Space');
  assert.equal(await page.locator('input[name="choix"]:checked').getAttribute('value'), '18748-4');
  await page.keyboard.press('Enter');
  await page.getByText('Correspondance enregistrée').waitFor();
  const { rows } = await bench.gateway.pool.query(`select subject from task where kind = 'mapping'`);
  assert.deepEqual(rows, [{ subject: JSON.stringify({ kind: 'types', localValue: 'CRRADIO', after: null }) }]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a CSV file is chosen, read in the form, and explained before anything is recorded', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { connected } = await openConsole(t);
  const { context, page, complaints } = await connected();
  await page.goto('/console/correspondances/types/import');
  const buffer = Buffer.from('\ufeffportee;valeur;nom;libelle;type\r\n;CRH;;été;34112-3\r\n;ZZ;;;0\r\n');
  await page.getByLabel('Choisir un fichier CSV').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer });
  await page.waitForFunction("document.getElementById('fichier').value.includes('été')");
  await page.getByRole('button', { name: 'Contrôler' }).click();
  await page.getByText(/1\s*ligne ajoutée/).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  assert.equal(await overflow(page), 0);
  await page.getByRole('button', { name: 'Enregistrer 1' }).click();
  await page.getByText('CRH', { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the page of a document follows it, and keeps what is being typed', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { bench, seeded, connected } = await openConsole(t);
  const { context, page } = await connected();
  const id = seeded.documents.unknown;
  await page.goto(`/console/documents/${id}`);
  await page.getByLabel('Motif de l’accès').fill('En cours de saisie');
  await page.getByText('Mise à jour en direct').waitFor();
  const at = bench.gateway.now();
  await setDocumentState(bench.gateway.pool, id, { state: 'accepted', ruleId: null, detail: null, at });
  await addDocumentEvent(bench.gateway.pool, id, { at, step: 'reconciled' });
  await page.getByText('Présent dans le DMP, vérifié').waitFor();
  assert.equal(await page.getByLabel('Motif de l’accès').inputValue(), 'En cours de saisie');
  await context.close();
});

test('the hours of the chart say their values to the keyboard, with arrows', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const { connected } = await openConsole(t);
  const { context, page } = await connected();
  await tabTo(page, '.chart .hour');
  const first = await page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
  await page.keyboard.press('ArrowRight');
  const second = await page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
  assert.match(first, /^8 h : 1\u00a0document\. Acceptés par le DMP : 1$/);
  assert.match(second, /^9 h : 2\u00a0documents\./);
  assert.ok(await page.locator('.chart .hour:focus .tip').isVisible());
  await context.close();
});
