/** What a sender declares of a document, brought to one shape whatever the door. */
import { personIdOfRpps } from '../codes/national-ids.ts';
import type { Source } from '../config/schema.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import { cisisVersion } from '../wire/hl7v2/document-checks.ts';
import type { DocumentNotice, DocumentNumber } from '../wire/hl7v2/document-notice.ts';
import type { NamedPerson } from '../wire/hl7v2/participation.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { type LocalAuthor, localValuesOf, namedAuthor, rawType, structureOf, unitOf } from './local-values.ts';
import { mailsAskedBy } from './mails.ts';
import { hl7Time, inOrder } from './times.ts';

/** `timeZone`: of the establishment, for the times that carry no offset. */
export function declarationOf(
  notice: DocumentNotice,
  source: Source,
  receivedAt: Date,
  timeZone: string,
): DocumentDeclaration {
  const { patient, visit, document, flags, header } = notice;
  const time = (text: string | undefined) => hl7Time(text, timeZone);
  const createdAt =
    time(document?.originatedAt) ??
    time(document?.activityAt) ??
    time(notice.reportedAt) ??
    time(header.sentAt) ??
    hl7Timestamp(receivedAt, timeZone);
  const claimed = cisisVersion(header) === undefined ? undefined : claimOf(notice);
  return {
    patient: {
      birthName: patient.birthName ?? '',
      firstGivenName: patient.firstGivenName ?? '',
      sex: patient.sex ?? '',
      birthDate: patient.birthDate ?? '',
      ...(patient.ins === undefined ? {} : { matricule: patient.ins.matricule, oid: patient.ins.oid }),
    },
    ...(patient.ipps.length === 0 ? { byInsAlone: true } : {}),
    ...(claimed === undefined ? {} : { claimed }),
    ...numbersOf(notice),
    ...(notice.format === 'cda' ? authorOfCda(notice, source) : rawDescription(notice, source)),
    createdAt,
    ...periodOf(
      time(document?.activityAt) ?? time(notice.observedAt) ?? time(visit?.admittedAt) ?? createdAt,
      time(visit?.dischargedAt),
    ),
    ...(visit?.patientClass === undefined ? {} : { patientClass: visit.patientClass }),
    ...(visit?.number === undefined ? {} : { visitNumber: visit.number.value }),
    ...(visit?.unit === undefined ? {} : { unit: visit.unit }),
    ...notFinal(notice),
    visibility: {
      maskedFromProfessionals: flags.MASQUE_PS ?? false,
      invisibleToPatient: flags.INVISIBLE_PATIENT ?? false,
      invisibleToRepresentatives: flags.INVISIBLE_REP_LEGAUX ?? false,
      ...(flags.CONNEXION_SECRETE === true ? { secretConnection: true } : {}),
    },
    toDmp: flags.DESTDMP ?? true,
    ...mailsAskedBy(notice),
  };
}

/** Final, corrected, deleted (tables 0085 and 0123); an order that is completed. */
const FINAL_RESULTS: ReadonlySet<string> = new Set(['F', 'C', 'D', 'U', 'X']);
const COMPLETED = 'CM';

function notFinal({ resultStatus, reportStatus, orderStatus }: DocumentNotice): Pick<DocumentDeclaration, 'notFinal'> {
  const results = [resultStatus, reportStatus].filter((code) => code !== undefined && !FINAL_RESULTS.has(code));
  const order = orderStatus === COMPLETED ? undefined : orderStatus;
  if (results.length === 0 && order === undefined) return {};
  return { notFinal: { results: results as string[], ...(order === undefined ? {} : { order }) } };
}

/** Of the act and of the stay. An end before the start is no end: the letter may have been written after the discharge. */
export function periodOf(
  serviceStart: string,
  stop: string | undefined,
): Pick<DocumentDeclaration, 'serviceStart' | 'serviceStop'> {
  return stop === undefined || !inOrder(serviceStart, stop) ? { serviceStart } : { serviceStart, serviceStop: stop };
}

/** What the CI-SIS profile makes the sender say of the document that it carries: TXA-12 and OBX-3. */
function claimOf({ document, observed }: DocumentNotice): DocumentDeclaration['claimed'] {
  const number = document?.number;
  return {
    ...(number === undefined || number.form === 'local' ? {} : { uniqueId: numberText(number) }),
    ...(observed === undefined ? {} : { typeCode: observed.code }),
  };
}

/**
 * How the sender names this document, and the one that its request is about: TXA-13 for a replacement, the document
 * itself for a deletion. An ORU has no TXA: its report keeps one filler order number (OBR-3) through its versions.
 */
function numbersOf({
  kind,
  document,
  orderNumber,
}: DocumentNotice): Pick<DocumentDeclaration, 'number' | 'designates'> {
  const number = document === undefined ? orderNumber : document.number;
  const parent = document === undefined ? orderNumber : document.parent;
  const about = kind === 'create' ? undefined : kind === 'replace' ? parent : number;
  return {
    ...(number === undefined ? {} : { number: numberText(number) }),
    ...(about === undefined ? {} : { designates: numberText(about) }),
  };
}

/** An OID, the XDS form of an OID with its extension, or `number^namespace`. */
function numberText(number: DocumentNumber): string {
  switch (number.form) {
    case 'oid':
      return number.oid;
    case 'oid-extension':
      return `${number.extension}^^${number.root}^ISO`;
    case 'local':
      return number.namespace === undefined ? number.id : `${number.id}^${number.namespace}`;
  }
}

/** Whom the message of a CDA names: for the lists only, the CDA itself says who wrote it. */
function authorOfCda(notice: DocumentNotice, source: Source): Pick<DocumentDeclaration, 'author'> {
  const person = personOf(notice);
  const { defaultAuthor } = source;
  if (person?.id === undefined || person.family === undefined)
    return defaultAuthor === undefined ? {} : { author: defaultAuthor };
  return {
    author: { id: personIdOfRpps(person.id) ?? person.id, family: person.family, given: person.given ?? '' },
  };
}

function personOf({ document, sender, observer }: DocumentNotice): NamedPerson | undefined {
  return document?.author ?? sender?.person ?? observer;
}

/** Author and codes of a raw document; where the message names nobody, the author that the site declared (practice 14). */
function rawDescription(notice: DocumentNotice, source: Source): Pick<DocumentDeclaration, 'author' | 'local'> {
  const named = namedAuthor(personOf(notice));
  const author = named === undefined ? source.defaultAuthor : authorFor(named, source);
  const local = localValuesOf({
    type: rawType(notice, source.typeField),
    unit: unitOf(notice),
    structure: structureOf(notice),
    author: named,
  });
  return { ...(author === undefined ? {} : { author }), ...(local === undefined ? {} : { local }) };
}

/**
 * The author that a raw document names by a national identifier, with the specialty declared for its application where the
 * message gives none. Undefined when only the mapping tables can tell who it is: nobody stands for somebody who is named.
 */
export function authorFor(
  named: LocalAuthor,
  source: Source,
  own: { readonly specialty?: string | undefined; readonly specialtyLabel?: string | undefined } = {},
): DocumentDeclaration['author'] {
  const { id, family, given, national } = named;
  if (id === undefined || national !== true || family === '') return undefined;
  const specialty = own.specialty ?? source.defaultAuthor?.specialty;
  const label = own.specialtyLabel ?? (own.specialty === undefined ? source.defaultAuthor?.specialtyLabel : undefined);
  return {
    id,
    family,
    given,
    ...(specialty === undefined ? {} : { specialty }),
    ...(label === undefined ? {} : { specialtyLabel: label }),
  };
}
