/** The XDS metadata of one document, before they become ebXML. Source: dmp.md 3.2 to 3.4, cda-cisis.md 4. */
import type { DocumentUniqueId, QualifiedIdentity } from '../../ins/types.ts';

/** A coded value. `system` is an OID, or `URN`/`ASTM` for the signature entry. */
export interface Code {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}

/** A natural person or a device. `id` is a PS_IdNat (`8` + RPPS …) under 1.2.250.1.71.4.2.1, or a device identifier. */
export interface Person {
  readonly id: string;
  /** OID of the authority that gave `id`. */
  readonly authority: string;
  readonly family: string;
  readonly given: string;
  /** `D` a person, `U` a system (XCN-10). */
  readonly kind: 'D' | 'U';
  /** XCN-13: IDNPS, RI, EI … */
  readonly idType: string;
}

/** `id` is a Struct_IdNat (`1` + FINESS …) under 1.2.250.1.71.4.2.2. */
export interface Institution {
  readonly id: string;
  readonly name: string;
}

export interface Author {
  readonly person: Person;
  readonly institution?: Institution;
  /** functionCode label. */
  readonly role?: string;
  /** For example G15_10/SM26 under 1.2.250.1.213.1.1.4.5. */
  readonly specialty?: Code;
}

/** All times are UTC, `AAAAMMJJHHMMSS`; those of the service may be a date alone, `AAAAMMJJ`, when the CDA says no more. */
export interface DocumentEntry {
  readonly uniqueId: DocumentUniqueId;
  readonly patient: QualifiedIdentity;
  /** CX: `IPP^^^&domain&ISO^PI`; absent when only the INS is known (the INS is then repeated). */
  readonly sourcePatientId?: { readonly value: string; readonly domain: string };
  readonly mimeType: string;
  readonly languageCode: string;
  readonly title: string;
  readonly comments?: string;
  readonly creationTime: string;
  readonly serviceStartTime: string;
  readonly serviceStopTime?: string;
  readonly authors: readonly Author[];
  readonly legalAuthenticator: Person;
  readonly classCode: Code;
  readonly typeCode: Code;
  readonly formatCode: Code;
  /** First the CDA code (N, R, V), then the visibility codes. */
  readonly confidentialityCodes: readonly Code[];
  readonly healthcareFacilityTypeCode: Code;
  readonly practiceSettingCode: Code;
  readonly eventCodes: readonly Code[];
  /** CXi strings. */
  readonly referenceIds: readonly string[];
}
