/** Leave to call the DMP, and its health as the calls show it: one circuit for deliveries and reconciliations. */
import type { Conformance } from '../conformance/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { dmpRules } from '../rules/dmp.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import { askLeave, isHealthy, recordFailure, recordHealthy } from '../store/circuits.ts';
import { type Db, transaction } from '../store/db.ts';
import type { DmpClient } from '../wire/dmp/client.ts';

/** The part of the configuration without which nothing is delivered. */
type DmpConfig = NonNullable<UseCaseContext['config']['dmp']>;

export interface FeedContext extends UseCaseContext {
  readonly dmp: DmpClient;
  readonly dmpConfig: DmpConfig;
  /** Rule packs in service; absent, none. */
  readonly conformance?: Conformance;
}

/** Milliseconds before the DMP may be called; 0 for now. */
export async function waitBeforeCall({ pool, now, dmpConfig, seenHealthy }: FeedContext): Promise<number> {
  // The deliveries of all the processes would queue on this one row, each for the commit of the one before.
  if (await isHealthy(pool, 'DMP', seenHealthy)) return 0;
  const pace = { intervalMs: 0, probeAfterMs: dmpConfig.circuit.probeAfterMs };
  return transaction(pool, (tx) => askLeave(tx, 'DMP', now(), pace));
}

/** Our certificate or our address is refused, whatever the document: the circuit keeps the others from trying as well. */
const INSTALLATION_RULES: readonly Rule[] = [
  dmpRules.invalidCertificate,
  dmpRules.httpForbidden,
  dmpRules.httpUnexpected,
  dmpRules.pinRefused,
];

/** Notes how a call ended. `failure` is absent when the DMP did what was asked; a refusal of one document is an answer too. */
export async function noteDmpHealth(
  db: Db,
  { dmpConfig, now, seenHealthy }: FeedContext,
  failure?: (Refusal & { readonly passesByItself: boolean }) | undefined,
): Promise<void> {
  if (failure === undefined || !(failure.passesByItself || INSTALLATION_RULES.includes(failure.rule))) {
    await recordHealthy(db, 'DMP', now(), seenHealthy);
    return;
  }
  const { failures, probeAfterMs } = dmpConfig.circuit;
  await recordFailure(db, 'DMP', now(), { error: failure.rule.title, limit: failures, probeAfterMs }, seenHealthy);
}
