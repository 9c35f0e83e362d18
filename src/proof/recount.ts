/** Counts of a period from the lines themselves, as an export is made and as it is verified. */
import type { TypeCount } from '../store/proof-counts.ts';
import { parisMonthOf } from './calendar.ts';
import { emptyStanding, type ProofLine, take } from './standing.ts';

export interface Recount {
  /** In the order of the chain. */
  take(line: ProofLine): void;
  cells(): TypeCount[];
}

export interface RecountScope {
  readonly ej: string | null;
  readonly eg: string | null;
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
}

export function startRecount({ ej, eg, from, to }: RecountScope): Recount {
  const standing = emptyStanding();
  const cells = (): TypeCount[] => {
    const found = new Map<string, { -readonly [K in keyof TypeCount]: TypeCount[K] }>();
    for (const document of standing.opened) {
      const { destination, typeCode, qualified } = document;
      const outside = (ej !== null && ej !== document.ej) || (eg !== null && eg !== document.eg);
      if (!document.counted || outside || document.at < from || document.at >= to) continue;
      const place = {
        destination,
        ej: document.ej,
        eg: document.eg,
        month: parisMonthOf(document.at),
        typeCode,
        qualified,
      };
      const key = Object.values(place).join(' ');
      const cell = found.get(key) ?? { ...place, documents: 0, ended: 0 };
      if (document.ended === null) cell.documents += 1;
      else cell.ended += 1;
      found.set(key, cell);
    }
    return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  };
  return { take: (line) => take(standing, line), cells };
}
