/**
 * XDS metadata of a CDA document, received or built by us. Metadata repeat the document: nothing is completed here, and
 * what the header does not say is a refusal. Source: cda-cisis.md 4, dmp.md 3.3 and 3.4.
 */
import type { CodedValue } from '../../codes/code.ts';
import { VISIBILITY_CODES, type VisibilityCode } from '../../codes/confidentiality-codes.ts';
import { documentType } from '../../codes/document-types.ts';
import { levelOneFormat } from '../../codes/format-codes.ts';
import { PERSON_ID_SYSTEM, STRUCTURE_ID_SYSTEM } from '../../codes/national-ids.ts';
import { parseDocumentUniqueId } from '../../ins/identifiers.ts';
import { INS_OIDS } from '../../ins/oids.ts';
import type { DocumentUniqueId, QualifiedIdentity } from '../../ins/types.ts';
import { documentRules } from '../../rules/document.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { levelOneMediaType } from '../cda/body.ts';
import type { CdaAuthor, CdaHeader, CdaPerson } from '../cda/header.ts';
import type { CodeValue, InstanceId, Organization } from '../cda/nodes.ts';
import { isInsRoot } from '../cda/oids.ts';
import { formatOfTemplates } from './format-codes.ts';
import type { Author, DocumentEntry, Institution, Person } from './metadata.ts';
import { referenceIds } from './reference-ids.ts';
import { utcTime } from './utc-time.ts';

export interface FromCdaOptions {
  /** Format given to a structured document whose model the table does not know; without it, it is refused. */
  readonly otherModelFormat?: CodedValue;
}

/** Metadata of the document for this patient; `visibility` comes from the message, never from the CDA. */
export function documentEntryFromCda(
  header: CdaHeader,
  patient: QualifiedIdentity,
  visibility: readonly VisibilityCode[],
  options: FromCdaOptions = {},
): Result<DocumentEntry> {
  if (!isOf(header, patient)) return refuse(documentRules.cdaOtherPatient, { location: PATIENT_ID });
  const entry = entryOfDocument(header, visibility, options);
  const local = localId(header.patient.ids);
  return entry.ok ? ok({ ...entry.value, patient, ...(local && { sourcePatientId: local }) }) : entry;
}

/** What the document alone says of itself: its patient is somebody else's to say. */
export function entryOfDocument(
  header: CdaHeader,
  visibility: readonly VisibilityCode[],
  options: FromCdaOptions = {},
): Result<Omit<DocumentEntry, 'patient' | 'sourcePatientId'>> {
  const mandatory = all(metadataParts(header, visibility, options));
  if (!mandatory.ok) return mandatory;
  const { serviceStopTime, ...values } = mandatory.value;
  return ok({
    ...values,
    mimeType: mimeTypeOf(header),
    ...(serviceStopTime !== undefined && { serviceStopTime }),
    eventCodes: header.serviceEvents.flatMap((event) => optionalCode(event.code) ?? []),
    referenceIds: referenceIds(header),
  });
}

/** What each of them says, or why it cannot be said: `xds metadata` shows all of it, a submission stops at the first. */
export function metadataParts(header: CdaHeader, visibility: readonly VisibilityCode[], options: FromCdaOptions = {}) {
  const [act] = header.serviceEvents;
  return {
    uniqueId: uniqueId(header.id),
    languageCode: present(header.languageCode, '/ClinicalDocument/languageCode'),
    title: present(header.title, '/ClinicalDocument/title'),
    creationTime: instant(header.effectiveTime, '/ClinicalDocument/effectiveTime'),
    serviceStartTime: time(act?.period?.low, `${ACT}/effectiveTime/low`),
    authors: authors(header.authors),
    legalAuthenticator: person(header.legalAuthenticator, '/ClinicalDocument/legalAuthenticator/assignedEntity'),
    classCode: classCode(header.code),
    typeCode: coded(header.code, '/ClinicalDocument/code'),
    formatCode: formatCode(header, options),
    confidentialityCodes: confidentiality(header.confidentiality, visibility),
    healthcareFacilityTypeCode: coded(header.encounter?.facilityCode, FACILITY),
    practiceSettingCode: coded(act?.performer?.organization?.industry, SETTING),
    serviceStopTime:
      act?.period?.high === undefined ? ok(undefined) : time(act.period.high, `${ACT}/effectiveTime/high`),
  };
}

