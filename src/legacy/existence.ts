/**
 * TD0.2 of an old connector: the DMP is asked by API V2 under the qualified INS of the patient whom the repository knows, and
 * what it says goes back under the identifier that the connector used (practice 19, 20).
 */
import { actingForEstablishment, type FeedContext, noteDmpHealth, waitBeforeCall } from '../feed/index.ts';
import { noteDmpState, qualifiedIdentityOf } from '../identity/index.ts';
import { legacyRules } from '../rules/legacy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Existence } from '../wire/dmp/existence.ts';
import type { ExistenceReply } from '../wire/legacy/existence-question.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacySource } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { identityBehind } from './patient-behind.ts';

export interface ExistenceDesk {
  ask(source: LegacySource, patient: LegacyIdentifier): Promise<Result<ExistenceReply>>;
}

const MOST_KEPT = 1_000;

interface Kept {
  readonly reply: ExistenceReply;
  readonly untilMs: number;
}

export function createExistenceDesk(context: LegacyContext): ExistenceDesk {
  const kept = new Map<string, Kept>();
  const lifetime = context.config.legacy?.existenceCacheMs ?? 0;
  return {
    ask: async (source, patient) => {
      const identity = await identityBehind(context, patient);
      if (!identity.ok) return identity;
      // Another version of the identity may be another INS.
      const key = `${source.eg} ${identity.value.id} ${identity.value.version}`;
      const now = context.now().getTime();
      const before = kept.get(key);
      if (before !== undefined && before.untilMs > now) return ok(before.reply);
      const reply = await askDmp(context, source.eg, identity.value);
      if (!reply.ok) return reply;
      kept.delete(key);
      if (kept.size >= MOST_KEPT) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
      kept.set(key, { reply: reply.value, untilMs: now + lifetime });
      return reply;
    },
  };
}

async function askDmp(context: LegacyContext, eg: string, identity: IdentityRecord): Promise<Result<ExistenceReply>> {
  const patient = qualifiedIdentityOf(identity);
  if (!patient.ok) return refuse(legacyRules.patientNotQualified, { detail: patient.refusal.rule.id });
  const { asking } = context;
  if (asking === undefined) return refuse(legacyRules.dmpAway);
  const feed: FeedContext = { ...context, ...asking };
  if ((await waitBeforeCall(feed)) > 0) return refuse(legacyRules.dmpAway);
  const answer = await asking.dmp.existence(patient.value, actingForEstablishment(feed, eg));
  if (answer.kind === 'failed') {
    const passesByItself = answer.class === 'transient';
    await noteDmpHealth(context.pool, feed, { ...answer.refusal, passesByItself });
    return refuse(legacyRules.dmpAway, { detail: answer.refusal.rule.id });
  }
  await noteDmpHealth(context.pool, feed);
  await noteDmpState(context, identity, answer.value.state);
  return ok(replyOf(answer.value));
}

/** As the DMP writes them (dmp.md 7). */
const AUTHORISATIONS = { valid: 'VALIDE', expired: 'EXPIRE', forbidden: 'INTERDIT', none: 'NON_EXISTE' } as const;

function replyOf(existence: Existence): ExistenceReply {
  if (existence.state !== 'active') return { kind: existence.state };
  const { authorisation } = existence;
  return authorisation === 'unstated'
    ? { kind: 'active' }
    : { kind: 'active', authorisation: AUTHORISATIONS[authorisation] };
}
