/** Ledger of the feed and audit trail: rows first, hash-chained afterwards by the one sealer (design 5). */
import { createHash } from 'node:crypto';
import { type Db, many, maybe, one, type Pool, transaction, write } from './db.ts';

/** `return`: nobody has the mail that the operator had accepted. */
export type LedgerAct = 'acceptance' | 'replacement' | 'deletion' | 'return';

export interface LedgerEntry {
  readonly at: Date;
  readonly ej: string;
  readonly eg: string;
  readonly documentId: string;
  readonly destination: string;
  /** `acceptance` of a first version, or what else the destination accepted. */
  readonly act: LedgerAct;
  /** Of the document that a replacement takes the place of. */
  readonly replaces?: string | undefined;
  /** Which one of several acts of this kind on one document, from 2: a mail that came back is sent again. */
  readonly turn?: number | undefined;
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly submissionUniqueId: string;
  readonly documentSha1: string;
  readonly oid: string;
}

/**
 * What was accepted, and where, as it stands in the column `destination`: `DMP`, `DMP replacement of 1.2.3`, `DMP deletion`,
 * `MSSANTE-PS return 2`. A column more would change the text of the lines already sealed.
 */
function whatAndWhere({ destination, act, replaces, turn = 1 }: LedgerEntry): string {
  if (act === 'acceptance' && turn === 1) return destination;
  const of = replaces === undefined ? '' : ` of ${replaces}`;
  return `${destination} ${act}${of}${turn === 1 ? '' : ` ${turn}`}`;
}

/** The same, read back; a replacement written by a program before 0050 does not say of what. Undefined for another text. */
export function readWhatAndWhere(
  text: string,
): { readonly destination: string; readonly act: LedgerAct; readonly replaces: string | null } | undefined {
  const said = /^([A-Z-]+)(?: (acceptance|replacement|deletion|return)(?: of (\S+))?(?: \d+)?)?$/.exec(text);
  if (said === null) return undefined;
  const [, destination = '', act = 'acceptance', replaces = null] = said;
  return { destination, act: act as LedgerAct, replaces };
}

/** Lines of the DMP, by the column of this name. */
const TO_DMP = `(destination = 'DMP' or destination like 'DMP %')`;

/** One line per acceptance; a second acceptance of the same delivery adds nothing, and gives `false`. */
export async function addLedgerEntry(tx: Db, entry: LedgerEntry): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into ledger (at, ej, eg, document_id, destination, unique_id, type_code, submission_unique_id, document_sha1, oid)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (document_id, destination) do nothing`,
    [
      entry.at,
      entry.ej,
      entry.eg,
      entry.documentId,
      whatAndWhere(entry),
      entry.uniqueId,
      entry.typeCode,
      entry.submissionUniqueId,
      entry.documentSha1,
      entry.oid,
    ],
  );
  return rowCount === 1;
}

/** SHA-1 of the CDA that the DMP accepted for this document, hexadecimal. */
export async function acceptedSha1(db: Db, documentId: string): Promise<string | undefined> {
  const row = await maybe<{ sha1: string }>(
    db,
    `select document_sha1 as sha1 from ledger where document_id = $1 and ${TO_DMP} order by id limit 1`,
    [documentId],
  );
  return row?.sha1;
}

/** What the last line of a document says of one destination, and how many there are. */
export async function ledgerStanding(
  db: Db,
  documentId: string,
  destination: string,
): Promise<{ readonly act: LedgerAct; readonly lines: number } | undefined> {
  const rows = await many<{ text: string }>(
    db,
    `select destination as text from ledger where document_id = $1 and (destination = $2 or destination like $2 || ' %') order by id`,
    [documentId, destination],
  );
  const last = rows.at(-1);
  const act = last && readWhatAndWhere(last.text)?.act;
  return act && { act, lines: rows.length };
}

/** When the DMP last accepted a document. */
export async function lastAcceptance(db: Db): Promise<Date | undefined> {
  return (await maybe<{ at: Date }>(db, `select at from ledger where ${TO_DMP} order by id desc limit 1`))?.at;
}

export interface AuditEntry {
  readonly at: Date;
  /** `user:…`, `token:…`, `source:…`, `system`. */
  readonly actor: string;
  readonly role: string;
  /** `GET /documents/{id}`, `login`, `INSi search` … */
  readonly action: string;
  /** `document:…`, `identity:…`; never a name nor a NIR. */
  readonly subject: string;
  readonly reason: string | null;
  readonly outcome: string;
}

export async function addAudit(db: Db, entry: AuditEntry): Promise<void> {
  await db.query(
    'insert into audit (at, actor, role, action, subject, reason, outcome) values ($1, $2, $3, $4, $5, $6, $7)',
    [entry.at, entry.actor, entry.role, entry.action, entry.subject, entry.reason, entry.outcome],
  );
}

/** Newest first, those before row `before` where given. */
export async function listAudit(
  db: Db,
  filter: { subject: string | null; before?: number | undefined; limit: number },
): Promise<(AuditEntry & { id: number })[]> {
  return many(
    db,
    `select id, at, actor, role, action, subject, reason, outcome from audit
     where ($1::text is null or subject = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [filter.subject, filter.before ?? null, filter.limit],
  );
}

