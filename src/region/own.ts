/** The months of this installation: what the ledger gained since the last time, and how the month in progress stands. */
import { verdictOf } from '../catalogue/index.ts';
import type { Config } from '../config/schema.ts';
import { readPicture } from '../observatory/index.ts';
import { stepsReached } from '../plan/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type Db, transaction } from '../store/db.ts';
import { type NamedEstablishment, nameEstablishments } from '../store/region-figures.ts';
import {
  countLedger,
  documentsOfMonth,
  identitiesOfMonth,
  lockOwnCount,
  type OwnState,
  oldWaysOfMonth,
  putOwnState,
} from '../store/region-own.ts';
import { monthAfter, monthOf, startOfMonth } from './month.ts';
import { MOST_BLOCKS } from './push-text.ts';

export function ownEstablishments({ legalEntities }: Config): NamedEstablishment[] {
  return legalEntities.flatMap((legal) =>
    legal.geographicEntities.map(({ finess, name }) => ({
      eg: finess,
      ej: legal.finess,
      name,
      legalName: legal.name,
    })),
  );
}

/**
 * Brings the months of this installation up to date. The ledger is read once, a link after the other; documents and stays
 * of the present month and the one before only. False while another process does it.
 */
export async function countOwn(context: UseCaseContext): Promise<boolean> {
  const { pool, config, now } = context;
  const at = now();
  for (let counted = 1; counted > 0; ) {
    const step = await transaction(pool, async (tx) => ((await lockOwnCount(tx)) ? countLedger(tx, at) : undefined));
    if (step === undefined) return false;
    counted = step;
  }
  const present = monthOf(at);
  const seen: SeenBeside = {
    products: await productsSince(context, startOfMonth(present)),
    steps: new Map((await stepsReached(context, null)).map(({ eg, reached }) => [eg, reached])),
  };
  return transaction(pool, async (tx) => {
    if (!(await lockOwnCount(tx))) return false;
    await nameEstablishments(tx, ownEstablishments(config), at);
    await putOwnState(tx, await statesOf(tx, config, monthAfter(present, -1)), at);
    await putOwnState(tx, await statesOf(tx, config, present, seen), at);
    return true;
  });
}

/** What is known of the present only: it is kept as it last was when the month is over. */
interface SeenBeside {
  readonly products: ReadonlyMap<string, ReadonlySet<string>>;
  readonly steps: ReadonlyMap<string, number>;
}

/** Of a month that is over (`present` absent) an establishment without anything gets no row. */
async function statesOf(tx: Db, config: Config, month: string, present?: SeenBeside): Promise<OwnState[]> {
  const [from, to] = [startOfMonth(month), startOfMonth(monthAfter(month))];
  const documents = new Map((await documentsOfMonth(tx, from, to)).map((row) => [row.eg, row]));
  const identities = new Map((await identitiesOfMonth(tx, from, to)).map((row) => [row.eg, row]));
  const oldWays = new Map((await oldWaysOfMonth(tx, from, to)).map((row) => [row.eg, row]));
  return ownEstablishments(config).flatMap(({ eg, ej }) => {
    const [seen, known, old] = [documents.get(eg), identities.get(eg), oldWays.get(eg)];
    if (present === undefined && seen === undefined && known === undefined && old === undefined) return [];
    return {
      eg,
      ej,
      month,
      addedInsC: old?.insC ?? 0,
      addedNir: old?.nir ?? 0,
      received: seen?.received ?? 0,
      refused: seen?.refused ?? 0,
      waiting: seen?.waiting ?? 0,
      blocks: seen?.blocks.slice(0, MOST_BLOCKS) ?? [],
      activeIdentities: known?.active ?? 0,
      qualifiedIdentities: known?.qualified ?? 0,
      present:
        present === undefined
          ? null
          : {
              steps: present.steps.get(eg) ?? null,
              products: [...(present.products.get(eg) ?? [])].sort().map((key) => ({ key })),
            },
    };
  });
}

/** Products seen since then that the catalogue says are to be replaced or moved, by establishment. */
async function productsSince(context: UseCaseContext, from: Date): Promise<Map<string, Set<string>>> {
  const products = new Map<string, Set<string>>();
  for (const { eg, uses } of (await readPicture(context, null)).applications)
    for (const { recognition, lastSeen } of uses) {
      const verdict = recognition === undefined ? undefined : verdictOf(recognition);
      if (recognition === undefined || lastSeen < from || (verdict !== 'replace' && verdict !== 'move')) continue;
      products.set(eg, (products.get(eg) ?? new Set()).add(recognition.product.key));
    }
  return products;
}
