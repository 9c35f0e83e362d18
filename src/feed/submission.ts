/** What is submitted to the DMP for one document: its CDA with the metadata that repeat it, and who acts. */
import { CONFIDENTIALITY_LEVELS, VISIBILITY_CODES, type VisibilityCode } from '../codes/confidentiality-codes.ts';
import { contentTypeOfPatientClass, OTHER_ACTIVITY } from '../codes/content-types.ts';
import { PERSON_ID_SYSTEM, structureIdOfFiness } from '../codes/national-ids.ts';
import { establishmentOf } from '../config/lookup.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { parseOid } from '../ins/oids.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { ok, type Result } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { CdaHeader } from '../wire/cda/header.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import type { Acting } from '../wire/vihf/acting.ts';
import { documentEntryFromCda } from '../wire/xds/from-cda.ts';
import type { DocumentEntry } from '../wire/xds/metadata.ts';
import type { Submission } from '../wire/xds/submission.ts';
import type { FeedContext } from './dmp-circuit.ts';

/** Who acts for this document: its EG. */
export function actingFor(context: FeedContext, { eg, notice }: DocumentRecord): Acting {
  return {
    ...actingForEstablishment(context, eg),
    // What legal representatives must not see is fed, looked for and deleted by a secret connection (EX_2.1-1050).
    ...(notice.visibility.invisibleToRepresentatives ? { secretConnection: true } : {}),
  };
}

/** The EG, and the person responsible for the automated feed (practice 14). */
export function actingForEstablishment(context: Pick<FeedContext, 'config' | 'dmpConfig'>, eg: string): Acting {
  const { geographic } = establishmentOf(context.config, eg);
  const { responsible, direct } = context.dmpConfig;
  const id = structureIdOfFiness(geographic.finess);
  if (id === undefined) throw new Error(`EG ${geographic.finess} is not what the configuration schema lets in`);
  return {
    structure: { id, name: geographic.name },
    sector: geographic.sector,
    responsible: { id: responsible.id, name: `${responsible.family} ${responsible.given}` },
    ...(direct !== undefined && { roles: direct.roles, session: DIRECT }),
  };
}

/** By the card of the person responsible, which stays in its reader. */
const DIRECT = { mode: 'DIRECTE', means: 'SmartcardPKI' } as const;

/** Its identifiers derive from the document's: the same document sent again is the same submission. */
export function submissionOf(
  context: FeedContext,
  document: DocumentRecord,
  patient: QualifiedIdentity,
  cda: { readonly bytes: Buffer; readonly header: CdaHeader | undefined },
  replaces?: string,
): Result<Submission> {
  const entry =
    cda.header === undefined
      ? entryAsSubmitted(document, patient)
      : documentEntryFromCda(cda.header, patient, visibilityOf(document));
  if (!entry.ok) return entry;
  const set = submissionSetOf(context, document);
  if (!set.ok) return set;
  const signatureId = derivedFrom(context, document, 'signature');
  if (!signatureId.ok) return signatureId;
  return ok({
    ...set.value,
    signatureUniqueId: signatureId.value,
    documents: [{ entry: entry.value, bytes: cda.bytes, ...(replaces === undefined ? {} : { replaces }) }],
  });
}

/** What is no CDA passes by the metadata that came with it, under the qualified INS. */
function entryAsSubmitted(document: DocumentRecord, patient: QualifiedIdentity): Result<DocumentEntry> {
  const { entry } = document.notice.legacy ?? {};
  const uniqueId = parseDocumentUniqueId(document.uniqueId);
  if (!uniqueId.ok) return uniqueId;
  if (entry === undefined) throw new Error(`document ${document.id} has neither header nor metadata`);
  const { ipp: value, ippDomain: domain, mimeType, title } = document;
  const masks = visibilityOf(document).map((code) => VISIBILITY_CODES[code]);
  const confidentialityCodes = [CONFIDENTIALITY_LEVELS.N, ...masks];
  const sourcePatientId = { value, domain };
  return ok({ ...entry, uniqueId: uniqueId.value, patient, sourcePatientId, mimeType, title, confidentialityCodes });
}

/** Visibility codes of the DMP for this document. */
export function visibilityOf({ notice }: DocumentRecord): VisibilityCode[] {
  const { maskedFromProfessionals, invisibleToPatient, invisibleToRepresentatives } = notice.visibility;
  return [
    ...(maskedFromProfessionals ? (['MASQUE_PS'] as const) : []),
    ...(invisibleToPatient ? (['INVISIBLE_PATIENT'] as const) : []),
    ...(invisibleToRepresentatives ? (['INVISIBLE_REPRESENTANTS_LEGAUX'] as const) : []),
  ];
}

/** The set that carries a document, or a deletion: the same at every attempt. */
export function submissionSetOf(
  context: FeedContext,
  document: DocumentRecord,
): Result<Pick<Submission, 'uniqueId' | 'contentTypeCode' | 'author' | 'submissionTime' | 'title'>> {
  const setId = derivedFrom(context, document, 'submission');
  if (!setId.ok) return setId;
  const uniqueId = parseOid(setId.value);
  if (!uniqueId.ok) return uniqueId;
  return ok({
    uniqueId: uniqueId.value,
    contentTypeCode: contentTypeOfPatientClass(document.notice.patientClass ?? '') ?? OTHER_ACTIVITY,
    author: { person: { ...context.dmpConfig.responsible, authority: PERSON_ID_SYSTEM, kind: 'D', idType: 'IDNPS' } },
    submissionTime: context.now().toISOString().replace(/\D/g, '').slice(0, 14),
    title: document.title,
  });
}

/** Of a set of several documents: the same for the same documents, and never that of one of them alone. */
export function identifiersOfSet(
  context: FeedContext,
  documents: readonly DocumentRecord[],
): Result<Pick<Submission, 'uniqueId' | 'signatureUniqueId'>> {
  const [first] = documents;
  if (first === undefined) throw new Error('a set has documents');
  const together = { eg: first.eg, uniqueId: documents.map(({ uniqueId }) => uniqueId).join(' ') };
  const setId = derivedFrom(context, together, 'submission');
  if (!setId.ok) return setId;
  const signatureUniqueId = derivedFrom(context, together, 'signature');
  if (!signatureUniqueId.ok) return signatureUniqueId;
  const uniqueId = parseOid(setId.value);
  return uniqueId.ok ? ok({ uniqueId: uniqueId.value, signatureUniqueId: signatureUniqueId.value }) : uniqueId;
}

function derivedFrom(
  { config }: FeedContext,
  { eg, uniqueId }: Pick<DocumentRecord, 'eg' | 'uniqueId'>,
  what: 'submission' | 'signature',
) {
  const root = establishmentOf(config, eg).legal.documentRoot;
  return deriveDocumentUniqueId(root, { sender: what, controlId: uniqueId, contentDigest: '' });
}
