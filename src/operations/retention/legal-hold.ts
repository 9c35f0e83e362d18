/** A litigation or an inspection: from here on nothing of this document is pruned, until the hold is lifted. */
import { withoutMatricule } from '../../ins/redact.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { transaction } from '../../store/db.ts';
import { setLegalHold } from '../../store/retention.ts';

export interface HoldRequest {
  readonly by: string;
  readonly reason: string;
  /** False lifts it. */
  readonly hold: boolean;
}

/** The access itself, with its reason, is in the audit of whoever asked. */
export async function changeLegalHold(
  { pool, now }: Pick<UseCaseContext, 'pool' | 'now'>,
  documentId: string,
  { by, reason, hold }: HoldRequest,
): Promise<void> {
  const held = { at: now(), by, reason: withoutMatricule(reason).slice(0, 500) };
  await transaction(pool, (tx) => setLegalHold(tx, documentId, hold ? held : undefined));
}
