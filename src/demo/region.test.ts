import assert from 'node:assert/strict';
import { test } from 'node:test';
import { productsToMigrate, standings } from '../region/overview.ts';
import { openHouse } from '../region/region.fixture.ts';
import { regionMonths } from '../store/region-reads.ts';
import { startRegion } from './region.ts';

test('the demonstration starts from October 2022: 407 establishments, 50 under INS-C and 357 under a NIR, once', async (t) => {
  const { context, pool } = await openHouse(t);
  await startRegion(context);
  await startRegion(context);
  const [start, ...others] = await regionMonths(pool, { eg: null, from: '2020-01', to: '2026-11' });
  assert.deepEqual(others, []);
  assert.deepEqual([start?.month, start?.insC, start?.nir, start?.ins, start?.imported], ['2022-10', 50, 357, 0, 407]);
  const rows = await standings(context, { eg: null, to: '2026-11' });
  assert.equal(rows.length, 407);
  assert.ok(rows.every(({ eg, name }) => eg.startsWith('99') && name.includes('fictif')));
  assert.equal(productsToMigrate(rows).length, 20);
});
