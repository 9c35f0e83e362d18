/** ITI-57 UpdateAvailabilityStatus: what deletes (TD3.3c), archives or unarchives (TD3.3d) a document. Source: dmp.md 6. */
import type { SentIdentity } from '../../ins/types.ts';
import { type PackageOptions, registryPackage, SET_ID } from './ebxml.ts';
import { association, slot } from './rim.ts';
import { associationType, availability, LCM, RIM } from './schemes.ts';
import type { SetHeader } from './submission.ts';

export interface Deletion extends SetHeader {
  /** Under which the document was sent. */
  readonly patient: SentIdentity;
  /** `urn:uuid:…`, from TD3.1b. Never its uniqueId. */
  readonly entryUuid: string;
  /** Its status now; a deletion starts from one of these two. */
  readonly status: 'Approved' | 'Archived';
}

export interface StatusChange extends SetHeader {
  /** `urn:uuid:…`. Never its uniqueId. */
  readonly entryUuid: string;
  readonly from: 'Approved' | 'Archived';
  readonly to: 'Approved' | 'Archived' | 'Deleted';
}

/** `lcm:SubmitObjectsRequest`, valid against lcm.xsd: a set, and its association to the entry. No document travels. */
export function statusUpdateRequest(change: StatusChange, options: PackageOptions): string {
  const { from, to, entryUuid } = change;
  const slots = slot('OriginalStatus', [availability[from]]) + slot('NewStatus', [availability[to]]);
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="${LCM}"><RegistryObjectList xmlns="${RIM}">` +
    `${registryPackage(change, options)}` +
    `${association('UpdateStatus1', associationType.updateStatus, SET_ID, entryUuid, slots)}` +
    `</RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}

export function deletionRequest(deletion: Deletion, options: Omit<PackageOptions, 'ins'>): string {
  const { patient, status, ...set } = deletion;
  return statusUpdateRequest({ ...set, from: status, to: 'Deleted' }, { ...options, ins: patient.ins });
}
