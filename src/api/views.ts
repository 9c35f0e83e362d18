/** What the API shows of stored rows: the shapes of the contract (design 10). */
import { z } from 'zod';
import { ruleById } from '../rules/catalogue.ts';
import type { AnswerRecord } from '../store/answers.ts';
import type { DeliveryRecord } from '../store/deliveries.ts';
import { type DocumentEvent, type DocumentRecord, standingOf } from '../store/documents.ts';
import type { Identifier, IdentityRecord } from '../store/identities.ts';
import type { HistoryEntry } from '../store/identity-history.ts';
import type { MailRecipient, MailRecord } from '../store/mails.ts';

export const reasonView = z
  .object({
    rule: z.string(),
    title: z.string(),
    cause: z.string(),
    owner: z.string(),
    remedy: z.string(),
    retry: z.string(),
    safeToResend: z.boolean(),
    detail: z.string().nullable(),
  })
  .nullable();
export type ReasonView = z.output<typeof reasonView>;

/** A rule id as stored, with its texts; null where nothing is wrong. */
export function reasonOf(ruleId: string | null, detail: string | null): ReasonView {
  const rule = ruleId === null ? undefined : ruleById(ruleId);
  if (rule === undefined) return null;
  const { id, title, cause, owner, remedy, retry, safeToResend } = rule;
  return { rule: id, title, cause, owner, remedy, retry, safeToResend, detail };
}

export const DOCUMENT_STATES = [
  'received',
  'unreadable',
  'waiting',
  'ready',
  'sending',
  'accepted',
  'refused',
  'unknown',
  'withdrawn',
  'replaced',
  'deleted',
] as const;

export const documentView = z.object({
  id: z.string(),
  receivedAt: z.string(),
  updatedAt: z.string(),
  messageControlId: z.string(),
  /** Which document of its message, from 1. */
  part: z.number(),
  sender: z.string(),
  establishment: z.string(),
  ipp: z.string(),
  patientId: z.string().nullable(),
  uniqueId: z.string(),
  typeCode: z.string(),
  title: z.string(),
  mimeType: z.string(),
  kind: z.string(),
  action: z.string(),
  state: z.string(),
  reason: reasonView,
});

export function viewDocument(record: DocumentRecord): z.output<typeof documentView> {
  const { state, ruleId, detail } = standingOf(record);
  return {
    id: record.id,
    receivedAt: record.receivedAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    messageControlId: record.controlId,
    part: record.part,
    sender: record.sender,
    establishment: record.eg,
    ipp: record.ipp,
    patientId: record.identityId,
    uniqueId: record.uniqueId,
    typeCode: record.typeCode,
    title: record.title,
    mimeType: record.mimeType,
    kind: record.kind,
    action: record.action,
    state,
    reason: reasonOf(ruleId, detail),
  };
}

const deliveryView = z.object({
  destination: z.string(),
  state: z.string(),
  attempts: z.number(),
  lastOutcome: z.unknown(),
  ruleId: z.string().nullable(),
  reason: reasonView,
  submissionUniqueId: z.string().nullable(),
  firstSentAt: z.string().nullable(),
  settledAt: z.string().nullable(),
  /** Of a mail: to whom, what became of it at each, and what a later version or a deletion made of it. */
  mail: z
    .object({
      messageId: z.string(),
      ended: z.string().nullable(),
      recipients: z.array(
        z.object({
          address: z.string().nullable(),
          name: z.string().nullable(),
          state: z.string(),
          status: z.string().nullable(),
          readAt: z.string().nullable(),
          reason: reasonView,
        }),
      ),
    })
    .nullable(),
});

const eventView = z.object({
  at: z.string(),
  step: z.string(),
  ruleId: z.string().nullable(),
  detail: z.string().nullable(),
});

