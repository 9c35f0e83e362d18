/** Template audit, as what stands on top may use it. */
export { adoptionCsv } from './adoption-csv.ts';
export { type AuditOrder, auditDocument, type DocumentAudit } from './audit.ts';
export { expectedBlocks } from './expected.ts';
export type { FoundFault, TemplateOutcome } from './outcome.ts';
