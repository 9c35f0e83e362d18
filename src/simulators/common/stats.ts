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

/** Who sent it, and when: the month of the simulator's clock. */
export interface CountedCaller {
  /** Of the TLS client certificate: CN, first OU, SHA-256 of its DER. */
  readonly certificate: string;
  readonly unit: string;
  readonly fingerprint: string;
  /** Declared structure (`Identifiant_Structure`) and product (`LPS_Nom LPS_Version`); empty when the token was not read. */
  readonly structure: string;
  readonly product: string;
  /** AAAA-MM */
  readonly month: string;
}

export interface StatsReport {
  readonly total: number;
  readonly items: readonly (Counted & { readonly count: number })[];
  /** The same requests, told apart by caller and month. */
  readonly byCaller: readonly (Counted & CountedCaller & { readonly count: number })[];
  readonly byTransaction: Readonly<Record<string, number>>;
  readonly byApiVersion: Readonly<Record<string, number>>;
  readonly byIdentityKind: Readonly<Record<string, number>>;
  readonly byOutcome: Readonly<Record<string, number>>;
}

export interface Stats {
  count(what: Counted, by?: CountedCaller): void;
  /** The body of `GET {control}/stats`. */
  report(): StatsReport;
}

export function createStats(): Stats {
  const counters: Counters<Counted> = new Map();
  const callers: Counters<Counted & CountedCaller> = new Map();
  return {
    count({ transaction, apiVersion, identityKind, outcome }, by) {
      const what = { transaction, apiVersion, identityKind, outcome };
      add(counters, what);
      if (by !== undefined) add(callers, { ...by, ...what });
    },
    report() {
      const items = listed(counters);
      return {
        total: items.reduce((sum, item) => sum + item.count, 0),
        items,
        byCaller: listed(callers),
        byTransaction: totals(items, 'transaction'),
        byApiVersion: totals(items, 'apiVersion'),
        byIdentityKind: totals(items, 'identityKind'),
        byOutcome: totals(items, 'outcome'),
      };
    },
  };
}

type Counters<T> = Map<string, { readonly what: T; count: number }>;

function add<T extends object>(counters: Counters<T>, what: T): void {
  const key = JSON.stringify(Object.values(what));
  const counter = counters.get(key);
  if (counter === undefined) counters.set(key, { what, count: 1 });
  else counter.count += 1;
}

function listed<T extends object>(counters: Counters<T>): (T & { readonly count: number })[] {
  return [...counters.values()].map(({ what, count }) => ({ ...what, count }));
}

function totals(items: StatsReport['items'], axis: keyof Counted): Record<string, number> {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(item[axis], (sums.get(item[axis]) ?? 0) + item.count);
  return Object.fromEntries(sums);
}
