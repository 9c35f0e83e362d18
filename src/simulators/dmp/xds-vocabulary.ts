/** UUIDs of XDS and the value sets that the DMP imposes. Source: dmp.md 3.1, 3.3 and 4. */
import { confidentialityCode } from '../../codes/confidentiality-codes.ts';
import { contentType } from '../../codes/content-types.ts';
import { documentClass, documentType } from '../../codes/document-types.ts';
import { formatCodeSystem } from '../../codes/format-codes.ts';
import { healthcareFacilityType } from '../../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../../codes/practice-settings.ts';
import { isOid } from '../../ins/oids.ts';

export const SUBMISSION_SET_NODE = 'urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd';
export const DOCUMENT_ENTRY_TYPE = 'urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1';

export const SET = {
  author: 'urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d',
  contentType: 'urn:uuid:aa543740-bdda-424e-8c96-df4873be8500',
  patientId: 'urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446',
  sourceId: 'urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832',
  uniqueId: 'urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8',
} as const;

export const ENTRY = {
  author: 'urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d',
  class: 'urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a',
  confidentiality: 'urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f',
  event: 'urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4',
  format: 'urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d',
  facility: 'urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1',
  practice: 'urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead',
  type: 'urn:uuid:f0306f51-975f-434e-a61c-c59651d33983',
  patientId: 'urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427',
  uniqueId: 'urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab',
} as const;

export const HAS_MEMBER = 'urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember';
export const SIGNS = 'urn:ihe:iti:2007:AssociationType:signs';
export const REPLACES = 'urn:ihe:iti:2007:AssociationType:RPLC';
export const UPDATE_STATUS = 'urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus';

export const APPROVED = 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved';
export const DEPRECATED = 'urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated';
export const ARCHIVED = 'urn:asip:ci-sis:2010:StatusType:Archived';
export const DELETED = 'urn:asip:ci-sis:2010:StatusType:Deleted';

export const CONFIDENTIALITY = '2.16.840.1.113883.5.25';
export const VISIBILITY = '1.2.250.1.213.1.1.4.13';

/** The codes of a submission's own signature entry, as `code system`. */
export const SIGNATURE_ENTRY = {
  type: 'E1762 ASTM',
  class: 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1 URN',
  format: 'http://www.w3.org/2000/09/xmldsig# URN',
  event: '1.2.840.10065.1.12.1.14 1.2.840.10065.1.12',
} as const;

/** Class of a feedable type: '' when the association table has none, undefined when the type is not in JDV_J66. */
export function classOfType(code: string, system: string): string | undefined {
  const type = documentType(code, system);
  return type?.feedable === true ? (type.documentClass?.code ?? '') : undefined;
}

/** JDV_J57 leaves out class 99 of the technical documents. */
const NOT_FED = '99';

/** Whether a code of this system is in the value set of the DMP. */
export const isIn = {
  classes: (code: string, system: string): boolean => code !== NOT_FED && documentClass(code)?.system === system,
  /** JDV_J59: TRE_R209, or a sector of TRE_R02. */
  contentTypes: (code: string, system: string): boolean =>
    contentType(code)?.system === system || isIn.facilities(code, system),
  facilities: (code: string, system: string): boolean => healthcareFacilityType(code)?.system === system,
  practices: (code: string, system: string): boolean => {
    const setting = practiceSetting(code);
    return setting?.dmp === true && setting.system === system;
  },
  confidentialities: (code: string, system: string): boolean =>
    system === CONFIDENTIALITY && isLevelOrVisibility(code, system),
  visibilities: (code: string, system: string): boolean => system === VISIBILITY && isLevelOrVisibility(code, system),
  /** JDV_J60, by family: its full list is not public. */
  formats: (code: string, system: string): boolean =>
    formatCodeSystem(code) === system ||
    (code === 'urn:asipSante:modelesHorsProfils:2011' && isOid(system)) ||
    (code !== '' && system === '1.2.840.10008.2.6.1'),
};

function isLevelOrVisibility(code: string, system: string): boolean {
  return confidentialityCode(code)?.system === system;
}
