/** What the DMP holds, as values: documents with their versions, submission sets, patients and who may read them. */
import type { RegistryObject, Slots } from './ebxml.ts';
import { INS_C, type PatientId } from './values.ts';
import type { Mode } from './vihf-rules.ts';

export interface HeldDocument {
  /** `urn:uuid:…`, lower case; changes with every change of the metadata (dmp.md 3.3). */
  readonly entryUUID: string;
  /** lid: the entryUUID of the first version of these metadata. */
  readonly logicalId: string;
  /** Version of the metadata, from 1. */
  readonly version: number;
  readonly uniqueId: string;
  readonly kind: 'document' | 'signature';
  readonly object: RegistryObject;
  readonly patient: PatientId;
  /** SHA-1, hexadecimal. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
  readonly setId?: string;
  readonly versionNumber?: number;
  /** entryUUID of the document that this one replaced. */
  readonly replaces?: string;
  readonly submissionSetUniqueId: string;
  /** Identifiant_Structure of the VIHF. */
  readonly structure: string;
  /** Who submitted; absent from what was held before it was kept. */
  readonly submitter?: { readonly id: string; readonly mode: Mode; readonly software?: string };
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** What was admitted but noticed, for example a SHA-1 VIHF. */
  readonly flags: readonly string[];
}

export interface HeldAssociation {
  readonly id: string;
  readonly type: string;
  /** entryUUIDs. */
  readonly source: string;
  readonly target: string;
  readonly slots: Slots;
}

export interface HeldSet {
  readonly entryUUID: string;
  readonly uniqueId: string;
  readonly object: RegistryObject;
  readonly patient: PatientId;
  readonly receivedAt: string;
  readonly associations: readonly HeldAssociation[];
}

export type Status = 'Approved' | 'Deprecated' | 'Archived' | 'Deleted';
export const PATIENT_STATES = ['open', 'closed', 'absent'] as const;
export type PatientState = (typeof PATIENT_STATES)[number];
export const AUTHORISATIONS = ['VALIDE', 'EXPIRE', 'INTERDIT', 'NON_EXISTE'] as const;
export type Authorisation = (typeof AUTHORISATIONS)[number];

/** What somebody was granted or refused on one DMP. */
export interface Grant {
  /** PS_IdNat of a person, or Struct_IdNat of a structure. */
  readonly holder: string;
  readonly state: Authorisation;
  readonly treatingPhysician: boolean;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly lastAction: string;
  /** For the list of TD1.6: codes such as `G15_10/SM26`. */
  readonly specialities: readonly string[];
  readonly names?: { readonly family: string; readonly given: string } | undefined;
}

export interface Traits {
  readonly birthName: string;
  readonly usedName?: string | undefined;
  readonly firstGivenName: string;
  readonly sex: 'M' | 'F' | 'U';
  /** AAAA-MM-JJ */
  readonly birthDate: string;
  readonly city?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly telecoms?: readonly string[] | undefined;
}

export interface Patient extends PatientId {
  readonly state: PatientState;
  /** For whoever has no grant of their own. */
  readonly authorisation: Authorisation;
  readonly attachedToMes: boolean;
  readonly internetAccount: boolean;
  /** The patient opposes the emergency access of professionals (bris de glace), of regulation (centre 15). */
  readonly oppositions: readonly Opposition[];
  readonly grants: readonly Grant[];
  readonly traits?: Traits;
  /** Earlier INS of the same person: their documents are in the same DMP (dmp.md 3.3, EX_3.1-1055). */
  readonly formerIns: readonly PatientId[];
  /** Whose card it is and the rank on it, for who is not insured in their own name (TD0.0, INS-C). */
  readonly insured?: { readonly nir: string; readonly birthRank: number } | undefined;
  /** INS-C of this person: told, or computed from the traits. API V1 knows them by it. */
  readonly insC: readonly string[];
}

export const OPPOSITIONS = ['bris_de_glace', 'centre_15'] as const;
export type Opposition = (typeof OPPOSITIONS)[number];

/** A patient of whom nothing was told: an open DMP, attached to Mon espace santé, that everybody may read. */
export function unknownPatient({ value, oid }: PatientId): Patient {
  return {
    value,
    oid,
    state: 'open',
    authorisation: 'VALIDE',
    attachedToMes: true,
    internetAccount: false,
    oppositions: [],
    grants: [],
    formerIns: [],
    insC: [],
  };
}

/** Every identifier under which documents of this person were fed: one DMP whatever the API. */
export function idsOf({ value, oid, formerIns, insC }: Patient): PatientId[] {
  return [{ value, oid }, ...formerIns, ...insC.map((id) => ({ value: id, oid: INS_C }))];
}

/** Who is nobody's dependant is insured in their own name. */
export function insuredNirOf({ value, insured }: Patient): string {
  return insured?.nir ?? value;
}
