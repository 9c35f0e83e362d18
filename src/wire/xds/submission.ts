/** What is submitted in one go: a SubmissionSet and its documents. Source: dmp.md 3.2. */
import type { DocumentUniqueId, Oid } from '../../ins/types.ts';
import type { Author, Code, DocumentEntry } from './metadata.ts';

export interface SubmittedDocument {
  readonly entry: DocumentEntry;
  readonly bytes: Uint8Array;
  /** entryUUID (`urn:uuid:…`, from TD3.1b) of the document that this one replaces. Never its uniqueId. */
  readonly replaces?: string;
}

export interface Submission {
  /** Same at every attempt, so that a retry is the same submission. */
  readonly uniqueId: Oid;
  /** uniqueId of the signature document that goes with the set; same at every attempt. */
  readonly signatureUniqueId: DocumentUniqueId;
  /** JDV_J59. */
  readonly contentTypeCode: Code;
  /** The institution is that of the VIHF, which is not repeated here: the DMP refuses a set where they differ. */
  readonly author: Omit<Author, 'institution'>;
  /** UTC, `AAAAMMJJHHMMSS`. */
  readonly submissionTime: string;
  readonly title: string;
  readonly comments?: string;
  readonly documents: readonly [SubmittedDocument, ...SubmittedDocument[]];
}

/** What a set says of itself when no document travels in it: an update. */
export type SetHeader = Pick<Submission, 'uniqueId' | 'contentTypeCode' | 'author' | 'submissionTime' | 'title'>;