/**
 * Rows commit out of order: those behind as many sealed ones are found by a whole look only. A young chain is looked at whole:
 * of its first rows, the one that was sealed first may not be the one with the lowest number.
 */
const LOOKED_BACK = 2_000;
const OLDEST = `select case when count(*) < ${LOOKED_BACK} then 0 else min(last.row) end as id`;

/** The two chains. `payload` is what a link covers, as canonical text. `recent`: the row before those that a usual turn looks at. */
/** The columns that a link covers, named: one that a later migration adds is not covered, and breaks no chain. */
const LEDGER_PAYLOAD = `row(l.id, l.at, l.ej, l.eg, l.document_id, l.destination, l.unique_id, l.type_code,
  l.submission_unique_id, l.document_sha1, l.oid)::text as payload`;
const AUDIT_PAYLOAD = 'row(a.id, a.at, a.actor, a.role, a.action, a.subject, a.reason, a.outcome)::text as payload';

const CHAINS = {
  ledger: {
    recent: `${OLDEST} from (select ledger_id as row from ledger_seal order by id desc limit ${LOOKED_BACK}) last`,
    pending: `select l.id, ${LEDGER_PAYLOAD} from ledger l
      where l.id > $2 and not exists (select 1 from ledger_seal s where s.ledger_id = l.id and s.ledger_id > $2) order by l.id limit $1`,
    sealed: `select s.id as position, s.previous, s.hash, ${LEDGER_PAYLOAD} from ledger_seal s join ledger l on l.id = s.ledger_id order by s.id`,
    insert:
      'insert into ledger_seal (id, ledger_id, previous, hash) select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])',
    last: 'select id, hash from ledger_seal order by id desc limit 1',
    lock: 7_031_001,
  },
  audit: {
    recent: `${OLDEST} from (select audit_id as row from audit_seal order by id desc limit ${LOOKED_BACK}) last`,
    pending: `select a.id, ${AUDIT_PAYLOAD} from audit a
      where a.id > $2 and not exists (select 1 from audit_seal s where s.audit_id = a.id and s.audit_id > $2) order by a.id limit $1`,
    sealed: `select s.id as position, s.previous, s.hash, ${AUDIT_PAYLOAD} from audit_seal s join audit a on a.id = s.audit_id order by s.id`,
    insert:
      'insert into audit_seal (id, audit_id, previous, hash) select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])',
    last: 'select id, hash from audit_seal order by id desc limit 1',
    lock: 7_031_002,
  },
} as const;
export type Chain = keyof typeof CHAINS;

const GENESIS = Buffer.alloc(32);

/** Hash of the link that covers this text after that one: what anybody can compute again. */
export function link(previous: Uint8Array, payload: string): Buffer {
  return createHash('sha256').update(previous).update(payload, 'utf8').digest();
}

/** Makes the text of a row the same whatever session reads it. */
const STABLE_TEXT = `set local timezone to 'UTC'; set local datestyle to 'ISO'; set local extra_float_digits to 1`;

/**
 * Seals committed rows, in commit order as far as they are visible. Only one process at a time; returns how many. A `whole`
 * look at 400,000 sealed rows takes 0.3 s, one at the recent ones some milliseconds, whatever the length of the chain.
 */
