import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { recordEvent } from '../identity/index.ts';
import { putPairs } from '../store/candidate-pairs.ts';
import { identityIndicators, rateOf, totalOf } from './identity.ts';
import { identityCsv } from './identity-csv.ts';

const PERIOD = { from: new Date('2026-11-22T23:00:00Z'), to: new Date('2026-11-23T23:00:00Z') };
const BEFORE = { from: new Date('2026-11-20T23:00:00Z'), to: PERIOD.from };

function visit(number: string) {
  return {
    event: 'A01',
    visit: { patientClass: 'I', number },
    movement: { id: number, startsAt: '20261123080000', action: 'INSERT' },
  } as const;
}

test('the active file, the admissions of a day and the stock of retrieved INS follow stays and statuses', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  await bench.admit({ ...visit('V1'), proof: { deviceType: 'CN' } });
  await bench.settle();
  await bench.admit({ ...visit('V2'), patient: { ipp: 'P2', status: 'PROV', birthName: 'AUTRE' } });
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV', birthName: 'SANSVENUE' } });
  const now = new Date('2026-11-23T09:00:00Z');
  const of = (eg: string | null, period = PERIOD) => identityIndicators(pool, { eg }, period, now);
  const figures = await of(null);
  assert.deepEqual(figures.activeFile, { PROV: 1, VALI: 0, RECUP: 0, QUAL: 1 });
  assert.equal(rateOf(figures.activeFile.QUAL, totalOf(figures.activeFile)), 0.5);
  assert.deepEqual(figures.admissionDays, [{ day: '2026-11-23', admitted: 2, qualified: 1 }]);
  assert.deepEqual((await of(DEMO_EG)).activeFile, figures.activeFile);
  assert.equal(totalOf((await of(DEMO_SECOND_EG)).activeFile), 0);
  assert.deepEqual([totalOf((await of(null, BEFORE)).activeFile), rateOf(0, 0)], [0, null]);
  assert.deepEqual((await of(null)).retrieved.stock, 0);
  await pool.query(
    `update identity set status = 'RECUP', device_checked_at = null, ins_obtained_at = $1 where status = 'QUAL'`,
    [new Date('2026-11-20T09:00:00Z')],
  );
  const { retrieved } = await of(DEMO_EG);
  assert.deepEqual(
    [retrieved.stock, retrieved.underDay, retrieved.underWeek, retrieved.underMonth, retrieved.older],
    [1, 0, 1, 0, 0],
  );
  assert.equal(retrieved.medianDays, 3);
  assert.equal((await of(DEMO_SECOND_EG)).retrieved.stock, 0);
});

test('duplicates and adverse events are counted in the period in which they were found or settled', async (t) => {
  const bench = await openBench(t);
  const { pool, now } = bench.context;
  await bench.admit(visit('V1'));
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  const { rows } = await pool.query<{ id: string }>('select id from identity order by id');
  const [first, second] = rows.map(({ id }) => id);
  assert.ok(first !== undefined && second !== undefined);
  await putPairs(pool, [{ ids: [first, second], kind: 'duplicate', score: 0.9, traits: [] }], now());
  const foundAt = now();
  await recordEvent(
    bench.context,
    { nature: 'duplicate', consequence: 'unknown', description: 'essai', foundAt, eg: DEMO_EG },
    'user:claire',
  );
  const figures = await identityIndicators(pool, { eg: DEMO_EG }, PERIOD, now());
  assert.deepEqual(figures.duplicates, { open: 1, found: 1, merged: 0, linked: 0, different: 0 });
  assert.deepEqual(figures.adverseEvents, { found: 1, settled: 0, open: 1 });
  const before = await identityIndicators(pool, { eg: null }, BEFORE, now());
  assert.deepEqual([before.duplicates.open, before.adverseEvents.open], [0, 0]);
  const elsewhere = await identityIndicators(pool, { eg: DEMO_SECOND_EG }, PERIOD, now());
  assert.deepEqual([elsewhere.duplicates.found, elsewhere.adverseEvents.found], [0, 0]);
  const file = identityCsv([figures]);
  assert.match(file, /\r\n1;\d{9};2026-11-22T23:00:00\.000Z;[^\r]*;doublons possibles trouvés;;1;;\r\n/);
  assert.match(file, /;identités qualifiées parmi les admissions du jour;2026-11-23;0;1;0,0\r\n/);
  assert.doesNotMatch(file, /PAT-TROIS/);
});
