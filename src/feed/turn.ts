/**
 * Whose turn it is among the versions of one document: pure. A version goes once everything before it is settled, and
 * replaces the one that is then in the DMP; what never left is not sent when a later version is ready (decision 0015).
 */
import { laneRules } from '../rules/lanes.ts';
import { policyRules } from '../rules/policy.ts';
import type { Refusal } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import type { ChainMember } from '../store/chains.ts';
import type { DocumentRecord } from '../store/documents.ts';

export type Turn =
  /** `original` is in the DMP and is replaced or deleted; without one the document stands alone there. */
  | { readonly kind: 'go'; readonly original?: ChainMember; readonly superseded: readonly ChainMember[] }
  /** What it is about is not known here: the DMP is asked by this name. */
  | { readonly kind: 'ask'; readonly name: string; readonly superseded: readonly ChainMember[] }
  /** Something before it has no known outcome yet. */
  | { readonly kind: 'wait' }
  /** A deletion with nothing to delete in the DMP; what never left is withdrawn. */
  | { readonly kind: 'done'; readonly superseded: readonly ChainMember[] }
  | { readonly kind: 'stopped'; readonly refusal: Refusal };

/** Reads the chain of a document, which holds the document itself, in the order of arrival. */
export function turnOf({ id }: Pick<DocumentRecord, 'id'>, chain: readonly ChainMember[]): Turn {
  const document = chain.find((member) => member.id === id);
  // Refused when it came, it took no place: taken up again, it is not sent as if it were about nothing.
  if (document === undefined) return { kind: 'stopped', refusal: { rule: versionRules.originalUnknown } };
  const place = document.chainPosition ?? 0;
  const others = chain.filter((member) => member.id !== document.id);
  const earlier = others.filter((member) => (member.chainPosition ?? 0) < place);
  if (others.some((member) => (member.chainPosition ?? 0) > place && overtakes(member, document)))
    return { kind: 'stopped', refusal: { rule: versionRules.superseded } };
  if (earlier.some(mayBeInTheDmp)) return { kind: 'wait' };
  if (document.action === 'create') return { kind: 'go', superseded: [] };
  return document.action === 'replace' ? replacement(document, earlier) : deletion(document, earlier);
}

/** It left, or took this document out, while this one was stopped: only a document that was reopened meets this. */
function overtakes(later: ChainMember, document: ChainMember): boolean {
  if (later.action === 'delete') return later.state === 'deleted' && later.targetId === document.id;
  return ['sending', 'unknown', 'accepted', 'replaced', 'deleted'].includes(later.state);
}

function mayBeInTheDmp(member: ChainMember): boolean {
  const { state, wasSent, askFirst } = member;
  return (
    state === 'sending' || state === 'unknown' || (state === 'ready' && wasSent) || (askFirst && isPending(member))
  );
}

function replacement(document: ChainMember, earlier: readonly ChainMember[]): Turn {
  const superseded: ChainMember[] = [];
  let original: ChainMember | undefined;
  // From the version that it names to the last one that is in the DMP, past those that never got there.
  for (let asked = document; ; ) {
    const named = earlier.find((member) => member.id === asked.targetId);
    if (named === undefined) {
      if (asked.action === 'create') break;
      const stopped = guard(earlier, superseded, undefined);
      return stopped ?? { kind: 'ask', name: asked.notice.designates ?? '', superseded };
    }
    if (isFedElsewhere(named))
      return guard(earlier, superseded, undefined) ?? { kind: 'ask', name: named.uniqueId, superseded };
    // Sent again after a question that found nothing: what it replaced is its own doing.
    if (named.state === 'accepted' || (named.state === 'replaced' && named.id === document.originalId)) {
      original = named;
      break;
    }
    if (named.state === 'replaced' || named.state === 'deleted') return notCurrent(named);
    if (isPending(named)) superseded.push(named);
    asked = named;
  }
  return guard(earlier, superseded, original) ?? { kind: 'go', ...(original && { original }), superseded };
}

/** One version of a document lives in the DMP: those that are about to go have their turn first, and none may stay beside. */
function guard(
  earlier: readonly ChainMember[],
  superseded: readonly ChainMember[],
  original: ChainMember | undefined,
): Turn | undefined {
  if (earlier.some((member) => member.state === 'ready' && !superseded.includes(member))) return { kind: 'wait' };
  const alive = earlier.find((member) => member.action !== 'delete' && member.state === 'accepted');
  return alive === undefined || alive === original ? undefined : notCurrent(alive);
}

function deletion(document: ChainMember, earlier: readonly ChainMember[]): Turn {
  const target = earlier.find((member) => member.id === document.targetId);
  if (earlier.some((member) => member.state === 'ready' && member !== target)) return { kind: 'wait' };
  if (target === undefined) return { kind: 'ask', name: document.notice.designates ?? '', superseded: [] };
  if (isFedElsewhere(target)) return { kind: 'ask', name: target.uniqueId, superseded: [] };
  if (target.state === 'accepted') return { kind: 'go', original: target, superseded: [] };
  if (target.state === 'replaced') return notCurrent(target);
  // What says nothing new was not sent either: what it repeats stands for it in the DMP.
  const notSent: (string | null)[] = [versionRules.deletedBeforeSending.id, policyRules.unchanged.id];
  const neverSent = isPending(target) || notSent.includes(target.ruleId);
  if (neverSent && target.action === 'replace') return unsent(target, earlier);
  if (isPending(target)) return { kind: 'done', superseded: [target] };
  // It is not in the DMP: deleted already, or never there. A later version that is there is another document.
  const alive = earlier.find((member) => member.action !== 'delete' && member.state === 'accepted');
  const later = alive !== undefined && (alive.chainPosition ?? 0) > (target.chainPosition ?? 0);
  return target.state !== 'deleted' && later ? notCurrent(alive) : { kind: 'done', superseded: [] };
}

/** Had it been sent it would have taken its original out: to delete it is then to delete that one. */
function unsent(target: ChainMember, earlier: readonly ChainMember[]): Turn {
  const before = earlier.filter((member) => (member.chainPosition ?? 0) < (target.chainPosition ?? 0));
  const turn = replacement(target, before);
  const pending = isPending(target) ? [target] : [];
  if (turn.kind === 'wait') return turn;
  if (turn.kind === 'stopped') return { kind: 'done', superseded: pending };
  const superseded = [...pending, ...turn.superseded];
  return turn.kind === 'go' && turn.original === undefined ? { kind: 'done', superseded } : { ...turn, superseded };
}

/** It is in the DMP, though not by us: fed by the old way before its flow came to API V2. */
export function isFedElsewhere({ ruleId }: ChainMember): boolean {
  return ruleId === laneRules.alreadyFed.id || ruleId === laneRules.byTheOldWay.id;
}

/** Nothing of it left, and nothing ended it. */
function isPending({ state }: ChainMember): boolean {
  return state === 'received' || state === 'waiting' || state === 'ready';
}

function notCurrent({ uniqueId, state }: ChainMember): Turn {
  return { kind: 'stopped', refusal: { rule: versionRules.notTheCurrentVersion, detail: `${uniqueId} : ${state}` } };
}
