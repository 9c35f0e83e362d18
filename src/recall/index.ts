/** Recalls, as what stands on top may use them. */
export { markGiven, recallNoticeTaskHandler, textOfNotice } from './notices.ts';
export { type Decision, decideRecall, liftRecall, openRecall } from './open.ts';
export { approveRecall, prepareRecall, reopenRecall } from './prepare.ts';
export { incidentFile, type RecallDetail, type RecallReport, recallDetail } from './report.ts';
export { recallTaskHandler } from './run.ts';
