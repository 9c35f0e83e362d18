/** The metadata of a document that is no CDA (DICOM KOS), checked to be what API V2 asks, and repeated as they came (dmp.md 3.3). */
import { reissueRules } from '../../rules/reissue.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { Author, Code, DocumentEntry, Person } from '../xds/metadata.ts';
import type { LegacyDocument } from './submission.ts';

type Repeated = Omit<
  DocumentEntry,
  'uniqueId' | 'patient' | 'sourcePatientId' | 'mimeType' | 'title' | 'confidentialityCodes'
>;

const TIME = /^\d{8}(\d{6})?$/;
const OID = /^[012](\.(0|[1-9]\d*))+$/;

/** Refused at the first that is missing; nothing is completed. */
export function entryOfMetadata({ entry, people, creationTime }: LegacyDocument): Result<Repeated> {
  const authors = entry.authors.map((author, index) => ({ author, person: personOf(people.authors[index] ?? '') }));
  const legalAuthenticator = personOf(people.legalAuthenticator);
  const { languageCode, serviceStartTime, serviceStopTime, comments } = entry;
  const { classCode, typeCode, formatCode, healthcareFacilityTypeCode, practiceSettingCode } = entry;
  const faults: readonly (readonly [string, boolean])[] = [
    ['creationTime', /^\d{14}$/.test(creationTime)],
    ['languageCode', languageCode !== undefined],
    ['serviceStartTime', TIME.test(serviceStartTime ?? '')],
    ['serviceStopTime', serviceStopTime === undefined || TIME.test(serviceStopTime)],
    ['author', authors.length > 0 && authors.every(({ person }) => person !== undefined)],
    ['legalAuthenticator', legalAuthenticator !== undefined],
    ['classCode', isCode(classCode)],
    ['typeCode', isCode(typeCode)],
    ['formatCode', isCode(formatCode)],
    ['healthcareFacilityTypeCode', isCode(healthcareFacilityTypeCode)],
    ['practiceSettingCode', isCode(practiceSettingCode)],
  ];
  const missing = faults.find(([, whole]) => !whole)?.[0];
  if (missing !== undefined) return refuse(reissueRules.metadataIncomplete, { location: missing, detail: missing });
  // What `faults` found whole.
  const codes = { classCode, typeCode, formatCode, healthcareFacilityTypeCode, practiceSettingCode } as Pick<
    Repeated,
    'classCode' | 'typeCode' | 'formatCode' | 'healthcareFacilityTypeCode' | 'practiceSettingCode'
  >;
  return ok({
    ...codes,
    creationTime,
    languageCode: languageCode ?? '',
    serviceStartTime: serviceStartTime ?? '',
    ...(serviceStopTime === undefined ? {} : { serviceStopTime }),
    ...(comments === undefined ? {} : { comments }),
    authors: authors.flatMap(({ author, person }) => (person === undefined ? [] : [authorOf(author, person)])),
    legalAuthenticator: legalAuthenticator as Person,
    eventCodes: entry.eventCodes,
    referenceIds: entry.referenceIds,
  });
}

function isCode(code: Code | undefined): boolean {
  return code !== undefined && code.code !== '' && code.system !== '';
}

/** XCN: `id^NOM^Prenom^^^^^^&oid&ISO^D^^^IDNPS` (dmp.md 3.4). */
function personOf(xcn: string): Person | undefined {
  const parts = xcn.split('^');
  const [id = '', family = '', given = ''] = parts;
  const authority = (parts[8] ?? '').split('&')[1] ?? '';
  if (id === '' || family === '' || !OID.test(authority)) return undefined;
  return { id, authority, family, given, kind: parts[9] === 'U' ? 'U' : 'D', idType: parts[12] ?? '' };
}

function authorOf({ institution, role, specialty }: LegacyDocument['authors'][number], person: Person): Author {
  return {
    person,
    ...(institution === undefined ? {} : { institution: { id: institution.id ?? '', name: institution.name ?? '' } }),
    ...(role === undefined ? {} : { role }),
    ...(specialty === undefined ? {} : { specialty }),
  };
}
