/** Counts of the proof of feed: whole months by their cells, the days at the edges by their documents. */
import { type Db, many } from './db.ts';

export interface CountFilter {
  /** Undefined: every one. */
  readonly ej?: string | undefined;
  readonly eg?: string | undefined;
  readonly destination?: string | undefined;
  /** First instant, included, and last, excluded; undefined: from the first line, to the last. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export interface TypeCount {
  readonly destination: string;
  readonly ej: string;
  readonly eg: string;
  /** AAAA-MM. */
  readonly month: string;
  readonly typeCode: string;
  /** Sent under a qualified INS. */
  readonly qualified: boolean;
  /** Counted and still there. */
  readonly documents: number;
  /** Counted, then taken out: deleted, come back, or gone from the destination. */
  readonly ended: number;
}

const AXES = `($1::text is null or ej = $1) and ($2::text is null or eg = $2) and ($3::text is null or destination = $3)`;

/** `whole`: first days of the first whole month and of the month after the last one; the rest is counted document by document. */
export async function countsByMonth(
  db: Db,
  { ej, eg, destination, from, to }: CountFilter,
  whole: { readonly from: string | null; readonly to: string | null; readonly none: boolean },
): Promise<TypeCount[]> {
  return many<TypeCount>(
    db,
    `with bound as (
       select $4::timestamptz as a, $5::timestamptz as b, $6::date::timestamp at time zone 'Europe/Paris' as first,
         $7::date::timestamp at time zone 'Europe/Paris' as last),
     edge as (
       select a, b from bound where $8 union all select a, first from bound where not $8 and a < first
       union all select last, b from bound where not $8 and last < b),
     cell as (
       select destination, ej, eg, month, type_code, qualified, documents, ended from proof_month
       where ${AXES} and not $8 and ($6::date is null or month >= $6::date) and ($7::date is null or month < $7::date)
       union all
       select destination, ej, eg, month, type_code, qualified, count(*) filter (where ended is null), count(ended)
       from edge join proof_document on at >= edge.a and at < edge.b where ${AXES} and counted group by 1, 2, 3, 4, 5, 6)
     select destination, ej, eg, to_char(month, 'YYYY-MM') as month, type_code as "typeCode", qualified,
       sum(documents)::bigint as documents, sum(ended)::bigint as ended
     from cell group by 1, 2, 3, cell.month, 5, 6 having sum(documents) <> 0 or sum(ended) <> 0
     order by cell.month, destination, ej, eg, type_code, qualified`,
    [ej ?? null, eg ?? null, destination ?? null, from ?? null, to ?? null, whole.from, whole.to, whole.none],
  );
}
