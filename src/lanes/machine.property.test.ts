import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LANES, type Lane } from '../config/migration-schema.ts';
import { directionOf, earlierLanes, isCanaryRule, leavesByV2, nextLane } from './machine.ts';

const lane = fc.constantFrom(...LANES);
const isChosen = (id: string, canary: { percentage: number }, { setKey }: { setKey: string }) =>
  leavesByV2({ id, lane: 'canary', canary }, { setKey });
const place = (one: Lane) => LANES.indexOf(one);

test('whatever is asked, a flow goes forward by one lane at most, and any earlier lane is one action away', () => {
  fc.assert(
    fc.property(fc.array(lane, { maxLength: 40 }), (asked) => {
      let at: Lane = 'observed';
      for (const to of asked) {
        const direction = directionOf(at, to);
        if (direction === 'forward') assert.equal(place(to), place(at) + 1);
        if (direction === 'back') assert.ok(place(to) < place(at));
        if (direction === 'within') assert.equal(to, 'canary');
        for (const earlier of earlierLanes(at)) assert.equal(directionOf(at, earlier), 'back');
        if (direction !== undefined) at = to;
      }
    }),
  );
});

test('from any lane V2 is reached in as many steps forward as there are lanes between', () => {
  for (const from of LANES.slice(0, 3)) {
    let at: Lane = from;
    for (let step = place(from); step < place('v2'); step++) at = nextLane(at) ?? 'closed';
    assert.equal(at, 'v2');
  }
  assert.equal(nextLane('closed'), undefined);
});

test('a larger share of a canary chooses all that a smaller one chose; none and all are none and all', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string(), fc.nat(100), fc.nat(100), (flowId, setKey, a, b) => {
      const chosen = (percentage: number) => isChosen(flowId, { percentage }, { setKey });
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      assert.ok(!chosen(small) || chosen(large));
      assert.equal(chosen(0), false);
      assert.equal(chosen(100), true);
      // The same answer, however often it is asked.
      assert.equal(chosen(a), chosen(a));
    }),
  );
});

test('a share chooses about as much as it says', () => {
  const sets = Array.from({ length: 5_000 }, (_, index) => `1.2.250.1.${index}`);
  const chosen = sets.filter((setKey) =>
    isChosen('6d0c0f2e-0000-4000-8000-000000000001', { percentage: 20 }, { setKey }),
  );
  assert.ok(chosen.length > 900 && chosen.length < 1_100, `${chosen.length} of 5000`);
});

test('a canary by services takes their documents alone; the lanes of API V1 take none, those of V2 all', () => {
  fc.assert(
    fc.property(lane, fc.string({ minLength: 1 }), fc.option(fc.string(), { nil: undefined }), (at, service, unit) => {
      const canary = at === 'canary' ? { services: [service] } : null;
      const leaves = leavesByV2({ id: 'f', lane: at, canary }, { setKey: 's', unit });
      if (at === 'canary') assert.equal(leaves, unit === service);
      else assert.equal(leaves, at === 'v2' || at === 'closed');
    }),
  );
});

test('a rule without a service, or beyond 0 to 100 %, is no rule', () => {
  for (const wrong of [
    { services: [] },
    { services: [' '] },
    { percentage: -1 },
    { percentage: 101 },
    { percentage: Number.NaN },
  ])
    assert.equal(isCanaryRule(wrong), false, JSON.stringify(wrong));
});
