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

/** An answer with the sender (`MSH-3|MSH-4`) that it is owed to. */
export async function answerById(db: Db, id: string): Promise<AnswerRecord & { readonly sender: string }> {
  return one(
    db,
    `select answer.*, document.sender from (${SELECT} where id = $1) answer join document on document.id = answer."documentId"`,
    [id],
  );
}

export async function answersOf(db: Db, documentId: string): Promise<AnswerRecord[]> {
  return many<AnswerRecord>(db, `${SELECT} where document_id = $1 order by created_at, id`, [documentId]);
}

/** `event`: the step of the document's timeline that an answer which ended adds. */
export async function recordAnswerAttempt(
  tx: Db,
  id: string,
  result: { state: AnswerState; error: string | null; at: Date },
  event?: { readonly step: string; readonly detail: string | null },
): Promise<void> {
  await write(
    tx,
    `with attempted as (
       update answer set state = $2, attempts = attempts + 1, last_error = $3,
         settled_at = case when $2 = 'pending' then null else $4::timestamptz end where id = $1
       returning document_id)
     insert into document_event (document_id, at, step, detail)
     select document_id, $4, $5, $6 from attempted where $5::text is not null`,
    [id, result.state, result.error, result.at, event?.step ?? null, event?.detail ?? null],
  );
}
