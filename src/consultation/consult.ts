/**
 * Reading the DMP of a patient: opened for a reason (TD0.2), authorised by an explicit act (TD0.3), searched (TD3.1a), a
 * document read (TD3.2). Each call is an entry of the audit trail with its reason. Source: dmp.md 1.6, 3.3 and 7.
 */
import { qualifiedIdentityOf } from '../identity/index.ts';
import { withoutMatricule } from '../ins/redact.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { readingRules } from '../rules/reading.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { insHistoryOf } from '../store/known-ins.ts';
import { addAudit } from '../store/proofs.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import type { DmpAccess } from '../wire/dmp/access.ts';
import type { DmpClient } from '../wire/dmp/client.ts';
import type { DmpConsultation } from '../wire/dmp/consultation.ts';
import type { DmpAnswer } from '../wire/dmp/outcome.ts';
import type { ListedDocument } from '../wire/xds/listed-document.ts';
import type { RetrievedDocument } from '../wire/xds/retrieve.ts';
import type { DocumentCriteria } from '../wire/xds/stored-query.ts';
import type { Consultation, Consultations } from './opened.ts';
import { type AccessReason, actingOf, type Reader } from './reader.ts';
import { otherPatient } from './same-patient.ts';

export type ReadingDmp = Pick<DmpClient, 'existence'> &
  Pick<DmpConsultation, 'findDocuments' | 'retrieve'> &
  Pick<DmpAccess, 'setAuthorization'>;

export interface ConsultationContext extends UseCaseContext {
  readonly dmp: ReadingDmp;
  readonly consultations: Consultations;
}

/** Who reads whose DMP, in which session. */
export interface Reading {
  readonly reader: Reader;
  readonly identity: IdentityRecord;
  /** Digest of the session, hexadecimal: a consultation ends with it. */
  readonly session: string;
  /** As the audit trail names the reader. */
  readonly actor: { readonly name: string; readonly role: string };
}

function keyOf({ session, identity, reader }: Reading): string {
  return `${session}:${reader.eg ?? ''}:${identity.id}`;
}

/** The consultation in progress, if any. */
export function openConsultation(context: ConsultationContext, reading: Reading): Consultation | undefined {
  return context.consultations.find(keyOf(reading), context.now());
}

export function endConsultation(context: ConsultationContext, reading: Reading): void {
  context.consultations.end(keyOf(reading));
}

/** TD0.2 in the name of the professional, then the consultation is open; whether it may read is another question. */
export async function beginConsultation(
  context: ConsultationContext,
  reading: Reading,
  access: AccessReason,
): Promise<Result<Consultation>> {
  const acting = actingOf(context.config, reading.reader, access);
  if (!acting.ok) return acting;
  const patient = qualifiedIdentityOf(reading.identity);
  if (!patient.ok) return patient;
  const answer = await context.dmp.existence(patient.value, acting.value);
  await record(context, reading, { action: 'DMP TD0.2', access, answer });
  if (answer.kind === 'failed') return { ok: false, refusal: answer.refusal };
  const openedAt = context.now();
  const minutes = context.config.signIn.openid?.consultationMinutes ?? 0;
  const consultation: Consultation = {
    access,
    acting: acting.value,
    openedAt,
    until: new Date(openedAt.getTime() + minutes * 60_000),
    existence: answer.value,
    listed: new Map(),
    read: new Map(),
  };
  context.consultations.open(keyOf(reading), consultation);
  return ok(consultation);
}

/** Why nothing can be read now; undefined when the DMP may be searched. */
export function obstacleTo({ existence, access }: Consultation): Refusal | undefined {
  if (existence.state === 'absent') return { rule: readingRules.dmpAbsent };
  if (existence.state === 'closed') return { rule: readingRules.dmpClosed };
  if (existence.authorisation === 'forbidden') return { rule: readingRules.blocked };
  // Emergency and regulation do without an authorisation (dmp.md 1.6 and 7); what is not stated is left to the DMP.
  if (access.kind === 'bris_de_glace' || access.kind === 'centre_15') return undefined;
  const missing = existence.authorisation === 'none' || existence.authorisation === 'expired';
  return missing ? { rule: readingRules.authorisationMissing } : undefined;
}

/** TD0.3, on the explicit order of the professional; then TD0.2 says what has become of it. */
export async function declareAuthorisation(
  context: ConsultationContext,
  reading: Reading,
): Promise<Result<Consultation>> {
  const asked = ready(context, reading);
  if (!asked.ok) return asked;
  const { consultation, patient } = asked.value;
  const { access, acting } = consultation;
  const answer = await context.dmp.setAuthorization(patient, { action: 'AJOUT' }, acting);
  await record(context, reading, { action: 'DMP TD0.3 AJOUT', access, answer });
  if (answer.kind === 'failed') return { ok: false, refusal: answer.refusal };
  const now = await context.dmp.existence(patient, acting);
  await record(context, reading, { action: 'DMP TD0.2', access, answer: now });
  if (now.kind === 'failed') return { ok: false, refusal: now.refusal };
  consultation.existence = now.value;
  return ok(consultation);
}

