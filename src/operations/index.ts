/** Operations, as the other use cases and what stands on top may use them. */
export { createChannels, mailTo } from './alerts/channels.ts';
export { createDoorWatch } from './alerts/machine-findings.ts';
export { noticeTaskHandler } from './alerts/notice-task.ts';
export { type Trial, tryChannels } from './alerts/test-message.ts';
export { createWatch } from './alerts/watch.ts';
export { watchCertificates } from './certificate-watch.ts';
export {
  type CertificateExpectation,
  configuredCertificates,
  frenchDate,
  inspectCertificate,
} from './certificates.ts';
export { conversionFault } from './converter.ts';
export { diskState } from './disk.ts';
export { type CertificateFiles, readKeyPair, readTls } from './key-files.ts';
export { openDmp, openInsi, openSignatureCard } from './national-services.ts';
export { changeLegalHold } from './retention/legal-hold.ts';
export { prune } from './retention/prune.ts';
export { startPruner } from './retention/pruner.ts';
