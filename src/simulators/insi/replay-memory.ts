/** Remembers the MessageIDs seen, for a bounded time. */

/** True when the id was seen within `keepMs` (milliseconds); remembers it otherwise. */
export function createReplayMemory(now: () => Date, keepMs: number): (messageId: string) => boolean {
  const seen = new Map<string, number>();
  return (messageId) => {
    const time = now().getTime();
    // A Map keeps the order of insertion: the oldest come first.
    for (const [old, at] of seen) {
      if (time - at <= keepMs) break;
      seen.delete(old);
    }
    const key = messageId.toLowerCase();
    if (seen.has(key)) return true;
    seen.set(key, time);
    return false;
  };
}
