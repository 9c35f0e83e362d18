/** What the cell decides of a pair: one person (merged), two people, one person under two records (linked), later. */
import { markHomonyms, mergeRecords } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { matchingRules } from '../rules/matching.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type CandidatePair, decidePair, lockPair, type PairState, pairById } from '../store/candidate-pairs.ts';
import { type Db, transaction } from '../store/db.ts';
import { lockIdentities } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';

export type PairDecision =
  /** `survivor`: the record that stays. */
  | { readonly decision: 'same'; readonly survivor: string; readonly reason: string }
  /** `homonym`: both are marked, so that whoever meets one thinks of the other. */
  | { readonly decision: 'different'; readonly homonym: boolean; readonly reason: string }
  /** One person; both records stay, for example in two domains. */
  | { readonly decision: 'linked'; readonly reason: string }
  /** Put off; also takes back what was decided, a merge apart. */
  | { readonly decision: 'later'; readonly reason: string };

/** Where a pair may be decided on from. */
const FROM: Readonly<Record<PairDecision['decision'], readonly PairState[]>> = {
  same: ['open', 'later', 'linked', 'different'],
  different: ['open', 'later', 'linked'],
  linked: ['open', 'later', 'different'],
  later: ['open', 'different', 'linked'],
};

export async function decide(
  context: UseCaseContext,
  pairId: string,
  decision: PairDecision,
  actor: string,
): Promise<Result<CandidatePair>> {
  return transaction(context.pool, async (tx) => {
    const found = await pairById(tx, pairId);
    // The identities before the pair, like whoever changes an identity and then what is said of it.
    if (found !== undefined) await lockIdentities(tx, [found.firstId, found.secondId]);
    const pair = await lockPair(tx, pairId);
    if (pair === undefined) return refuse(apiRules.notFound);
    if (!FROM[decision.decision].includes(pair.state)) return refuse(matchingRules.pairDecided);
    const state = await carriedOut(tx, context, pair, decision, actor);
    if (!state.ok) return state;
    await decidePair(tx, pair.id, { state: state.value, at: context.now(), by: actor, reason: decision.reason });
    const decided = await pairById(tx, pair.id);
    return decided === undefined ? refuse(apiRules.notFound) : ok(decided);
  });
}

async function carriedOut(
  tx: Db,
  context: UseCaseContext,
  pair: CandidatePair,
  decision: PairDecision,
  actor: string,
): Promise<Result<'merged' | 'different' | 'linked' | 'later'>> {
  const ids = [pair.firstId, pair.secondId] as const;
  const cause = { at: context.now(), actor, source: 'doublons' };
  switch (decision.decision) {
    case 'same': {
      const loserId = ids.find((id) => id !== decision.survivor);
      if (!ids.includes(decision.survivor) || loserId === undefined)
        return refuse(apiRules.invalidRequest, { detail: 'survivor : une des deux identités de la paire' });
      const merged = await mergeRecords(tx, context, { survivorId: decision.survivor, loserId }, cause);
      return merged.ok ? ok('merged') : merged;
    }
    case 'different': {
      if (pair.kind === 'same-ins') return refuse(matchingRules.oneInsOnePerson);
      if (!decision.homonym) return ok('different');
      const marked = await markHomonyms(tx, ids, { ...cause, reason: decision.reason });
      return marked.ok ? ok('different') : marked;
    }
    case 'linked':
      for (const [index, id] of ids.entries())
        await addHistory(tx, id, {
          ...cause,
          event: `même personne que le dossier ${ids[1 - index]}, les deux restent (${decision.reason})`,
          requirement: 'ins.md 5.3',
          before: undefined,
          after: undefined,
        });
      return ok('linked');
    case 'later':
      return ok('later');
  }
}
