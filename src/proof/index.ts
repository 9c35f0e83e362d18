/** Proof of feed: what was fed, counted from the sealed ledger, exported so that others verify it. */
export { parisDayAfter, parisDayOf, parisMidnight } from './calendar.ts';
export { continuityFault } from './continuity.ts';
export { proofCounts } from './counts.ts';
export { kindLabel, kindOfType } from './document-kinds.ts';
export { exportProof } from './export.ts';
export { startFolding } from './folding.ts';
export type { Forecast } from './forecast.ts';
export { FORMULAS } from './formulas.ts';
export { documentsOf, everyDocumentOf } from './listing.ts';
export { documentsCsvHead, documentsCsvLine, figuresCsv } from './proof-csv.ts';
export { proofSigner } from './signing.ts';
export { type Standing, situation, windowsOf } from './situation.ts';
export { type Verification, verifyExport } from './verify.ts';
export { enterThreshold, enterWindow } from './windows.ts';
