/** What a simulator has seen, counted by transaction, API version, identity kind and outcome (design.md 10). */

export interface Counted {
  /** Name of the operation, for example `TD2.1` or `rechercherInsAvecTraitsIdentite`. */
  readonly transaction: string;
  readonly apiVersion: string;
  /** Which identity the exchange carried, for example `INS-NIR`, `INS-C`, `none`. */
  readonly identityKind: string;
  /** Accepted, or the code of the refusal. */
  readonly outcome: string;
}

export interface StatsReport {
  readonly total: number;
  readonly items: readonly (Counted & { readonly count: number })[];
  readonly byTransaction: Readonly<Record<string, number>>;
  readonly byApiVersion: Readonly<Record<string, number>>;
  readonly byIdentityKind: Readonly<Record<string, number>>;
  readonly byOutcome: Readonly<Record<string, number>>;
}

export interface Stats {
  count(what: Counted): void;
  /** The body of `GET {control}/stats`. */
  report(): StatsReport;
}

export function createStats(): Stats {
  const counters = new Map<string, { readonly what: Counted; count: number }>();
  return {
    count(what) {
      const key = JSON.stringify([what.transaction, what.apiVersion, what.identityKind, what.outcome]);
      const counter = counters.get(key);
      if (counter === undefined) counters.set(key, { what, count: 1 });
      else counter.count += 1;
    },
    report() {
      const items = [...counters.values()].map(({ what, count }) => ({ ...what, count }));
      return {
        total: items.reduce((sum, item) => sum + item.count, 0),
        items,
        byTransaction: totals(items, 'transaction'),
        byApiVersion: totals(items, 'apiVersion'),
        byIdentityKind: totals(items, 'identityKind'),
        byOutcome: totals(items, 'outcome'),
      };
    },
  };
}

function totals(items: StatsReport['items'], axis: keyof Counted): Record<string, number> {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(item[axis], (sums.get(item[axis]) ?? 0) + item.count);
  return Object.fromEntries(sums);
}
