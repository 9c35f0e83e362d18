/** Documents, as the other use cases may use them. */
export { buildAgain } from './again.ts';
export { availableForms, formOf, submittedCda } from './forms.ts';
export { makeVisible } from './make-visible.ts';
export { LEGACY_KIND, originalOf } from './original.ts';
export { pdfForms } from './pdf-forms.ts';
export { conversionOf } from './pdfa.ts';
export { checkAgainstIdentity, prepareDocument } from './prepare.ts';
export { type PreparedForMail, prepareForMail } from './prepare-mail.ts';
export { draftDocument, localPatient, receiveDocument } from './receive.ts';
export { type Draft, type Incoming, isSimple, record, recordDraft, recordReady } from './record.ts';
export { sidecar, submission } from './submission.ts';
export { requestDeletion, requestRecalledDeletion, type Submitted, submitDocument } from './submit.ts';
export { hl7Instant, hl7Time } from './times.ts';
export { isUnchanged } from './unchanged.ts';
