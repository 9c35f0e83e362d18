/** Whose turn it is among the mails of the versions of one document, to one destination: pure (decision 0038). */
import type { MailInChain, MailRecord } from '../store/mails.ts';

export type MailTurn =
  /** `original`: the mail that it replaces or withdraws; absent when nothing of the document ever left this way. */
  | { readonly kind: 'go'; readonly original?: MailInChain; readonly superseded: readonly MailInChain[] }
  /** An earlier one has no known end yet. */
  | { readonly kind: 'wait' }
  /** A later one has left, or asked for the deletion. */
  | { readonly kind: 'overtaken' };

export function mailTurnOf({ id }: Pick<MailRecord, 'id'>, chain: readonly MailInChain[]): MailTurn {
  const own = chain.find((mail) => mail.id === id);
  if (own === undefined) return { kind: 'go', superseded: [] };
  if (chain.some((mail) => mail.position > own.position && hasLeft(mail))) return { kind: 'overtaken' };
  const earlier = chain.filter((mail) => mail.position < own.position);
  if (
    earlier.some(
      ({ state, mayBeThere }) => state === 'sending' || state === 'unknown' || (state === 'ready' && mayBeThere),
    )
  )
    return { kind: 'wait' };
  const original = earlier.findLast(isThere);
  const superseded = earlier.filter(({ state }) => state === 'waiting' || state === 'ready');
  return { kind: 'go', ...(original && { original }), superseded };
}

/** A mail that withdrew another is itself neither replaced nor withdrawn. */
function isThere({ state, ended, action, mayBeThere }: MailInChain): boolean {
  return action !== 'delete' && ended === null && (state === 'accepted' || mayBeThere);
}

function hasLeft({ state }: MailInChain): boolean {
  return state === 'sending' || state === 'unknown' || state === 'accepted';
}
