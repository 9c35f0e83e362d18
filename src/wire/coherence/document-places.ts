/** One document: its CDA against the XDS entry that repeats it. Read here on its own, not by the code that made the entry. */
import { documentType } from '../../codes/document-types.ts';
import { levelOneFormat } from '../../codes/format-codes.ts';
import { PERSON_ID_SYSTEM, STRUCTURE_ID_SYSTEM } from '../../codes/national-ids.ts';
import type { CdaAuthor, CdaHeader, CdaPerson } from '../cda/header.ts';
import type { CodeValue, InstanceId, Organization } from '../cda/nodes.ts';
import { isInsRoot } from '../cda/oids.ts';
import { fingerprint } from '../xds/fingerprint.ts';
import { formatOfTemplates } from '../xds/format-codes.ts';
import { referenceIds } from '../xds/reference-ids.ts';
import { documentEntryScheme as scheme } from '../xds/schemes.ts';
import { type Difference, differs, type Field } from './difference.ts';
import type { WrittenCode, WrittenObject } from './read-submission.ts';

const VISIBILITY_SYSTEM = '1.2.250.1.213.1.1.4.13';
const REFERENCES = 'urn:ihe:iti:xds:2013:referenceIdList';

/** `visibility`: codes that were decided for this document. */
export function compareDocument(
  header: CdaHeader,
  entry: WrittenObject,
  bytes: Uint8Array,
  visibility: readonly string[],
): Difference[] {
  const of = (field: Field, inCda: string, inEntry: string) => differs(field, ['cda', inCda], [['entry', inEntry]]);
  const [act] = header.serviceEvents;
  const [type = ''] = codesOf(entry, scheme.typeCode);
  return [
    ...of('uniqueId', header.id?.root ?? '', entry.identifiers.get(scheme.uniqueId) ?? ''),
    ...of('typeCode', codeText(header.code), type),
    ...differs('classCode', ['configuration', classOf(entry)], [['entry', list(codesOf(entry, scheme.classCode))]]),
    ...of('title', header.title ?? '', entry.name),
    ...of('languageCode', header.languageCode ?? '', slot(entry, 'languageCode')),
    ...of('creationTime', instant(header.effectiveTime), instant(slot(entry, 'creationTime'))),
    ...of('serviceTime', period(act?.period?.low, act?.period?.high), entryPeriod(entry)),
    ...of('author', list(header.authors.map(authorText)), list(entryAuthors(entry))),
    ...of('legalAuthenticator', personText(header.legalAuthenticator), slot(entry, 'legalAuthenticator')),
    ...of(
      'facility',
      list([header.encounter?.facilityCode, act?.performer?.organization?.industry].map(codeText)),
      list([...codesOf(entry, scheme.healthcareFacilityTypeCode), ...codesOf(entry, scheme.practiceSettingCode)]),
    ),
    ...of(
      'eventCodes',
      list(header.serviceEvents.flatMap(({ code }) => codeText(code) || [])),
      list(codesOf(entry, scheme.eventCode)),
    ),
    ...of('referenceIds', list(referenceIds(header)), list(entry.slots.get(REFERENCES) ?? [])),
    ...compareConfidentiality(header, entry, visibility),
    ...compareFormat(header, entry),
    ...compareContent(entry, bytes),
  ];
}

function compareConfidentiality(header: CdaHeader, entry: WrittenObject, visibility: readonly string[]): Difference[] {
  const codes = entry.codes.filter((code) => code.scheme === scheme.confidentialityCode);
  const isVisibility = (code: WrittenCode) => system(code) === VISIBILITY_SYSTEM;
  const levels = codes.filter((code) => !isVisibility(code)).map(writtenText);
  const visible = codes.filter(isVisibility).map(({ code }) => code);
  return [
    ...differs('confidentiality', ['cda', codeText(header.confidentiality)], [['entry', list(levels)]]),
    ...differs('visibility', ['decision', list([...visibility].sort())], [['entry', list(visible.sort())]]),
  ];
}

/** A structured model that the table does not know has the format that the operator chose: nothing to compare it with. */
function compareFormat({ body, templateIds, selfPresentable }: CdaHeader, entry: WrittenObject): Difference[] {
  const known =
    body.kind === 'level-1'
      ? (levelOneFormat(body.mediaType ?? '')?.code ?? body.mediaType ?? '')
      : formatOfTemplates(templateIds.flatMap(({ root }) => root ?? []))?.code;
  const [format = ''] = entry.codes.flatMap((code) => (code.scheme === scheme.formatCode ? code.code : []));
  return [
    ...(known === undefined ? [] : differs('format', ['cda', known], [['entry', format]])),
    ...differs('format', ['cda', selfPresentable ? 'application/xslt+xml' : 'text/xml'], [['entry', entry.mimeType]]),
  ];
}

