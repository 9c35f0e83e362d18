/**
 * The incident of one document: what whoever supports the sending software or a national service needs to find it on their
 * side. Only fields that are named here leave, and every one that others wrote passes the masker.
 */
import { establishmentOf, sourceOfDocument } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { callsFor, type Party } from '../rules/calls.ts';
import { ruleById } from '../rules/catalogue.ts';
import { type AnswerRecord, answersOf } from '../store/answers.ts';
import { type DeliveryRecord, deliveriesOf } from '../store/deliveries.ts';
import { type DocumentRecord, eventsOf, standingOf } from '../store/documents.ts';
import { insiCallsOf } from '../store/insi-calls.ts';
import { type MailRecord, mailsOf, recipientsOf } from '../store/mails.ts';
import type { StoredMessage } from '../store/messages.ts';
import { judgementsOf } from '../store/rule-packs.ts';
import { er7Lines } from './er7-lines.ts';
import type { Masker } from './mask.ts';

const MAX_INSI_CALLS = 10;

interface Context extends Pick<UseCaseContext, 'config' | 'pool'> {
  readonly now: () => Date;
}

export interface Call {
  readonly party: Party;
  readonly name: string;
  /** As the site declared it; null where it declared none. */
  readonly contact: string | null;
}

/** Whom to call about where this document stands, in order; nobody where the hospital settles it by itself. */
export function callsAbout({ config }: Pick<UseCaseContext, 'config'>, document: DocumentRecord): readonly Call[] {
  const rule = ruleById(standingOf(document).ruleId ?? '');
  if (rule === undefined) return [];
  const { vendor } = sourceOfDocument(config, document);
  const declared: Readonly<Record<Party, Omit<Call, 'party'>>> = {
    vendor: { name: vendor?.name ?? 'Éditeur du logiciel émetteur', contact: vendor?.contact ?? null },
    gie: { name: 'GIE SESAM-Vitale', contact: config.support.gieSesamVitale ?? null },
    operator: { name: 'Opérateur MSSanté', contact: config.support.mssanteOperator ?? null },
  };
  return callsFor(rule).map((party) => ({ party, ...declared[party] }));
}

export type Incident = Awaited<ReturnType<typeof incidentOf>>;

export async function incidentOf(context: Context, document: DocumentRecord, message: StoredMessage, masker: Masker) {
  const { config, pool, now } = context;
  const { legal, geographic } = establishmentOf(config, document.eg);
  const mails = document.overallState === null ? [] : await mailsOf(pool, document.id);
  return {
    format: 'traitdunion-incident-1',
    createdAt: now().toISOString(),
    software: { name: config.software.name, version: config.software.version, instance: config.software.instance },
    installation: config.installation,
    approvals: {
      dmpHomologation: config.dmp?.homologation ?? null,
      insiAuthorisation: config.insi?.authorisation ?? null,
    },
    establishment: { ej: legal.finess, eg: geographic.finess, name: geographic.name },
    sender: senderOf(document, message, masker),
    document: documentOf(document, masker),
    why: whyOf(standingOf(document), masker),
    calls: callsAbout(context, document),
    deliveries: (await deliveriesOf(pool, document.id)).map((delivery) => deliveryOf(delivery, masker)),
    mails: await Promise.all(mails.map((mail) => mailOf(context, mail, masker))),
    conformance: (await judgementsOf(pool, document.id)).map(
      ({ name, version, at, outcome, ruleId, failed, failures }) => ({
        pack: `${name} ${version}`,
        at: at.toISOString(),
        outcome,
        ruleId,
        failed,
        failures: failures.map(({ entry, location, text }) => ({
          entry,
          location: masker.text(location),
          text: masker.text(text),
        })),
      }),
    ),
    insiCalls: (document.identityId === null ? [] : await insiCallsOf(pool, document.identityId, MAX_INSI_CALLS)).map(
      (call) => ({ ...call, at: call.at.toISOString() }),
    ),
    timeline: (await eventsOf(pool, document.id)).map(({ at, step, ruleId, detail }) => ({
      at: at.toISOString(),
      step,
      ruleId,
      detail: detail && masker.text(detail),
    })),
    exchanges: exchangesOf(config, document, { message, answers: await answersOf(pool, document.id) }, masker),
  };
}

