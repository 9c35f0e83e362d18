/** Exports of the proof: the heads of the chain that somebody outside holds. */
import { type Db, many, maybe, one, write } from './db.ts';

export interface ProofExportRecord {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly ej: string | null;
  readonly eg: string | null;
  readonly from: Date;
  readonly to: Date;
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Hexadecimal. */
  readonly lastHash: string;
  readonly manifestSha256: string;
}

export async function insertProofExport(db: Db, record: ProofExportRecord): Promise<void> {
  const { id, at, actor, ej, eg, from, to, firstPosition, lastPosition, lastHash, manifestSha256 } = record;
  await write(
    db,
    `insert into proof_export (id, at, by_actor, ej, eg, from_at, to_at, first_position, last_position, last_hash, manifest_sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), $11)`,
    [id, at, actor, ej, eg, from, to, firstPosition, lastPosition, lastHash, manifestSha256],
  );
}

/** Newest first. */
export async function listProofExports(db: Db, limit: number): Promise<ProofExportRecord[]> {
  return many<ProofExportRecord>(
    db,
    `select id, at, by_actor as actor, ej, eg, from_at as "from", to_at as "to", first_position as "firstPosition",
       last_position as "lastPosition", encode(last_hash, 'hex') as "lastHash", manifest_sha256 as "manifestSha256"
     from proof_export order by at desc, last_position desc limit $1`,
    [limit],
  );
}

/** Position and hash of the last link; undefined while nothing is sealed. */
export async function chainHead(db: Db): Promise<{ readonly position: number; readonly hash: string } | undefined> {
  return maybe(db, `select id as position, encode(hash, 'hex') as hash from ledger_seal order by id desc limit 1`);
}

/** First link of what was accepted from this instant on; undefined when nothing was. */
export async function firstLinkSince(db: Db, from: Date): Promise<number | undefined> {
  const { position } = await one<{ position: number | null }>(
    db,
    'select min(s.id) as position from ledger l join ledger_seal s on s.ledger_id = l.id where l.at >= $1',
    [from],
  );
  return position ?? undefined;
}
