/** Makes what will be submitted: the CDA as received, checked; or the CDA that we build around a raw document. */
import { specialtyValue } from '../codes/author-specialties.ts';
import { documentType } from '../codes/document-types.ts';
import { healthcareFacilityType } from '../codes/healthcare-facility-types.ts';
import { hasRppsKey, structureIdOfFiness } from '../codes/national-ids.ts';
import { practiceSetting } from '../codes/practice-settings.ts';
import { establishmentOf, sourceOfDocument } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { encodeInsPayload } from '../ins/datamatrix.ts';
import { verifyInsPayload } from '../ins/datamatrix-read.ts';
import { parseDocumentUniqueId, parseIpp } from '../ins/identifiers.ts';
import { isOid, parseOid } from '../ins/oids.ts';
import type { QualifiedIdentity, StrictTraits, UnqualifiedPatient } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { mappingRules } from '../rules/mapping.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { ok, type Refusal, type Result, type Rule, refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { insOfBearers } from '../store/identities.ts';
import { isFormerInsOf } from '../store/known-ins.ts';
import { type LevelOneMediaType, levelOneMediaType } from '../wire/cda/body.ts';
import { buildLevelOneCda, type CdaIdentifier, type LevelOneDocument } from '../wire/cda/build-level-one.ts';
import { checkCdaHeader } from '../wire/cda/check.ts';
import { levelOneContent } from '../wire/cda/content.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import { isInsRoot } from '../wire/cda/oids.ts';
import {
  compareCdaWithIdentity,
  compareMessageWithTraits,
  type MessageFacts,
} from '../wire/coherence/with-identity.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { toPdf } from '../wire/raw/to-pdf.ts';
import { type Original, treatmentOf } from './original.ts';
import { type Archivable, archivable, judgeReceivedPdf } from './pdfa.ts';
import { reissue } from './reissue.ts';

export interface Prepared {
  /** The CDA to submit. */
  readonly cda: Buffer;
  /** True when it is ours: it has then to be stored. A received one is in its message. */
  readonly built: boolean;
  /** Absent of what is no CDA. */
  readonly header: CdaHeader | undefined;
  /** Differences that do not stop the document, for its timeline. */
  readonly warnings: readonly Refusal[];
}

/**
 * Checks, or builds and checks: both by the same header rules. The first refusal stops the document. `replaces`: uniqueId
 * that a CDA of ours names as the version before it.
 */
export async function prepareDocument(
  context: UseCaseContext,
  document: DocumentRecord,
  original: Original,
  patient: QualifiedIdentity,
  stamper: Stamper,
  replaces?: string,
): Promise<Result<Prepared>> {
  // Whether the destination takes this type is its policy's question.
  if (documentType(document.typeCode) === undefined)
    return refuse(feedRules.typeUnknown, { detail: document.typeCode.slice(0, 40) });
  const source = sourceOfDocument(context.config, document);
  const made =
    document.kind === 'cda'
      ? await receivedCda(context, document, original.bytes, patient, source, stamper)
      : await buildCda(context, document, original, patient, source, stamper, replaces);
  if (!made.ok) return made;
  const { bytes: cda, notes } = made.value;
  const checked = await checkAgainstIdentity(context, document, cda, patient);
  if (!checked.ok) return checked;
  const { header, warnings } = checked.value;
  return ok({
    cda,
    built: cda !== original.bytes,
    header,
    warnings: [...authorWarnings(document), ...notes, ...warnings],
  });
}

/** As it is; the header of an old connector's excepted (practice 18). */
async function receivedCda(
  context: UseCaseContext,
  document: DocumentRecord,
  bytes: Buffer,
  patient: QualifiedIdentity,
  source: Source,
  stamper: Stamper,
): Promise<Result<Archivable>> {
  if (document.notice.legacy === undefined) return received(bytes, source, stamper);
  const reissued = await reissue(context, document, bytes, patient);
  if (!reissued.ok) return reissued;
  const looked = await received(reissued.value.bytes, source, stamper);
  return looked.ok ? ok({ ...looked.value, notes: [...reissued.value.notes, ...looked.value.notes] }) : looked;
}

