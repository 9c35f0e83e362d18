/** Proof of feed: what was fed, counted from the sealed ledger. */
export { type ProofCount, proofCounts } from './counts.ts';
export { DOCUMENT_KINDS, kindLabel, kindOfType, OTHER_KIND } from './document-kinds.ts';
export { foldAll, startFolding } from './fold.ts';
