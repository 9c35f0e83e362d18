/** The counts kept as the ledger is sealed say what a naive recount of the ledger says, whatever was fed, replaced and taken out. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { many, openPool, type Pool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import { addLedgerEntry, type LedgerAct, readWhatAndWhere, sealChain } from '../store/proofs.ts';
import { proofCounts } from './counts.ts';
import { foldOnce } from './fold.ts';

const EJ = '750000001';
const TYPES = ['11490-0', '34874-8', '11502-2', '60591-5'];
const START = Date.UTC(2025, 11, 20);
const HOUR = 3_600_000;

/** One step of a life: a new document, or something about one that there is; `pick` chooses which. */
interface Step {
  readonly act: 'new' | 'replace' | 'delete' | 'replace-of-others' | 'again';
  readonly pick: number;
  readonly type: number;
  readonly eg: number;
  readonly mail: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom('new', 'new', 'new', 'replace', 'replace', 'delete', 'replace-of-others', 'again'),
    pick: fc.nat(50),
    type: fc.nat(TYPES.length - 1),
    eg: fc.nat(2),
    mail: fc.boolean(),
  }),
  { maxLength: 60 },
);

interface Written {
  readonly act: LedgerAct;
  readonly uniqueId: string;
  readonly replaces?: string;
  readonly typeCode: string;
  readonly eg: string;
  readonly destination: string;
}

/** What a house writes when these steps happen: only what stands can be replaced or deleted. */
function written(life: readonly Step[]): Written[] {
  const standing: { uniqueId: string; destination: string; eg: string }[] = [];
  const gone: string[] = [];
  let made = 0;
  return life.flatMap(({ act, pick, type, eg, mail }): Written[] => {
    const uniqueId = `1.2.${++made}`;
    const typeCode = TYPES[type] ?? '';
    const place = { eg: `75000010${eg}`, destination: mail ? 'MSSANTE-PS' : 'DMP' };
    const chosen = standing[pick % Math.max(1, standing.length)];
    if (act === 'new' || (chosen === undefined && act !== 'replace-of-others')) {
      standing.push({ uniqueId, ...place });
      return [{ act: 'acceptance', uniqueId, typeCode, ...place }];
    }
    if (act === 'replace-of-others' || chosen === undefined) {
      standing.push({ uniqueId, ...place });
      return [{ act: 'replacement', uniqueId, replaces: `9.9.${made}`, typeCode, ...place }];
    }
    if (act === 'again') {
      const back = gone.pop() ?? uniqueId;
      standing.push({ uniqueId: back, ...place });
      return [{ act: 'acceptance', uniqueId: back, typeCode, ...place }];
    }
    const original = chosen.uniqueId;
    if (act === 'replace') {
      chosen.uniqueId = uniqueId;
      return [{ ...chosen, act: 'replacement', uniqueId, replaces: original, typeCode }];
    }
    standing.splice(standing.indexOf(chosen), 1);
    gone.push(original);
    return [{ ...chosen, act: 'deletion', uniqueId: original, typeCode }];
  });
}

