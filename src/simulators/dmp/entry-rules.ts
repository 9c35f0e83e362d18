/** What every DocumentEntry must say, and the signature entry besides. Source: dmp.md 3.3, 4 and 9 (check 6). */
import { createHash } from 'node:crypto';
import { isOid } from '../../ins/oids.ts';
import type { RegistryObject } from './ebxml.ts';
import type { LotDocument } from './lot.ts';
import { authorsOf, codeOf, codesOf, identifiersOf, slotOf } from './metadata.ts';
import type { Policy } from './options.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import { readCx, readInsCx, readXcn, readXdsTime, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { classOfType, DOCUMENT_ENTRY_TYPE, ENTRY, isIn, SIGNATURE_ENTRY } from './xds-vocabulary.ts';

const MIME_TYPES = ['text/xml', 'application/xslt+xml', 'application/dicom'];
const MAX_TITLE = 128;
const TIMES = ['creationTime', 'serviceStartTime', 'serviceStopTime'] as const;

/** Checks common to the documents and to the signature entry. */
export function checkEntry(document: LotDocument, caller: Caller, policy: Policy, errors: RegistryError[]): void {
  const { entry } = document;
  const report = reporter(errors, 'XDSRegistryMetadataError', entry.id);
  if (entry.objectType !== DOCUMENT_ENTRY_TYPE) report('objectType inattendu (document stable attendu).');
  if (!MIME_TYPES.includes(entry.mimeType)) report(`mimeType « ${entry.mimeType} » non admis.`);
  checkTimes(entry, policy, report);
  if (entry.name === '') report('Titre absent.');
  else if (entry.name.length > MAX_TITLE) report(`Titre de plus de ${MAX_TITLE} caractères.`);
  if (slotOf(entry, 'languageCode') === undefined) report('languageCode absent.');
  if (readXcn(slotOf(entry, 'legalAuthenticator') ?? '') === undefined) {
    report('legalAuthenticator absent ou mal formé (XCN).');
  }
  checkPatient(entry, caller, report);
  checkAuthors(entry, report);
  checkPlaces(entry, report);
  checkConfidentiality(entry, report);
  const uniqueIds = identifiersOf(entry, ENTRY.uniqueId);
  if (uniqueIds.length !== 1 || !isOid(uniqueIds[0] ?? '')) {
    report('uniqueId absent, multiple ou qui n’est pas un OID seul (OID^extension non admis).');
  }
  checkContent(document, policy, errors);
}

function checkTimes(entry: RegistryObject, policy: Policy, report: Report): void {
  for (const name of TIMES) {
    if (name === 'serviceStopTime' && entry.slots[name] === undefined) continue;
    const time = readXdsTime(slotOf(entry, name) ?? '');
    if (time === undefined) report(`${name} absent ou non exprimé en UTC AAAAMMJJHHMMSS.`);
    else if (name === 'creationTime' && time > policy.now().getTime() + policy.clockSkewMs) {
      report('creationTime dans le futur : heure locale au lieu de UTC ?');
    }
  }
}

function checkPatient(entry: RegistryObject, caller: Caller, report: Report): void {
  const ids = identifiersOf(entry, ENTRY.patientId);
  if (ids.length !== 1 || !samePatient(readInsCx(ids[0] ?? ''), caller.patient)) {
    report('patientId de l’entrée différent de celui du VIHF.', 'XDSPatientIdDoesNotMatch');
  }
  const source = readCx(slotOf(entry, 'sourcePatientId') ?? '');
  if (source === undefined || (source.type !== 'PI' && !samePatient(source, caller.patient))) {
    report('sourcePatientId absent, mal formé, ou ni IPP (PI) ni INS du patient (NH).');
  }
}

function checkAuthors(entry: RegistryObject, report: Report): void {
  const authors = authorsOf(entry, ENTRY.author);
  if (authors.length === 0) report('Auteur absent.');
  for (const author of authors) {
    if (author.personId === undefined) report('authorPerson absent ou mal formé (XCN).');
    if (author.badInstitution) report('authorInstitution mal formé (XON).');
  }
}