/** TD3.1a. Signatures of submission sets are no documents of care, and are left out. */
export async function searchDocuments(
  context: ConsultationContext,
  reading: Reading,
  criteria: DocumentCriteria,
): Promise<Result<readonly ListedDocument[]>> {
  const asked = ready(context, reading);
  if (!asked.ok) return asked;
  const { consultation, patient } = asked.value;
  const obstacle = obstacleTo(consultation);
  if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  const answer = await context.dmp.findDocuments(patient, criteria, consultation.acting);
  await record(context, reading, { action: 'DMP TD3.1a', access: consultation.access, answer });
  if (answer.kind === 'failed') return { ok: false, refusal: answer.refusal };
  const documents = answer.value.filter(({ classCode }) => classCode?.code !== SIGNATURE_CLASS);
  for (const document of documents) consultation.listed.set(document.entryUuid, document);
  return ok(documents.toSorted((a, b) => (b.creationTime ?? '').localeCompare(a.creationTime ?? '')));
}

const SIGNATURE_CLASS = 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1';

export interface ReadDocument {
  readonly entry: ListedDocument;
  readonly content: RetrievedDocument;
}

/**
 * TD3.2, of a document that was listed in this consultation. Hash and size are those of its metadata and its patient is
 * ours, or it is not given; refused, its bytes are not kept.
 */
export async function readDocument(
  context: ConsultationContext,
  reading: Reading,
  entryUuid: string,
): Promise<Result<ReadDocument>> {
  const asked = ready(context, reading);
  if (!asked.ok) return asked;
  const { consultation, patient } = asked.value;
  const entry = consultation.listed.get(entryUuid);
  if (entry?.uniqueId === undefined || entry.repositoryUniqueId === undefined)
    return refuse(readingRules.documentNotListed);
  const known = consultation.read.get(entryUuid);
  if (known !== undefined) return ok({ entry, content: known });
  const { uniqueId, repositoryUniqueId, homeCommunityId, hash } = entry;
  const wanted = {
    uniqueId,
    repositoryUniqueId,
    ...(homeCommunityId !== undefined && { homeCommunityId }),
    ...(hash !== undefined && { hash }),
  };
  const answer = await context.dmp.retrieve(patient, [wanted], consultation.acting);
  const content = await checked(context, reading, answer, entry, patient);
  const outcome = content.ok ? 'done' : content.refusal.rule.id;
  await record(context, reading, { action: 'DMP TD3.2', access: consultation.access, outcome, document: uniqueId });
  if (!content.ok) return content;
  consultation.read.set(entryUuid, content.value);
  return ok({ entry, content: content.value });
}

async function checked(
  context: ConsultationContext,
  { identity }: Reading,
  answer: Awaited<ReturnType<ReadingDmp['retrieve']>>,
  entry: ListedDocument,
  patient: QualifiedIdentity,
): Promise<Result<RetrievedDocument>> {
  if (answer.kind === 'failed') return { ok: false, refusal: answer.refusal };
  const [retrieval] = answer.value;
  if (retrieval === undefined) return refuse(readingRules.documentNotListed);
  if (retrieval.kind === 'refused') return { ok: false, refusal: retrieval.refusal };
  const { document } = retrieval;
  if (entry.size !== undefined && entry.size !== document.bytes.length)
    return refuse(readingRules.sizeDiffers, { detail: `${document.bytes.length} octets pour ${entry.size} annoncés` });
  if (!XML_TYPES.includes(entry.mimeType ?? document.mimeType)) return refuse(readingRules.patientUnknown);
  const header = readCdaHeader(document.bytes);
  if (!header.ok) return header;
  const numbers = await insHistoryOf(context.pool, identity.id);
  // A withdrawn number never was this person's.
  const ever = [...numbers.filter(({ standing }) => standing !== 'withdrawn'), patient.ins];
  const other = otherPatient(header.value.patient, patient, ever);
  return other === undefined ? ok({ ...document, mimeType: 'text/xml' }) : { ok: false, refusal: other };
}

const XML_TYPES = ['text/xml', 'application/xml', 'application/xslt+xml'];

function ready(
  context: ConsultationContext,
  reading: Reading,
): Result<{ readonly consultation: Consultation; readonly patient: QualifiedIdentity }> {
  const consultation = openConsultation(context, reading);
  if (consultation === undefined) return refuse(readingRules.consultationEnded);
  // Asked at each call: a doubt or a recall may have come since.
  const patient = qualifiedIdentityOf(reading.identity);
  return patient.ok ? ok({ consultation, patient: patient.value }) : patient;
}

interface Access {
  readonly action: string;
  readonly access: AccessReason;
  readonly answer?: DmpAnswer<unknown>;
  readonly outcome?: string;
  /** uniqueId of the document that was read. */
  readonly document?: string;
}

async function record(context: ConsultationContext, { identity, actor }: Reading, call: Access): Promise<void> {
  const { action, access, answer, document } = call;
  const failed = answer?.kind === 'failed' ? answer.refusal.rule.id : undefined;
  await addAudit(context.pool, {
    at: context.now(),
    actor: actor.name,
    role: actor.role,
    action: document === undefined ? action : `${action} ${document}`,
    subject: `patients:${identity.id}`,
    reason: reasonText(access),
    outcome: call.outcome ?? failed ?? 'done',
  });
}

/** As the audit trail keeps it. */
export function reasonText(access: AccessReason): string {
  switch (access.kind) {
    case 'presumed':
      return 'accès normal, équipe de soins, consentement présumé';
    case 'explicit':
      return 'accès normal, consentement exprès du patient';
    case 'centre_15':
      return 'régulation médicale (centre 15)';
    case 'bris_de_glace':
      return `bris de glace : ${withoutMatricule(access.reason)}`;
  }
}
