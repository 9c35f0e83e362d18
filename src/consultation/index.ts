export {
  beginConsultation,
  type ConsultationContext,
  declareAuthorisation,
  endConsultation,
  obstacleTo,
  openConsultation,
  type ReadDocument,
  type Reading,
  type ReadingDmp,
  readDocument,
  reasonText,
  searchDocuments,
} from './consult.ts';
export { type Consultation, createConsultations } from './opened.ts';
export type { AccessReason } from './reader.ts';