/** As it is, whatever it holds; the site may want to know, or to refuse. */
async function received(cda: Buffer, source: Source, stamper: Stamper): Promise<Result<Archivable>> {
  const header = source.pdfA === 'keep' ? undefined : readCdaHeader(cda);
  // One that cannot be read is refused by the checks that follow, and tells more there.
  const content = header?.ok === true ? levelOneContent(cda) : undefined;
  if (content?.mediaType !== 'application/pdf') return ok({ bytes: cda, notes: [] });
  const judged = await judgeReceivedPdf(content.bytes, source, stamper);
  return judged.ok ? ok({ bytes: cda, notes: judged.value.notes }) : judged;
}

/** A sender that declares an RPPS is taken at its word (practice 12), and told when the number cannot be right. */
function authorWarnings({ kind, notice }: DocumentRecord): Refusal[] {
  const id = notice.author?.id ?? '';
  return kind === 'raw' && id.startsWith('8') && !hasRppsKey(id) ? [{ rule: mappingRules.authorKeyWrong }] : [];
}

/**
 * Promise 4, at the preparation and again at the sending: the CDA by the header rules, then compared with the message and
 * the identity as it is now.
 */
export async function checkAgainstIdentity(
  context: UseCaseContext,
  document: DocumentRecord,
  cda: Buffer,
  patient: QualifiedIdentity,
): Promise<Result<Pick<Prepared, 'header' | 'warnings'>>> {
  if (document.notice.legacy?.entry !== undefined) return checkWithoutCda(context, document, patient);
  const header = readCdaHeader(cda);
  if (!header.ok) return header;
  if (/^[RV]$/.test(header.value.confidentiality?.code ?? '')) return refuse(feedRules.restricted);
  const compared = compareCdaWithIdentity(header.value, patient, factsOf(context, document, patient));
  const [first] = [...compared.refusals, ...checkCdaHeader(header.value)];
  if (first !== undefined)
    return { ok: false, refusal: await withFormerIns(context, first, header.value, document, patient) };
  if (await namesAnotherPatient(context, header.value, patient))
    return refuse(documentRules.cdaIppDiffers, { detail: 'IPP d’un autre patient', location: 'recordTarget' });
  return ok({ header: header.value, warnings: compared.warnings });
}

/** What is no CDA: the metadata alone say whose it is, and say every trait. */
function checkWithoutCda(
  context: UseCaseContext,
  document: DocumentRecord,
  patient: QualifiedIdentity,
): Result<Pick<Prepared, 'header' | 'warnings'>> {
  const [first] = compareMessageWithTraits(patient, factsOf(context, document, patient));
  return first === undefined ? ok({ header: undefined, warnings: [] }) : { ok: false, refusal: first };
}

const OTHER_INS: readonly Rule[] = [documentRules.cdaOtherPatient, documentRules.messageOtherPatient];

/** Stopped all the same, but said as it is: the number that the sender still uses was this very person's. */
async function withFormerIns(
  { pool }: UseCaseContext,
  refusal: Refusal,
  header: CdaHeader,
  { notice }: DocumentRecord,
  { ins }: QualifiedIdentity,
): Promise<Refusal> {
  if (!OTHER_INS.includes(refusal.rule)) return refusal;
  const carried = [
    ...header.patient.ids.map(({ root = '', extension = '' }) => ({ oid: root, matricule: extension })),
    { oid: notice.patient.oid ?? '', matricule: notice.patient.matricule ?? '' },
  ].filter(({ oid, matricule }) => isInsRoot(oid) && (oid !== ins.oid || matricule !== ins.matricule));
  const former = await Promise.all(carried.map((each) => isFormerInsOf(pool, ins, each)));
  return former.length > 0 && former.every(Boolean)
    ? { ...refusal, rule: identityLifecycleRules.documentFormerIns }
    : refusal;
}

/** A local number of the CDA, whatever the message says, is that of somebody else here. */
async function namesAnotherPatient(
  { pool }: UseCaseContext,
  header: CdaHeader,
  { ins }: QualifiedIdentity,
): Promise<boolean> {
  const numbers = header.patient.ids.flatMap(({ root: domain, extension: value }) =>
    domain === undefined || value === undefined ? [] : [{ domain, value }],
  );
  const bearers = await insOfBearers(pool, numbers);
  return bearers.some(({ matricule, oid }) => matricule !== ins.matricule || oid !== ins.oid);
}

