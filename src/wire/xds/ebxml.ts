/** SubmissionSet and DocumentEntries as an ebXML SubmitObjectsRequest. Source: dmp.md 2.2 and 3.1 to 3.4. */
import { formatCivilDate } from '../../ins/civil-date.ts';
import type { Ins, QualifiedIdentity, StrictTraits } from '../../ins/types.ts';
import { fingerprint } from './fingerprint.ts';
import { insCx, ippCx, xcn, xon } from './identifiers.ts';
import type { Author, DocumentEntry, Institution } from './metadata.ts';
import { association, localized, optionalSlot, partsOf, slot } from './rim.ts';
import { associationType, documentEntryScheme, LCM, RIM, submissionSetScheme } from './schemes.ts';
import type { Submission, SubmittedDocument } from './submission.ts';

export const SET_ID = 'SubmissionSet01';
export const SIGNATURE_ID = 'Signature01';

/** Identifier, inside the submission, of the document at this index: it links metadata and MIME part. */
export function documentId(index: number): string {
  return `Document${String(index + 1).padStart(2, '0')}`;
}

export interface SubmitObjects {
  readonly submission: Submission;
  readonly signature: SubmittedDocument;
  /** Institution of the set: the structure of the VIHF. */
  readonly institution: Institution;
  /** OID of the sending system. */
  readonly sourceId: string;
  /** The registry computes hash and size itself; some texts ask for them all the same (dmp.md 2.2). */
  readonly sendHashAndSize: boolean;
}

/** `lcm:SubmitObjectsRequest`, valid against lcm.xsd. */
export function submitObjectsRequest(objects: SubmitObjects): string {
  const { documents } = objects.submission;
  const { ins } = documents[0].entry.patient;
  const entries = documents.map((document, index) => submittedObject(documentId(index), document, objects));
  const members = [...documents.map((_, index) => documentId(index)), SIGNATURE_ID];
  const original = slot('SubmissionSetStatus', ['Original']);
  const associations = [
    ...members.map((id, index) =>
      association(`HasMember${index + 1}`, associationType.hasMember, SET_ID, id, original),
    ),
    association('Signs1', associationType.signs, SIGNATURE_ID, SET_ID),
    ...documents.flatMap(({ replaces }, index) =>
      replaces === undefined
        ? []
        : [association(`Replaces${index + 1}`, associationType.replaces, documentId(index), replaces)],
    ),
  ];
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="${LCM}"><RegistryObjectList xmlns="${RIM}">` +
    `${registryPackage(objects.submission, { ...objects, ins })}${entries.join('')}${submittedObject(SIGNATURE_ID, objects.signature, objects)}` +
    `${associations.join('')}</RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}

type SubmissionSet = Pick<
  Submission,
  'uniqueId' | 'contentTypeCode' | 'author' | 'submissionTime' | 'title' | 'comments'
>;

export interface PackageOptions {
  readonly institution: Institution;
  readonly sourceId: string;
  readonly ins: Ins;
}

/** The SubmissionSet of a submission or of an update. */
export function registryPackage(submission: SubmissionSet, { ins, ...options }: PackageOptions): string {
  return setPackage(submission, { ...options, patientId: insCx(ins) });
}

/** Same, of a patient who may have no INS to be named by. `patientId`: CX. */
export function setPackage(
  submission: SubmissionSet,
  { institution, sourceId, patientId }: Omit<PackageOptions, 'ins'> & { readonly patientId: string },
): string {
  const scheme = submissionSetScheme;
  const make = partsOf(SET_ID);
  return [
    `<RegistryPackage id="${SET_ID}">`,
    slot('submissionTime', [submission.submissionTime]),
    localized('Name', submission.title),
    submission.comments === undefined ? '' : localized('Description', submission.comments),
    make.group(scheme.author, authorSlots({ ...submission.author, institution })),
    make.code(scheme.contentTypeCode, submission.contentTypeCode),
    make.node(scheme.node),
    make.identifier(scheme.patientId, 'XDSSubmissionSet.patientId', patientId),
    make.identifier(scheme.sourceId, 'XDSSubmissionSet.sourceId', sourceId),
    make.identifier(scheme.uniqueId, 'XDSSubmissionSet.uniqueId', submission.uniqueId),
    '</RegistryPackage>',
  ].join('');
}

