/** What an old connector says of a document, as the gateway's own reception takes it. Nothing of it is believed of the patient. */
import { createHash } from 'node:crypto';
import { VISIBILITY_CODES, type VisibilityCode } from '../codes/confidentiality-codes.ts';
import { type DomainIpp, establishmentOf, ippsOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { hl7Time, type Incoming, localPatient } from '../documents/index.ts';
import { INS_OIDS, isOid } from '../ins/oids.ts';
import { flowOf, type MigratingFlow } from '../lanes/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { feedRules } from '../rules/feed.ts';
import { reissueRules } from '../rules/reissue.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import type { LegacyEntry, LegacyOrigin } from '../store/legacy-origin.ts';
import type { StoredMessage } from '../store/messages.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import { carriedNumber } from '../wire/cda/replace-ins.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { entryOfMetadata } from '../wire/legacy/entry.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacyDocument, LegacySubmission } from '../wire/legacy/submission.ts';

const NATIONAL: readonly string[] = Object.values(INS_OIDS);

export async function incomingOf(
  db: Db,
  context: UseCaseContext,
  source: Source,
  submission: LegacySubmission,
  document: LegacyDocument,
  message: StoredMessage,
  part: number,
): Promise<Incoming> {
  const read = isXml(document.mimeType) ? readCdaHeader(document.bytes) : undefined;
  const header = read?.ok === true ? read.value : undefined;
  const ipps = localNumbers(context, source, document, header);
  const known = await localPatient(db, ipps);
  const ipp = (known.ok ? known.value : undefined) ?? ipps[0] ?? { value: '', domain: '' };
  const entry = isDicom(document) ? entryOfMetadata(document) : undefined;
  const stopped = refusalOf(source, submission, document, ipps, known);
  const refusal = stopped ?? (entry?.ok === false ? entry.refusal : undefined);
  return {
    message,
    part,
    action: document.replaces === undefined ? 'create' : 'replace',
    eg: source.eg,
    kind: isXml(document.mimeType) || entry?.ok === true ? 'cda' : 'raw',
    mimeType: document.mimeType,
    bytes: document.bytes,
    ipp: ipp.value,
    ippDomain: ipp.domain,
    typeCode: document.typeCode?.code ?? '',
    title: document.title === '' ? 'Document' : document.title,
    declaration: withEntry(
      declarationOf(context, source, submission, document, header, message.receivedAt),
      entry?.ok === true ? entry.value : undefined,
    ),
    ...(refusal === undefined ? {} : { refusal }),
    ...(source.migration === undefined ? {} : { flow: migratingFlow(source, submission.api) }),
  };
}

function withEntry(declaration: DocumentDeclaration, entry: LegacyEntry | undefined): DocumentDeclaration {
  const { legacy } = declaration;
  return entry === undefined || legacy === undefined ? declaration : { ...declaration, legacy: { ...legacy, entry } };
}

/** A copy is carried by whoever sent it to us, whatever the lane. */
function migratingFlow(source: Source, api: LegacySubmission['api']): MigratingFlow {
  const flow = flowOf(source, api === 'V1' ? 'xds-v1' : 'xds-v2');
  return source.legacy?.copy === true ? { ...flow, carriedElsewhere: true } : flow;
}

function isXml(mimeType: string): boolean {
  return /^(text|application)\/(xml|xslt\+xml)$/.test(mimeType);
}

/** A DICOM file says so after its preamble. */
function isDicom({ mimeType, bytes }: LegacyDocument): boolean {
  return mimeType === 'application/dicom' && bytes.toString('latin1', 128, 132) === 'DICM';
}

/** IPP of the metadata, then of the CDA. A national number is no local number, whoever writes it in their place. */
function localNumbers(
  { config }: UseCaseContext,
  source: Source,
  { sourcePatient, sourcePatientInfo }: LegacyDocument,
  header: CdaHeader | undefined,
): DomainIpp[] {
  const inCda = (header?.patient.ids ?? []).flatMap(({ root: oid, extension: value, nullFlavor }) =>
    oid === undefined || value === undefined || nullFlavor !== undefined ? [] : [{ oid, value }],
  );
  const said: LegacyIdentifier[] = [
    ...(sourcePatient === undefined ? [] : [sourcePatient]),
    ...sourcePatientInfo.identifiers,
    ...inCda,
  ];
  const local = said.filter(({ oid }) => !NATIONAL.includes(oid));
  return local.length === 0
    ? []
    : ippsOf(
        config,
        source,
        local.map(({ value, oid }) => ({ value, authority: { universalId: oid } })),
      );
}

/** What stops it whoever its patient is; a copy is only looked at, and stopped by nothing of ours. */
function refusalOf(
  source: Source,
  { mode }: LegacySubmission,
  document: LegacyDocument,
  ipps: readonly DomainIpp[],
  known: Result<DomainIpp | undefined>,
): Refusal | undefined {
  const codes = document.confidentialityCodes.map(({ code }) => code);
  const strange = codes.find((code) => code !== 'N' && !Object.hasOwn(VISIBILITY_CODES, code));
  if (mode === 'DIRECTE' && source.legacy?.cardsBecomeStructure === undefined && source.legacy?.copy !== true)
    return { rule: reissueRules.directWithoutDecision };
  if (!isXml(document.mimeType) && !isDicom(document))
    return { rule: reissueRules.formatNotReissued, detail: document.mimeType.slice(0, 60) };
  if (strange === 'R' || strange === 'V') return { rule: feedRules.restricted };
  if (strange !== undefined) return { rule: reissueRules.visibilityUnknown, detail: strange.slice(0, 40) };
  if (ipps.length === 0) return { rule: reissueRules.noLocalNumber, location: 'sourcePatientId' };
  return known.ok ? undefined : known.refusal;
}

function declarationOf(
  { config }: UseCaseContext,
  source: Source,
  submission: LegacySubmission,
  document: LegacyDocument,
  header: CdaHeader | undefined,
  receivedAt: Date,
): DocumentDeclaration {
  const { timeZone } = establishmentOf(config, source.eg).geographic;
  const { names, birthDate, sex } = document.sourcePatientInfo;
  const birth = names.find(({ type }) => type === 'L') ?? names.find(({ type }) => type === '');
  const utc = (text: string | undefined) =>
    text === undefined || text === '' ? undefined : hl7Time(`${text.padEnd(14, '0')}+0000`, timeZone);
  const createdAt =
    hl7Time(header?.effectiveTime, timeZone) ?? utc(document.creationTime) ?? hl7Timestamp(receivedAt, timeZone);
  const period = header?.serviceEvents[0]?.period;
  const serviceStop = hl7Time(period?.high, timeZone) ?? utc(document.entry.serviceStopTime);
  const asked = (code: VisibilityCode) => document.confidentialityCodes.some((each) => each.code === code);
  const { replaces } = document;
  return {
    patient: {
      birthName: birth?.family ?? '',
      firstGivenName: birth?.given ?? '',
      sex,
      birthDate: birthDate.slice(0, 8),
    },
    claimed: {
      uniqueId: document.uniqueId,
      ...(document.typeCode === undefined ? {} : { typeCode: document.typeCode.code }),
    },
    ...(replaces !== undefined && isOid(replaces) ? { designates: replaces } : {}),
    createdAt,
    serviceStart: hl7Time(period?.low, timeZone) ?? utc(document.entry.serviceStartTime) ?? createdAt,
    ...(serviceStop === undefined ? {} : { serviceStop }),
    visibility: {
      maskedFromProfessionals: asked('MASQUE_PS'),
      invisibleToPatient: asked('INVISIBLE_PATIENT'),
      invisibleToRepresentatives: asked('INVISIBLE_REPRESENTANTS_LEGAUX'),
    },
    toDmp: true,
    legacy: originOf(source, submission, document, header),
  };
}

function originOf(
  source: Source,
  { api, mode, lps, user, structure, setUniqueId, setSourceId, patientId }: LegacySubmission,
  { bytes, replaces }: LegacyDocument,
  header: CdaHeader | undefined,
): LegacyOrigin {
  const headerNumber = header === undefined ? undefined : carriedNumber(header);
  return {
    api,
    mode,
    software: lps,
    user: { id: user.id, name: user.name },
    structure,
    setUniqueId,
    sourceId: setSourceId,
    number: { value: patientId.value, oid: patientId.oid },
    ...(headerNumber === undefined ? {} : { headerNumber }),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(replaces === undefined ? {} : { replaces }),
    ...(source.legacy?.copy === true ? { copy: true } : {}),
  };
}
