/**
 * Promise 4 of the design, at the last moment: what is about to leave is read again in the very bytes (CDA, entries, set,
 * signature, VIHF) and compared. Pure; run before each submission, 0.2 ms for a usual document (`npm run bench -- stages`).
 */
import { finessOfStructureId } from '../../codes/national-ids.ts';
import { INS_OIDS } from '../../ins/oids.ts';
import { givenNamesConsistent } from '../../ins/traits.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { type CdaHeader, readCdaHeader } from '../cda/header.ts';
import { isInsRoot } from '../cda/oids.ts';
import { insCx, ippCx } from '../xds/identifiers.ts';
import { documentEntryScheme, submissionSetScheme } from '../xds/schemes.ts';
import { byField, type Difference, differs, type Place } from './difference.ts';
import { compareDocument, slot } from './document-places.ts';
import {
  readAssertion,
  readMetadata,
  type WrittenAssertion,
  type WrittenMetadata,
  type WrittenObject,
} from './read-submission.ts';
import { birthNameOf, sameBirthDate, sameName } from './same-traits.ts';

/** As it will be sent. */
export interface Leaving {
  /** `lcm:SubmitObjectsRequest`. */
  readonly metadata: string;
  /** The signed VIHF. */
  readonly assertion: string;
  /** What is attached, by the id of its entry. Bytes whose header was read already are not read again. */
  readonly parts: ReadonlyArray<{ readonly id: string; readonly bytes: Uint8Array }>;
}

/** What must be found there. */
export interface Meant {
  readonly patient: QualifiedIdentity;
  /** Struct_IdNat of the geographic entity, and its sector (JDV_J61). */
  readonly structure: string;
  readonly sector: string;
  /** FINESS of its legal entity. */
  readonly legalEntity: string;
  /** Visibility codes decided for each document, in their order. */
  readonly visibility: ReadonlyArray<readonly string[]>;
}

/** Every difference, one per field, none repeating a trait of the patient. */
export function incoherences(leaving: Leaving, meant: Meant): Difference[] {
  const metadata = readMetadata(leaving.metadata);
  const assertion = readAssertion(leaving.assertion);
  const documents = metadata.entries.filter((entry) => !isSignature(entry));
  const signature = metadata.entries.find(isSignature);
  return byField([
    ...compareIns(metadata, assertion, meant),
    ...documents.flatMap((entry, index) => {
      const bytes = leaving.parts.find(({ id }) => id === entry.id)?.bytes;
      const header = bytes && readCdaHeader(bytes);
      // A part that is missing is told with the members.
      if (bytes === undefined || header === undefined) return [];
      if (!header.ok)
        return differs('format', ['content', header.refusal.rule.title], [['entry', entry.mimeType]], isBinary);
      return [
        ...comparePatient(header.value, entry, meant.patient),
        ...compareDocument(header.value, entry, bytes, meant.visibility[index] ?? []),
      ];
    }),
    ...compareSecrecy(assertion, meant),
    ...compareActing(metadata, signature, assertion, meant),
    ...compareMembers(leaving, metadata, documents, signature),
  ]);
}

/** Not announced as XML: nothing in it to compare (DICOM KOS). */
function isBinary(mimeType: string): boolean {
  return mimeType !== 'text/xml' && mimeType !== 'application/xslt+xml';
}

const SIGNATURE_CLASS = 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1';

function isSignature(entry: WrittenObject): boolean {
  return entry.codes.some(({ scheme, code }) => scheme === documentEntryScheme.classCode && code === SIGNATURE_CLASS);
}

const RESOURCE = 'urn:oasis:names:tc:xacml:2.0:resource:resource-id';

function compareIns(
  { set, entries }: WrittenMetadata,
  { attributes }: WrittenAssertion,
  { patient }: Meant,
): Difference[] {
  return differs(
    'ins',
    ['identity', insCx(patient.ins)],
    [
      ...entries.map((entry): [Place, string] => [
        isSignature(entry) ? 'signature' : 'entry',
        entry.identifiers.get(documentEntryScheme.patientId) ?? '',
      ]),
      ['set', set?.identifiers.get(submissionSetScheme.patientId) ?? ''],
      ['vihf', attributes.get(RESOURCE) ?? ''],
    ],
  );
}

function comparePatient(
  { patient: cda }: CdaHeader,
  entry: WrittenObject,
  { ins, traits }: QualifiedIdentity,
): Difference[] {
  const inCda = cda.ids
    .filter((id) => isInsRoot(id.root))
    .map(({ root, extension }) => `${extension}^^^&${root}&ISO^NH`);
  const info = infoOf(entry);
  return [
    ...differs(
      'ins',
      ['identity', insCx(ins)],
      (inCda.length === 0 ? [''] : inCda).map((value) => ['cda', value]),
    ),
    ...differs(
      'birthName',
      ['identity', traits.birthName],
      [
        ['cda', birthNameOf(cda.families)],
        ['entry', info.birthName],
      ],
      sameName,
    ),
    ...differs(
      'firstGivenName',
      ['identity', traits.birthGivenNames],
      [
        ['cda', birthNameOf(cda.givens)],
        ['entry', info.firstGivenName],
      ],
      givenNamesConsistent,
    ),
    ...differs(
      'sex',
      ['identity', traits.sex],
      [
        ['cda', cda.gender?.code ?? ''],
        ['entry', info.sex],
      ],
    ),
    ...differs(
      'birthDate',
      ['identity', traits.birthDate],
      [
        ['cda', cda.birthTime ?? ''],
        ['entry', info.birthDate],
      ],
      sameBirthDate,
    ),
    ...differs(
      'birthPlace',
      ['identity', traits.birthPlace ?? ''],
      [
        ['cda', cda.birthPlace ?? ''],
        ['entry', info.birthPlace],
      ],
    ),
    ...compareLocalNumber(cda, entry, insCx(ins)),
  ];
}

