/** Keeps the counts in step with the chain: what was sealed is taken in, in its order, by one process at a time. */
import type { Pool } from '../store/db.ts';
import {
  addToMonths,
  type CellChange,
  foldFrom,
  type ProofRow,
  sealedLinesAfter,
  standingOf,
  writeStanding,
} from '../store/proof-lines.ts';
import { parisMonthOf } from './calendar.ts';
import { emptyStanding, hold, take } from './standing.ts';

/** Lines of one transaction. */
const BATCH = 1_000;

/** Takes in what was sealed since; gives the number of lines, undefined where another process is at it. */
export async function foldOnce(pool: Pool, batch = BATCH): Promise<number | undefined> {
  return foldFrom(pool, async (tx, position) => {
    const lines = await sealedLinesAfter(tx, position, batch);
    const last = lines.at(-1);
    if (last === undefined) return position;
    const named = lines.flatMap(({ uniqueId, replaces }) => (replaces === null ? [uniqueId] : [uniqueId, replaces]));
    const standing = emptyStanding();
    const known = (await standingOf(tx, [...new Set(named)])).map((row) => ({ before: { ...row }, row }));
    for (const { row } of known) hold(standing, row);
    for (const line of lines) take(standing, line);
    const changed = known.filter(({ before, row }) => isChanged(before, row));
    const after = [...changed.map(({ row }) => row), ...standing.opened];
    await writeStanding(
      tx,
      after.map((row) => ({ ...row, month: parisMonthOf(row.at) })),
      changed.map(({ before }) => before.ledgerId),
    );
    await addToMonths(
      tx,
      cellChanges(
        changed.map(({ before }) => before),
        after,
      ),
    );
    return last.position;
  });
}

function isChanged(before: ProofRow, after: ProofRow): boolean {
  return before.versions !== after.versions || before.ended !== after.ended;
}

function cellChanges(before: readonly ProofRow[], after: readonly ProofRow[]): CellChange[] {
  const cells = new Map<string, CellChange>();
  const add = (document: ProofRow, by: 1 | -1): void => {
    if (!document.counted) return;
    const { destination, ej, eg, typeCode, qualified, ended } = document;
    const month = parisMonthOf(document.at);
    const key = [destination, ej, eg, month, typeCode, qualified].join(' ');
    const cell = cells.get(key) ?? { destination, ej, eg, month, typeCode, qualified, documents: 0, ended: 0 };
    cells.set(key, cell);
    if (ended === null) cell.documents += by;
    else cell.ended += by;
  };
  for (const document of before) add(document, -1);
  for (const document of after) add(document, 1);
  return [...cells.values()].filter(({ documents, ended }) => documents !== 0 || ended !== 0);
}
