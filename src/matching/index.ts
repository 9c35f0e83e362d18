/** Duplicates and collisions, as the others may use it. */
export { startRun, stopRun } from './runs.ts';
export { matchBatchHandler, matchRunTaskHandler } from './tasks.ts';
