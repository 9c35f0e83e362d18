/** The feed, as the other use cases may use it. */

export { type AnswerSender, createAnswerSender } from './answer.ts';
export {
  approveBulk,
  cancelBulk,
  isReReadable,
  needsApproval,
  pauseBulk,
  prepareBulk,
  resumeBulk,
  seesBulk,
  submitBulk,
} from './bulk.ts';
export { bulkTaskHandler } from './bulk-run.ts';
export { answerSender, oweAnswer } from './business-answer.ts';
export { deliverTaskHandler } from './deliver.ts';
export { askAgain, isWithdrawable, withdrawDocument } from './desk.ts';
export { type FeedContext, noteDmpHealth, waitBeforeCall } from './dmp-circuit.ts';
export { dmpStateTaskHandler } from './dmp-state.ts';
export { createForesight, type Foreseen, type Foresight } from './foresight.ts';
export { identityToDelete, policyFor } from './gate.ts';
export { decidedBy } from './legacy.ts';
export { listsInForce, publishList } from './lists.ts';
export { CONFIRMED_STEP, documentTaskHandler, identityOf } from './process-document.ts';
export { reconcileTaskHandler } from './reconcile.ts';
export { createRelaySender, type RelaySender } from './relay.ts';
export { releaseTaskHandler } from './release.ts';
export { composesFor } from './shadow.ts';
export { actingForEstablishment } from './submission.ts';
export { endSuspension, resumeTaskHandler, suspendSending } from './suspension.ts';
export { type TakeUp, takeUpOf } from './take-up.ts';