function submittedObject(id: string, { entry, bytes }: SubmittedDocument, { sendHashAndSize }: SubmitObjects): string {
  const { patient, sourcePatientId } = entry;
  return extrinsicObject(id, entry, {
    patientId: insCx(patient.ins),
    sourcePatientId: sourcePatientId ? ippCx(sourcePatientId) : insCx(patient.ins),
    sourcePatientInfo: id === SIGNATURE_ID ? [] : sourcePatientInfo(patient),
    slots: sendHashAndSize ? hashAndSize(bytes) : '',
  });
}

/** What stands in an entry beside the metadata of the document itself. Identifiers are CX. */
export interface EntryParts {
  readonly patientId: string;
  readonly sourcePatientId: string;
  readonly sourcePatientInfo: readonly string[];
  readonly slots: string;
}

export function extrinsicObject(
  id: string,
  entry: Omit<DocumentEntry, 'patient' | 'sourcePatientId'>,
  { patientId, sourcePatientId, sourcePatientInfo: info, slots }: EntryParts,
): string {
  const scheme = documentEntryScheme;
  const make = partsOf(id);
  return [
    `<ExtrinsicObject id="${id}" mimeType="${entry.mimeType}" objectType="${scheme.objectType}">`,
    slot('creationTime', [entry.creationTime]),
    slots,
    slot('languageCode', [entry.languageCode]),
    slot('legalAuthenticator', [xcn(entry.legalAuthenticator)]),
    slot('serviceStartTime', [entry.serviceStartTime]),
    optionalSlot('serviceStopTime', entry.serviceStopTime),
    slot('sourcePatientId', [sourcePatientId]),
    info.length === 0 ? '' : slot('sourcePatientInfo', info),
    entry.referenceIds.length === 0 ? '' : slot('urn:ihe:iti:xds:2013:referenceIdList', entry.referenceIds),
    localized('Name', entry.title),
    entry.comments === undefined ? '' : localized('Description', entry.comments),
    ...entry.authors.map((author) => make.group(scheme.author, authorSlots(author))),
    make.code(scheme.classCode, entry.classCode),
    make.code(scheme.typeCode, entry.typeCode),
    make.code(scheme.formatCode, entry.formatCode),
    ...entry.confidentialityCodes.map((code) => make.code(scheme.confidentialityCode, code)),
    make.code(scheme.healthcareFacilityTypeCode, entry.healthcareFacilityTypeCode),
    make.code(scheme.practiceSettingCode, entry.practiceSettingCode),
    ...entry.eventCodes.map((code) => make.code(scheme.eventCode, code)),
    make.identifier(scheme.patientId, 'XDSDocumentEntry.patientId', patientId),
    make.identifier(scheme.uniqueId, 'XDSDocumentEntry.uniqueId', entry.uniqueId),
    '</ExtrinsicObject>',
  ].join('');
}

function authorSlots(author: Author): string {
  const { specialty } = author;
  return [
    slot('authorPerson', [xcn(author.person)]),
    optionalSlot('authorInstitution', author.institution && xon(author.institution)),
    optionalSlot('authorRole', author.role),
    optionalSlot('authorSpecialty', specialty && `${specialty.code}^${specialty.label}^${specialty.system}`),
  ].join('');
}

type NamedPatient = Pick<QualifiedIdentity, 'usedName' | 'usedGivenName'> & { readonly traits: StrictTraits };

/** Birth name (L), used name (D), birth date, sex and place of birth, in the form of dmp.md 3.3. */
export function sourcePatientInfo({ traits, usedName, usedGivenName }: NamedPatient): string[] {
  const used = usedName === undefined ? [] : [`PID-5|${usedName}^${usedGivenName ?? traits.firstGivenName}^^^^^D`];
  const place = traits.birthPlace === undefined ? [] : [`PID-11|^^^^^^BDL^^${traits.birthPlace}`];
  return [
    `PID-5|${traits.birthName}^${traits.firstGivenName}^^^^^L`,
    ...used,
    `PID-7|${formatCivilDate(traits.birthDate, 'AAAAMMJJ')}`,
    `PID-8|${traits.sex}`,
    ...place,
  ];
}

export function hashAndSize(bytes: Uint8Array): string {
  const hash = fingerprint(bytes);
  return slot('hash', [hash]) + slot('size', [String(bytes.byteLength)]);
}
