import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acting, qualifiedPatient } from '../xds/submission.fixture.ts';
import { createVihfCache } from './vihf-cache.ts';

function cache(lifetimeMs: number, maxEntries = 10) {
  let now = 1_000_000;
  let issued = 0;
  const assertionFor = createVihfCache({
    lifetimeMs,
    maxEntries,
    now: () => new Date(now),
    issue: async () => {
      issued += 1;
      return `assertion ${issued}`;
    },
  });
  return { assertionFor, wait: (ms: number) => (now += ms) };
}
const other = qualifiedPatient('160012B02077713');
const elsewhere = { ...acting, structure: { id: '1750000001', name: 'Autre établissement' } };

describe('VIHF reuse', () => {
  it('serves again until its time is over', async () => {
    const { assertionFor, wait } = cache(60_000);
    assert.equal(await assertionFor(acting, qualifiedPatient()), 'assertion 1');
    wait(59_999);
    assert.equal(await assertionFor(acting, qualifiedPatient()), 'assertion 1');
    wait(1);
    assert.equal(await assertionFor(acting, qualifiedPatient()), 'assertion 2');
  });

  it('never crosses patients or structures', async () => {
    const { assertionFor } = cache(60_000);
    const all = [
      await assertionFor(acting, qualifiedPatient()),
      await assertionFor(acting, other),
      await assertionFor(elsewhere, qualifiedPatient()),
    ];
    assert.equal(new Set(all).size, 3);
  });

  it('never serves twice when told so, nor after the clock went back', async () => {
    const never = cache(0);
    assert.notEqual(await never.assertionFor(acting, other), await never.assertionFor(acting, other));
    const { assertionFor, wait } = cache(60_000);
    const first = await assertionFor(acting, other);
    wait(-60_000);
    assert.notEqual(await assertionFor(acting, other), first);
  });

  it('forgets the oldest beyond its size', async () => {
    const { assertionFor } = cache(60_000, 1);
    const first = await assertionFor(acting, qualifiedPatient());
    await assertionFor(acting, other);
    assert.notEqual(await assertionFor(acting, qualifiedPatient()), first);
  });
});
