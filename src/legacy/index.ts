/** The old connectors, as the wiring may use them. */
export { sourcesOfCertificate } from './caller.ts';
export { createLegacyDesk } from './desk.ts';
