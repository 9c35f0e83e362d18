/** Business answers owed to senders (ZAM), kept as sent. */
import { type Db, many, one, write } from './db.ts';

export type AnswerState = 'pending' | 'delivered' | 'no-route' | 'refused';

export interface AnswerRecord {
  readonly id: string;
  readonly documentId: string;
  /** `ZAM^Z01`. */
  readonly kind: string;
  readonly er7: Buffer;
  readonly state: AnswerState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

const SELECT = `select id, document_id as "documentId", kind, er7, state, attempts, last_error as "lastError",
  created_at as "createdAt", settled_at as "settledAt" from answer`;

export async function insertAnswer(
  tx: Db,
  answer: { id: string; documentId: string; kind: string; er7: Uint8Array; state: AnswerState; at: Date },
): Promise<void> {
  await write(
    tx,
    'insert into answer (id, document_id, kind, er7, state, created_at) values ($1, $2, $3, $4, $5, $6)',
    [answer.id, answer.documentId, answer.kind, Buffer.from(answer.er7), answer.state, answer.at],
  );
}

export async function answerById(db: Db, id: string): Promise<AnswerRecord> {
  return one<AnswerRecord>(db, `${SELECT} where id = $1`, [id]);
}

export async function answersOf(db: Db, documentId: string): Promise<AnswerRecord[]> {
  return many<AnswerRecord>(db, `${SELECT} where document_id = $1 order by created_at, id`, [documentId]);
}

export async function recordAnswerAttempt(
  tx: Db,
  id: string,
  result: { state: AnswerState; error: string | null; at: Date },
): Promise<void> {
  await write(
    tx,
    `update answer set state = $2, attempts = attempts + 1, last_error = $3,
       settled_at = case when $2 = 'pending' then null else $4::timestamptz end where id = $1`,
    [id, result.state, result.error, result.at],
  );
}