/** Walks each first version forward through the ledger, one statement of the question after the other: slow, and of its own. */
async function recount(pool: Pool): Promise<Record<string, number>> {
  const rows = await many<{ id: number; at: Date; eg: string; destination: string; uid: string; type: string }>(
    pool,
    'select id, at, eg, destination, unique_id as uid, type_code as type from ledger order by id',
  );
  const counts: Record<string, number> = {};
  const said = rows.map((row) => ({ ...row, ...readWhatAndWhere(row.destination) }));
  for (const first of said.filter(({ act }) => act === 'acceptance')) {
    let now = first;
    let there = true;
    for (const later of said.filter(({ id, destination }) => id > first.id && destination === first.destination)) {
      if (!there) break;
      if (later.act === 'replacement' && later.replaces === now.uid) now = later;
      else if (later.uid === now.uid && later.act !== 'replacement') there = false;
    }
    if (!there) continue;
    const month = new Date(first.at).toLocaleDateString('sv', { timeZone: 'Europe/Paris' }).slice(0, 7);
    const cell = `${first.destination} ${first.eg} ${month} ${now.type}`;
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

async function kept(pool: Pool, period: { from?: Date; to?: Date } = {}): Promise<Record<string, number>> {
  const counts = await proofCounts(pool, period);
  return Object.fromEntries(
    counts
      .filter(({ documents }) => documents > 0)
      .map(({ destination, eg, month, typeCode, documents }) => [
        `${destination} ${eg} ${month} ${typeCode}`,
        documents,
      ]),
  );
}

describe('the counts of the proof', () => {
  let database: TestDatabase;
  let pool: Pool;
  before(async () => {
    database = await createTestDatabase(migrateUrl);
    pool = openPool(database.url, 2, () => undefined);
    // Ledger lines name a document: these need none.
    await pool.query('alter table ledger drop constraint ledger_document_id_fkey');
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  async function empty(): Promise<void> {
    await pool.query('truncate ledger, ledger_seal, proof_document, proof_month restart identity');
    await pool.query('update proof_fold set position = 0');
  }

  async function write(lines: readonly Written[]): Promise<void> {
    for (const [index, line] of lines.entries())
      await addLedgerEntry(pool, {
        ...line,
        at: new Date(START + index * 7 * HOUR),
        ej: EJ,
        documentId: randomUUID(),
        submissionUniqueId: '1.3',
        documentSha1: '00',
        oid: '1.2.250.1.213.1.4.10',
      });
  }

  test('are those of a naive recount, however the lines are cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 40 }), async (life, batch) => {
        await empty();
        await write(written(life));
        while ((await sealChain(pool, 'ledger', batch)) > 0);
        while (((await foldOnce(pool, batch)) ?? 0) > 0);
        const expected = await recount(pool);
        assert.deepEqual(await kept(pool), expected);
        assert.equal(await foldOnce(pool), 0, 'nothing is taken in twice');
      }),
      { numRuns: 40 },
    );
  });

  test('of a period are those of its first acceptances, to the minute, whether it holds whole months or none', async () => {
    await empty();
    const life: Step[] = Array.from({ length: 300 }, (_, index) => ({
      act: 'new',
      pick: 0,
      type: index % 4,
      eg: index % 3,
      mail: false,
    }));
    await write(written(life));
    await sealChain(pool, 'ledger', 1_000);
    await foldOnce(pool);
    const rows = await many<{ at: Date }>(pool, 'select at from ledger');
    for (const [from, to] of [
      ['2025-12-25T10:00:00Z', '2026-02-10T11:00:00Z'],
      ['2025-12-31T23:00:00Z', '2026-01-31T23:00:00Z'],
      ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z'],
      ['2025-12-31T22:00:00Z', '2026-03-01T00:00:00Z'],
      ['2026-01-15T00:00:00Z', '2026-01-31T23:00:00Z'],
    ].map((pair) => pair.map((text) => new Date(text)) as [Date, Date])) {
      const within = await proofCounts(pool, { from, to });
      const sum = within.reduce((total, { documents }) => total + documents, 0);
      assert.equal(sum, rows.filter(({ at }) => at >= from && at < to).length, from.toISOString());
    }
    const since = new Date('2026-01-10T00:00:00Z');
    const after = (await proofCounts(pool, { from: since })).reduce((total, { documents }) => total + documents, 0);
    assert.equal(after, rows.filter(({ at }) => at >= since).length);
    const one = await proofCounts(pool, { eg: '750000101', to: since });
    assert.ok(one.length > 0 && one.every(({ eg, month }) => eg === '750000101' && month <= '2026-01'));
  });

  test('hold when a first version is sealed after what replaced it', async () => {
    await empty();
    const place = { typeCode: '11490-0', eg: '750000101', destination: 'DMP' };
    await write([
      { act: 'acceptance', uniqueId: '1.1', ...place },
      { act: 'replacement', uniqueId: '1.2', replaces: '1.1', ...place, typeCode: '34874-8' },
      { act: 'replacement', uniqueId: '2.2', replaces: '2.1', ...place },
    ]);
    await pool.query(
      'insert into ledger_seal (id, ledger_id, previous, hash) select row_number() over (order by id <> 2, id), id, $1, $1 from ledger',
      [Buffer.alloc(32)],
    );
    for (let line = 0; line < 3; line++) await foldOnce(pool, 1);
    assert.deepEqual(await kept(pool), { 'DMP 750000101 2025-12 34874-8': 1 });
    await foldOnce(pool);
    assert.deepEqual(await kept(pool), await recount(pool));
  });
});
