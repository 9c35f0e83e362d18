/** The documents of a figure: what a formula counts, over a period. */
import { documentTypes } from '../codes/document-types.ts';
import type { Db } from '../store/db.ts';
import { type CountFilter, type ProvedDocument, provedDocuments } from '../store/proof-counts.ts';
import { DOCUMENT_KINDS, kindOfType } from './document-kinds.ts';
import { FORMULAS } from './formulas.ts';

export interface ListingOrder extends CountFilter {
  readonly qualified?: boolean | undefined;
  /** What this formula counts; undefined: whatever is in the ledger. */
  readonly formula?: string | undefined;
  /** Of this kind, sent under a qualified INS; without a formula. */
  readonly kind?: string | undefined;
  readonly takenOut?: boolean | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

export async function documentsOf(db: Db, { formula: id, kind, ...order }: ListingOrder): Promise<ProvedDocument[]> {
  const formula = FORMULAS.find((each) => each.id === id);
  if (formula === undefined)
    return provedDocuments(db, kind === undefined ? order : { ...order, types: typesOf(kind), qualified: true });
  const types = formula.kinds?.flatMap(typesOf);
  return provedDocuments(db, { ...order, types, destination: formula.destination, qualified: true });
}

function typesOf(kind: string): readonly string[] {
  const named = DOCUMENT_KINDS.kinds.find(({ id }) => id === kind)?.types;
  return named ?? documentTypes().flatMap(({ code }) => (kindOfType(code) === kind ? [code] : []));
}

const BATCH = 2_000;

/** All of them, a few thousands at a time. */
export async function* everyDocumentOf(
  db: Db,
  order: Omit<ListingOrder, 'limit' | 'after'>,
): AsyncGenerator<ProvedDocument> {
  for (let after = 0; ; ) {
    const batch = await documentsOf(db, { ...order, after, limit: BATCH });
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH) return;
    after = last.ledgerId;
  }
}
