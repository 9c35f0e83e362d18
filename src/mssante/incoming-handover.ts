/**
 * Handler of the `mail-handover` tasks: gives a received document to the software of the professionals, as the MDM of the LPS
 * volet. Sent again under its MSH-10 until it is answered; a refusal waits for a person.
 */
import type { MailRoute } from '../config/mssante-in-schema.ts';
import { qualifiedIdentityOf } from '../identity/index.ts';
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { recallRules } from '../rules/recall.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import { type IncomingDocument, lockIncoming, sameIdentifier, updateIncoming } from '../store/incoming-documents.ts';
import { type MailRow, mailById, rawMail } from '../store/incoming-mail.ts';
import { isFormerInsOf } from '../store/known-ins.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import { type Exchanged, exchange } from '../wire/hl7v2/exchange.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { openMail } from '../wire/mail/open.ts';
import type { OpenedPackage } from '../wire/mail/package.ts';
import { compareWith, toldIns } from './incoming-match.ts';
import { composeHandover } from './incoming-message.ts';
import { settleMail } from './incoming-settle.ts';

export function handoverTaskHandler(context: UseCaseContext, clientOf: (route: MailRoute) => MllpClient) {
  return async (task: Task): Promise<void> => {
    const { pool } = context;
    const prepared = await prepare(context, task);
    if (prepared === undefined) return;
    const { route, message, controlId } = prepared;
    const answered = await exchange(clientOf(route), message, controlId);
    await transaction(pool, (tx) => settle({ context, tx, task, route }, answered));
  };
}

/** MSH-10 is 20 characters at most in the profiles that a DPI may still have. */
const CONTROL_ID_LENGTH = 20;

interface Prepared {
  readonly route: MailRoute;
  readonly message: Buffer;
  readonly controlId: string;
}

/** Undefined when there is nothing to send, any more or now: the task has then been settled. */
async function prepare(context: UseCaseContext, task: Task): Promise<Prepared | undefined> {
  const { pool, config } = context;
  const opened = await openedFor(context, task.subject);
  return transaction(pool, async (tx) => {
    await holdTask(tx, task);
    const document = await lockIncoming(tx, task.subject);
    if (document?.state !== 'queued' || opened === undefined) {
      await completeTask(tx, task);
      return undefined;
    }
    if (await wasHandedOver(tx, document)) {
      const ruleId = mssanteInRules.alreadyReceived.id;
      await updateIncoming(tx, { ...document, state: 'known', ruleId, detail: null, settledAt: context.now() });
      await completeTask(tx, task);
      await settleMail(context, tx, document.mailId);
      return undefined;
    }
    const route = config.incomingMail.routes.find(({ name }) => name === document.route);
    const identity = await patientOf(tx, document);
    const refusal =
      (route === undefined ? { rule: mssanteInRules.noRoute } : undefined) ??
      (opened.package.ok ? undefined : opened.package.refusal) ??
      (identity.ok ? await strangerRefusal(tx, opened.package, document, identity.value) : identity.refusal);
    if (refusal !== undefined || route === undefined || !opened.package.ok || !identity.ok) {
      await stop(context, tx, task, document, { ...(refusal ?? { rule: mssanteInRules.noRoute }) });
      return undefined;
    }
    const controlId = document.controlId ?? context.newUuid().replaceAll('-', '').slice(0, CONTROL_ID_LENGTH);
    await updateIncoming(tx, {
      ...document,
      controlId,
      attempts: document.attempts + 1,
      identityId: identity.value.id,
    });
    const { mail } = opened;
    const message = await composeHandover(context, tx, {
      route,
      controlId,
      mail,
      document,
      identity: identity.value,
      opened: opened.package.value,
    });
    return { route, message, controlId };
  });
}

/** The same one came by two mails, and the first has been taken since. What a person hands over again is wanted again. */
async function wasHandedOver(tx: Db, { id, uniqueId, route, digest, settledBy }: IncomingDocument): Promise<boolean> {
  if (uniqueId === null || route === null || settledBy !== null) return false;
  const others = await sameIdentifier(tx, uniqueId, route);
  return others.some((other) => other.id !== id && other.state === 'handed' && other.digest.equals(digest));
}

/** Opened anew each time: only the mail itself is stored. */
async function openedFor(
  { pool, config }: UseCaseContext,
  documentId: string,
): Promise<{ mail: MailRow; package: Result<OpenedPackage> } | undefined> {
  const document = await transaction(pool, (tx) => lockIncoming(tx, documentId));
  const mail = document && (await mailById(pool, document.mailId));
  const raw = mail && (await rawMail(pool, mail.id));
  if (mail === undefined || raw === undefined) return undefined;
  return { mail, package: await openMail(raw, { maxBytes: config.incomingMail.maxBytes }) };
}