function checkPlaces(entry: RegistryObject, report: Report): void {
  const facilities = codesOf(entry, ENTRY.facility);
  const practices = codesOf(entry, ENTRY.practice);
  const [facility, practice] = [facilities[0], practices[0]];
  if (facilities.length !== 1 || facility === undefined || !isIn.facilities(facility.code, facility.system)) {
    report('Un healthcareFacilityTypeCode de JDV_J61 attendu.');
  }
  if (practices.length !== 1 || practice === undefined || !isIn.practices(practice.code, practice.system)) {
    report('Un practiceSettingCode de JDV_J62 attendu.');
  }
  for (const scheme of [ENTRY.class, ENTRY.type, ENTRY.format, ENTRY.facility, ENTRY.practice, ENTRY.event]) {
    if (codesOf(entry, scheme).some(({ label }) => label === '')) report('Code sans libellé (Name).');
  }
}

export function checkConfidentiality(entry: RegistryObject, report: Report): void {
  const [first, ...others] = codesOf(entry, ENTRY.confidentiality);
  const valid =
    first !== undefined &&
    isIn.confidentialities(first.code, first.system) &&
    others.every(({ code, system }) => isIn.visibilities(code, system));
  const distinct = new Set(others.map(({ code }) => code)).size === others.length;
  if (!valid || !distinct) report('confidentialityCode : N, R ou V d’abord, puis des codes de JDV_J58, sans doublon.');
}

/** hash and size are optional here (dmp.md 2.2), never false. */
function checkContent({ entry, bytes }: LotDocument, policy: Policy, errors: RegistryError[]): void {
  const report = reporter(errors, 'XDSRepositoryMetadataError', entry.id);
  const hash = createHash('sha1').update(bytes).digest('hex');
  if (entry.slots.hash !== undefined && slotOf(entry, 'hash')?.toLowerCase() !== hash) report('hash faux.');
  if (entry.slots.size !== undefined && slotOf(entry, 'size') !== String(bytes.length)) report('size faux.');
  if (bytes.length > policy.maxDocumentBytes) {
    report(`Document de plus de ${policy.maxDocumentBytes} octets.`, 'XDSRepositoryError');
  }
}

/** The codes of a clinical document: type in JDV_J66, class that goes with it, known format. */
export function checkClinicalCodes(entry: RegistryObject, errors: RegistryError[]): void {
  const report = reporter(errors, 'XDSRegistryMetadataError', entry.id);
  const [types, classes, formats] = [ENTRY.type, ENTRY.class, ENTRY.format].map((scheme) => codesOf(entry, scheme));
  const [type] = types ?? [];
  const expected = types?.length === 1 && type !== undefined ? classOfType(type.code, type.system) : undefined;
  if (expected === undefined) report('Un typeCode de JDV_J66-TypeCode-DMP attendu.');
  const [code] = classes ?? [];
  if (classes?.length !== 1 || code === undefined || !isIn.classes(code.code, code.system)) {
    report('Un classCode de JDV_J57 attendu.');
  } else if (expected !== undefined && expected !== '' && expected !== code.code) {
    report(`classCode ${code.code} : le typeCode appartient à la classe ${expected} (ASS_X04).`);
  }
  const [format] = formats ?? [];
  if (formats?.length !== 1 || format === undefined || !isIn.formats(format.code, format.system)) {
    report('Un formatCode de JDV_J60 attendu.');
  }
}

/** The fixed metadata of the signature entry. */
export function checkSignatureEntry(entry: RegistryObject, errors: RegistryError[]): void {
  const report = reporter(errors, 'XDSRegistryMetadataError', entry.id);
  const expected = [
    [ENTRY.class, SIGNATURE_ENTRY.class, 'classCode'],
    [ENTRY.format, SIGNATURE_ENTRY.format, 'formatCode'],
    [ENTRY.event, SIGNATURE_ENTRY.event, 'eventCode'],
  ] as const;
  for (const [scheme, code, name] of expected) {
    if (codesOf(entry, scheme).length !== 1 || codeOf(entry, scheme) !== code)
      report(`${name} de la signature inattendu.`);
  }
  const codes = codesOf(entry, ENTRY.confidentiality).map(({ code }) => code);
  if (codes.toSorted().join() !== 'INVISIBLE_PATIENT,MASQUE_PS,N') {
    report('La signature doit être N, MASQUE_PS et INVISIBLE_PATIENT.');
  }
  if (slotOf(entry, 'languageCode') !== 'art') report('languageCode de la signature ≠ art.');
  if (entry.mimeType !== 'text/xml') report('mimeType de la signature ≠ text/xml.');
}
