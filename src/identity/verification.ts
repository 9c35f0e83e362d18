/** Is this INS still this person's? Asked of INSi, and what the answer makes of the identity (ins.md 3 and 4.2). */
import type { UseCaseContext } from '../queue/context.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { VerificationOutcome } from '../store/verification-campaigns.ts';
import { insiQuery } from '../wire/insi/query.ts';
import { searchByTraits } from '../wire/insi/search-run.ts';
import { type Draft, queueInsi, withEvent } from './change.ts';
import { edit } from './desk.ts';
import type { Answered } from './insi-judgement.ts';
import { type InsiConfig, isOutage, type PacedInsi } from './insi-pace.ts';
import { criteriaOf, insOf } from './record.ts';

/** What came of the calls: confirmed without more, or an answer to judge. */
export type Verified = { readonly calls: number } & (
  | { readonly identical: true }
  | ({ readonly identical: false } & Answered)
);

/**
 * By the operation where the platform has it, else by the traits: WSDL 1.5.0 has no verification, and a search that returns
 * the same INS says as much (ins.md 4.2). A « no » is followed by a search too: it says what has changed.
 */
export async function verifyIns(
  { client, turn }: PacedInsi,
  record: IdentityRecord,
  { by }: InsiConfig['verification'],
): Promise<Result<Verified>> {
  const ins = insOf(record);
  if (ins === undefined) return refuse(identityVerificationRules.nothingToVerify);
  const criteria = criteriaOf(record);
  let calls = 0;
  if (by === 'operation') {
    const traits = insiQuery({ ...criteria, givenName: criteria.birthGivenNames ?? criteria.firstGivenName });
    if (!traits.ok) return traits;
    await turn();
    calls = 1;
    const answer = await client.verify({ ins, traits: traits.value });
    if (answer.kind === 'identical') return ok({ calls, identical: true });
    if (answer.kind !== 'different' && isOutage(answer))
      return ok({ calls, identical: false, outcome: answer, mode: 'INSI' });
  }
  const report = await searchByTraits(client, criteria, turn);
  if (!report.ok) return report;
  const { outcome, warning, attempts } = report.value;
  calls += attempts.length;
  return ok({ calls, identical: false, outcome, mode: 'INSI', ...(warning !== undefined && { warning }) });
}

/** How the calls are noted, whatever they were for. */
export function callOf(verified: Verified): { outcome: string; ruleId: string | null; attempts: number } {
  if (verified.identical) return { outcome: 'identical', ruleId: null, attempts: verified.calls };
  const { outcome, calls } = verified;
  return { outcome: outcome.kind, ruleId: 'refusal' in outcome ? outcome.refusal.rule.id : null, attempts: calls };
}

/** The draft of an INS that INSi confirmed as it stands: a doubt is lifted. */
export function confirmed(record: IdentityRecord): Draft {
  return { ...record, insiState: 'settled', insiRuleId: null, insDoubt: null, discrepancy: null };
}

const COPIED = ['birthName', 'firstGivenName', 'birthGivenNames', 'sex', 'birthDate', 'birthPlace'] as const;

/** How a judged answer reads as a verification. */
export function outcomeOfVerification(record: IdentityRecord, draft: Draft): VerificationOutcome {
  switch (draft.insiState) {
    case 'not-found':
    case 'several':
      return 'not-found';
    case 'discrepancy':
    case 'blocked':
      return 'differing';
    case 'settled':
      if (draft.matricule !== record.matricule || draft.oid !== record.oid) return 'ins-changed';
      return COPIED.some((trait) => draft[trait] !== record[trait]) ? 'updated' : 'identical';
    case 'none':
    case 'queued':
    case 'failed':
      return 'unanswered';
  }
}

/** Asks INSi again about the INS of one identity; the answer comes by the queue. */
export async function requestVerification(
  context: UseCaseContext,
  id: string,
  actor: string,
): Promise<Result<IdentityRecord>> {
  return edit(context, id, { actor, event: 'vérification INSi demandée' }, async (tx, record) => {
    if (record.matricule === null || record.mirror) return refuse(identityVerificationRules.nothingToVerify);
    return ok(await queueInsi(tx, record));
  });
}

/**
 * A person confirms that INSi does not know this INS any more: it is withdrawn, and the qualification with it. What was sent
 * under it is then somebody's work (practice 23).
 */
export async function confirmVerificationFailure(
  context: UseCaseContext,
  id: string,
  reason: string,
  actor: string,
): Promise<Result<IdentityRecord>> {
  const event = `${QUALIFICATION_LOST} (${reason})`;
  return edit(context, id, { actor, event, requirement: 'practice 23' }, async (_tx, record) =>
    record.insDoubt === null
      ? refuse(identityVerificationRules.noVerificationDoubt)
      : withEvent(record, { type: 'verificationFailed' }),
  );
}

/** Event of the history by which the loss of an INS is known. */
const QUALIFICATION_LOST = 'échec de vérification INSi confirmé : INS retirée';