/** The entry repeats a local number of the CDA; a document that has none repeats the INS. */
function compareLocalNumber({ ids }: CdaHeader['patient'], entry: WrittenObject, ins: string): Difference[] {
  const local = ids.flatMap(({ root, extension, nullFlavor }) =>
    root === undefined ||
    extension === undefined ||
    nullFlavor !== undefined ||
    isInsRoot(root) ||
    root === INS_OIDS.insC
      ? []
      : [ippCx({ value: extension, domain: root })],
  );
  const source = slot(entry, 'sourcePatientId');
  const [first] = local;
  if (first === undefined) return differs('ins', ['identity', ins], [['entry', source]]);
  return differs('ipp', ['cda', first], [['entry', source]], () => local.includes(source));
}

/** The traits as the entry writes them (dmp.md 3.3). */
function infoOf(entry: WrittenObject) {
  const values = (entry.slots.get('sourcePatientInfo') ?? []).map((value) => value.split('|'));
  const field = (name: string) => values.find(([key]) => key === name)?.[1] ?? '';
  const [birthName = '', firstGivenName = ''] =
    values.map(([key, value = '']) => (key === 'PID-5' ? value.split('^') : [])).find((name) => name[6] === 'L') ?? [];
  return {
    birthName,
    firstGivenName,
    birthDate: field('PID-7'),
    sex: field('PID-8'),
    birthPlace: field('PID-11').split('^')[8] ?? '',
  };
}

const CONFIDENTIALITY = 'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code';
const SECRET = 'INVISIBLE_REPRESENTANTS_LEGAUX';

/** EX_2.1-1050: what the legal representatives must not see goes by a secret connection only. */
function compareSecrecy({ attributes }: WrittenAssertion, { visibility }: Meant): Difference[] {
  if (!visibility.some((codes) => codes.includes(SECRET))) return [];
  return differs('visibility', ['decision', SECRET], [['vihf', attributes.get(CONFIDENTIALITY) ?? '']]);
}

function compareActing(
  { set }: WrittenMetadata,
  signature: WrittenObject | undefined,
  { nameId, issuer, attributes }: WrittenAssertion,
  { structure, legalEntity, sector }: Meant,
): Difference[] {
  const owners = [...issuer.matchAll(/(?:^|,)\s*OU=([^,]+)/g)].flatMap(
    ([, unit = '']) => finessOfStructureId(unit) ?? [],
  );
  const who = (object: WrittenObject | undefined, scheme: string) => {
    const [author] = object === undefined ? [] : object.codes.filter((code) => code.scheme === scheme);
    const [person = '', institution = ''] = ['authorPerson', 'authorInstitution'].map(
      (name) => author?.slots.get(name)?.[0] ?? '',
    );
    return { id: person.split('^')[0] ?? '', institution: institution.split('^')[9] ?? '' };
  };
  const ofSet = who(set, submissionSetScheme.author);
  const ofSignature = who(signature, documentEntryScheme.author);
  return [
    ...differs(
      'submitter',
      ['vihf', nameId],
      [
        ['set', ofSet.id],
        ['signature', ofSignature.id],
      ],
    ),
    ...differs(
      'structure',
      ['configuration', structure],
      [
        ['vihf', attributes.get('Identifiant_Structure') ?? ''],
        ['set', ofSet.institution],
        ['signature', ofSignature.institution],
      ],
    ),
    ...differs(
      'sector',
      ['configuration', sector],
      [['vihf', attributes.get('Secteur_Activite')?.split('^')[0] ?? '']],
    ),
    // A certificate whose OU is written in a way that we do not read says nothing.
    ...(owners.length === 0 || owners.includes(legalEntity)
      ? []
      : differs('legalEntity', ['configuration', legalEntity], [['vihf', owners.join(', ')]])),
  ];
}

/** Entries, attached documents, announced members and signed documents are the same, one for one. */
function compareMembers(
  { parts }: Leaving,
  { set, entries, members }: WrittenMetadata,
  documents: readonly WrittenObject[],
  signature: WrittenObject | undefined,
): Difference[] {
  const ids = (list: readonly string[]) => [...list].sort().join(', ');
  const expected = ids(entries.map(({ id }) => id));
  const signed = Buffer.from(parts.find(({ id }) => id === signature?.id)?.bytes ?? []).toString('latin1');
  const named = [...signed.matchAll(/ URI="urn:oid:([\d.]+)"/g)].map(([, oid = '']) => oid);
  const setId = set?.identifiers.get(submissionSetScheme.uniqueId) ?? '';
  const uniqueIds = documents.map((entry) => entry.identifiers.get(documentEntryScheme.uniqueId) ?? '');
  return [
    ...differs(
      'members',
      ['entry', expected],
      [
        ['set', ids(members)],
        ['content', ids(parts.map(({ id }) => id))],
      ],
    ),
    ...differs('members', ['set', setId], [['signature', named[0] ?? '']]),
    ...differs('uniqueId', ['entry', ids(uniqueIds)], [['signature', ids(named.slice(1))]]),
  ];
}
