/**
 * ITI-57 UpdateDocumentSet of a whole entry (TD3.3a/b): the entry as the registry gave it, with other visibility codes.
 * Source: dmp.md 6.
 */
import { VISIBILITY_CODES, type VisibilityCode } from '../../codes/confidentiality-codes.ts';
import { escapeXml } from '../xml/xml.ts';
import { documentId, type PackageOptions, registryPackage, SET_ID } from './ebxml.ts';
import type { Code } from './metadata.ts';
import { codesOf, type RegistryObject, slotValues } from './registry-object.ts';
import { association, localized, partsOf, slot } from './rim.ts';
import { associationType, availability, documentEntryScheme, LCM, RIM } from './schemes.ts';
import type { SetHeader } from './submission.ts';

const OBJECT = documentId(0);
const VISIBILITY_SYSTEM = VISIBILITY_CODES.MASQUE_PS.system;

/** The visibility codes that an entry carries. */
export function visibilityOf(record: RegistryObject): ReadonlySet<VisibilityCode> {
  const codes = codesOf(record, documentEntryScheme.confidentialityCode).map(({ code }) => code);
  return new Set(codes.filter((code): code is VisibilityCode => Object.hasOwn(VISIBILITY_CODES, code)));
}

/** `lcm:SubmitObjectsRequest`, valid against lcm.xsd. `record` is the current version, whole. */
export function visibilityUpdateRequest(
  set: SetHeader,
  record: RegistryObject,
  visibility: ReadonlySet<VisibilityCode>,
  options: PackageOptions,
): string {
  const version = record.version ?? '1';
  const slots = slot('SubmissionSetStatus', ['Original']) + slot('PreviousVersion', [version]);
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="${LCM}"><RegistryObjectList xmlns="${RIM}">` +
    `${registryPackage(set, options)}${entryOf(record, version, visibility)}` +
    `${association('HasMember1', associationType.hasMember, SET_ID, OBJECT, slots)}` +
    '</RegistryObjectList></lcm:SubmitObjectsRequest>'
  );
}

/** Everything comes back as it came, under an id of the submission: the registry gives the new version its own. */
function entryOf(record: RegistryObject, version: string, visibility: ReadonlySet<VisibilityCode>): string {
  const make = partsOf(OBJECT);
  const scheme = documentEntryScheme.confidentialityCode;
  const level = codesOf(record, scheme).filter((code) => code.system !== VISIBILITY_SYSTEM);
  const codes: readonly Code[] = [...level, ...[...visibility].map((code) => VISIBILITY_CODES[code])];
  const others = record.classifications.flatMap((each) =>
    each.scheme === undefined || each.scheme === scheme ? [] : [{ ...each, scheme: escapeXml(each.scheme) }],
  );
  return [
    `<ExtrinsicObject id="${OBJECT}" lid="${escapeXml(record.logicalId ?? record.id)}" isOpaque="false" ` +
      `mimeType="${escapeXml(record.mimeType ?? 'text/xml')}" objectType="${documentEntryScheme.objectType}" ` +
      `status="${availability.Approved}">`,
    slotsOf(record),
    record.name === undefined ? '' : localized('Name', record.name),
    record.description === undefined ? '' : localized('Description', record.description),
    `<VersionInfo versionName="${escapeXml(version)}"/>`,
    ...others.map((each) =>
      // An author carries slots, a code its value, its system and its label.
      each.code === ''
        ? make.group(each.scheme, slotsOf(each))
        : make.code(each.scheme, {
            code: each.code,
            system: slotValues(each, 'codingScheme')[0] ?? '',
            label: each.label ?? each.code,
          }),
    ),
    ...codes.map((code) => make.code(scheme, code)),
    ...record.identifiers.map((each) =>
      make.identifier(escapeXml(each.scheme), IDENTIFIER_NAMES[each.scheme] ?? '', each.value),
    ),
    '</ExtrinsicObject>',
  ].join('');
}

const IDENTIFIER_NAMES: Readonly<Record<string, string>> = {
  [documentEntryScheme.patientId]: 'XDSDocumentEntry.patientId',
  [documentEntryScheme.uniqueId]: 'XDSDocumentEntry.uniqueId',
};

function slotsOf(object: Pick<RegistryObject, 'slots'>): string {
  return object.slots.map(({ name, values }) => slot(escapeXml(name), values)).join('');
}