export function mimeTypeOf({ selfPresentable }: CdaHeader): string {
  return selfPresentable ? 'application/xslt+xml' : 'text/xml';
}

const PATIENT_ID = '/ClinicalDocument/recordTarget/patientRole/id';
const ACT = '/ClinicalDocument/documentationOf[1]/serviceEvent';
const SETTING = `${ACT}/performer/assignedEntity/representedOrganization/standardIndustryClassCode`;
const FACILITY = '/ClinicalDocument/componentOf/encompassingEncounter/location/healthCareFacility/code';

/** All the values, or the first refusal. */
function all<T extends object>(parts: { readonly [K in keyof T]: Result<T[K]> }): Result<T> {
  const values: Partial<T> = {};
  for (const key in parts) {
    const part = parts[key];
    if (!part.ok) return part;
    values[key] = part.value;
  }
  return ok(values as T);
}

function present(value: string | undefined, location: string): Result<string> {
  return value === undefined ? refuse(documentRules.cdaElementMissing, { location }) : ok(value);
}

/** The last gate of promise 4: the metadata never name another patient than the document does. */
function isOf({ patient: { ids } }: CdaHeader, { ins }: QualifiedIdentity): boolean {
  const found = ids.filter((id) => isInsRoot(id.root));
  return found.length > 0 && found.every((id) => id.root === ins.oid && id.extension === ins.matricule);
}

/** The first other identifier of the patient: the local number of the producer. */
export function localId(ids: readonly InstanceId[]): DocumentEntry['sourcePatientId'] {
  const local = ids.find((id) => id.nullFlavor === undefined && !isInsRoot(id.root) && id.root !== INS_OIDS.insC);
  if (local?.root === undefined || local.extension === undefined) return undefined;
  return { value: local.extension, domain: local.root };
}

function uniqueId(id: InstanceId | undefined): Result<DocumentUniqueId> {
  const location = '/ClinicalDocument/id';
  if (id?.root === undefined) return refuse(documentRules.cdaElementMissing, { location });
  if (id.extension !== undefined) return refuse(documentRules.cdaIdWithExtension, { location });
  const parsed = parseDocumentUniqueId(id.root);
  return parsed.ok ? parsed : refuse(documentRules.cdaIdNotOid, { location });
}

/** UTC; a date alone is accepted for an act. */
function time(value: string | undefined, location: string): Result<string> {
  if (value === undefined) return refuse(documentRules.cdaElementMissing, { location });
  const utc = utcTime(value);
  return utc === undefined ? refuse(documentRules.cdaTimeIncomplete, { location }) : ok(utc);
}

/** UTC, never a date alone. */
function instant(value: string | undefined, location: string): Result<string> {
  const utc = time(value, location);
  return utc.ok && utc.value.length < 14 ? refuse(documentRules.cdaTimeIncomplete, { location }) : utc;
}

/** A code with its system; a label that was not given is the code itself. */
function optionalCode(value: CodeValue | undefined): CodedValue | undefined {
  if (value?.code === undefined || value.codeSystem === undefined || value.nullFlavor !== undefined) return undefined;
  return { code: value.code, system: value.codeSystem, label: value.displayName ?? value.code };
}

function coded(value: CodeValue | undefined, location: string): Result<CodedValue> {
  const code = optionalCode(value);
  return code === undefined ? refuse(documentRules.cdaElementMissing, { location }) : ok(code);
}

function classCode(type: CodeValue | undefined): Result<CodedValue> {
  const location = '/ClinicalDocument/code';
  const known = documentType(type?.code ?? '', type?.codeSystem);
  if (known === undefined) return refuse(documentRules.cdaTypeUnknown, { location });
  if (known.documentClass === undefined) return refuse(documentRules.cdaClassUnknown, { location, detail: known.code });
  return ok(known.documentClass);
}

