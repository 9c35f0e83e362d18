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

export interface DayCount extends Pick<TypeCount, 'destination' | 'typeCode' | 'qualified' | 'documents'> {
  /** AAAA-MM-JJ, legal time of Paris. */
  readonly day: string;
}

/** Of a short period, day by day: those that count and are still there. */
export async function countsByDay(
  db: Db,
  { ej, eg, from, to }: Pick<CountFilter, 'ej' | 'eg'> & { readonly from: Date; readonly to: Date },
): Promise<DayCount[]> {
  return many<DayCount>(
    db,
    `select destination, type_code as "typeCode", qualified, to_char(at at time zone 'Europe/Paris', 'YYYY-MM-DD') as day,
       count(*) as documents
     from proof_document where counted and ended is null and at >= $1 and at < $2
       and ($3::text is null or ej = $3) and ($4::text is null or eg = $4)
     group by 1, 2, 3, 4`,
    [from, to, ej ?? null, eg ?? null],
  );
}

/** Which documents a figure is made of. */
export interface ProvedFilter extends CountFilter {
  readonly qualified?: boolean | undefined;
  /** Undefined: whatever the type. */
  readonly types?: readonly string[] | undefined;
  readonly takenOut?: boolean | undefined;
  /** Those after this one, in the order of the list. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface ProvedDocument {
  /** The line that opened it. */
  readonly ledgerId: number;
  readonly documentId: string;
  readonly destination: string;
  readonly ej: string;
  readonly eg: string;
  readonly at: Date;
  /** Of its last version. */
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly qualified: boolean;
  readonly versions: number;
  readonly ended: 'deleted' | 'returned' | 'superseded' | null;
  readonly endedAt: Date | null;
  readonly submissionUniqueId: string;
  readonly documentSha1: string;
  /** Of its first line in the chain, and the hash of that link, hexadecimal. */
  readonly position: number;
  readonly hash: string;
}

/** In the order of the ledger. */
export async function provedDocuments(db: Db, filter: ProvedFilter): Promise<ProvedDocument[]> {
  const { ej, eg, destination, from, to, qualified, types, takenOut = false, after = 0, limit } = filter;
  return many<ProvedDocument>(
    db,
    `select p.ledger_id as "ledgerId", l.document_id as "documentId", p.destination, p.ej, p.eg, p.at, p.unique_id as "uniqueId",
       p.type_code as "typeCode", p.qualified, p.versions, p.ended, p.ended_at as "endedAt",
       l.submission_unique_id as "submissionUniqueId", l.document_sha1 as "documentSha1", s.id as position,
       encode(s.hash, 'hex') as hash
     from (
       select * from proof_document where ${AXES} and counted and (ended is not null) = $6
         and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
         and ($7::boolean is null or qualified = $7) and ($8::text[] is null or type_code = any($8)) and ledger_id > $9
       order by ledger_id limit $10) p
     join ledger l on l.id = p.ledger_id join ledger_seal s on s.ledger_id = p.ledger_id order by p.ledger_id`,
    [
      ej ?? null,
      eg ?? null,
      destination ?? null,
      from ?? null,
      to ?? null,
      takenOut,
      qualified ?? null,
      types ?? null,
      after,
      limit,
    ],
  );
}
