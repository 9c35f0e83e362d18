/** What a document of an old connector brought along, kept in its declaration (`notice.legacy`). */

interface CodedLabel {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}

interface LegacyPerson {
  readonly id: string;
  readonly authority: string;
  readonly family: string;
  readonly given: string;
  readonly kind: 'D' | 'U';
  readonly idType: string;
}

/** Metadata of a document that says nothing of itself (DICOM KOS), as they came. Times are UTC. */
export interface LegacyEntry {
  readonly languageCode: string;
  readonly comments?: string;
  readonly creationTime: string;
  readonly serviceStartTime: string;
  readonly serviceStopTime?: string;
  readonly authors: readonly {
    readonly person: LegacyPerson;
    readonly institution?: { readonly id: string; readonly name: string };
    readonly role?: string;
    readonly specialty?: CodedLabel;
  }[];
  readonly legalAuthenticator: LegacyPerson;
  readonly classCode: CodedLabel;
  readonly typeCode: CodedLabel;
  readonly formatCode: CodedLabel;
  readonly healthcareFacilityTypeCode: CodedLabel;
  readonly practiceSettingCode: CodedLabel;
  readonly eventCodes: readonly CodedLabel[];
  readonly referenceIds: readonly string[];
}

/** What came through the door of old connectors, and by which one (practice 17 to 22). */
export interface LegacyOrigin {
  readonly api: 'V1' | 'V2';
  readonly mode: 'DIRECTE' | 'INDIRECTE' | 'INDIRECTE_RENFORCEE';
  readonly software: { readonly name: string; readonly version: string; readonly homologation: string };
  /** Who submitted, as the VIHF said. */
  readonly user: { readonly id: string; readonly name: string };
  /** Struct_IdNat of the VIHF. */
  readonly structure: string;
  readonly setUniqueId: string;
  readonly sourceId: string;
  /** Of the set, and of the header of the CDA: INS-C, or matricule of unknown origin. Compared, shown, never believed. */
  readonly number: { readonly value: string; readonly oid: string };
  readonly headerNumber?: { readonly value: string; readonly oid: string };
  /** Of the document as it came, hexadecimal. */
  readonly sha256: string;
  /** It came as a copy of traffic that goes to the DMP by itself: never sent from here. */
  readonly copy?: true;
  /** What it replaces, as the connector said it: an entryUUID, or a uniqueId. */
  readonly replaces?: string;
  /** Of what is no CDA: all that is known of it. */
  readonly entry?: LegacyEntry;
}
