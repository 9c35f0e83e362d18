/** ITI-57 UpdateAvailabilityStatus: what deletes a document, logically (TD3.3c). Source: dmp.md 6. */
import type { SentIdentity } from '../../ins/types.ts';
import { type PackageOptions, registryPackage, SET_ID } from './ebxml.ts';
import { association, slot } from './rim.ts';
import { associationType, availability, LCM, RIM } from './schemes.ts';
import type { Submission } from './submission.ts';

export interface Deletion
  extends Pick<Submission, 'uniqueId' | 'contentTypeCode' | 'author' | 'submissionTime' | 'title'> {
  /** Under which the document was sent. */
  readonly patient: SentIdentity;
  /** `urn:uuid:…`, from TD3.1b. Never its uniqueId. */
  readonly entryUuid: string;
  /** Its status now; a deletion starts from one of these two. */
  readonly status: 'Approved' | 'Archived';
}

/** `lcm:SubmitObjectsRequest`, valid against lcm.xsd: a set, and its association to the entry. No document travels. */
export function deletionRequest(deletion: Deletion, options: Omit<PackageOptions, 'ins'>): string {
  const slots = slot('OriginalStatus', [availability[deletion.status]]) + slot('NewStatus', [availability.Deleted]);
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="${LCM}"><RegistryObjectList xmlns="${RIM}">` +
    `${registryPackage(deletion, { ...options, ins: deletion.patient.ins })}` +
    `${association('UpdateStatus1', associationType.updateStatus, SET_ID, deletion.entryUuid, slots)}` +
    `</RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}
