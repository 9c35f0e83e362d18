/** A template audited with the keyboard alone, on a phone's width: the form, the results, the certificate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConsoleBench, PASSWORD } from '../../src/console/console.fixture.ts';
import { letter, PAT_TROIS_BANNER, value } from '../../src/wire/pdf/pdf.fixture.ts';
import { stampPdf } from '../../src/wire/pdf/stamp.ts';
import { axeViolations, browserMissing, complaintsOf, launch, overflow, tabTo } from './chromium.ts';

const missing = browserMissing();

test('two documents are audited by keyboard at 390 px, and the certificate opens', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const bench = await createConsoleBench(t);
  const outcome = value(await stampPdf(await letter(), PAT_TROIS_BANNER));
  if (outcome.outcome !== 'stamped') throw new Error(outcome.outcome);
  const login = await bench.user('interop');
  const origin = await bench.app.listen({ port: 0, host: '127.0.0.1' });
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage({ baseURL: origin, locale: 'fr-FR', viewport: { width: 390, height: 844 } });
  const complaints = complaintsOf(page);
  await page.goto('/console/connexion?suite=/console/modeles');
  await page.getByLabel('Identifiant').fill(login);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Auditer des documents' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await tabTo(page, '#modele');
  await page.keyboard.type('Lettre de liaison');
  await page.keyboard.press('Tab');
  await page.keyboard.type('DPI Essais');
  await page.locator('#documents').setInputFiles([
    { name: 'juste.pdf', mimeType: 'application/pdf', buffer: Buffer.from(outcome.bytes) },
    { name: 'sans.pdf', mimeType: 'application/pdf', buffer: Buffer.from(await letter()) },
  ]);
  await tabTo(page, 'form[enctype] button[type="submit"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /1 document\(s\) juste\(s\) sur 2/ }).waitFor();
  assert.equal(await page.locator('svg.template-sheet image').count(), 2);
  assert.equal(await page.locator('svg.template-sheet .symbol.right').count(), 1);
  assert.deepEqual(await axeViolations(page), []);
  assert.equal(await overflow(page), 0);
  const shots = process.env.TDU_SCREENSHOTS;
  if (shots !== undefined) await page.screenshot({ path: `${shots}/resultats.png`, fullPage: true });
  await tabTo(page, 'a[href^="/console/modeles/"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Attestation d’audit de modèle' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  assert.equal(await overflow(page), 0);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.side').isVisible(), false);
  if (shots !== undefined) await page.screenshot({ path: `${shots}/attestation.png`, fullPage: true });
  assert.deepEqual(complaints, []);
});
