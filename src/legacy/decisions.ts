/** What the site decided about its old connectors (practice 17, 18), in the audit trail: since when, by whom, until when. */
import { senderOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type Db, maybe, transaction } from '../store/db.ts';
import { addAudit } from '../store/proofs.ts';

const DECISIONS = ['replaceInsInHeader', 'cardsBecomeStructure', 'successBeforeAcceptance'] as const;
/** Advisory lock class: several processes may start at once. */
const LOCK_CLASS = 7_055;

/** At the opening of the door: what the configuration says now, where it is not what the trail says last. */
export async function auditDecisions(context: UseCaseContext): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1, 0)', [LOCK_CLASS]);
    for (const source of context.config.sources)
      for (const name of DECISIONS) await auditOne(tx, context, source, name);
  });
}

async function auditOne(
  tx: Db,
  { now }: UseCaseContext,
  source: Source,
  name: (typeof DECISIONS)[number],
): Promise<void> {
  const decision = source.legacy?.[name];
  const subject = `source:${senderOf(source)}`;
  const action = `legacy.${name}`;
  const known = await maybe<{ reason: string | null; outcome: string }>(
    tx,
    'select reason, outcome from audit where subject = $1 and action = $2 order by id desc limit 1',
    [subject, action],
  );
  const outcome = decision === undefined ? 'withdrawn' : 'decided';
  const reason = decision === undefined ? null : `${decision.by}, ${decision.on}`;
  const unchanged = known === undefined ? decision === undefined : known.outcome === outcome && known.reason === reason;
  if (!unchanged) await addAudit(tx, { at: now(), actor: 'system', role: 'site', action, subject, reason, outcome });
}