/** A REST caller names the patient by IPP only: our own identity then stands for what the message says. */
export function factsOf(
  { config }: UseCaseContext,
  document: DocumentRecord,
  identity: { readonly traits: StrictTraits },
): MessageFacts {
  const { patient, claimed, byInsAlone, legacy } = document.notice;
  const { legal } = establishmentOf(config, document.eg);
  const byMessage = patient.birthName !== '' || legacy?.entry !== undefined;
  // What the metadata of an old connector leave out is nothing said; the CDA is compared on every trait (dmp.md 3.3).
  const silent = legacy !== undefined && legacy.entry === undefined;
  const said = (value: string, ours: string) => ((silent ? value !== '' : byMessage) ? value : ours);
  return {
    ...(byInsAlone === true ? {} : { ipp: document.ipp, ippDomain: document.ippDomain }),
    ...(patient.matricule === undefined || patient.oid === undefined
      ? {}
      : { ins: { matricule: patient.matricule, oid: patient.oid } }),
    birthName: said(patient.birthName, identity.traits.birthName),
    firstGivenName: said(patient.firstGivenName, identity.traits.firstGivenName),
    sex: said(patient.sex, identity.traits.sex),
    birthDate: said(patient.birthDate, identity.traits.birthDate.replaceAll('-', '')),
    uniqueId: claimed?.uniqueId ?? document.uniqueId,
    // The CDA of a raw document is ours: its type may be what a table makes of the one that the message says.
    ...(claimed?.typeCode === undefined || document.kind === 'raw' ? {} : { typeCode: claimed.typeCode }),
    establishment: {
      finess: document.eg,
      sameLegalEntity: legal.geographicEntities.map((eg) => eg.finess),
    },
  };
}

/** A level 1 CDA around a raw document; without INS nor symbol for a patient who is not qualified. */
export async function buildCda(
  context: UseCaseContext,
  document: DocumentRecord,
  original: Original,
  patient: QualifiedIdentity | UnqualifiedPatient,
  source: Source,
  stamper: Stamper,
  replaces: string | undefined,
): Promise<Result<Archivable>> {
  const mediaType = levelOneMediaType(original.mimeType);
  if (mediaType === undefined) return refuse(hl7Rules.formatUnsupported, { detail: original.mimeType });
  const body = await bodyOf(original.bytes, mediaType, document, source);
  if (!body.ok) return body;
  const isPdf = body.value.mediaType === 'application/pdf';
  // Before the marks: they are made to keep a PDF/A-1 one.
  const pdf = isPdf ? await archivable(body.value.bytes, source, context.config, stamper) : undefined;
  if (pdf?.ok === false) return pdf;
  const content =
    pdf === undefined
      ? ok(body.value.bytes)
      : 'ins' in patient
        ? await marked(pdf.value.bytes, patient, source, stamper)
        : await unmarked(pdf.value.bytes, stamper);
  if (!content.ok) return content;
  const described = await description(context, document, patient);
  if (!described.ok) return described;
  const parent = replaces !== undefined && isOid(replaces) ? { replaces: { root: replaces } } : {};
  const { mediaType: leavesAs } = body.value;
  return ok({
    bytes: buildLevelOneCda({ ...described.value, ...parent, mediaType: leavesAs, content: content.value }),
    notes: pdf?.value.notes ?? [],
  });
}

/** The raw document in the format in which it leaves: its own, or PDF where the site decided so for this source. */
async function bodyOf(
  bytes: Buffer,
  mediaType: LevelOneMediaType,
  document: DocumentRecord,
  source: Source,
): Promise<Result<{ readonly mediaType: LevelOneMediaType; readonly bytes: Buffer }>> {
  if (treatmentOf(source, mediaType) !== 'pdf') return ok({ mediaType, bytes });
  const pdf = await toPdf(mediaType, bytes, document.title);
  return pdf.ok ? ok({ mediaType: 'application/pdf', bytes: Buffer.from(pdf.value) }) : pdf;
}

/**
 * Banner and DataMatrix on a raw PDF, where the site decided so. One that already carries a symbol is verified, never
 * given a second one; so is one whose application prints its own, which may then also have none (practice 13).
 */