export const legalHoldView = z.object({ at: z.string(), by: z.string(), reason: z.string() }).nullable();
const versionView = z.object({
  id: z.string(),
  uniqueId: z.string(),
  action: z.string(),
  state: z.string(),
  /** 1 for the first; null for a request to delete. */
  versionNumber: z.number().nullable(),
  /** The document that it replaces or deletes; null for a first version and for one that is not known here. */
  about: z.string().nullable(),
  receivedAt: z.string(),
});

export const documentDetailView = documentView.extend({
  deliveries: z.array(deliveryView),
  timeline: z.array(eventView),
  forms: z.array(z.string()),
  pruned: z.object({ at: z.string(), reason: reasonView }).nullable(),
  legalHold: legalHoldView,
  /** The versions of this document and the requests about it, in the order of arrival; empty when it is alone. */
  versions: z.array(versionView),
  /** By which old connector, and which API, it came; null for any other door. */
  connector: z
    .object({
      api: z.enum(['V1', 'V2']),
      mode: z.enum(['DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE']),
      software: z.string(),
      version: z.string(),
      submissionSet: z.string(),
    })
    .nullable(),
});

export function viewConnector({
  notice: { legacy },
}: DocumentRecord): z.output<typeof documentDetailView>['connector'] {
  if (legacy === undefined) return null;
  const { api, mode, software, setUniqueId } = legacy;
  return { api, mode, software: software.name, version: software.version, submissionSet: setUniqueId };
}

export function viewVersion(record: DocumentRecord): z.output<typeof versionView> {
  const { id, uniqueId, action, state, targetId, receivedAt } = record;
  // One that came alone got no number: it is the first. A deletion is no version.
  const versionNumber = action === 'delete' ? null : (record.versionNumber ?? 1);
  return { id, uniqueId, action, state, versionNumber, about: targetId, receivedAt: receivedAt.toISOString() };
}

export function viewDelivery(record: DeliveryRecord): z.output<typeof deliveryView> {
  return {
    destination: record.destination,
    state: record.state,
    attempts: record.attempts,
    lastOutcome: record.outcome ?? null,
    ruleId: record.ruleId,
    reason: reasonOf(record.ruleId, record.detail),
    submissionUniqueId: record.submissionUniqueId,
    firstSentAt: record.firstSentAt?.toISOString() ?? null,
    settledAt: record.settledAt?.toISOString() ?? null,
    mail: null,
  };
}

/** A mail is a delivery as well. The address of a patient, made of the matricule, is never shown. */
export function viewMail(record: MailRecord, recipients: readonly MailRecipient[]): z.output<typeof deliveryView> {
  return {
    destination: record.destination,
    state: record.state,
    attempts: record.attempts,
    lastOutcome: record.outcome ?? null,
    ruleId: record.ruleId,
    reason: reasonOf(record.ruleId, record.detail),
    submissionUniqueId: null,
    firstSentAt: record.firstSentAt?.toISOString() ?? null,
    settledAt: record.settledAt?.toISOString() ?? null,
    mail: {
      messageId: record.messageId,
      ended: record.ended,
      recipients: recipients.map(({ address, name, state, status, readAt, ruleId, detail }) => ({
        address,
        name,
        state,
        status,
        readAt: readAt?.toISOString() ?? null,
        reason: reasonOf(ruleId, detail),
      })),
    },
  };
}

export function viewEvent(event: DocumentEvent): z.output<typeof eventView> {
  return { at: event.at.toISOString(), step: event.step, ruleId: event.ruleId, detail: event.detail };
}

export const answerView = z.object({
  id: z.string(),
  kind: z.string(),
  er7: z.string(),
  state: z.string(),
  attempts: z.number(),
  lastError: z.string().nullable(),
  createdAt: z.string(),
  settledAt: z.string().nullable(),
});

