import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counted, gapMs, type Held } from './measure.ts';
import { type PlannedOrder, planOf } from './plan.ts';
import { type Sent, titleOf } from './traffic.ts';
import { type Evidence, judge } from './verdict.ts';
import { hospital, replayPatient } from './world.ts';

const AT = hospital(0);
const uniqueIdOf = (number: number): string => `${AT.oid}.${number}`;
const GATEWAY = 'TRAITDUNION AUTH_CLI';

function sent(number: number, change: Partial<PlannedOrder> = {}, ended: Sent['ended'] = { said: 'accepted' }): Sent {
  const order = { kind: 'new', number, patient: replayPatient(1), ...change } as const;
  return { hospital: AT, order, uniqueId: uniqueIdOf(number), ended };
}

function held(number: number, change: Partial<Held> = {}): Held {
  return {
    uniqueId: uniqueIdOf(number),
    status: 'Approved',
    title: titleOf(number),
    structure: `1${AT.eg}`,
    receivedAt: '2026-05-03T12:00:00.000Z',
    ...change,
  };
}

function counted(change: Partial<Counted>): Counted {
  return {
    ...{ transaction: 'TD2.1', apiVersion: 'V1', identityKind: 'INS-C', outcome: 'success' },
    ...{ certificate: 'CONNECTEUR', structure: `1${AT.eg}`, product: 'DXCARE 7.7.7', month: '2026-05', count: 1 },
    ...change,
  };
}

function evidence(change: Partial<Evidence>): Evidence {
  return {
    ...{ planned: 1, sent: [sent(1)], held: [held(1)], counts: [], gatewayCertificate: GATEWAY },
    ...{ firstMonth: '2026-05', lastMonth: '2026-10' },
    ...change,
  };
}

test('what was told accepted and is not held is lost, and so is what never left', () => {
  assert.equal(judge(evidence({})).lost, 0);
  assert.equal(judge(evidence({ held: [] })).lost, 1);
  assert.equal(judge(evidence({ planned: 3 })).lost, 2);
});

test('the same document held twice is doubled, whatever its identifier', () => {
  const { duplicated, problems } = judge(evidence({ held: [held(1), held(1, { uniqueId: '1.2.3' })] }));
  assert.equal(duplicated, 1);
  assert.match(problems.join(), /1 en double/);
});

test('a refusal, a wrong state and a document of nobody are told', () => {
  const refused = judge(evidence({ sent: [sent(1, {}, { said: 'refused', reason: 'non' })], held: [] }));
  assert.deepEqual([refused.accepted, refused.lost], [0, 0]);
  assert.match(refused.problems.join(), /1 refusé.*DMPCONNECT 1.*non/);
  const replaced = [sent(1), sent(2, { kind: 'replacement', about: 1 })];
  const stays = judge(evidence({ planned: 2, sent: replaced, held: [held(1), held(2)] }));
  assert.match(stays.problems.join(), /1 dans un autre état/);
  const deprecated = [held(1, { status: 'Deprecated' }), held(2)];
  assert.deepEqual(judge(evidence({ planned: 2, sent: replaced, held: deprecated })).problems, []);
  assert.match(judge(evidence({ held: [held(1), held(9)] })).problems.join(), /1 inconnu des connecteurs/);
});

test('shares and what the gateway forwarded come from what the DMP counted, by certificate', () => {
  const counts = [
    counted({ count: 3 }),
    counted({ month: '2026-10', certificate: GATEWAY, apiVersion: 'V2', identityKind: 'INS-NIR-TEST', count: 9 }),
    counted({ month: '2026-10' }),
    counted({ transaction: 'TD0.0', certificate: GATEWAY, outcome: 'soap:Sender', count: 2 }),
    counted({ certificate: GATEWAY, count: 4 }),
  ];
  const { v1Before, v2After, td00Forwarded, inscForwarded } = judge(evidence({ counts }));
  assert.equal(Math.round(v1Before), 43);
  assert.equal(v2After, 90);
  assert.deepEqual([td00Forwarded, inscForwarded], [2, 6]);
});

test('a gap is measured around the cut-over, within the same week', () => {
  const told = (at: string, said: 'accepted' | 'busy') =>
    ({ type: 'told', at, uniqueId: '1', transaction: 'TD2.1', endpoint: '', said }) as const;
  const cutOver = { type: 'cut-over', at: '2026-06-03T12:00:01.000Z', endpoint: '' } as const;
  const before = told('2026-06-03T12:00:00.500Z', 'accepted');
  const busy = told('2026-06-03T12:00:01.200Z', 'busy');
  assert.equal(gapMs([before, cutOver, busy, told('2026-06-03T12:00:02.000Z', 'accepted')]), 1_500);
  assert.equal(gapMs([before, cutOver, told('2026-06-10T12:00:02.000Z', 'accepted')]), undefined);
  assert.equal(gapMs([before, busy]), undefined);
});

test('every document is planned once, and both sides of every cut-over have some', () => {
  const plans = planOf(
    Array.from({ length: 40 }, (_, index) => hospital(index)),
    { documents: 2_000, months: 6 },
  );
  const orders = plans.flatMap(({ waves }) => waves.flatMap((wave) => wave.orders));
  const documents = orders.filter(({ kind }) => kind !== 'deletion');
  assert.equal(new Set(documents.map(({ number }) => number)).size, 2_000);
  assert.equal(documents.length, 2_000);
  assert.ok(orders.some(({ kind }) => kind === 'deletion') && orders.some(({ kind }) => kind === 'replacement'));
  for (const { waves, cutOverWave } of plans) {
    assert.ok(cutOverWave >= 4 && cutOverWave < 20, `${cutOverWave}`);
    assert.ok((waves[cutOverWave]?.orders.length ?? 0) >= 4);
  }
});
