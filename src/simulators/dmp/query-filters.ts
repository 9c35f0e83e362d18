/** What FindDocuments and FindSubmissionSets filter on: codes, times, authors, references. Source: dmp.md 6. */
import type { RegistryObject } from './ebxml.ts';
import { codesOf } from './metadata.ts';
import type { Report } from './problem.ts';
import { type Parameters, quoted, quotedList, timeBound } from './stored-query.ts';
import { ENTRY, SET } from './xds-vocabulary.ts';

export type Filter = (object: RegistryObject) => boolean;

const DOCUMENT_CODES = {
  $XDSDocumentEntryClassCode: ENTRY.class,
  $XDSDocumentEntryTypeCode: ENTRY.type,
  $XDSDocumentEntryPracticeSettingCode: ENTRY.practice,
  $XDSDocumentEntryHealthcareFacilityTypeCode: ENTRY.facility,
  $XDSDocumentEntryEventCodeList: ENTRY.event,
  $XDSDocumentEntryConfidentialityCode: ENTRY.confidentiality,
  $XDSDocumentEntryFormatCode: ENTRY.format,
} as const;

const DOCUMENT_TIMES = {
  $XDSDocumentEntryCreationTime: 'creationTime',
  $XDSDocumentEntryServiceStartTime: 'serviceStartTime',
  $XDSDocumentEntryServiceStopTime: 'serviceStopTime',
} as const;

export function documentFilters(parameters: Parameters, report: Report): Filter[] {
  return [
    ...Object.entries(DOCUMENT_CODES).flatMap(([name, scheme]) => codeFilters(parameters, name, scheme, report)),
    ...Object.entries(DOCUMENT_TIMES).flatMap(([name, slot]) => timeFilters(parameters, name, slot, report)),
    ...listFilters(parameters, '$XDSDocumentEntryAuthorPerson', report).map((names) => byAuthor(names, ENTRY.author)),
    ...listFilters(parameters, '$XDSDocumentEntryType', report).map(
      (types): Filter =>
        ({ objectType }) =>
          types.includes(objectType),
    ),
  ];
}

export function setFilters(parameters: Parameters, report: Report): Filter[] {
  return [
    ...codeFilters(parameters, '$XDSSubmissionSetContentType', SET.contentType, report),
    ...timeFilters(parameters, '$XDSSubmissionSetSubmissionTime', 'submissionTime', report),
    ...listFilters(parameters, '$XDSSubmissionSetSourceId', report).map(
      (ids): Filter =>
        ({ identifiers }) =>
          identifiers.some(([scheme, value]) => scheme === SET.sourceId && ids.includes(value)),
    ),
    ...singleFilters(parameters, '$XDSSubmissionSetAuthorPerson', report).map((name) => byAuthor([name], SET.author)),
  ];
}

/** All references of one slot are alternatives; the parameter is what the query is about. */
export function referenceFilters(parameters: Parameters, report: Report): Filter[] {
  const name = '$XDSDocumentEntryReferenceIdList';
  if (!parameters.has(name)) report(`${name} attendu.`);
  return listFilters(parameters, name, report).map(
    (ids): Filter =>
      ({ slots }) =>
        (slots['urn:ihe:iti:xds:2013:referenceIdList'] ?? []).some((id) => ids.includes(id)),
  );
}

function listFilters(parameters: Parameters, name: string, report: Report): string[][] {
  return (parameters.get(name) ?? []).flatMap((values) => {
    const list = quotedList(values);
    if (list === undefined) report(`${name} : liste attendue, sous la forme ('a','b').`);
    return list === undefined ? [] : [list];
  });
}

function singleFilters(parameters: Parameters, name: string, report: Report): string[] {
  return (parameters.get(name) ?? []).flatMap((values) => {
    const value = quoted(values);
    if (value === undefined) report(`${name} : une valeur attendue, sous la forme 'a'.`);
    return value ?? [];
  });
}

function codeFilters(parameters: Parameters, name: string, scheme: string, report: Report): Filter[] {
  return listFilters(parameters, name, report).map((list) => {
    if (!list.every((item) => /^[^^]+\^\^[^^]+$/.test(item)))
      report(`${name} : code attendu sous la forme code^^système.`);
    return (object) => codesOf(object, scheme).some(({ code, system }) => list.includes(`${code}^^${system}`));
  });
}

/** From is included, To is not. */
function timeFilters(parameters: Parameters, name: string, slot: string, report: Report): Filter[] {
  return (['From', 'To'] as const).flatMap((side) =>
    (parameters.get(`${name}${side}`) ?? []).map((values): Filter => {
      const bound = timeBound(values);
      if (bound === undefined) report(`${name}${side} : date attendue, AAAA[MM[JJ[HH[MM[SS]]]]].`);
      return ({ slots }) => {
        const time = (slots[slot]?.[0] ?? '').padEnd(14, '0');
        if (slots[slot] === undefined || bound === undefined) return false;
        return side === 'From' ? time >= bound : time < bound;
      };
    }),
  );
}

/** As the SQL LIKE of ITI-18: `%` any text, `_` any character. */
function byAuthor(patterns: readonly string[], scheme: string): Filter {
  const expressions = patterns.map((pattern) => {
    const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'su');
  });
  return ({ classifications }) =>
    classifications
      .filter((classification) => classification.scheme === scheme)
      .some(({ slots }) => slots.authorPerson?.some((name) => expressions.some((one) => one.test(name))) === true);
}
