/** Proof of feed: what was fed, counted from the sealed ledger. */
export { proofCounts } from './counts.ts';
export { kindLabel } from './document-kinds.ts';
export { startFolding } from './folding.ts';