async function marked(
  bytes: Buffer,
  patient: QualifiedIdentity,
  source: Source,
  stamper: Stamper,
): Promise<Result<Uint8Array>> {
  const payload = encodeInsPayload(patient);
  const read = source.stampRawPdf
    ? await stamper.stamp(
        bytes,
        { kind: 'qualified', identity: patient, payload },
        { coverPage: source.coverPageWhenNoFreeZone },
      )
    : await stamper.readMarks(bytes);
  if (!read.ok) return read;
  if (read.value.outcome === 'stamped') return ok(read.value.bytes);
  const symbols = read.value.symbols.filter((symbol) => symbol.text.startsWith('IS'));
  if (symbols.length === 0 && source.stampRawPdf)
    return refuse(feedRules.dataMatrixOfAnother, { detail: 'aucun DataMatrix INS' });
  const [problem] = symbols.flatMap((symbol) => verifyInsPayload(symbol.text, patient).problems);
  return problem === undefined ? ok(bytes) : refuse(feedRules.dataMatrixOfAnother, { detail: problem.code });
}

/** Nothing is stamped for a patient who is not qualified, and nothing that bears an INS leaves (practice 8). */
export async function unmarked(bytes: Buffer, stamper: Stamper): Promise<Result<Uint8Array>> {
  const read = await stamper.readMarks(bytes);
  if (!read.ok) return read;
  const symbols = read.value.outcome === 'stamped' ? [] : read.value.symbols;
  const bears = symbols.some((symbol) => symbol.text.startsWith('IS'));
  return bears ? refuse(mssanteRules.carriesIns, { detail: 'DataMatrix INS' }) : ok(bytes);
}

/** None for a patient whom the sender named by INS alone. */
function localNumber(document: DocumentRecord): Result<LevelOneDocument['ipp']> {
  if (document.ipp === '') return ok(undefined);
  const value = parseIpp(document.ipp);
  if (!value.ok) return value;
  const domain = parseOid(document.ippDomain);
  return domain.ok ? ok({ value: value.value, domain: domain.value }) : domain;
}

/** All versions bear the set of the first; a first version of ours is its own. */
function setOf({ setId, chainKey, uniqueId }: DocumentRecord): CdaIdentifier {
  const [, extension, root = setId ?? ''] = /^(.+)\^\^(.+)\^ISO$/.exec(setId ?? '') ?? [];
  if (isOid(root)) return extension === undefined ? { root } : { root, extension };
  return { root: chainKey !== null && isOid(chainKey) ? chainKey : uniqueId };
}

async function description(
  context: UseCaseContext,
  document: DocumentRecord,
  patient: LevelOneDocument['patient'],
): Promise<Result<Omit<LevelOneDocument, 'mediaType' | 'content'>>> {
  const { author, place } = document.notice;
  if (author?.specialty === undefined) return refuse(feedRules.authorMissing);
  const { geographic } = establishmentOf(context.config, document.eg);
  const type = documentType(document.typeCode);
  const setting = practiceSetting(place?.practiceSetting ?? geographic.practiceSetting);
  const facilityType = healthcareFacilityType(place?.sector ?? geographic.sector);
  const uniqueId = parseDocumentUniqueId(document.uniqueId);
  const ipp = localNumber(document);
  if (!uniqueId.ok) return uniqueId;
  if (!ipp.ok) return ipp;
  if (type === undefined) return refuse(feedRules.typeUnknown, { detail: document.typeCode });
  const structureId = structureIdOfFiness(geographic.finess);
  if (setting === undefined || facilityType === undefined || structureId === undefined)
    throw new Error(`EG ${geographic.finess} is not what the configuration schema lets in`);
  const structure = { id: structureId, name: geographic.name };
  const professional = {
    id: author.id,
    family: author.family,
    given: author.given,
    specialty: specialtyValue(author.specialty, author.specialtyLabel),
  };
  const { createdAt, serviceStart, serviceStop } = document.notice;
  return ok({
    uniqueId: uniqueId.value,
    setId: setOf(document),
    versionNumber: document.versionNumber ?? 1,
    type: { code: type.code, system: type.system, label: type.label },
    title: document.title,
    creationTime: createdAt,
    patient,
    ...(ipp.value === undefined ? {} : { ipp: ipp.value }),
    authors: [{ professional, structure, time: createdAt }],
    custodian: structure,
    legalAuthenticator: { professional, structure, time: createdAt },
    act: {
      start: serviceStart,
      ...(serviceStop === undefined ? {} : { stop: serviceStop }),
      performer: professional,
      structure,
      practiceSetting: setting,
    },
    encounter: { start: serviceStart, ...(serviceStop === undefined ? {} : { stop: serviceStop }), facilityType },
  });
}
