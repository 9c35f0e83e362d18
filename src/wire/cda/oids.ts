/** Fixed identifiers of the French CDA header. Source: cda-cisis.md 3. */
import { insNature, parseOid } from '../../ins/oids.ts';

export const HL7_NAMESPACE = 'urn:hl7-org:v3';
/** Namespace of the DICOM extension that carries accession numbers. */
export const DICOM_NAMESPACE = 'urn:dicom-org:ps3-20';

export const TYPE_ID = { root: '2.16.840.1.113883.1.3', extension: 'POCD_HD000040' } as const;
export const TEMPLATE_HL7_FRANCE = '2.16.840.1.113883.2.8.2.1';
export const TEMPLATE_CI_SIS = '1.2.250.1.213.1.1.1.1';
export const TEMPLATE_XDS_SD = '1.3.6.1.4.1.19376.1.2.20';

/** Host of the documents that patients deposit, the other custodian that the CI-SIS knows. */
export const PATIENT_DOCUMENTS_HOST = '1.2.250.1.213.4.1';

export const GENDER = '2.16.840.1.113883.5.1';

/** True for the root of an INS matricule (NIR, NIA, test or demonstration), never for the obsolete INS-C. */
export function isInsRoot(root: string | undefined): boolean {
  const oid = parseOid(root ?? '');
  return oid.ok && insNature(oid.value) !== undefined;
}
