/** The day of the cell with the keyboard alone: the list, the identity, the check, the next one; gestures are counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConsoleBench, EG, OTHER_EG, PASSWORD } from '../../src/console/console.fixture.ts';
import { seedConsole } from '../../src/console/seed.fixture.ts';
import { DOMAIN } from '../../src/console/seed-patients.fixture.ts';
import { identityByIdentifier } from '../../src/store/identities.ts';
import { axeViolations, browserMissing, complaintsOf, launch, tabTo } from './chromium.ts';

const missing = browserMissing();

test('from the list to the qualified identity in three gestures, with the keyboard alone, then the next one', async (t) => {
  if (missing !== undefined) return t.skip(missing);
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const { pool } = bench.gateway;
  const first = await identityByIdentifier(pool, DOMAIN, '000005');
  assert.equal(first?.status, 'RECUP');
  // A second one waits behind it.
  await pool.query(
    `update identity set status = 'RECUP', matricule = '180032B02040123', oid = '1.2.250.1.213.1.4.10', ins_obtained_at = $2,
       insi_state = 'settled', updated_at = $2 where id = $1`,
    [(await identityByIdentifier(pool, DOMAIN, '000002'))?.id, bench.gateway.now()],
  );
  const login = await bench.user('identitovigilance');
  const origin = await bench.app.listen({ port: 0, host: '127.0.0.1' });
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage({ baseURL: origin, locale: 'fr-FR' });
  const complaints = complaintsOf(page);
  await page.goto('/console/connexion?suite=/console/cellule');
  await page.getByLabel('Identifiant').fill(login);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'À qualifier' }).waitFor();
  let gestures = 0;
  const gesture = async (key: string): Promise<void> => {
    gestures += 1;
    await page.keyboard.press(key);
  };
  await tabTo(page, 'a[href="/console/qualifier?statut=RECUP"]');
  await gesture('Enter');
  await page.getByRole('heading', { name: 'Contrôler NESSI MICHELANGELO' }).waitFor();
  assert.equal(await page.locator('input[name="dispositif"]:checked').count(), 0, 'no device is chosen for the person');
  assert.deepEqual(await axeViolations(page), []);
  await tabTo(page, 'input[name="dispositif"]');
  await gesture('Space');
  await tabTo(page, 'button[name="coherent"][value="oui"]');
  await gesture('Enter');
  await page.getByRole('heading', { name: /NESSI MICHELANGELO\s: qualifiée/ }).waitFor();
  assert.equal(gestures, 3);
  assert.equal((await identityByIdentifier(pool, DOMAIN, '000005'))?.status, 'QUAL');
  await page.getByRole('heading', { name: 'Contrôler CORSE ANTHONY' }).waitFor();
  await tabTo(page, 'input[name="dispositif"]');
  await gesture('Space');
  await tabTo(page, 'button[name="coherent"][value="oui"]');
  await gesture('Enter');
  await page.getByText('Plus aucune identité à contrôler').waitFor();
  assert.equal(gestures, 5, 'two more for the next one');
  assert.equal((await identityByIdentifier(pool, DOMAIN, '000002'))?.status, 'QUAL');
  assert.deepEqual(complaints, []);
});
