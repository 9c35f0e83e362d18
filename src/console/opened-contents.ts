/** Which documents a session has opened with a reason. Kept in memory: after a restart the reason is given again. */
import type { Visit } from './visit.ts';

const OPEN_MS = 15 * 60_000;

export interface Opened {
  open(visit: Visit, documentId: string): void;
  isOpen(visit: Visit, documentId: string): boolean;
}

export function createOpened(): Opened {
  const until = new Map<string, number>();
  const key = (visit: Visit, documentId: string): string => `${visit.session.digest.toString('hex')}:${documentId}`;
  return {
    open(visit, documentId) {
      const now = visit.now.getTime();
      for (const [name, end] of until) if (end <= now) until.delete(name);
      until.set(key(visit, documentId), now + OPEN_MS);
    },
    isOpen(visit, documentId) {
      return (until.get(key(visit, documentId)) ?? 0) > visit.now.getTime();
    },
  };
}
