import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { seeTraffic } from '../observatory/observatory.fixture.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { transaction } from '../store/db.ts';
import { putFigures } from '../store/region-figures.ts';
import { figuresOfEstablishment, regionMonths, shownFigures } from '../store/region-reads.ts';
import { monthOf } from './month.ts';
import { countOwn } from './own.ts';
import { addDocuments, addLedger, figure, type LedgerLine, openHouse, seal } from './region.fixture.ts';

const ALL = { eg: null, from: '2023-01', to: '2026-11' };

/** The same by looping over everything. */
function recount(lines: readonly LedgerLine[]): Record<string, readonly [number, number, number]> {
  const counts: Record<string, [number, number, number]> = {};
  for (const { eg, at, destination } of lines) {
    const key = `${eg} ${monthOf(at)}`;
    const row = counts[key] ?? [0, 0, 0];
    row[destination === 'DMP' ? 0 : destination === 'DMP replacement' ? 1 : 2] += 1;
    counts[key] = row;
  }
  return counts;
}

test('months counted by increments are those that a recount of the whole ledger gives', async (t) => {
  const { context, pool } = await openHouse(t);
  const line = fc.record({
    eg: fc.constantFrom(DEMO_EG, DEMO_SECOND_EG),
    at: fc.date({ min: new Date('2025-12-25T00:00:00Z'), max: new Date('2026-11-23T00:00:00Z'), noInvalidDate: true }),
    destination: fc.constantFrom('DMP' as const, 'DMP replacement' as const, 'DMP deletion' as const),
  });
  const all: LedgerLine[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 40 }), fc.boolean(), async (lines, sealed) => {
      await addLedger(pool, lines);
      all.push(...lines);
      if (sealed) await seal(pool);
      await countOwn(context);
      if (!sealed) {
        await seal(pool);
        await countOwn(context);
      }
      await countOwn(context);
      const found = (await shownFigures(pool, ALL)).flatMap(({ eg, month, added, replaced, deleted }) =>
        added === 0 && replaced === 0 && deleted === 0 ? [] : [[`${eg} ${month}`, [added, replaced, deleted]] as const],
      );
      assert.deepEqual(Object.fromEntries(found), recount(all));
    }),
    { numRuns: 12, seed: 6 },
  );
  const months = await regionMonths(pool, ALL);
  assert.equal(
    months.reduce((sum, { added }) => sum + added, 0),
    all.filter(({ destination }) => destination === 'DMP').length,
  );
});

test('the present month says what was received, what is refused or waits, and what holds it back', async (t) => {
  const { context, pool, at } = await openHouse(t);
  const day = new Date('2026-11-20T09:00:00Z');
  const waits = { eg: DEMO_EG, at: day, state: 'waiting', rule: feedRules.identityProvisional.id } as const;
  const refused = { eg: DEMO_EG, at: day, state: 'refused', rule: dmpRules.unknownCode.id } as const;
  await addDocuments(pool, [waits, waits, refused, { ...refused, at: new Date('2026-10-20T09:00:00Z') }]);
  await addLedger(pool, [{ eg: DEMO_EG, at: day, destination: 'DMP' }]);
  await seal(pool);
  await countOwn(context);
  const [present, before] = await figuresOfEstablishment(pool, { ...ALL, eg: DEMO_EG });
  assert.deepEqual(
    [present?.month, present?.received, present?.refused, present?.waiting, present?.added, present?.lastFedOn],
    ['2026-11', 4, 1, 2, 1, '2026-11-20'],
  );
  assert.deepEqual(present?.blocks, [
    { rule: feedRules.identityProvisional.id, documents: 2 },
    { rule: dmpRules.unknownCode.id, documents: 1 },
  ]);
  assert.deepEqual([present?.identityKind, present?.origin], ['INS', 'own']);
  assert.deepEqual([before?.month, before?.refused, before?.added], ['2026-10', 1, 0]);
  const [other] = await figuresOfEstablishment(pool, { ...ALL, eg: DEMO_SECOND_EG });
  assert.deepEqual([other?.received, other?.identityKind], [0, null]);
  // A month that is over keeps what was last known of it.
  at('2027-01-05T08:00:00Z');
  await countOwn(context);
  const kept = await figuresOfEstablishment(pool, { eg: DEMO_EG, from: '2026-11', to: '2026-11' });
  assert.deepEqual([kept[0]?.received, kept[0]?.waiting], [4, 2]);
});

