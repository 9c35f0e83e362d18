/** The months of this installation: what the ledger gained since the last time, and how the month in progress stands. */
import { findSource } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type Db, transaction } from '../store/db.ts';
import { listFlows } from '../store/flows.ts';
import { type IdentityKind, type NamedEstablishment, nameEstablishments } from '../store/region-figures.ts';
import {
  countLedger,
  documentsOfMonth,
  identitiesOfMonth,
  lockOwnCount,
  type OwnState,
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
  return transaction(pool, async (tx) => {
    if (!(await lockOwnCount(tx))) return false;
    await nameEstablishments(tx, ownEstablishments(config), at);
    const present = monthOf(at);
    for (const month of [monthAfter(present, -1), present])
      await putOwnState(tx, await statesOf(tx, config, month, month === present), at);
    return true;
  });
}

/** Of a month that is over, only what is known of it: an establishment without a document then gets no row. */
async function statesOf(tx: Db, config: Config, month: string, isPresent: boolean): Promise<OwnState[]> {
  const [from, to] = [startOfMonth(month), startOfMonth(monthAfter(month))];
  const documents = new Map((await documentsOfMonth(tx, from, to)).map((row) => [row.eg, row]));
  const identities = new Map((await identitiesOfMonth(tx, from, to)).map((row) => [row.eg, row]));
  const kinds = await oldKinds(tx, config, from, to);
  return ownEstablishments(config).flatMap(({ eg, ej }) => {
    const seen = documents.get(eg);
    const known = identities.get(eg);
    const oldKind = kinds.get(eg) ?? null;
    if (!isPresent && seen === undefined && known === undefined && oldKind === null) return [];
    return {
      eg,
      ej,
      month,
      received: seen?.received ?? 0,
      refused: seen?.refused ?? 0,
      waiting: seen?.waiting ?? 0,
      blocks: seen?.blocks.slice(0, MOST_BLOCKS) ?? [],
      activeIdentities: known?.active ?? 0,
      qualifiedIdentities: known?.qualified ?? 0,
      oldKind,
      steps: null,
      products: [],
    };
  });
}

/** The oldest kind of identity seen in a month, where a flow of an old way was. */
async function oldKinds(tx: Db, config: Config, from: Date, to: Date): Promise<Map<string, OwnState['oldKind']>> {
  const kinds = new Map<string, OwnState['oldKind']>();
  for (const flow of await listFlows(tx)) {
    const eg = findSource(config, flow.application, flow.facility)?.eg;
    const kind = kindOfFlow(flow);
    if (eg === undefined || kind === 'INS' || flow.lastSeen < from || flow.firstSeen >= to) continue;
    if (kinds.get(eg) !== 'INS-C') kinds.set(eg, kind);
  }
  return kinds;
}

function kindOfFlow({ api, identityKind }: { readonly api: string; readonly identityKind: string }): IdentityKind {
  if (api === 'V1' || identityKind === 'INS-C') return 'INS-C';
  return identityKind === 'NIR' ? 'NIR' : 'INS';
}