/**
 * The patient as the repository has it now: whoever took its place in a merge, still qualified and still the one that the
 * document speaks of unless a person attached it.
 */
async function patientOf(tx: Db, document: IncomingDocument): Promise<Result<IdentityRecord>> {
  const found = document.identityId === null ? undefined : await identityById(tx, document.identityId);
  const record =
    found?.active === false && found.mergedInto !== null ? await identityById(tx, found.mergedInto) : found;
  if (record?.active !== true) return refuse(mssanteInRules.patientUnknown);
  if (record.frozenAt !== null) return refuse(recallRules.frozen);
  if (document.attachedBy !== null) return ok(record);
  const qualified = qualifiedIdentityOf(record);
  if (!qualified.ok) return refuse(mssanteInRules.notQualifiedHere, { detail: qualified.refusal.rule.title });
  const compared = await compareWith(tx, record, document.traits ?? {});
  return compared.overall === 'coherent' ? ok(record) : refuse(mssanteInRules.traitsDiffer);
}

/** Whatever a person chose: under another INS than the one it bears, a document is another patient's (promise 4). */
async function strangerRefusal(
  tx: Db,
  opened: Result<OpenedPackage>,
  { part }: IncomingDocument,
  { matricule, oid }: IdentityRecord,
): Promise<Refusal | undefined> {
  const content = opened.ok && opened.value.xdm.ok ? opened.value.xdm.value.documents[part - 1] : undefined;
  const header = content && readCdaHeader(content.bytes);
  const told = header?.ok === true ? toldIns(header.value, undefined) : undefined;
  if (told?.ok !== true || matricule === null || oid === null) return undefined;
  const ins = told.value;
  if (ins.matricule === matricule && ins.oid === oid) return undefined;
  return (await isFormerInsOf(tx, { matricule, oid }, ins)) ? undefined : { rule: mssanteInRules.otherIns };
}

async function stop(
  context: UseCaseContext,
  tx: Db,
  task: Task,
  document: IncomingDocument,
  { rule, detail, answer, error }: Refusal & { answer?: string; error?: { code: string; label: string } },
): Promise<void> {
  await updateIncoming(tx, {
    ...document,
    state: 'desk',
    ruleId: rule.id,
    detail: detail ?? null,
    answer: answer ?? null,
    errorCode: error?.code ?? null,
    errorLabel: error?.label ?? null,
  });
  await completeTask(tx, task);
  await settleMail(context, tx, document.mailId);
}

interface Settlement {
  readonly context: UseCaseContext;
  readonly tx: Db;
  readonly task: Task;
  readonly route: MailRoute;
}

async function settle({ context, tx, task, route }: Settlement, answered: Exchanged): Promise<void> {
  await holdTask(tx, task);
  const document = await lockIncoming(tx, task.subject);
  if (document?.state !== 'queued') return completeTask(tx, task);
  const stopped = (refusal: Parameters<typeof stop>[4]) => stop(context, tx, task, document, refusal);
  const again = () => postponeTask(tx, task, retryDelayMs(task, route.retry));
  const tiring = document.attempts >= route.attempts;
  if (answered.kind === 'unreadable') return stopped({ rule: mssanteInRules.unreadableAnswer, detail: answered.why });
  if (answered.kind === 'unanswered') {
    // Where nothing was read, the receiver is down: it is waited for, as long as it takes.
    if (answered.read && tiring) return stopped({ rule: mssanteInRules.neverAnswered, detail: answered.error });
    await updateIncoming(tx, { ...document, ruleId: mssanteInRules.handOverRunning.id, detail: answered.error });
    return again();
  }
  const { code, said, errors } = answered;
  if (code === 'AA') {
    const at = context.now();
    await updateIncoming(tx, { ...document, state: 'handed', answer: code, settledAt: at, ruleId: null, detail: null });
    await completeTask(tx, task);
    return settleMail(context, tx, document.mailId);
  }
  if (code === 'AR' && !tiring) {
    await updateIncoming(tx, { ...document, ruleId: mssanteInRules.handOverRunning.id, detail: said, answer: code });
    return again();
  }
  const rule = code === 'AE' ? mssanteInRules.refusedByDpi : mssanteInRules.rejectedByDpi;
  const error = {
    code: errors[0]?.application ?? errors[0]?.condition ?? '207',
    label: errorLabel(errors, rule.title),
  };
  return stopped({ rule, answer: code, error, ...(said === null ? {} : { detail: said }) });
}

/** Table 0533 of the CI-SIS gives a code its label; the words of the DPI win where it gives any. */
function errorLabel(errors: Extract<Exchanged, { kind: 'answered' }>['errors'], otherwise: string): string {
  const [first] = errors;
  return withoutMatricule(first?.text ?? first?.label ?? otherwise);
}
