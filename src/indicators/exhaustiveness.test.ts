import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { MANDATORY_LIST } from '../codes/feeding-lists.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { type Asked, exhaustiveness, judgedStays } from './exhaustiveness.ts';
import { exhaustivenessCsv, staysCsv } from './exhaustiveness-csv.ts';

const HOUR_MS = 3_600_000;

/** A stay of this number that ends on that day of November at 10:00 in Paris. */
async function stay(
  bench: UseCaseBench,
  number: string,
  day: number,
  patientClass = 'I',
  unit = 'CHIR',
): Promise<void> {
  const visit = { patientClass, number, unit };
  const at = (hour: number) => `202611${String(day).padStart(2, '0')}${hour}0000`;
  const movement = (id: string, hour: number) => ({ id, startsAt: at(hour), action: 'INSERT', unit }) as const;
  await bench.admit({ event: 'A01', visit, movement: movement(`${number}-1`, 10) });
  await bench.admit({ event: 'A03', visit, movement: movement(`${number}-2`, 11) });
}

async function letter(bench: UseCaseBench, number: string, parts: object = {}): Promise<void> {
  await bench.file({
    number: `L-${number}`,
    content: Buffer.from(`Lettre ${number}\n`),
    visit: { patientClass: 'I', number },
    ...parts,
  });
  await bench.settle();
}

function asked(bench: UseCaseBench, parts: Partial<Asked> = {}): Asked {
  return {
    eg: null,
    from: new Date('2026-11-01T00:00:00Z'),
    to: new Date('2026-12-01T00:00:00Z'),
    unit: null,
    now: bench.context.now(),
    ...parts,
  };
}

async function figures(bench: UseCaseBench, parts: Partial<Asked> = {}): Promise<string[]> {
  const { pool, config } = bench.context;
  const rows = await exhaustiveness(pool, config, MANDATORY_LIST, asked(bench, parts));
  return rows.map(
    ({ eg, unit, day, stays, fed, waiting, refused, ended, missing, notDue }) =>
      `${eg} ${unit} ${day} ${[stays, fed, waiting, refused, ended, missing, notDue].join('/')}`,
  );
}

test('a closed stay is fed, on its way, stopped, late or not late yet, by unit and day', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await stay(bench, 'S1', 20);
  await stay(bench, 'S2', 20);
  await stay(bench, 'S3', 21, 'I', 'MED');
  await stay(bench, 'S4', 21, 'E', 'URG');
  await letter(bench, 'S1');
  await letter(bench, 'S3', { type: { code: '60593-1', label: 'Autre' } });
  assert.deepEqual(await figures(bench), [
    `${DEMO_EG} MED 2026-11-21 1/0/0/0/0/1/0`,
    `${DEMO_EG} CHIR 2026-11-20 2/1/0/0/0/1/0`,
  ]);
  await stay(bench, 'S5', 23);
  assert.deepEqual(await figures(bench, { from: new Date('2026-11-22T12:00:00Z') }), [
    `${DEMO_EG} CHIR 2026-11-23 1/0/0/0/0/0/1`,
  ]);
  bench.advance(27 * HOUR_MS);
  assert.deepEqual(await figures(bench, { unit: 'CHIR', from: new Date('2026-11-22T12:00:00Z') }), [
    `${DEMO_EG} CHIR 2026-11-23 1/0/0/0/0/1/0`,
  ]);
  assert.deepEqual(await figures(bench, { eg: '990000036' }), []);
});

test('the document that went furthest speaks for its stay, and each figure leads to its stays', async (t) => {
  const bench = await openBench(t);
  const { pool, config } = bench.context;
  bench.insi.answer = () => NOBODY;
  await stay(bench, 'S1', 20);
  await stay(bench, 'S2', 20);
  await letter(bench, 'S1');
  assert.deepEqual(await figures(bench), [`${DEMO_EG} CHIR 2026-11-20 2/0/1/0/0/1/0`]);
  const page = { outcomes: [], limit: 10, offset: 0 };
  const rows = await judgedStays(pool, config, MANDATORY_LIST, asked(bench), page);
  assert.deepEqual(rows.map(({ number, outcome, documentState }) => [number, outcome, documentState]).toSorted(), [
    ['S1', 'waiting', 'waiting'],
    ['S2', 'missing', null],
  ]);
  const missing = await judgedStays(pool, config, MANDATORY_LIST, asked(bench), { ...page, outcomes: ['missing'] });
  assert.deepEqual(
    missing.map(({ number }) => number),
    ['S2'],
  );
  assert.match(staysCsv(missing), /;S2;I;.*;aucun document;;/);
  const csv = exhaustivenessCsv(await exhaustiveness(pool, config, MANDATORY_LIST, asked(bench)));
  assert.match(csv, /;CHIR;2026-11-20;2;0;1;0;0;1;0;0,0/);
});

test('what is expected of which stays is data', async (t) => {
  const bench = await openBench(t);
  const { pool, config } = bench.context;
  await stay(bench, 'U1', 20, 'E', 'URG');
  const list = { ...MANDATORY_LIST, entries: [{ code: '15507-7', dischargeOf: ['E'] }] };
  const [row, more] = await exhaustiveness(pool, config, list, asked(bench));
  assert.deepEqual([row?.unit, row?.missing, more], ['URG', 1, undefined]);
});
