/** Rehearsals: a coming pack over the documents of a period, how far it is and what would break. */
import { type Db, many, maybe, write } from './db.ts';
import { DOCUMENT_COLUMNS, type DocumentRecord } from './documents.ts';

export interface Rehearsal {
  readonly id: string;
  readonly packId: string;
  readonly packName: string;
  readonly packVersion: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly from: Date;
  readonly to: Date;
  readonly startedAt: Date;
  readonly startedBy: string;
  readonly finishedAt: Date | null;
  readonly total: number;
  readonly checked: number;
  /** Documents that would not pass. */
  readonly broken: number;
  readonly undecided: number;
  /** Without content, or that never had a CDA. */
  readonly skipped: number;
}

const SELECT = `select r.id, r.pack_id as "packId", p.name as "packName", p.version as "packVersion", r.state, r.from_at as "from",
  r.to_at as "to", r.started_at as "startedAt", r.started_by as "startedBy", r.finished_at as "finishedAt",
  r.total, r.checked, r.broken, r.undecided, r.skipped
  from rehearsal r join rule_pack p on p.id = r.pack_id`;

/** Deletions bring no document. */
const IN_PERIOD = `action <> 'delete' and received_at >= $1 and received_at < $2`;

/** False while another one runs. */
export async function insertRehearsal(
  tx: Db,
  { id, packId, from, to, at, by }: { id: string; packId: string; from: Date; to: Date; at: Date; by: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into rehearsal (id, pack_id, state, from_at, to_at, started_at, started_by, total)
     select $3, $4, 'running', $1, $2, $5, $6, (select count(*) from document where ${IN_PERIOD})
     on conflict ((true)) where state = 'running' do nothing`,
    [from, to, id, packId, at, by],
  );
  return rowCount === 1;
}

export async function rehearsalById(db: Db, id: string): Promise<Rehearsal | undefined> {
  return maybe<Rehearsal>(db, `${SELECT} where r.id = $1`, [id]);
}

/** The newest first. */
export async function listRehearsals(db: Db, limit: number): Promise<Rehearsal[]> {
  return many<Rehearsal>(db, `${SELECT} order by r.started_at desc, r.id limit $1`, [limit]);
}

/** The next documents, in the order of arrival. */
export async function nextToRehearse(db: Db, { id, from, to }: Rehearsal, limit: number): Promise<DocumentRecord[]> {
  return many<DocumentRecord>(
    db,
    `select ${DOCUMENT_COLUMNS} from document
     where ${IN_PERIOD} and not exists (
       select 1 from rehearsal r where r.id = $3 and r.cursor_id is not null
         and (document.received_at, document.id) <= (r.cursor_at, r.cursor_id))
     order by received_at, id limit $4`,
    [from, to, id, limit],
  );
}

export interface Rehearsed {
  readonly documentId: string;
  readonly outcome: 'conformant' | 'failed' | 'undecided' | 'skipped';
  readonly breaks: readonly {
    readonly entry: string;
    readonly test: string;
    readonly location: string;
    readonly text: string;
  }[];
  readonly template: string;
}

/** False when it was stopped meanwhile, or when this document is behind it: nothing is then written. */
export async function advanceRehearsal(tx: Db, id: string, seen: Rehearsed): Promise<boolean> {
  const { documentId, outcome, breaks, template } = seen;
  const { rowCount } = await tx.query(
    `update rehearsal r set cursor_at = d.received_at, cursor_id = d.id, checked = checked + 1,
       broken = broken + ($3 = 'failed')::integer, undecided = undecided + ($3 = 'undecided')::integer,
       skipped = skipped + ($3 = 'skipped')::integer
     from document d
     where r.id = $1 and r.state = 'running' and d.id = $2
       and (r.cursor_id is null or (r.cursor_at, r.cursor_id) < (d.received_at, d.id))`,
    [id, documentId, outcome],
  );
  if (rowCount !== 1) return false;
  if (breaks.length > 0)
    await write(
      tx,
      `insert into rehearsal_break (rehearsal_id, document_id, position, entry, test, location, text, template)
       select $1, $2, position, entry, test, location, text, $7
       from unnest($3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
         as broken (entry, test, location, text, position)`,
      [
        id,
        documentId,
        breaks.map(({ entry }) => entry),
        breaks.map(({ test }) => test),
        breaks.map(({ location }) => location),
        breaks.map(({ text }) => text),
        template,
      ],
    );
  return true;
}

/** False when it was not running. */
export async function endRehearsal(db: Db, id: string, state: 'done' | 'cancelled', at: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `update rehearsal set state = $2, finished_at = $3 where id = $1 and state = 'running'`,
    [id, state, at],
  );
  return rowCount === 1;
}

export interface BrokenRule {
  readonly entry: string;
  readonly test: string;
  /** Of one of the documents. */
  readonly text: string;
  readonly location: string;
  readonly documents: number;
  /** One of them. */
  readonly documentId: string;
}

/** The rules that would break most documents first. */
export async function brokenRules(db: Db, id: string, limit: number): Promise<BrokenRule[]> {
  return many<BrokenRule>(
    db,
    `select b.entry, b.test, min(b.text) as text, min(b.location) as location,
       count(distinct b.document_id)::integer as documents, min(b.document_id::text) as "documentId"
     from rehearsal_break b where b.rehearsal_id = $1
     group by b.entry, b.test order by documents desc, b.entry, b.test limit $2`,
    [id, limit],
  );
}

export interface BrokenGroup {
  readonly sender: string;
  readonly template: string;
  readonly documents: number;
}

/** By application and content model. */
export async function brokenGroups(db: Db, id: string, limit: number): Promise<BrokenGroup[]> {
  return many<BrokenGroup>(
    db,
    `select d.sender, b.template, count(distinct b.document_id)::integer as documents
     from rehearsal_break b join document d on d.id = b.document_id
     where b.rehearsal_id = $1
     group by d.sender, b.template order by documents desc, d.sender, b.template limit $2`,
    [id, limit],
  );
}

export interface BrokenDocument {
  readonly id: string;
  readonly title: string;
  readonly sender: string;
  readonly receivedAt: Date;
  readonly failures: number;
  readonly text: string;
}

/** One line each, in the order of arrival; `test` keeps those that break one rule. */
export async function brokenDocuments(
  db: Db,
  id: string,
  filter: { readonly test: string | null; readonly limit: number },
): Promise<BrokenDocument[]> {
  return many<BrokenDocument>(
    db,
    `select d.id, d.title, d.sender, d.received_at as "receivedAt", count(*)::integer as failures, min(b.text) as text
     from rehearsal_break b join document d on d.id = b.document_id
     where b.rehearsal_id = $1 and ($2::text is null or b.test = $2)
     group by d.id order by d.received_at, d.id limit $3`,
    [id, filter.test, filter.limit],
  );
}
