/** Calls to INSi, as they were recorded for one identity. */
import { type Db, many } from './db.ts';

export interface InsiCall {
  readonly at: Date;
  readonly durationMs: number;
  /** Kind of the outcome (wire/insi/outcome.ts), or `identical` for a confirmed INS. */
  readonly outcome: string;
  readonly ruleId: string | null;
  /** Questions that the call took. */
  readonly attempts: number;
}

/** The newest first. */
export async function insiCallsOf(db: Db, identityId: string, limit: number): Promise<InsiCall[]> {
  return many<InsiCall>(
    db,
    `select at, duration_ms as "durationMs", outcome, rule_id as "ruleId", attempts from insi_call where identity_id = $1
     order by insi_call.id desc limit $2`,
    [identityId, limit],
  );
}
