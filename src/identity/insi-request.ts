/** What an operator asks INSi beyond the recorded traits: by the Vitale card, or by a query that was proposed to them. */
import { mayCallInsi } from '../ins/status.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { insiRules } from '../rules/insi.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { insiAttemptsOf, putInsiRequest } from '../store/insi-requests.ts';
import { type CardReadingInput, cardReading } from '../wire/insi/card-reading.ts';
import {
  acceptedCriteria,
  type Proposal,
  type ProposalId,
  proposalsAfter,
  type Tried,
} from '../wire/insi/proposals.ts';
import type { SearchCriteria } from '../wire/insi/strategy.ts';
import { type Draft, queueInsi } from './change.ts';
import { edit } from './desk.ts';
import { criteriaOf, stateOf } from './record.ts';

/** WS_INS1 with what the desk's software read; the answer comes by the queue. */
export async function requestCardSearch(
  context: UseCaseContext,
  id: string,
  input: CardReadingInput,
  actor: string,
): Promise<Result<IdentityRecord>> {
  const reading = cardReading(input);
  if (!reading.ok) return reading;
  const how = { actor, event: 'recherche INSi par carte Vitale demandée' };
  return edit(context, id, how, async (tx, record) => {
    const draft = await asked(tx, record);
    if (!draft.ok) return draft;
    const request = { kind: 'card', proposal: null, payload: reading.value, askedBy: actor } as const;
    await putInsiRequest(tx, id, request, context.now());
    return draft;
  });
}

/** What may be tried after 01 or 02, the next query first. Nothing is ever sent from here. */
export async function insiProposals(db: Db, record: IdentityRecord): Promise<readonly Proposal[]> {
  const open = record.insiState === 'not-found' || record.insiState === 'several';
  if (!open || !record.active || record.mirror) return [];
  const tried = (await insiAttemptsOf(db, record.id)).map(
    ({ proposal, criteria, outcome }): Tried => ({
      proposal,
      criteria: criteria as SearchCriteria | null,
      outcome,
    }),
  );
  return proposalsAfter(
    {
      ...criteriaOf(record),
      dateInterpreted: record.birthDateInterpreted && record.birthDateAsGiven === null,
      ...(record.usedName === null ? {} : { usedName: record.usedName }),
    },
    tried,
  );
}

/** The operator accepts one of the proposals, with the value that it asks for. */
export async function requestProposedSearch(
  context: UseCaseContext,
  id: string,
  accepted: { readonly proposal: ProposalId; readonly value?: string | undefined },
  actor: string,
): Promise<Result<IdentityRecord>> {
  const how = { actor, event: `recherche INSi proposée et acceptée : ${PROPOSALS[accepted.proposal]}` };
  return edit(context, id, how, async (tx, record) => {
    const proposal = (await insiProposals(tx, record)).find(({ id: known }) => known === accepted.proposal);
    if (proposal === undefined) return refuse(insiRules.proposalNotOpen);
    const criteria = acceptedCriteria(proposal, accepted.value);
    if (!criteria.ok) return criteria;
    const draft = await asked(tx, record);
    if (!draft.ok) return draft;
    const request = { kind: 'criteria', proposal: proposal.id, payload: criteria.value, askedBy: actor } as const;
    await putInsiRequest(tx, id, request, context.now());
    return draft;
  });
}

async function asked(tx: Db, record: IdentityRecord): Promise<Result<Draft>> {
  const allowed = mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: false });
  return allowed.ok ? ok(await queueInsi(tx, record)) : allowed;
}

/** For the history. */
const PROPOSALS: Readonly<Record<ProposalId, string>> = {
  'given-names': 'autres prénoms de naissance',
  place: 'lieu de naissance',
  'other-place': 'autre code du lieu de naissance',
  'completed-date': 'date de naissance complétée',
  'lunar-date': 'date de naissance incomplète',
  'name-punctuation': 'autre écriture du nom de naissance',
  'used-name': 'nom utilisé comme nom de naissance',
};