export async function sealChain(pool: Pool, chain: Chain, batch = 500, whole = true): Promise<number> {
  const sql = CHAINS[chain];
  return transaction(pool, async (tx) => {
    await tx.query(STABLE_TEXT);
    const leader = await maybe<{ leader: boolean }>(tx, 'select pg_try_advisory_xact_lock($1) as leader', [sql.lock]);
    if (leader?.leader !== true) return 0;
    const from = whole ? 0 : (await one<{ id: number }>(tx, sql.recent)).id;
    const pending = await many<{ id: number; payload: string }>(tx, sql.pending, [batch, from]);
    const last = await maybe<{ id: number; hash: Buffer }>(tx, sql.last);
    let previous: Buffer = last?.hash ?? GENESIS;
    const position = last?.id ?? 0;
    const links = pending.map((row, index) => {
      const sealed = { position: position + index + 1, row: row.id, previous, hash: link(previous, row.payload) };
      previous = sealed.hash;
      return sealed;
    });
    const column = <K extends keyof (typeof links)[number]>(key: K) => links.map((sealed) => sealed[key]);
    if (links.length > 0)
      await write(tx, sql.insert, [column('position'), column('row'), column('previous'), column('hash')]);
    return pending.length;
  });
}

/** A link that was verified: the next one must follow from it. */
export interface ChainMark {
  readonly position: number;
  readonly hash: Buffer;
}

export const CHAIN_START: ChainMark = { position: 0, hash: GENESIS };

/**
 * Verifies up to `limit` links after a verified one, so that a chain of any length is walked in small steps. Gives the last
 * one that holds; the start again once the end is reached, with the links that there were (`ended`). `brokenAt`: the position whose link does not hold.
 */
export async function verifyChainAfter(
  pool: Pool,
  chain: Chain,
  after: ChainMark,
  limit: number,
): Promise<{ mark: ChainMark; brokenAt?: number; ended?: number }> {
  return transaction(pool, async (tx) => {
    await tx.query(STABLE_TEXT);
    const rows = await many<SealedRow>(
      tx,
      `select * from (${CHAINS[chain].sealed}) chain where position > $1 limit $2`,
      [after.position, limit],
    );
    const walked = walk(rows, after);
    if (walked.brokenAt !== undefined) return walked;
    return rows.length < limit ? { mark: CHAIN_START, ended: walked.mark.position } : walked;
  });
}

export interface LedgerLink {
  readonly position: number;
  readonly previous: Buffer;
  readonly hash: Buffer;
  /** What the link covers. */
  readonly payload: string;
  /** Of a replacement whose line does not say of what (a program before 0050): not covered. */
  readonly original: string | null;
}

/** Links of the ledger after this position and up to `last`, `limit` at most: each with the very text that it covers. */
export async function ledgerLinks(pool: Pool, after: number, last: number, limit: number): Promise<LedgerLink[]> {
  return transaction(pool, async (tx) => {
    await tx.query(STABLE_TEXT);
    return many<LedgerLink>(
      tx,
      `select s.id as position, s.previous, s.hash, ${LEDGER_PAYLOAD},
         case when l.destination = 'DMP replacement' then (
           select original_unique_id from delivery d where d.document_id = l.document_id and d.destination = 'DMP') end as original
       from ledger_seal s join ledger l on l.id = s.ledger_id where s.id > $1 and s.id <= $2 order by s.id limit $3`,
      [after, last, limit],
    );
  });
}

interface SealedRow {
  readonly position: number;
  readonly previous: Buffer;
  readonly hash: Buffer;
  readonly payload: string;
}

function walk(rows: readonly SealedRow[], after: ChainMark): { mark: ChainMark; brokenAt?: number } {
  let mark = after;
  for (const { position, previous, hash, payload } of rows) {
    const holds = position === mark.position + 1 && previous.equals(mark.hash) && hash.equals(link(previous, payload));
    if (!holds) return { mark, brokenAt: position };
    mark = { position, hash };
  }
  return { mark };
}

const WALK_LINKS = 2_000;

/** Walks a whole chain, step by step. `brokenAt` is the first position whose link does not hold. */
export async function verifyChain(pool: Pool, chain: Chain): Promise<{ links: number; brokenAt?: number }> {
  let mark = CHAIN_START;
  for (;;) {
    const { mark: reached, brokenAt, ended } = await verifyChainAfter(pool, chain, mark, WALK_LINKS);
    if (brokenAt !== undefined) return { links: reached.position, brokenAt };
    if (ended !== undefined) return { links: ended };
    mark = reached;
  }
}
