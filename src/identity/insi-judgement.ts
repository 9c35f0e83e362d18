/** What an INSi answer makes of an identity: qualified, retrieved, or stopped with what a person must look at. */
import { acceptedInsOids } from '../config/lookup.ts';
import { type Coherence, compareTraits } from '../ins/coherence.ts';
import { adoptInsiTraits } from '../ins/insi-traits.ts';
import { isAllowedInsOid } from '../ins/oids.ts';
import type { InsiProof } from '../ins/status.ts';
import type { Ins } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, type InsiState, otherHolderOf } from '../store/identities.ts';
import { formerNumbers, holdersEver, type NumberedIns } from '../store/known-ins.ts';
import type { InsiIdentity, InsiOutcome } from '../wire/insi/outcome.ts';
import { type Draft, traitColumns, withEvent } from './change.ts';
import { showCollision } from './collision.ts';
import { placesMerged } from './places.ts';
import { givenTraitsOf, insOf } from './record.ts';

/** An answer, how it was asked for, and what a search had to say of it. */
export interface Answered {
  readonly outcome: InsiOutcome;
  readonly mode: InsiProof['mode'];
  /** Found, but not by the first given name. */
  readonly warning?: Refusal;
}

/** The draft that an answer makes: qualified, retrieved, or stopped with what a person must look at. */
export async function judged(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  answer: Answered,
): Promise<Draft> {
  const { outcome } = answer;
  switch (outcome.kind) {
    case 'none':
      return stopped(record, 'not-found', outcome.refusal);
    case 'several':
      return stopped(record, 'several', outcome.refusal);
    case 'found':
      return accepted(tx, context, record, answer, outcome.identity);
    case 'permanent':
    case 'unreadable':
    case 'transient':
    case 'unavailable':
      return stopped(record, 'failed', outcome.refusal);
  }
}

/** What INSi said of an INS that was already there puts it in doubt; that INSi could not be read says nothing of it. */
export function stopped(record: Draft, insiState: InsiState, refusal: Refusal): Draft {
  const ruleId = refusal.rule.id;
  const doubt = record.matricule !== null && insiState !== 'failed' ? { insDoubt: ruleId } : {};
  return { ...record, ...doubt, insiState, insiRuleId: ruleId };
}

/** What INSi returned is kept unchanged, and the comparison for the person who settles it. */
function withReturned(record: IdentityRecord, returned: InsiIdentity, coherence: Coherence): Draft {
  const discrepancy = coherence.traits.map(({ rule, ...trait }) => ({ ...trait, ruleId: rule?.id ?? null }));
  return { ...record, insiHistory: returned.history, insiTraits: returned.traits, discrepancy };
}

/**
 * Found, by whatever given name: the strict traits that came back decide (practice 3). When they differ, a hit by another
 * name than the first is the more useful thing to say.
 */
async function accepted(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  { warning, mode }: Answered,
  returned: InsiIdentity,
): Promise<Draft> {
  const merged = await placesMerged(tx, record.birthPlace, returned.traits.birthPlace);
  const coherence = compareTraits(givenTraitsOf(record), returned.traits, merged);
  const draft = withReturned(record, returned, coherence);
  if (!isAllowedInsOid(returned.ins.oid, acceptedInsOids(context.config)))
    return stopped(draft, 'failed', { rule: identityRules.insOidNotAllowed });
  const different = coherence.traits.find((trait) => trait.outcome === 'different');
  if (different !== undefined)
    return stopped(draft, 'discrepancy', warning ?? { rule: different.rule ?? identityRules.traitsDiffer });
  const bears = insOf(record);
  if (bears !== undefined && !isSuccessor(bears, returned))
    return stopped(draft, 'discrepancy', { rule: identityLifecycleRules.otherInsReturned });
  const holder = await otherHolder(tx, record.id, returned);
  const adopted = adoptInsiTraits(returned.traits, record.firstGivenName);
  if (!adopted.ok) return stopped(draft, 'failed', adopted.refusal);
  const retrieved = withEvent(draft, {
    type: 'insiRetrieved',
    ins: returned.ins,
    proof: { retrievedAt: context.now().toISOString(), mode },
    coherence: 'coherent',
    heldByOther: holder !== undefined,
  });
  if (holder !== undefined) await showCollision(tx, context, record, holder);
  if (!retrieved.ok)
    return stopped(
      draft,
      retrieved.refusal.rule === identityRules.duplicateActiveIns ? 'blocked' : 'failed',
      retrieved.refusal,
    );
  const { traits } = adopted.value;
  return {
    ...retrieved.value,
    ...traitColumns(adopted.value),
    // INSi gives no place for some persons: what was recorded locally stays.
    birthPlace: traits.birthPlace ?? record.birthPlace,
    insiState: 'settled',
    insiRuleId: null,
    insDoubt: null,
    discrepancy: null,
  };
}

/**
 * The same number, or one that follows it: NIA become NIR, civil sex, correction of the register all keep the former number
 * in INSHISTO. A new number that knows nothing of the one that we hold is perhaps another person's (practice 23).
 */
function isSuccessor(bears: Ins, returned: InsiIdentity): boolean {
  const same = (one: NumberedIns) => one.matricule === bears.matricule && one.oid === bears.oid;
  return same(returned.ins) || formerNumbers(returned.history, returned.ins).some(same);
}

/** Another active identity that bears this number, or one that INSi says was this person's: a duplicate, seen or to come. */
async function otherHolder(tx: Db, id: string, returned: InsiIdentity): Promise<string | undefined> {
  const holder = await otherHolderOf(tx, returned.ins, id);
  if (holder !== undefined) return holder;
  for (const ins of [returned.ins, ...formerNumbers(returned.history, returned.ins)]) {
    const other = (await holdersEver(tx, ins)).find(({ identityId }) => identityId !== id);
    if (other !== undefined) return other.identityId;
  }
  return undefined;
}

const EVENTS: Readonly<Record<InsiState, string>> = {
  none: 'réponse INSi',
  queued: 'réponse INSi',
  settled: "INS récupérée auprès d'INSi",
  'not-found': 'INSi : aucune identité trouvée',
  several: 'INSi : plusieurs identités trouvées',
  discrepancy: 'INSi : traits différents, à trancher',
  blocked: 'INSi : INS déjà portée par une autre identité',
  failed: 'INSi : recherche impossible',
};

export function eventOf(draft: Draft): string {
  if (draft.insDoubt !== null && draft.insiState !== 'failed')
    return `${EVENTS[draft.insiState]} ; INS non confirmée, envois suspendus`;
  return draft.status === 'QUAL' && draft.insiState === 'settled' ? 'identité qualifiée' : EVENTS[draft.insiState];
}

const ALERTS: Readonly<Record<InsiIdentity['alerts'][number], string>> = {
  'key-mismatch': 'la clé du matricule ne correspond pas à ses chiffres',
  'key-absent': 'clé du matricule absente de la réponse, calculée ici',
  'unusual-first-digit': 'premier chiffre du matricule inhabituel',
  'unusual-month': 'mois de naissance du matricule inhabituel',
};

/** What INSi returned is kept unchanged; what is odd in it is said to the person who reads the history (ins.md, trap 1). */
export function alertsOf(outcome: InsiOutcome): string {
  return outcome.kind === 'found'
    ? outcome.identity.alerts.map((alert) => ` ; alerte : ${ALERTS[alert]}`).join('')
    : '';
}