function senderOf(document: DocumentRecord, message: StoredMessage, masker: Masker) {
  const [application = '', facility = ''] = document.sender.split('|');
  return {
    application: masker.identifier(application),
    facility: masker.identifier(facility),
    messageControlId: masker.identifier(document.controlId),
    messageKind: message.kind,
    receivedAt: message.receivedAt.toISOString(),
  };
}

function documentOf(document: DocumentRecord, { identifier }: Masker) {
  const { notice, setId } = document;
  const shown = (value: string | null | undefined) =>
    value === null || value === undefined ? null : identifier(value);
  return {
    id: document.id,
    uniqueId: identifier(document.uniqueId),
    senderNumber: shown(notice.number),
    designates: shown(notice.designates),
    setId: shown(setId),
    versionNumber: document.versionNumber,
    action: document.action,
    kind: document.kind,
    mimeType: document.mimeType,
    typeCode: identifier(document.typeCode),
    state: standingOf(document).state,
    receivedAt: document.receivedAt.toISOString(),
    updatedAt: document.updatedAt.toISOString(),
  };
}

/** The reason with what its rule says of it; null where there is none. */
function whyOf({ ruleId, detail }: { readonly ruleId: string | null; readonly detail: string | null }, masker: Masker) {
  if (ruleId === null) return null;
  const rule = ruleById(ruleId);
  return {
    ruleId,
    ...(rule && {
      title: rule.title,
      cause: rule.cause,
      owner: rule.owner,
      remedy: rule.remedy,
      retry: rule.retry,
      safeToResend: rule.safeToResend,
    }),
    detail: detail && masker.text(detail),
  };
}

function deliveryOf(delivery: DeliveryRecord, masker: Masker) {
  return {
    destination: delivery.destination,
    state: delivery.state,
    attempts: delivery.attempts,
    why: whyOf(delivery, masker),
    submissionSetUniqueId: delivery.submissionUniqueId,
    entryUuid: delivery.entryUuid,
    replacesUniqueId: delivery.originalUniqueId && masker.identifier(delivery.originalUniqueId),
    replacesEntryUuid: delivery.originalEntryUuid,
    /** OID alone: the matricule under which it was sent is the patient's. */
    sentUnderOid: delivery.sentOid,
    firstSentAt: delivery.firstSentAt?.toISOString() ?? null,
    settledAt: delivery.settledAt?.toISOString() ?? null,
    answer: maskedTexts(delivery.outcome ?? null, masker),
  };
}

async function mailOf({ pool }: Context, mail: MailRecord, masker: Masker) {
  return {
    destination: mail.destination,
    state: mail.state,
    attempts: mail.attempts,
    why: whyOf(mail, masker),
    messageId: masker.identifier(mail.messageId),
    firstSentAt: mail.firstSentAt?.toISOString() ?? null,
    settledAt: mail.settledAt?.toISOString() ?? null,
    answer: maskedTexts(mail.outcome ?? null, masker),
    recipients: (await recipientsOf(pool, mail.id)).map(({ address, state, status, ruleId, detail }) => ({
      address: address && masker.text(address),
      state,
      status: status && masker.text(status),
      ruleId,
      detail: detail && masker.text(detail),
    })),
  };
}

/** What came, and what was answered: the segments that speak of the message itself, the names of the others. */
function exchangesOf(
  config: UseCaseContext['config'],
  document: DocumentRecord,
  { message, answers }: { message: StoredMessage; answers: readonly AnswerRecord[] },
  masker: Masker,
) {
  const { defaultCharset } = sourceOfDocument(config, document);
  return [
    {
      direction: 'received',
      kind: message.kind,
      at: message.receivedAt.toISOString(),
      state: message.state as string,
      lines: er7Lines(message.body, defaultCharset, masker),
    },
    ...answers.map(({ kind, createdAt, state, er7 }) => ({
      direction: 'answered',
      kind,
      at: createdAt.toISOString(),
      state: state as string,
      lines: er7Lines(er7, 'UNICODE UTF-8', masker),
    })),
  ];
}

/** Every text of a kept answer, masked; its shape is ours. */
function maskedTexts(value: unknown, masker: Masker): unknown {
  if (typeof value === 'string') return masker.text(value);
  if (Array.isArray(value)) return value.map((one) => maskedTexts(one, masker));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, maskedTexts(held, masker)]));
}
