/** Duplicates and collisions, as the others may use it. */
export { decide } from './desk.ts';
export { startRun, stopRun } from './runs.ts';
export { matchBatchHandler, matchRunTaskHandler } from './tasks.ts';
