/** What a person decides of a mail that waits on the desk: attach, refuse, hand over again, pass on, close. Each with its reason. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { recallRules } from '../rules/recall.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { identityById } from '../store/identities.ts';
import { type IncomingDocument, lockIncoming, updateIncoming } from '../store/incoming-documents.ts';
import { lockMailRow, type MailRow, setIncomingState } from '../store/incoming-mail.ts';
import { insertReply } from '../store/incoming-replies.ts';
import { queueHandover } from './incoming-open.ts';
import { messageIdOf, oweReceipt, settleMail } from './incoming-settle.ts';

interface Decider {
  /** `user:…` */
  readonly name: string;
  /** The one EG that this person sees; null for all. */
  readonly eg: string | null;
  readonly reason: string;
}

type DocumentDecision =
  | { readonly action: 'attach'; readonly identityId: string }
  /** After the DPI refused it, or once its route is declared. */
  | { readonly action: 'hand-over' }
  | { readonly action: 'refuse' };

const MAX_REASON = 300;

export async function decideDocument(
  context: UseCaseContext,
  documentId: string,
  decision: DocumentDecision,
  by: Decider,
): Promise<Result<IncomingDocument>> {
  if (by.reason === '') return refuse(apiRules.reasonRequired);
  return transaction(context.pool, async (tx) => {
    const document = await lockIncoming(tx, documentId);
    const mail = document && (await lockMailRow(tx, document.mailId));
    if (document === undefined || mail === undefined || !isSeen(by, mail)) return refuse(apiRules.notFound);
    if (document.state !== 'desk') return refuse(mssanteInRules.notWaiting);
    const decided = await judged(context, tx, { document, mail, decision, by });
    if (!decided.ok) return decided;
    await updateIncoming(tx, decided.value);
    if (decided.value.state === 'queued') await queueHandover(tx, { ...decided.value, eg: mail.eg });
    await settleMail(context, tx, mail.id);
    return decided;
  });
}

interface Asked {
  readonly document: IncomingDocument;
  readonly mail: MailRow;
  readonly decision: DocumentDecision;
  readonly by: Decider;
}

async function judged(
  context: UseCaseContext,
  tx: Db,
  { document, mail, decision, by }: Asked,
): Promise<Result<IncomingDocument>> {
  const said = { settledBy: by.name, reason: by.reason.slice(0, MAX_REASON) };
  if (decision.action === 'refuse') {
    const ruleId = mssanteInRules.refusedByPerson.id;
    return ok({ ...document, ...said, state: 'refused', ruleId, detail: said.reason, settledAt: context.now() });
  }
  const { mailboxes, routes } = context.config.incomingMail;
  const route = mailboxes.find(({ name }) => name === mail.mailbox)?.deliverTo;
  if (route === undefined || !routes.some(({ name }) => name === route)) return refuse(mssanteInRules.noRoute);
  // A document that is no CDA has no place in the message; one that cannot be read has no patient.
  if (document.uniqueId === null) return refuse(mssanteInRules.notCda);
  const identityId = decision.action === 'attach' ? decision.identityId : document.identityId;
  const identity = identityId === null ? undefined : await identityById(tx, identityId);
  if (identity?.active !== true) return refuse(mssanteInRules.patientUnknown);
  if (identity.frozenAt !== null) return refuse(recallRules.frozen);
  const attached = decision.action === 'attach' ? { attachedBy: by.name } : {};
  // A message that was refused, and goes again, is another message.
  const again = {
    state: 'queued',
    route,
    controlId: null,
    attempts: 0,
    answer: null,
    errorCode: null,
    errorLabel: null,
  } as const;
  return ok({ ...document, ...said, ...attached, ...again, identityId: identity.id, ruleId: null, detail: null });
}

type MailDecision = { readonly action: 'close' } | { readonly action: 'forward'; readonly recipient: string };

/** Of a mail without documents, or whose documents have all been decided. */
export async function decideMail(
  context: UseCaseContext,
  mailId: string,
  decision: MailDecision,
  by: Decider,
): Promise<Result<MailRow>> {
  if (by.reason === '') return refuse(apiRules.reasonRequired);
  return transaction(context.pool, async (tx) => {
    const mail = await lockMailRow(tx, mailId);
    if (mail === undefined || !isSeen(by, mail)) return refuse(apiRules.notFound);
    if (mail.state !== 'desk' || mail.kind === 'documents') return refuse(mssanteInRules.notWaiting);
    const at = context.now();
    const reason = by.reason.slice(0, MAX_REASON);
    if (decision.action === 'forward') {
      const sent = await passOn(context, tx, mail, decision.recipient);
      if (!sent.ok) return sent;
    }
    const rule = decision.action === 'forward' ? mssanteInRules.forwardedByPerson : mssanteInRules.closedByPerson;
    const detail = decision.action === 'forward' ? decision.recipient : null;
    await setIncomingState(tx, mail.id, { state: 'closed', ruleId: rule.id, detail, at, by: by.name, reason });
    if (mail.kind === 'message') await oweReceipt(context, tx, mail, undefined);
    return ok(mail);
  });
}

async function passOn(context: UseCaseContext, tx: Db, mail: MailRow, recipient: string): Promise<Result<undefined>> {
  const { replies } = context.config.incomingMail;
  const domain = /^[^\s@<>,;]{1,64}@([a-z0-9.-]{1,200})$/i.exec(recipient)?.[1]?.toLowerCase();
  const within = replies?.forwardDomains.some((each) => domain === each || domain?.endsWith(`.${each}`) === true);
  if (within !== true)
    return refuse(apiRules.invalidRequest, { detail: 'Une adresse de la messagerie sécurisée de santé est attendue.' });
  const id = context.newUuid();
  const at = context.now();
  await insertReply(tx, {
    id,
    mailId: mail.id,
    kind: 'forward',
    recipient,
    messageId: messageIdOf(context, mail, id),
    errorCode: null,
    errorLabel: null,
    addedAt: at,
  });
  await addTask(tx, { kind: 'mail-reply', subject: id, eg: mail.eg });
  return ok(undefined);
}

function isSeen({ eg }: Decider, mail: MailRow): boolean {
  return eg === null || eg === mail.eg;
}
