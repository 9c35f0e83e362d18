/** Names and addresses of FR Core and FHIR R4 that the Patient of both sides needs. Source: ins.md 1 and 5.6. */
import { INS_OIDS } from '../../ins/oids.ts';
import type { Oid } from '../../ins/types.ts';

const FR_CORE = 'https://hl7.fr/ig/fhir/core';

export const PROFILES = {
  patient: `${FR_CORE}/StructureDefinition/fr-core-patient`,
  /** Only an identity whose INS is qualified conforms to it. */
  patientIns: `${FR_CORE}/StructureDefinition/fr-core-patient-ins`,
} as const;

export const EXTENSIONS = {
  reliability: `${FR_CORE}/StructureDefinition/fr-core-identity-reliability`,
  givenNames: `${FR_CORE}/StructureDefinition/fr-core-patient-birth-list-given-name`,
  inseeCode: `${FR_CORE}/StructureDefinition/fr-core-address-insee-code`,
  birthPlace: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
  /** The date of birth was completed by the RNIV rule. */
  dateUpdated: `${FR_CORE}/StructureDefinition/fr-core-patient-birthdate-update-indicator`,
} as const;

/** Releases up to 2.1 spelled these otherwise; still sent by software built on them. */
export const FORMER_EXTENSIONS = {
  birthPlace: `${FR_CORE}/StructureDefinition/fr-core-patient-birth-place`,
} as const;

export const SYSTEMS = {
  identifierType: `${FR_CORE}/CodeSystem/fr-core-cs-v2-0203`,
  hl7IdentifierType: 'http://terminology.hl7.org/CodeSystem/v2-0203',
  status: `${FR_CORE}/CodeSystem/fr-core-cs-identity-status`,
  /** Releases up to 2.1: PROV and VALI only, with the codes of the attributes beside them. */
  formerStatus: `${FR_CORE}/CodeSystem/fr-core-cs-v2-0445`,
  statusComment: `${FR_CORE}/CodeSystem/fr-core-cs-identity-status-comment`,
  validationMode: `${FR_CORE}/CodeSystem/fr-core-cs-mode-validation-identity`,
  method: `${FR_CORE}/CodeSystem/fr-core-cs-method-collection`,
  communes: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM',
} as const;

/** How FR Core names an INS: the type and the use go with the OID (ins.md 1). */
export const INS_TYPES: readonly { readonly oid: Oid; readonly type: string; readonly use: 'official' | 'temp' }[] = [
  { oid: INS_OIDS.nir, type: 'INS-NIR', use: 'official' },
  { oid: INS_OIDS.nia, type: 'INS-NIA', use: 'temp' },
  { oid: INS_OIDS.nirTest, type: 'INS-NIR-TEST', use: 'official' },
  { oid: INS_OIDS.nirDemo, type: 'INS-NIR-DEMO', use: 'official' },
];

/** The OID of `urn:oid:…`; undefined for another kind of system. */
export function oidOfSystem(system: string | undefined): string | undefined {
  return /^urn:oid:([0-9.]+)$/i.exec(system?.trim() ?? '')?.[1];
}

/** True for the OIDs under which a matricule, or the obsolete INS-C, is published. */
export function isInsSystem(system: string | undefined): boolean {
  const oid = oidOfSystem(system);
  return oid !== undefined && Object.values<string>(INS_OIDS).includes(oid);
}