test('a document that left by an old way is the kind of identity of its month, and no more once there is none', async (t) => {
  const { context, pool, at } = await openHouse(t);
  const leave = async (way: string, day: string, count: number) => {
    const ids = await addDocuments(
      pool,
      Array.from({ length: count }, () => ({ eg: DEMO_EG, at: new Date(day), state: 'withdrawn', rule: null })),
    );
    await pool.query(
      `with flow as (insert into migration_flow (id, eg, application, facility, way, lane, since, created_at)
         values (gen_random_uuid(), $1, 'ANCIEN', '*', $2, 'observed', $3, $3)
         on conflict on constraint migration_flow_key do update set since = excluded.since returning id)
       insert into document_lane (document_id, flow_id, message_id, set_key, lane, carrier, decided_at)
       select document.id, flow.id, 1, '', 'observed', 'old', $3 from flow, unnest($4::uuid[]) as document (id)`,
      [DEMO_EG, way, day, ids],
    );
  };
  await leave('xds-v2', '2026-10-02T08:00:00Z', 2);
  await leave('xds-v2', '2026-11-02T08:00:00Z', 3);
  await leave('xds-v1', '2026-11-03T08:00:00Z', 4);
  await addLedger(pool, [{ eg: DEMO_EG, at: new Date('2026-11-20T09:00:00Z'), destination: 'DMP' }]);
  await seal(pool);
  await countOwn(context);
  await countOwn(context);
  const of = async (month: string) => {
    const [row] = await figuresOfEstablishment(pool, { eg: DEMO_EG, from: month, to: month });
    return [row?.identityKind, row?.added, row?.addedIns, row?.addedNir, row?.addedInsC];
  };
  assert.deepEqual(await of('2026-10'), ['NIR', 2, 0, 2, 0]);
  assert.deepEqual(await of('2026-11'), ['INS-C', 8, 1, 3, 4]);
  at('2026-12-20T08:00:00Z');
  await addLedger(pool, [{ eg: DEMO_EG, at: new Date('2026-12-02T09:00:00Z'), destination: 'DMP' }]);
  await seal(pool);
  await countOwn(context);
  assert.deepEqual(await of('2026-11'), ['INS-C', 8, 1, 3, 4]);
  assert.deepEqual(await of('2026-12'), ['INS', 1, 1, 0, 0]);
});

test('products that the catalogue says are to migrate, and the steps of the plan, stand beside the counts', async (t) => {
  const { context, pool } = await openHouse(t);
  await seeTraffic(context, { eg: DEMO_EG, application: 'DPI', api: 'V1', product: 'DXCARE', productVersion: '7.7.7' });
  await countOwn(context);
  const [row] = await figuresOfEstablishment(pool, { eg: DEMO_EG, from: '2026-11', to: '2026-11' });
  assert.deepEqual([row?.products, row?.steps], [[{ key: 'dxcare-7-7-7' }], null]);
});

test('figures of several origins are never added: what is computed here counts, then what was pushed', async (t) => {
  const { context, pool } = await openHouse(t);
  const give = (origin: 'pushed' | 'imported', added: number, eg = DEMO_EG) =>
    transaction(pool, (tx) =>
      putFigures(tx, [figure({ eg, month: '2026-10', added })], { origin, source: origin, at: context.now() }),
    );
  const shown = async () => (await regionMonths(pool, ALL)).map(({ month, added }) => [month, added]);
  await give('imported', 100);
  await give('imported', 40, '990001000');
  assert.deepEqual(await shown(), [['2026-10', 140]]);
  await give('pushed', 90);
  assert.deepEqual(await shown(), [['2026-10', 130]]);
  await give('imported', 110);
  assert.deepEqual(await shown(), [['2026-10', 130]]);
  await addLedger(pool, [{ eg: DEMO_EG, at: new Date('2026-10-20T09:00:00Z'), destination: 'DMP' }]);
  await seal(pool);
  await countOwn(context);
  assert.deepEqual((await shown())[0], ['2026-10', 41]);
  const all = await figuresOfEstablishment(pool, { eg: DEMO_EG, from: '2026-10', to: '2026-10' });
  assert.deepEqual(
    all.map(({ origin, added, shown: counts }) => [origin, added, counts]),
    [
      ['own', 1, true],
      ['imported', 110, false],
      ['pushed', 90, false],
    ],
  );
});
