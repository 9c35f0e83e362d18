/** Duplicates and collisions, as the others may use it. */
export { decide, type PairDecision } from './desk.ts';
export { scoreAgainst } from './person.ts';
export { compareAfterFile, startRun, stopRun } from './runs.ts';
export { matchBatchHandler, matchRunTaskHandler } from './tasks.ts';
