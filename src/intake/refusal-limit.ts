/**
 * Connections refused before they brought a message (no certificate, too many, cut) cost a line of the log and a row each:
 * a stranger who comes back without end must not fill the disk. Source: hostile.md, MLLP transport.
 */
import type { Refusal } from '../rules/rule.ts';
import type { Peer } from '../wire/hl7v2/mllp-server.ts';

const WINDOW_MS = 60_000;
/** Different ones, in a window. */
const MOST_IN_A_WINDOW = 60;

/** True for the first refusal by this rule of this address in a minute, up to sixty of them in all. */
export function createRefusalLimit(now: () => Date): (refusal: Refusal, peer: Peer) => boolean {
  let startedAt = Number.NEGATIVE_INFINITY;
  let seen = new Set<string>();
  return ({ rule }, { address, certificateName }) => {
    const at = now().getTime();
    // A clock set back begins another window as well.
    if (at >= startedAt + WINDOW_MS || at < startedAt) {
      startedAt = at;
      seen = new Set();
    }
    const key = `${rule.id} ${address} ${certificateName ?? ''}`;
    if (seen.has(key) || seen.size >= MOST_IN_A_WINDOW) return false;
    seen.add(key);
    return true;
  };
}