export function viewAnswer(record: AnswerRecord): z.output<typeof answerView> {
  return {
    id: record.id,
    kind: record.kind,
    er7: record.er7.toString('utf8'),
    state: record.state,
    attempts: record.attempts,
    lastError: record.lastError,
    createdAt: record.createdAt.toISOString(),
    settledAt: record.settledAt?.toISOString() ?? null,
  };
}

const identifierView = z.object({
  value: z.string(),
  domain: z.string(),
  type: z.string(),
  /** Given up by a merge (A40) or a change of number (A47). */
  retired: z.literal(true).optional(),
});

export const patientView = z.object({
  id: z.string(),
  birthName: z.string(),
  firstGivenName: z.string(),
  birthGivenNames: z.string().nullable(),
  sex: z.enum(['M', 'F', 'I']),
  birthDate: z.string(),
  birthPlace: z.string().nullable(),
  usedName: z.string().optional(),
  usedGivenName: z.string().optional(),
  identifiers: z.array(identifierView),
  status: z.enum(['PROV', 'VALI', 'RECUP', 'QUAL']),
  attributes: z.array(z.string()),
  matricule: z.string().optional(),
  oid: z.string().optional(),
  mirror: z.boolean(),
  /** False once merged (A40): act on the patient `mergedInto`. */
  active: z.boolean(),
  mergedInto: z.string().nullable(),
  insi: z.object({ state: z.string(), askedAt: z.string().nullable(), reason: reasonView }),
  deviceCheck: z
    .object({ documentType: z.string().nullable(), checkedAt: z.string(), by: z.string().nullable() })
    .nullable(),
  updatedAt: z.string(),
});

/** The matricule shows only on a qualified identity (promise 3). */
export function viewPatient(record: IdentityRecord, identifiers: readonly Identifier[]): z.output<typeof patientView> {
  return {
    id: record.id,
    birthName: record.birthName,
    firstGivenName: record.firstGivenName,
    birthGivenNames: record.birthGivenNames,
    sex: record.sex,
    birthDate: record.birthDate,
    birthPlace: record.birthPlace,
    ...(record.usedName === null ? {} : { usedName: record.usedName }),
    ...(record.usedGivenName === null ? {} : { usedGivenName: record.usedGivenName }),
    identifiers: identifiers.map(({ value, domain, kind, retired }) => ({
      value,
      domain,
      type: kind,
      ...(retired === true ? { retired } : {}),
    })),
    status: record.status,
    attributes: (['homonyme', 'douteuse', 'fictive'] as const).filter((attribute) => record[attribute]),
    ...(record.active && record.status === 'QUAL' && record.matricule !== null && record.oid !== null
      ? { matricule: record.matricule, oid: record.oid }
      : {}),
    mirror: record.mirror,
    active: record.active,
    mergedInto: record.mergedInto,
    insi: {
      state: record.insiState,
      askedAt: record.insiAskedAt?.toISOString() ?? null,
      reason: reasonOf(record.insiRuleId, null),
    },
    deviceCheck:
      record.deviceCheckedAt === null
        ? null
        : {
            documentType: record.deviceType,
            checkedAt: record.deviceCheckedAt.toISOString(),
            by: record.deviceCheckedBy,
          },
    updatedAt: record.updatedAt.toISOString(),
  };
}

export const historyView = z.object({
  at: z.string(),
  actor: z.string(),
  source: z.string(),
  event: z.string(),
  requirement: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});

/** A number that may no longer be this person's is not given again: only that it was written or cleared (promise 3). */
export function viewHistory(entry: HistoryEntry): z.output<typeof historyView> {
  return {
    ...entry,
    at: entry.at.toISOString(),
    before: withoutNumbers(entry.before),
    after: withoutNumbers(entry.after),
  };
}

function withoutNumbers(traced: unknown): unknown {
  if (typeof traced !== 'object' || traced === null) return traced;
  return Object.fromEntries(
    Object.entries(traced).map(([name, value]) => [name, name === 'matricule' && value !== null ? 'masqué' : value]),
  );
}

/** A list of the contract. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
