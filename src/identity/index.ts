/** The identity repository, as the other use cases may use it. */

export { receiveAdmission } from './admission.ts';
export { CONSEQUENCE_LABELS, eventsCsv, NATURE_LABELS } from './adverse-event-csv.ts';
export { advanceEvent, type EventStepWanted, eventReference, recordEvent } from './adverse-events.ts';
export {
  type CampaignAction,
  changeCampaign,
  dueNow,
  progressOf,
  startCampaign,
} from './campaign.ts';
export { startCampaignClock } from './campaign-clock.ts';
export { verifyTaskHandler } from './campaign-run.ts';
export { askInsiAgain, markHomonyms } from './collision.ts';
export { correctTraits } from './correction.ts';
export { referenceOf } from './correction-letter.ts';
export { correctionLetterPdf } from './correction-letter-pdf.ts';
export {
  advanceCorrection,
  adviseCorrection,
  type CorrectionAdvice,
  openCorrection,
  type ReadTraits,
  stepsAfter,
} from './correction-requests.ts';
export { declaredIdentity } from './declared.ts';
export {
  changeStatus,
  createPatient,
  createUnlessKnown,
  type NewPatient,
  recordDeviceCheck,
  requestInsiSearch,
} from './desk.ts';
export { settleReceivedTraits } from './discrepancies.ts';
export { declareFeeding, type FeedingDeclared, forgetDmpState, noteDmpState } from './feeding.ts';
export { applyRecalls } from './freeze.ts';
export { type FileLine, importLines, type LineOutcome } from './import-lines.ts';
export { insiProposals, requestCardSearch, requestProposedSearch } from './insi-request.ts';
export { insiTaskHandler } from './insi-search.ts';
export { type InsiStanding, insiStanding } from './insi-standing.ts';
export { startKeying } from './keying.ts';
export { mergeRecords, receiveMerge } from './merge.ts';
export { placesMerged } from './places.ts';
export { qualifiedIdentityOf, traitsOf } from './record.ts';
export { revisePatient } from './revise.ts';
export { type PatientQuery, searchPatients, searchPatientsWithErrors } from './search.ts';
export { type Split, splitIdentity } from './split.ts';
export { takeOverIdentity } from './take-over.ts';
export { strictTraits } from './traits-input.ts';
export { type Separated, undoMerge } from './unmerge.ts';
export { confirmVerificationFailure, requestVerification } from './verification.ts';
