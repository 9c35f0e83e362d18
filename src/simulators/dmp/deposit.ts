/**
 * A document that some other structure fed before: put into the DMP by the control API, its metadata read out of its CDA,
 * under the same checks as a submission. Source: dmp.md 3.3 and 5, cda-cisis.md 4.
 */
import { createHash } from 'node:crypto';
import type { CodedValue } from '../../codes/code.ts';
import { confidentialityCode } from '../../codes/confidentiality-codes.ts';
import { contentType } from '../../codes/content-types.ts';
import { documentType } from '../../codes/document-types.ts';
import { levelOneFormat } from '../../codes/format-codes.ts';
import { healthcareFacilityType } from '../../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../../codes/practice-settings.ts';
import { type CdaHeader, readCda } from './cda.ts';
import { type Participant, readParticipants } from './cda-participants.ts';
import { checkCda } from './cda-rules.ts';
import type { Classification, RegistryObject, Slots } from './ebxml.ts';
import { checkClinicalCodes, checkEntry } from './entry-rules.ts';
import type { FeedContext } from './feed.ts';
import type { HeldDocument } from './held.ts';
import type { RegistryError } from './problem.ts';
import { heldSet } from './set-record.ts';
import { INS_OIDS, type PatientId, readHl7Time } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { DOCUMENT_ENTRY_TYPE, ENTRY, HAS_MEMBER, SET, SUBMISSION_SET_NODE } from './xds-vocabulary.ts';

export interface Deposit {
  readonly cda: Buffer;
  readonly visibilities: readonly string[];
  /** Of a level-3 document; the fallback of the DMP unless told. */
  readonly formatCode?: string | undefined;
}

export type DepositResult =
  | { readonly held: true; readonly entryUUID: string; readonly uniqueId: string }
  | { readonly held: false; readonly reasons: readonly string[] };

const FALLBACK_FORMAT = 'urn:asipSante:modelesHorsProfils:2011';
const FORMATS = '1.2.250.1.213.1.1.4.2.282';
/** Inpatient stay, for want of knowing the stay of somebody else's patient. */
const CONTENT = contentType('03');

export async function deposit(given: Deposit, context: FeedContext): Promise<DepositResult> {
  const { holdings, policy, newUuid } = context;
  const cda = readCda(given.cda);
  const patient = cda === undefined ? undefined : patientOf(cda);
  if (cda === undefined || patient === undefined)
    return { held: false, reasons: ['Un CDA d’un patient porteur d’un INS attendu.'] };
  const { authors, legalAuthenticator } = readParticipants(given.cda);
  const structure = authors.find((author) => author.structure !== undefined)?.structure?.id ?? '';
  const entry = entryOf(given, cda, patient, authors, legalAuthenticator);
  const errors: RegistryError[] = [];
  const lot = { entry, uniqueId: cda.id.root, bytes: given.cda };
  const caller = depositor(patient, structure, authors);
  checkEntry(lot, caller, policy, errors);
  checkClinicalCodes(entry, errors);
  checkCda(lot, caller, errors);
  const entryUUID = `urn:uuid:${newUuid().toLowerCase()}`;
  const replaced = holdings.byUniqueId(cda.replaced[0]?.root ?? '');
  const document: HeldDocument = {
    entryUUID,
    logicalId: entryUUID,
    version: 1,
    uniqueId: cda.id.root,
    kind: 'document',
    object: entry,
    patient,
    hash: createHash('sha1').update(given.cda).digest('hex'),
    size: given.cda.length,
    setId: `${cda.setId.root}^${cda.setId.extension}`,
    versionNumber: Number(cda.versionNumber),
    ...(replaced === undefined ? {} : { replaces: replaced.entryUUID }),
    submissionSetUniqueId: `${cda.id.root}.1`,
    structure,
    receivedAt: policy.now().toISOString(),
    flags: ['deposit'],
  };
  const conflicts = (): RegistryError[] =>
    holdings.byUniqueId(document.uniqueId) === undefined
      ? []
      : [{ code: 'XDSDuplicateUniqueIdInRegistry', context: 'uniqueId déjà enregistré.' }];
  const refused =
    errors.length > 0
      ? errors
      : await holdings.add([{ document, bytes: given.cda }], setOf(document, context), conflicts);
  if (refused.length > 0) return { held: false, reasons: refused.map(({ context }) => context) };
  return { held: true, entryUUID, uniqueId: document.uniqueId };
}

function patientOf({ patientIds }: CdaHeader): PatientId | undefined {
  const ins = patientIds.find(({ root }) => root in INS_OIDS);
  return ins === undefined ? undefined : { value: ins.extension, oid: ins.root };
}

/** As the checks ask it: the author, with the patient's own card, so to say. */
function depositor(patient: PatientId, structure: string, authors: readonly Participant[]): Caller {
  return {
    api: 'V2',
    mode: 'DIRECTE',
    professional: true,
    structure,
    nameId: authors[0]?.id ?? '',
    patient,
    specialities: [],
    purpose: 'normal',
    secret: true,
    software: '',
    signerDer: Buffer.alloc(0),
    sha1: false,
  };
}

