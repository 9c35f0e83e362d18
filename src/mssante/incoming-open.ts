/**
 * Handler of the `incoming-mail` tasks: opens a stored mail, away from everything else, and decides what it is: a receipt,
 * documents for patients of ours, a message to read, or something that cannot be opened.
 */
import { createHash } from 'node:crypto';
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, type Task } from '../queue/tasks.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IncomingDocument, insertIncoming, sameIdentifier } from '../store/incoming-documents.ts';
import {
  lockMailRow,
  type MailKind,
  type MailRow,
  mailById,
  noteOpened,
  rawMail,
  sameMail,
  setIncomingState,
} from '../store/incoming-mail.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import type { OpenedMail } from '../wire/mail/mail.ts';
import { openMail } from '../wire/mail/open.ts';
import { isFailureNotice, type OpenedPackage } from '../wire/mail/package.ts';
import { readReceipts } from '../wire/mail/report.ts';
import type { XdmDocument, XdmPackage } from '../wire/xdm/xdm.ts';
import { matchPatient, type ToldIns, toldIns, toldTraits } from './incoming-match.ts';
import { noticeOf, type ReceiptSink, settleReceipts } from './incoming-receipts.ts';
import { settleMail } from './incoming-settle.ts';

/** A mail that stopped so many workers is put aside. */
const MOST_ATTEMPTS = 4;

export function incomingMailTaskHandler(context: UseCaseContext, applyReceipt: ReceiptSink) {
  return async (task: Task): Promise<void> => {
    const { pool, config } = context;
    const [mail, raw] = [await mailById(pool, task.subject), await rawMail(pool, task.subject)];
    if (mail === undefined || raw === undefined || mail.state !== 'received') {
      await transaction(pool, (tx) => completeTask(tx, task));
      return;
    }
    const { maxBytes } = config.incomingMail;
    const opened =
      task.attempts > MOST_ATTEMPTS
        ? ({ ok: false, refusal: { rule: mssanteInRules.openingTooLong } } as const)
        : await openMail(raw, { maxBytes });
    await transaction(pool, async (tx) => {
      await completeTask(tx, task);
      if ((await lockMailRow(tx, mail.id))?.state !== 'received') return;
      if (opened.ok) await decide({ context, tx, mail, opened: opened.value }, applyReceipt);
      else await toDesk(context, tx, mail.id, opened.refusal);
    });
  };
}

interface Decision {
  readonly context: UseCaseContext;
  readonly tx: Db;
  readonly mail: MailRow;
  readonly opened: OpenedPackage;
}

async function decide(decision: Decision, applyReceipt: ReceiptSink): Promise<void> {
  const { context, tx, mail, opened } = decision;
  const kind = kindOf(opened);
  await noteOpened(tx, mail.id, columnsOf(opened.mail, kind));
  const { messageId } = opened.mail;
  if (messageId !== '' && (await sameMail(tx, mail, messageId)) !== undefined) {
    await setIncomingState(tx, mail.id, { state: 'done', ruleId: mssanteInRules.duplicateMail.id, at: context.now() });
    return;
  }
  if (kind === 'receipt') return settleReceipts(context, tx, mail, readReceipts(opened.mail), applyReceipt);
  if (kind === 'notice') {
    await settleReceipts(context, tx, mail, noticeOf(opened.mail), applyReceipt);
    return toDesk(context, tx, mail.id, { rule: mssanteInRules.integrationFailure });
  }
  if (!opened.xdm.ok) return toDesk(context, tx, mail.id, opened.xdm.refusal);
  await receiveDocuments(decision, opened.xdm.value);
}

function kindOf({ mail, xdm }: OpenedPackage): MailKind {
  if (mail.reportType === 'delivery-status' || mail.reportType === 'disposition-notification') return 'receipt';
  if (isFailureNotice(mail.subject)) return 'notice';
  return xdm.ok ? 'documents' : 'message';
}

function columnsOf(mail: OpenedMail, kind: MailKind) {
  const absent = (value: string): string | null => (value === '' ? null : value);
  return {
    kind,
    messageId: absent(mail.messageId),
    // The address of a patient is a matricule, and some senders write one in their subject: it stays in the mail.
    subject: withoutMatricule(mail.subject),
    sender: withoutMatricule(mail.from),
    senderName: withoutMatricule(mail.fromName),
    sentAt: mail.sentAt ?? null,
    // A receipt is never answered by a receipt.
    receiptTo: kind === 'documents' || kind === 'message' ? receiptAddress(mail) : null,
    attachments: mail.attachments.length,
  };
}

/**
 * RFC 8098, 2.1: a receipt goes without a person's leave only where an undelivered mail would go back. Elsewhere it could be
 * used to have us write to anybody.
 */
function receiptAddress({ dispositionTo, returnPath, from }: OpenedMail): string | null {
  if (dispositionTo === '') return null;
  return dispositionTo === (returnPath || from) || dispositionTo === from ? dispositionTo : null;
}

async function toDesk({ now }: UseCaseContext, tx: Db, mailId: string, { rule, detail }: Refusal): Promise<void> {
  await setIncomingState(tx, mailId, { state: 'desk', ruleId: rule.id, detail: detail ?? null, at: now() });
}

