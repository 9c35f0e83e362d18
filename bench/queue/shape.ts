/** What both tables of the bench `queue` are asked. */

/** One of the two tables, ready to be drained by the workers of this process. */
export interface Queue {
  /** Adds jobs; when it resolves they are all ready. */
  add(jobs: number): Promise<void>;
  /** Drains until told to stop. `done` is told the time each job took from its claim, milliseconds. */
  drain(stopped: () => boolean, done: (tookMs: number) => void): Promise<void>;
  /** Adds jobs that cannot be done: half behind one that waits, half each behind its own. Resolves once they are set
   *  aside. Only where order is kept. */
  block?(jobs: number): Promise<void>;
  close(): Promise<void>;
}

export interface QueueShape {
  readonly workers: number;
  /** Jobs that a worker has in hand at a time. */
  readonly batch: number;
  readonly body: Buffer;
}

/** Bodies that the jobs of a table share. */
export const BODIES = 64;