function entryOf(
  { visibilities, formatCode = FALLBACK_FORMAT }: Deposit,
  cda: CdaHeader,
  patient: PatientId,
  authors: readonly Participant[],
  legalAuthenticator: Participant | undefined,
): RegistryObject {
  const { body } = cda;
  const type = documentType(cda.code.code, cda.code.system);
  const format =
    body.kind === 'level-1'
      ? levelOneFormat(body.mediaType)
      : { code: formatCode, system: FORMATS, label: 'Document structuré' };
  const codes: (readonly [scheme: string, code: CodedValue | undefined])[] = [
    [ENTRY.class, type?.documentClass],
    [ENTRY.type, type],
    [ENTRY.format, format],
    [ENTRY.facility, healthcareFacilityType(cda.facility)],
    [ENTRY.practice, practiceSetting(cda.practice)],
    ...[cda.confidentiality.code, ...visibilities].map(
      (code) => [ENTRY.confidentiality, confidentialityCode(code)] as const,
    ),
  ];
  return {
    id: 'Document01',
    mimeType: 'text/xml',
    objectType: DOCUMENT_ENTRY_TYPE,
    status: '',
    slots: slotsOf(cda, patient, legalAuthenticator),
    name: cda.title,
    description: '',
    classifications: [
      ...authors.map((author) => classification(ENTRY.author, '', authorSlots(author))),
      ...codes.flatMap(([scheme, code]) => (code === undefined ? [] : [coded(scheme, code)])),
    ],
    identifiers: [
      [ENTRY.patientId, cx(patient)],
      [ENTRY.uniqueId, cda.id.root],
    ],
    defects: [],
  };
}

function slotsOf(cda: CdaHeader, patient: PatientId, legalAuthenticator: Participant | undefined): Slots {
  const local = cda.patientIds.find(({ root }) => !(root in INS_OIDS));
  const family = cda.families.find(({ qualifier }) => qualifier === 'BR')?.value ?? '';
  const given = cda.givens.find(({ qualifier }) => qualifier === 'BR')?.value ?? '';
  return {
    creationTime: [xdsTime(cda.effectiveTime)],
    languageCode: [cda.language],
    legalAuthenticator: legalAuthenticator === undefined ? [] : [xcn(legalAuthenticator)],
    serviceStartTime: [xdsTime(cda.serviceStart)],
    ...(cda.serviceStop === '' ? {} : { serviceStopTime: [xdsTime(cda.serviceStop)] }),
    sourcePatientId: [local === undefined ? cx(patient) : `${local.extension}^^^&${local.root}&ISO^PI`],
    sourcePatientInfo: [`PID-5|${family}^${given}^^^^^L`, `PID-7|${cda.birthTime.slice(0, 8)}`, `PID-8|${cda.gender}`],
  };
}

function cx({ value, oid }: PatientId): string {
  return `${value}^^^&${oid}&ISO^NH`;
}

function xcn({ id, family, given }: Participant): string {
  return `${id}^${family}^${given}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS`;
}

function authorSlots(author: Participant): Slots {
  const { structure, speciality } = author;
  return {
    ...(structure === undefined
      ? {}
      : { authorInstitution: [`${structure.name}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^${structure.id}`] }),
    authorPerson: [xcn(author)],
    ...(speciality === undefined
      ? {}
      : { authorSpecialty: [`${speciality.code}^${speciality.label}^${speciality.system}`] }),
  };
}

/** AAAAMMJJHHMMSS, UTC; '' for a time that cannot be read, which the checks then tell. */
function xdsTime(text: string): string {
  const time = readHl7Time(text);
  return time === undefined ? '' : new Date(time.utc).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

function coded(scheme: string, { code, system, label }: CodedValue): Classification {
  return { ...classification(scheme, code, { codingScheme: [system] }), name: label };
}

function classification(scheme: string, code: string, slots: Slots): Classification {
  return { scheme, node: '', code, slots, name: '' };
}

function setOf(document: HeldDocument, { policy, newUuid }: FeedContext) {
  const { object, patient, submissionSetUniqueId, uniqueId } = document;
  const author = object.classifications.find(({ scheme }) => scheme === ENTRY.author);
  const now = policy.now();
  const set: RegistryObject = {
    id: 'SubmissionSet01',
    mimeType: '',
    objectType: '',
    status: '',
    slots: { submissionTime: [now.toISOString().replace(/[-:T]/g, '').slice(0, 14)] },
    name: object.name,
    description: '',
    classifications: [
      ...(author === undefined ? [] : [{ ...author, scheme: SET.author }]),
      ...(CONTENT === undefined ? [] : [coded(SET.contentType, CONTENT)]),
      { ...classification('', '', {}), node: SUBMISSION_SET_NODE },
    ],
    identifiers: [
      [SET.patientId, cx(patient)],
      [SET.sourceId, uniqueId],
      [SET.uniqueId, submissionSetUniqueId],
    ],
    defects: [],
  };
  return heldSet({
    object: set,
    uniqueId: submissionSetUniqueId,
    patient,
    associations: [
      { id: 'm1', type: HAS_MEMBER, source: set.id, target: object.id, slots: { SubmissionSetStatus: ['Original'] } },
    ],
    entryUUIDs: new Map([[object.id, document.entryUUID]]),
    receivedAt: now.toISOString(),
    newUuid,
  });
}
