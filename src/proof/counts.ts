/** Documents fed, by establishment, month and kind: what the console, the region and the replay look at. */
import type { Db } from '../store/db.ts';
import { type CountFilter, countsByMonth } from '../store/proof-counts.ts';
import { parisDayOf, parisMonthOf } from './calendar.ts';
import { kindOfType } from './document-kinds.ts';

export interface ProofCount {
  /** `DMP`, `MSSANTE-PS`, `MSSANTE-PATIENT`. */
  readonly destination: string;
  readonly ej: string;
  readonly eg: string;
  /** AAAA-MM, of the first acceptance, legal time of Paris. */
  readonly month: string;
  readonly kind: string;
  readonly typeCode: string;
  /** Sent under a qualified INS: always, to the DMP and to a patient. */
  readonly qualified: boolean;
  /** Still there; a replacement is not counted again. */
  readonly documents: number;
  /** Counted, then deleted or come back: no more in `documents`. */
  readonly ended: number;
}

/** A few milliseconds over a ledger of a million lines, whatever the period (decision 0050). */
export async function proofCounts(db: Db, filter: CountFilter): Promise<ProofCount[]> {
  const rows = await countsByMonth(db, filter, wholeMonths(filter));
  return rows.map((row) => ({ ...row, kind: kindOfType(row.typeCode) }));
}

/** Whole months of a period, as first days; `none`: it holds none. */
function wholeMonths({ from, to }: CountFilter): { from: string | null; to: string | null; none: boolean } {
  const first = from === undefined ? null : firstWholeMonth(from);
  const last = to === undefined ? null : `${parisMonthOf(to)}-01`;
  return { from: first, to: last, none: first !== null && last !== null && first >= last };
}

function firstWholeMonth(from: Date): string {
  const month = parisMonthOf(from);
  const before = new Date(from.getTime() - 1);
  if (parisMonthOf(before) !== month) return `${month}-01`;
  const [year = 0, number = 0] = parisDayOf(from).split('-').map(Number);
  return `${number === 12 ? year + 1 : year}-${String(number === 12 ? 1 : number + 1).padStart(2, '0')}-01`;
}