function formatCode({ body, templateIds }: CdaHeader, options: FromCdaOptions): Result<CodedValue> {
  if (body.kind === 'level-1') {
    const mediaType = levelOneMediaType(body.mediaType);
    const format = mediaType && levelOneFormat(mediaType);
    const location = '/ClinicalDocument/component/nonXMLBody/text/@mediaType';
    return format === undefined ? refuse(documentRules.cdaBodyMediaType, { location }) : ok(format);
  }
  const format = formatOfTemplates(templateIds.flatMap(({ root }) => root ?? [])) ?? options.otherModelFormat;
  const location = '/ClinicalDocument/templateId';
  return format === undefined ? refuse(documentRules.cdaFormatUnknown, { location }) : ok(format);
}

/** First the level of the CDA, then the visibility, without repetition. */
function confidentiality(
  level: CodeValue | undefined,
  visibility: readonly VisibilityCode[],
): Result<readonly CodedValue[]> {
  const first = coded(level, '/ClinicalDocument/confidentialityCode');
  if (!first.ok) return first;
  return ok([first.value, ...[...new Set(visibility)].map((code) => VISIBILITY_CODES[code])]);
}

function authors(list: readonly CdaAuthor[]): Result<readonly Author[]> {
  const authors: Author[] = [];
  for (const [index, each] of list.entries()) {
    const mapped = author(each, `/ClinicalDocument/author[${index + 1}]/assignedAuthor`);
    if (!mapped.ok) return mapped;
    authors.push(mapped.value);
  }
  return authors.length === 0
    ? refuse(documentRules.cdaElementMissing, { location: '/ClinicalDocument/author' })
    : ok(authors);
}

function author(cda: CdaAuthor, location: string): Result<Author> {
  const mapped = cda.device === undefined ? person(cda, location) : device(cda, cda.device, location);
  if (!mapped.ok) return mapped;
  const institution = institutionOf(cda.organization);
  const specialty = optionalCode(cda.code);
  return ok({
    person: mapped.value,
    ...(institution && { institution }),
    ...(cda.functionCode?.displayName !== undefined && { role: cda.functionCode.displayName }),
    ...(specialty && { specialty }),
  });
}

export function person(cda: CdaPerson | undefined, location: string): Result<Person> {
  const [id] = cda?.ids ?? [];
  if (id?.root === undefined || id.extension === undefined || cda?.family === undefined) {
    return refuse(documentRules.cdaElementMissing, { location });
  }
  const { family, given = '' } = cda;
  return ok({ id: id.extension, authority: id.root, family, given, kind: 'D', idType: personIdType(id.root) });
}

/** XCN-13 (dmp.md 3.4): a professional under the national authority, a patient, else a local number. */
function personIdType(authority: string): string {
  if (authority === PERSON_ID_SYSTEM) return 'IDNPS';
  return isInsRoot(authority) ? 'NH' : 'EI';
}

/** `ID^NAME^MODEL … U^^^EI` (cda-cisis.md 4). */
export function device(
  cda: CdaAuthor,
  { model, software }: NonNullable<CdaAuthor['device']>,
  location: string,
): Result<Person> {
  const [id] = cda.ids;
  if (id?.root === undefined || id.extension === undefined || software === undefined) {
    return refuse(documentRules.cdaElementMissing, { location });
  }
  return ok({ id: id.extension, authority: id.root, family: software, given: model ?? '', kind: 'U', idType: 'EI' });
}

/** Number or name that the CDA does not give stays empty in the XON; neither of them, no institution (dmp.md 3.4). */
export function institutionOf(organization: Organization | undefined): Institution | undefined {
  const national = organization?.id?.nullFlavor === undefined && organization?.id?.root === STRUCTURE_ID_SYSTEM;
  const id = national ? (organization?.id?.extension ?? '') : '';
  const name = organization?.name ?? '';
  return id === '' && name === '' ? undefined : { id, name };
}
