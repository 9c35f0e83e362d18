/** Memory of the MessageIDs seen, bounded: the oldest are forgotten first. */

const CAPACITY = 100_000;

export interface MessageIds {
  /** False when the id was already seen. */
  admit(messageId: string): boolean;
}

export function createMessageIds(capacity = CAPACITY): MessageIds {
  const seen = new Set<string>();
  return {
    admit(messageId) {
      const id = messageId.toLowerCase();
      if (seen.has(id)) return false;
      seen.add(id);
      const [oldest] = seen;
      if (seen.size > capacity && oldest !== undefined) seen.delete(oldest);
      return true;
    },
  };
}