/** Hash and size are the registry's to compute: those that are announced must be right. */
function compareContent(entry: WrittenObject, bytes: Uint8Array): Difference[] {
  const announced = (name: string, real: () => string) =>
    entry.slots.has(name) ? differs('content', ['content', real()], [['entry', slot(entry, name)]]) : [];
  return [...announced('hash', () => fingerprint(bytes)), ...announced('size', () => String(bytes.byteLength))];
}

/** The class that goes with the type of this same entry: a wrong type is told as such. */
function classOf(entry: WrittenObject): string {
  const type = entry.codes.find((code) => code.scheme === scheme.typeCode);
  const known = documentType(type?.code ?? '', type && system(type))?.documentClass;
  // An unknown type has been told by its own field.
  if (known === undefined) return list(codesOf(entry, scheme.classCode));
  return `${known.code}^${known.label}^${known.system}`;
}

export function slot(object: WrittenObject, name: string): string {
  return object.slots.get(name)?.[0] ?? '';
}

function system(code: WrittenCode): string {
  return code.slots.get('codingScheme')?.[0] ?? '';
}

function codesOf(object: WrittenObject, wanted: string): string[] {
  return object.codes.filter((code) => code.scheme === wanted).map(writtenText);
}

function writtenText(code: WrittenCode): string {
  return `${code.code}^${code.label}^${system(code)}`;
}

function codeText(value: CodeValue | undefined): string {
  if (value?.code === undefined || value.codeSystem === undefined || value.nullFlavor !== undefined) return '';
  return `${value.code}^${value.displayName ?? value.code}^${value.codeSystem}`;
}

function list(values: readonly string[]): string {
  return values.join(', ');
}

function entryPeriod(entry: WrittenObject): string {
  return period(slot(entry, 'serviceStartTime'), slot(entry, 'serviceStopTime') || undefined);
}

function period(start: string | undefined, stop: string | undefined): string {
  return [instant(start), ...(stop === undefined ? [] : [instant(stop)])].join(' → ');
}

const STAMP = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(?:([+-])(\d\d)(\d\d))?$/;

/** Without offset: the UTC of XDS. A date alone, and what is no time, stay as they are. */
function instant(stamp = ''): string {
  const [, year, month, day, hour, minute, second, sign, hours, minutes] = STAMP.exec(stamp) ?? [];
  if (year === undefined) return stamp;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute) - offset,
    Number(second ?? 0),
  );
  return new Date(at).toISOString();
}

/** As `component` of XDS identifiers: a name may not hold a delimiter. */
function plain(value: string | undefined): string {
  return (value ?? '').replace(/[\^&|~\\]/g, '-');
}

/** XCN (dmp.md 3.4). */
function personText(person: CdaPerson | undefined): string {
  const [id] = person?.ids ?? [];
  const type = id?.root === PERSON_ID_SYSTEM ? 'IDNPS' : isInsRoot(id?.root) ? 'NH' : 'EI';
  return xcn(id, [person?.family, person?.given], `D^^^${type}`);
}

function xcn(id: InstanceId | undefined, names: ReadonlyArray<string | undefined>, end: string): string {
  return `${[id?.extension, ...names].map(plain).join('^')}^^^^^^&${id?.root ?? ''}&ISO^${end}`;
}

function authorText(author: CdaAuthor): string {
  const { device, ids, organization, functionCode, code } = author;
  const name = device === undefined ? personText(author) : xcn(ids[0], [device.software, device.model], 'U^^^EI');
  return [name, institutionText(organization), functionCode?.displayName ?? '', codeText(code)].join('|');
}

/** XON; neither name nor national number, no institution. */
function institutionText(organization: Organization | undefined): string {
  const id = organization?.id;
  const national = id?.root === STRUCTURE_ID_SYSTEM && id.nullFlavor === undefined ? (id.extension ?? '') : '';
  const name = organization?.name ?? '';
  return name + national === '' ? '' : `${plain(name)}^^^^^&${STRUCTURE_ID_SYSTEM}&ISO^IDNST^^^${plain(national)}`;
}

function authorsOf(object: WrittenObject): WrittenCode[] {
  return object.codes.filter(({ scheme: of }) => of === scheme.author);
}

function entryAuthors(entry: WrittenObject): string[] {
  return authorsOf(entry).map(({ slots }) =>
    ['authorPerson', 'authorInstitution', 'authorRole', 'authorSpecialty']
      .map((name) => slots.get(name)?.[0] ?? '')
      .join('|'),
  );
}
