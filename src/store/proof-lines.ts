/** Sealed lines of the ledger, and the tables that say what they come to (migration 0068). */
import { type Db, many, maybe, one, type Pool, transaction, write } from './db.ts';
import { readWhatAndWhere } from './proofs.ts';

/** One line, as the ledger tells it; `position`: of its link in the chain. */
interface SealedLine {
  readonly position: number;
  readonly ledgerId: number;
  readonly at: Date;
  readonly ej: string;
  readonly eg: string;
  readonly what: string;
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly qualified: boolean;
  /** Of a replacement whose line does not say of what. */
  readonly original: string | null;
}

/** Up to `limit` lines sealed after this position, in the order of the chain. */
export async function sealedLinesAfter(db: Db, position: number, limit: number) {
  const rows = await many<SealedLine>(
    db,
    `select s.id as position, l.id as "ledgerId", l.at, l.ej, l.eg, l.destination as what, l.unique_id as "uniqueId",
       l.type_code as "typeCode", l.oid <> '' as qualified,
       case when l.destination = 'DMP replacement' then (
         select original_unique_id from delivery d where d.document_id = l.document_id and d.destination = 'DMP') end as original
     from ledger_seal s join ledger l on l.id = s.ledger_id where s.id > $1 order by s.id limit $2`,
    [position, limit],
  );
  return rows.map(({ what, original, ...line }) => {
    const said = readWhatAndWhere(what);
    if (said === undefined) throw new Error(`ledger line ${line.ledgerId} says ${what}`);
    return { ...line, ...said, replaces: said.replaces ?? original };
  });
}

/** One document, whatever the number of its versions, as in `proof_document`. */
export interface ProofRow {
  /** The line that opened it. */
  ledgerId: number;
  readonly destination: string;
  ej: string;
  eg: string;
  /** Of its first version; its month is that of the count. */
  at: Date;
  /** Of its last version, like the two below. */
  uniqueId: string;
  typeCode: string;
  qualified: boolean;
  /** False: its first version was not in the ledger, it was fed by others. */
  counted: boolean;
  replaces: string | null;
  versions: number;
  ended: 'deleted' | 'returned' | 'superseded' | null;
  endedAt: Date | null;
}

const COLUMNS = `ledger_id as "ledgerId", destination, ej, eg, at, unique_id as "uniqueId", type_code as "typeCode", qualified,
  counted, replaces, versions, ended, ended_at as "endedAt"`;

/** Those that lines about these uniqueIds may change. */
export async function standingOf(tx: Db, uniqueIds: readonly string[]): Promise<ProofRow[]> {
  return many<ProofRow>(
    tx,
    `select ${COLUMNS} from proof_document where ended is null and unique_id = any($1)
     union select ${COLUMNS} from proof_document where ended is null and replaces = any($1)`,
    [uniqueIds],
  );
}

const WRITTEN = {
  ledger_id: 'bigint',
  destination: 'text',
  ej: 'text',
  eg: 'text',
  at: 'timestamptz',
  month: 'date',
  unique_id: 'text',
  type_code: 'text',
  qualified: 'boolean',
  counted: 'boolean',
  replaces: 'text',
  versions: 'integer',
  ended: 'text',
  ended_at: 'timestamptz',
} as const;
const NAMES = Object.keys(WRITTEN).join(', ');
const ARRAYS = Object.values(WRITTEN)
  .map((type, index) => `$${index + 1}::${type}[]`)
  .join(', ');

/** `gone`: their rows as they were before, by the line that had opened them. */
export async function writeStanding(
  tx: Db,
  rows: readonly (ProofRow & { readonly month: string })[],
  gone: readonly number[],
): Promise<void> {
  if (gone.length > 0) await write(tx, 'delete from proof_document where ledger_id = any($1)', [gone]);
  if (rows.length === 0) return;
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
  await write(tx, `insert into proof_document (${NAMES}) select * from unnest(${ARRAYS})`, [
    column('ledgerId'),
    column('destination'),
    column('ej'),
    column('eg'),
    column('at'),
    rows.map(({ month }) => `${month}-01`),
    column('uniqueId'),
    column('typeCode'),
    column('qualified'),
    column('counted'),
    column('replaces'),
    column('versions'),
    column('ended'),
    column('endedAt'),
  ]);
}

/** A cell of `proof_month`, and what is added to it. */
export interface CellChange {
  readonly destination: string;
  readonly ej: string;
  readonly eg: string;
  /** AAAA-MM. */
  readonly month: string;
  readonly typeCode: string;
  readonly qualified: boolean;
  documents: number;
  ended: number;
}

export async function addToMonths(tx: Db, changes: readonly CellChange[]): Promise<void> {
  if (changes.length === 0) return;
  const column = <K extends keyof CellChange>(name: K) => changes.map((change) => change[name]);
  await write(
    tx,
    `insert into proof_month as m (destination, ej, eg, month, type_code, qualified, documents, ended)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[], $6::boolean[], $7::bigint[], $8::bigint[])
     on conflict (destination, ej, eg, month, type_code, qualified)
     do update set documents = m.documents + excluded.documents, ended = m.ended + excluded.ended`,
    [
      column('destination'),
      column('ej'),
      column('eg'),
      changes.map(({ month }) => `${month}-01`),
      column('typeCode'),
      column('qualified'),
      column('documents'),
      column('ended'),
    ],
  );
}

/** Runs `work` from where the tables have come, alone; undefined where another process does it. It gives where they come to. */
export async function foldFrom(
  pool: Pool,
  work: (tx: Db, position: number) => Promise<number>,
): Promise<number | undefined> {
  return transaction(pool, async (tx) => {
    const held = await maybe<{ position: number }>(tx, 'select position from proof_fold for update skip locked');
    if (held === undefined) return undefined;
    const position = await work(tx, held.position);
    if (position !== held.position) await write(tx, 'update proof_fold set position = $1', [position]);
    return position - held.position;
  });
}

/** Position of the last link that the counts take in, and of the last one of the chain. */
export async function foldedTo(db: Db): Promise<{ readonly position: number; readonly sealed: number }> {
  return one(
    db,
    `select position, coalesce((select id from ledger_seal order by id desc limit 1), 0) as sealed from proof_fold`,
  );
}
