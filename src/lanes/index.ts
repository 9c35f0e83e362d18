/** Lanes of the flows, as the other use cases may use them. */
export {
  type Decided,
  decideAgain,
  decideLane,
  flowOf,
  holdLane,
  type MigratingFlow,
  refusalOfClosed,
  waitingRule,
} from './decide.ts';
export { declareFlows } from './declare.ts';
export { reportOf } from './evidence.ts';
export { type HandedOn, handOnAdmission, handOnDocuments, keepsUnread } from './hand-on.ts';
export { laneTaskHandler } from './lane-task.ts';
export { lanesCsv } from './lanes-csv.ts';
export { earlierLanes, isShadowed, nextLane } from './machine.ts';
export { moveFlow } from './move.ts';
