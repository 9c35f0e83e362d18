/** A TD2.1 of an old connector, as the door reads it, for the patient of the bench. */
import type { ConfigInput } from '../config/schema.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { parseDocumentUniqueId, parseIpp } from '../ins/identifiers.ts';
import { INS_OIDS, parseOid } from '../ins/oids.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, type TestTraits, valueOfResult } from '../wire/cda/cda.fixture.ts';
import type { LegacyDocument, LegacySubmission } from '../wire/legacy/submission.ts';
import type { RawSubmission } from './receive.ts';

export const INS_C = { value: '1541187387477485562488', oid: INS_OIDS.insC as string };
export const DECIDED = { by: 'Dr Martin, DIM', on: '2026-11-20' };

type LegacySource = NonNullable<ConfigInput['sources'][number]['legacy']>;

/** The bench, with its one source declared as an old connector. */
export function withConnector(parts: Partial<LegacySource> = {}): (config: ConfigInput) => ConfigInput {
  return (config) => {
    const { tls } = config.mllp ?? {};
    if (tls === undefined) throw new Error('the bench has no certificate');
    const legacy = { certificateName: 'connecteur', signatureNames: ['connecteur'], api: 'V1' as const, ...parts };
    return { ...config, legacy: { tls }, sources: config.sources.map((source) => ({ ...source, legacy })) };
  };
}

interface CdaParts {
  readonly traits?: Partial<TestTraits>;
  readonly number?: { readonly value: string; readonly oid: string };
  readonly uniqueId?: string;
  readonly ipp?: string;
  /** uniqueId of the version before it, whose set it keeps. */
  readonly replaces?: string;
}

/** A discharge letter whose header names the patient of the bench by `number`. */
export function legacyCda({
  traits = {},
  number = INS_C,
  uniqueId = '1.2.250.1.999.1.1.42',
  ipp = 'P1',
  replaces,
}: CdaParts = {}): Buffer {
  const patient = qualifiedIdentity({ birthGivenNames: 'DOMINIQUE MARIE', birthPlace: '63220', ...traits });
  const domain = valueOfResult(parseOid(DEMO_IPP_DOMAIN));
  const cda = buildLevelOneCda(
    levelOneDocument({
      uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
      setId: { root: `${replaces ?? uniqueId}.1` },
      ...(replaces === undefined ? {} : { versionNumber: 2, replaces: { root: replaces } }),
      patient,
      ipp: { value: valueOfResult(parseIpp(ipp)), domain },
    }),
  ).toString('utf8');
  const { oid, matricule } = patient.ins;
  return Buffer.from(
    cda.replace(`root="${oid}" extension="${matricule}"`, `root="${number.oid}" extension="${number.value}"`),
  );
}

export function legacyDocument(bytes: Buffer = legacyCda(), parts: Partial<LegacyDocument> = {}): LegacyDocument {
  const code = { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison' };
  const normal = { code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' };
  return {
    entryId: 'Document01',
    uniqueId: '1.2.250.1.999.1.1.42',
    mimeType: 'text/xml',
    typeCode: code,
    formatCode: undefined,
    title: 'Lettre de liaison',
    creationTime: '20260703123000',
    confidentialityCodes: [normal],
    sourcePatient: { value: 'P1', oid: DEMO_IPP_DOMAIN },
    sourcePatientInfo: {
      identifiers: [],
      names: [{ family: 'PAT-TROIS', given: 'DOMINIQUE', type: 'L' }],
      birthDate: '19790328',
      sex: 'F',
    },
    authors: [],
    entry: { entryUuid: 'Document01', authors: [], confidentialityCodes: [normal], eventCodes: [], referenceIds: [] },
    people: { authors: [], legalAuthenticator: '' },
    replaces: undefined,
    bytes,
    ...parts,
  };
}

export function legacySubmission(parts: Partial<LegacySubmission> = {}): LegacySubmission {
  return {
    api: 'V1',
    mode: 'INDIRECTE',
    lps: { name: 'DXCARE', version: '7.7.7', homologation: 'HOMOLOG-V1' },
    user: { id: '899900063480', name: 'LIBRE MAX', roles: [{ code: '10', system: '1.2.250.1.71.1.2.7' }] },
    structure: '1990000028',
    patientId: INS_C,
    setUniqueId: '1.2.250.1.999.3.1',
    setSourceId: '1.2.250.1.999.9',
    submittedAt: '20261123080000',
    documents: [legacyDocument()],
    ...parts,
  };
}

/** What wraps it changes at each attempt of a connector: boundary, MessageID, times. */
export function rawSubmission({ documents }: LegacySubmission, attempt = 1): RawSubmission {
  const boundary = `--b${attempt}`;
  const parts = documents.flatMap(({ bytes }) => [Buffer.from(`${boundary}\r\n\r\n`), bytes, Buffer.from('\r\n')]);
  return {
    contentType: `multipart/related; boundary=b${attempt}`,
    body: Buffer.concat([...parts, Buffer.from(`${boundary}--\r\n`)]),
    peer: 'connecteur',
    messageId: `urn:uuid:${attempt}`,
  };
}

/** A DICOM file in name, with the metadata of a KOS: everything that is known of it. */
export function kosDocument(parts: Partial<LegacyDocument> = {}, text = 'KOS'): LegacyDocument {
  const code = (value: string, system: string, label: string) => ({ code: value, system, label });
  const typeCode = code('IMG-KOS', '1.2.250.1.213.1.1.4.12', 'Référence d’objets d’un examen d’imagerie');
  const device = '1.2.3^PACS^MODELE^^^^^^&1.2.250.1.999.7&ISO^U^^^EI';
  const doctor = '801234567897^DAVID^Charles^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS';
  const whole = legacyDocument(Buffer.from(`${'\0'.repeat(128)}DICM${text}`, 'latin1'), {
    uniqueId: '1.2.250.1.999.1.1.60',
    mimeType: 'application/dicom',
    typeCode,
    title: 'Référence d’imagerie',
    people: { authors: [device, doctor], legalAuthenticator: doctor },
  });
  const entry = {
    ...whole.entry,
    languageCode: 'fr-FR',
    serviceStartTime: '20260703120000',
    authors: [{ role: 'appareil' }, { institution: { id: '1990000028', name: 'Hôpital des Essais' } }],
    classCode: code('31', '1.2.250.1.213.1.1.4.1', 'Imagerie médicale'),
    typeCode,
    formatCode: code('1.2.840.10008.5.1.4.1.1.88.59', '1.2.840.10008.2.6.1', 'Key Object Selection Document'),
    healthcareFacilityTypeCode: code('SA01', '1.2.250.1.71.4.2.4', 'Etablissement public de santé'),
    practiceSettingCode: code('ETABLISSEMENT', '1.2.250.1.213.1.1.4.9', 'Etablissement de santé'),
    eventCodes: [code('ZBQK002', '1.2.250.1.213.2.5', 'Radiographie du thorax')],
    referenceIds: ['1.2.3.4^^^^urn:ihe:iti:xds:2016:studyInstanceUID'],
  };
  return { ...whole, entry, ...parts };
}
