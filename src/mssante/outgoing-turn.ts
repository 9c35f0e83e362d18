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
      ({ state, firstSentAt }) =>
        state === 'sending' || state === 'unknown' || (state === 'ready' && firstSentAt !== null),
    )
  )
    return { kind: 'wait' };
  const original = earlier.findLast(({ state, ended }) => state === 'accepted' && ended === null);
  const superseded = earlier.filter(({ state }) => state === 'waiting' || state === 'ready');
  return { kind: 'go', ...(original && { original }), superseded };
}

function hasLeft({ state }: MailInChain): boolean {
  return state === 'sending' || state === 'unknown' || state === 'accepted';
}
