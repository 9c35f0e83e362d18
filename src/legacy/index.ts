/** The old connectors, as the wiring may use them. */
export { sourcesOfCertificate } from './caller.ts';
export { auditDecisions } from './decisions.ts';
export { createLegacyDesk } from './desk.ts';
