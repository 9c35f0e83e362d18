/** What every role of a process is given besides its context. */
import type { Measures } from '../indicators/measures.ts';
import type { createDoorWatch } from '../operations/index.ts';

/** What watches a process from outside its use cases. */
export interface Surroundings {
  readonly measures: Measures;
  readonly doorWatch: ReturnType<typeof createDoorWatch>;
}