interface Received {
  readonly document: XdmDocument;
  readonly header?: CdaHeader;
  readonly ins?: ToldIns;
  readonly refusal?: Refusal;
}

async function receiveDocuments(decision: Decision, { documents, patientId }: XdmPackage): Promise<void> {
  const { context, tx, mail } = decision;
  const received = documents.map((document) => readDocument(document, document.patientId ?? patientId));
  const patients = new Set(received.flatMap(({ ins }) => (ins === undefined ? [] : `${ins.oid}|${ins.matricule}`)));
  for (const [index, each] of received.entries()) {
    const refusal = patients.size > 1 ? { rule: mssanteInRules.severalPatients } : each.refusal;
    await receiveDocument(decision, { ...each, ...(refusal === undefined ? {} : { refusal }) }, index + 1);
  }
  await settleMail(context, tx, mail.id);
}

function readDocument(document: XdmDocument, patientId: string | undefined): Received {
  if (!/^(text|application)\/(xml|xslt\+xml)$/i.test(document.mimeType))
    return { document, refusal: { rule: mssanteInRules.notCda, detail: document.mimeType } };
  const header = readCdaHeader(document.bytes);
  if (!header.ok) return { document, refusal: header.refusal };
  const ins = toldIns(header.value, patientId);
  return ins.ok
    ? { document, header: header.value, ins: ins.value }
    : { document, header: header.value, refusal: ins.refusal };
}

async function receiveDocument({ context, tx, mail }: Decision, received: Received, part: number): Promise<void> {
  const { document, header, ins } = received;
  const { mailboxes } = context.config.incomingMail;
  const id = context.newUuid();
  const route = mailboxes.find(({ name }) => name === mail.mailbox)?.deliverTo ?? null;
  const traits = header === undefined ? null : toldTraits(header.patient);
  const base = baseOf(id, mail, part, document, header);
  const known =
    base.uniqueId === null || route === null ? undefined : await judgeKnown(tx, base.uniqueId, route, base.digest);
  const refusal = received.refusal ?? (known?.state === 'desk' ? known.refusal : undefined);
  if (known?.state === 'known' && received.refusal === undefined) {
    const state = { state: 'known', ruleId: known.refusal.rule.id, identityId: known.identityId } as const;
    await insertIncoming(tx, { ...base, ...state, traits, settledAt: context.now() });
    return;
  }
  const matched =
    refusal === undefined && ins !== undefined ? await matchPatient(context, tx, ins, traits ?? {}) : undefined;
  const stopped: Refusal | undefined =
    refusal ?? matched?.refusal ?? (route === null ? { rule: mssanteInRules.noRoute } : undefined);
  await insertIncoming(tx, {
    ...base,
    traits,
    route,
    identityId: matched?.identityId ?? null,
    state: stopped === undefined ? 'queued' : 'desk',
    ruleId: stopped?.rule.id ?? null,
    detail: stopped?.detail ?? null,
  });
  if (stopped === undefined)
    await queueHandover(tx, { id, route, identityId: matched?.identityId ?? null, eg: mail.eg });
}

/** In order for one patient of one receiver: what replaces comes after what it replaces. */
export async function queueHandover(
  tx: Db,
  of: { readonly id: string; readonly route: string | null; readonly identityId: string | null; readonly eg: string },
): Promise<void> {
  const orderKey = `mail-handover:${of.route}:${of.identityId}`;
  await addTask(tx, { kind: 'mail-handover', subject: of.id, orderKey, eg: of.eg });
}

function baseOf(
  id: string,
  mail: MailRow,
  part: number,
  document: XdmDocument,
  header: CdaHeader | undefined,
): IncomingDocument {
  const { root, extension } = header?.id ?? {};
  return {
    id,
    mailId: mail.id,
    part,
    state: 'desk',
    ruleId: null,
    detail: null,
    title: header?.title ?? document.title ?? document.uri,
    typeCode: header?.code?.code ?? document.typeCode ?? null,
    typeLabel: header?.code?.displayName ?? null,
    mimeType: document.mimeType,
    uniqueId: root === undefined ? null : extension === undefined ? root : `${root}^${extension}`,
    digest: createHash('sha256').update(document.bytes).digest(),
    replaces: header?.relatedDocument?.typeCode === 'RPLC',
    traits: null,
    identityId: null,
    attachedBy: null,
    route: null,
    controlId: null,
    attempts: 0,
    answer: null,
    settledAt: null,
    settledBy: null,
    reason: null,
    errorCode: null,
    errorLabel: null,
  };
}

/** Only what was handed over is known: the same one that still waits may be refused yet, and is looked at in its turn. */
async function judgeKnown(tx: Db, uniqueId: string, route: string, digest: Buffer) {
  const earlier = await sameIdentifier(tx, uniqueId, route);
  const [first] = earlier;
  if (first === undefined) return undefined;
  const same = earlier.find((each) => each.digest.equals(digest));
  if (same === undefined)
    return { state: 'desk', identityId: null, refusal: { rule: mssanteInRules.sameIdOtherContent } } as const;
  const handed = earlier.find((each) => each.state === 'handed' && each.digest.equals(digest));
  return handed === undefined
    ? undefined
    : ({ state: 'known', identityId: handed.identityId, refusal: { rule: mssanteInRules.alreadyReceived } } as const);
}
