/** Metadata of the signature document that every submission carries. Source: dmp.md 4. */
import type { Code, DocumentEntry, Institution } from './metadata.ts';
import type { Submission } from './submission.ts';

const VISIBILITY = '1.2.250.1.213.1.1.4.13';

const CLASS: Code = { code: 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1', system: 'URN', label: 'Digital Signature' };
const TYPE: Code = { code: 'E1762', system: 'ASTM', label: 'Full Document' };
const FORMAT: Code = {
  code: 'http://www.w3.org/2000/09/xmldsig#',
  system: 'URN',
  label: 'Default Signature Style',
};
const PURPOSE: Code = { code: '1.2.840.10065.1.12.1.14', system: '1.2.840.10065.1.12', label: 'Source' };
const HIDDEN: readonly Code[] = [
  { code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' },
  { code: 'MASQUE_PS', system: VISIBILITY, label: 'Masqué aux professionnels de santé' },
  { code: 'INVISIBLE_PATIENT', system: VISIBILITY, label: 'Non visible par le patient' },
];

/** The submitting person signs; facility and practice are those of the first document, as all go together. */
export function signatureEntry(submission: Submission, institution: Institution): DocumentEntry {
  const { entry } = submission.documents[0];
  return {
    uniqueId: submission.signatureUniqueId,
    patient: entry.patient,
    mimeType: 'text/xml',
    languageCode: 'art',
    title: 'Source',
    creationTime: submission.submissionTime,
    serviceStartTime: submission.submissionTime,
    authors: [{ ...submission.author, institution }],
    legalAuthenticator: submission.author.person,
    classCode: CLASS,
    typeCode: TYPE,
    formatCode: FORMAT,
    confidentialityCodes: HIDDEN,
    healthcareFacilityTypeCode: entry.healthcareFacilityTypeCode,
    practiceSettingCode: entry.practiceSettingCode,
    eventCodes: [PURPOSE],
    referenceIds: [],
  };
}
