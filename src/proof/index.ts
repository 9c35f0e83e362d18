/** Proof of feed: what was fed, counted from the sealed ledger, exported so that others verify it. */
export { continuityFault } from './continuity.ts';
export { proofCounts } from './counts.ts';
export { kindLabel } from './document-kinds.ts';
export { exportProof } from './export.ts';
export { startFolding } from './folding.ts';
export { proofSigner } from './signing.ts';
export { type Verification, verifyExport } from './verify.ts';
