/** A physician in a real browser: Pro Santé Connect, the reason, the list, a document; by keyboard, on a phone, light and dark. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fedPatient } from '../journeys/reading.fixture.ts';
import { startTestDemonstration } from '../support/demonstration.ts';
import { axeViolations, browserMissing, complaintsOf, launch, overflow, tabTo } from './chromium.ts';

const missing = browserMissing();

test('signing in, opening the DMP and reading a document, with the keyboard alone', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const demonstration = await startTestDemonstration();
  t.after(() => demonstration.stop());
  const patient = await fedPatient(demonstration);
  const browser = await launch();
  t.after(() => browser.close());
  const { origin } = new URL(demonstration.runtime.console);
  const context = await browser.newContext({ baseURL: origin, locale: 'fr-FR', colorScheme: 'light' });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const looked = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // Colours are those of the scheme once the page has been painted with it.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      assert.deepEqual(await axeViolations(page), [], `${name}, ${colorScheme}`);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        assert.equal(await overflow(page), 0, `${name} at ${width} pixels`);
        const folder = process.env.TDU_SCREENSHOTS;
        if (folder !== undefined)
          await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  };

  await page.goto(`/console/connexion?suite=${encodeURIComponent(`/console/patients/${patient}`)}`);
  await looked('connexion');
  await tabTo(page, 'a[href^="/console/connexion/professionnel"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Pro Santé Connect – simulateur' }).waitFor();
  await tabTo(page, 'button[value^="8999"]');
  await page.keyboard.press('Enter');

  // A strict cookie, across two sites: the page asked for comes all the same.
  await page.getByRole('link', { name: 'Consulter le DMP' }).waitFor();
  await looked('fiche');
  await tabTo(page, 'main a[href$="/dmp"]');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Motif d’accès' }).waitFor();
  await looked('motif');
  await tabTo(page, 'input[value="presumed"]');
  await page.keyboard.press('Space');
  await tabTo(page, 'main form button');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /2\sdocuments dans le DMP/ }).waitFor();
  await looked('liste');

  await tabTo(page, 'a[href*="/dmp/document"]');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Documents du DMP' }).waitFor();
  const first = page.url();
  const framed = await page.locator('iframe.narrative').count();
  await looked(framed === 1 ? 'niveau-3' : 'lettre');
  await page.goBack();
  await page.locator(`a[href*="/dmp/document"]:not([href$="${new URL(first).search}"])`).click();
  await page.getByRole('link', { name: 'Documents du DMP' }).waitFor();
  await looked(framed === 1 ? 'lettre' : 'niveau-3');
  if (framed === 1) await page.goto(first);
  assert.ok(await page.frameLocator('iframe.narrative').getByRole('cell', { name: 'Paracétamol' }).isVisible());
  assert.equal(await page.frameLocator('iframe.narrative').locator('a, script, form').count(), 0);

  await page.goto('/console/exercice');
  await looked('exercice');
  await page.getByRole('button', { name: 'Se déconnecter' }).click();
  await page.waitForURL('**/console/connexion');
  assert.deepEqual(complaints, []);
});
