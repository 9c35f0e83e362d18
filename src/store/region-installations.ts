/** Both sides of the counts that installations push: the keys that the region knows, and what this installation sent. */
import { type Db, many, maybe } from './db.ts';

export interface Installation {
  /** SHA-256 of the public key (DER, SubjectPublicKeyInfo), hexadecimal. */
  readonly keyId: string;
  readonly name: string;
  readonly publicKey: string;
  /** The geographic entities that it may speak for. */
  readonly egs: readonly string[];
  readonly registeredBy: string;
  readonly registeredAt: Date;
  readonly revokedBy: string | null;
  readonly revokedAt: Date | null;
  readonly lastSequence: number;
  readonly lastDigest: Buffer | null;
  readonly lastReceivedAt: Date | null;
}

const SELECT = `select key_id as "keyId", name, public_key as "publicKey", egs, registered_by as "registeredBy",
  registered_at as "registeredAt", revoked_by as "revokedBy", revoked_at as "revokedAt", last_sequence as "lastSequence",
  last_digest as "lastDigest", last_received_at as "lastReceivedAt" from region_installation`;

/** False when this key is known already. */
export async function insertInstallation(
  db: Db,
  row: Pick<Installation, 'keyId' | 'name' | 'publicKey' | 'egs' | 'registeredBy' | 'registeredAt'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into region_installation (key_id, name, public_key, egs, registered_by, registered_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (key_id) do nothing`,
    [row.keyId, row.name, row.publicKey, row.egs, row.registeredBy, row.registeredAt],
  );
  return rowCount === 1;
}

export async function installationByKey(db: Db, keyId: string): Promise<Installation | undefined> {
  return maybe<Installation>(db, `${SELECT} where key_id = $1`, [keyId]);
}

export async function lockInstallation(tx: Db, keyId: string): Promise<Installation | undefined> {
  return maybe<Installation>(tx, `${SELECT} where key_id = $1 for update`, [keyId]);
}

export async function listInstallations(db: Db): Promise<Installation[]> {
  return many<Installation>(db, `${SELECT} order by revoked_at is not null, name, key_id`);
}

export async function markReceived(tx: Db, keyId: string, sequence: number, digest: Buffer, at: Date): Promise<void> {
  await tx.query(
    'update region_installation set last_sequence = $2, last_digest = $3, last_received_at = $4 where key_id = $1',
    [keyId, sequence, digest, at],
  );
}

/** False when it is unknown, or revoked already. */
export async function revokeInstallation(db: Db, keyId: string, by: string, at: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'update region_installation set revoked_by = $2, revoked_at = $3 where key_id = $1 and revoked_at is null',
    [keyId, by, at],
  );
  return rowCount === 1;
}

export interface Sender {
  readonly url: string;
  /** Of the last push that was acknowledged. */
  readonly sequence: number;
  /** The push on its way, byte for byte; null when none is. */
  readonly pending: Buffer | null;
  readonly pendingFigures: readonly SentFigure[] | null;
  readonly acknowledgedAt: Date | null;
  readonly attemptedAt: Date | null;
  /** Why the last attempt failed; null when it did not. */
  readonly failure: string | null;
  readonly ruleId: string | null;
}

/** What was sent of a month, as its digest. */
export interface SentFigure {
  readonly eg: string;
  readonly month: string;
  readonly digest: string;
}

const SENDER = `url, sequence, pending, pending_figures as "pendingFigures", acknowledged_at as "acknowledgedAt",
  attempted_at as "attemptedAt", failure, rule_id as "ruleId"`;

/** The sender's state, for this process alone until the lease ends; undefined while another one has it. */
export async function leaseSender(db: Db, url: string, now: Date, until: Date): Promise<Sender | undefined> {
  await db.query('insert into region_sender (url) values ($1) on conflict (url) do nothing', [url]);
  return maybe<Sender>(
    db,
    `update region_sender set leased_until = $3 where url = $1 and (leased_until is null or leased_until <= $2) returning ${SENDER}`,
    [url, now, until],
  );
}

export async function releaseSender(
  db: Db,
  url: string,
  outcome: { readonly at: Date; readonly failure: string | null; readonly ruleId: string | null },
): Promise<void> {
  await db.query(
    'update region_sender set leased_until = null, attempted_at = $2, failure = $3, rule_id = $4 where url = $1',
    [url, outcome.at, outcome.failure, outcome.ruleId],
  );
}

export async function senderOfUrl(db: Db, url: string): Promise<Sender | undefined> {
  return maybe<Sender>(db, `select ${SENDER} from region_sender where url = $1`, [url]);
}

export async function keepPending(db: Db, url: string, body: Buffer, figures: readonly SentFigure[]): Promise<void> {
  await db.query('update region_sender set pending = $2, pending_figures = $3 where url = $1', [
    url,
    body,
    JSON.stringify(figures),
  ]);
}

/** The push on its way was taken: its months are known over there. */
export async function acknowledgePending(
  tx: Db,
  url: string,
  sequence: number,
  figures: readonly SentFigure[],
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into region_sent (url, eg, month, digest)
     select $1, eg, (month || '-01')::date, digest from jsonb_to_recordset($2::jsonb) as g(eg text, month text, digest text)
     on conflict (url, eg, month) do update set digest = excluded.digest`,
    [url, JSON.stringify(figures)],
  );
  await tx.query(
    'update region_sender set sequence = $2, pending = null, pending_figures = null, acknowledged_at = $3 where url = $1',
    [url, sequence, at],
  );
}

/** The push on its way is given up: it is made again, from the figures as they then are. */
export async function dropPending(tx: Db, url: string): Promise<void> {
  await tx.query('update region_sender set pending = null, pending_figures = null where url = $1', [url]);
}

/** One of the two sides came back from a backup: everything is sent again, from the sequence that the region expects. */
export async function startOver(tx: Db, url: string, sequence: number): Promise<void> {
  await tx.query('delete from region_sent where url = $1', [url]);
  await tx.query('update region_sender set sequence = $2, pending = null, pending_figures = null where url = $1', [
    url,
    sequence,
  ]);
}

export async function sentFigures(db: Db, url: string): Promise<SentFigure[]> {
  return many<SentFigure>(db, `select eg, to_char(month, 'YYYY-MM') as month, digest from region_sent where url = $1`, [
    url,
  ]);
}
