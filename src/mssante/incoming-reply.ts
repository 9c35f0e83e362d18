/** Handler of the `mail-reply` tasks: the reading receipt of a mail to its sender, or the mail passed on to somebody else. */
import MimeNode from 'nodemailer/lib/mime-node';
import type { MailReplies } from '../config/mssante-in-schema.ts';
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { transaction } from '../store/db.ts';
import { type MailRow, mailById, rawMail } from '../store/incoming-mail.ts';
import { type IncomingReply, recordReply, replyById } from '../store/incoming-replies.ts';
import { buildDisposition } from '../wire/mail/disposition.ts';
import { openMail } from '../wire/mail/open.ts';
import { type MailOutcome, sendMail } from '../wire/mssante/smtp-client.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

export interface ReplyServer {
  readonly replies: MailReplies;
  readonly tls: ClientTls;
}

export function mailReplyTaskHandler(context: UseCaseContext, server: ReplyServer | undefined) {
  return async (task: Task): Promise<void> => {
    const { pool } = context;
    const reply = await replyById(pool, task.subject);
    const mail = reply && (await mailById(pool, reply.mailId));
    const raw = mail && (await rawMail(pool, mail.id));
    if (reply?.state !== 'waiting' || mail === undefined || raw === undefined || server === undefined) {
      await transaction(pool, (tx) => completeTask(tx, task));
      return;
    }
    const sent = await send(context, server, { reply, mail, raw });
    await transaction(pool, async (tx) => {
      const over = sent.kind === 'sent' || sent.permanent || reply.attempts + 1 >= server.replies.attempts;
      const state = sent.kind === 'sent' ? 'sent' : over ? 'failed' : 'waiting';
      const detail = sent.kind === 'sent' ? null : withoutMatricule(sent.said);
      await recordReply(tx, reply.id, { state, detail, at: context.now() });
      if (over) await completeTask(tx, task);
      else await postponeTask(tx, task, retryDelayMs(task, server.replies.retry));
    });
  };
}

interface Outgoing {
  readonly reply: IncomingReply;
  readonly mail: MailRow;
  readonly raw: Buffer;
}

/** Sent again after a lost answer it is the same mail, of the same Message-ID: whoever had it knows it again. */
async function send(context: UseCaseContext, { replies, tls }: ReplyServer, outgoing: Outgoing): Promise<Submitted> {
  const { reply } = outgoing;
  const from = addressOf(context, outgoing.mail);
  const { host, port, security, timeoutMs } = replies;
  const submit = async (sender: string, bytes: Buffer): Promise<Submitted> =>
    submittedOf(
      await sendMail({ host, port, security, timeoutMs, tls }, { from: sender, to: [reply.recipient], bytes }),
    );
  if (reply.kind === 'forward') return submit(from, await forwarded(from, outgoing));
  const opened = await openMail(outgoing.raw, { maxBytes: context.config.incomingMail.maxBytes });
  if (!opened.ok) return { kind: 'failed', permanent: true, said: opened.refusal.rule.title };
  const { errorCode, errorLabel } = reply;
  const raw = await buildDisposition({ ...opened.value.mail, dispositionTo: reply.recipient }, outgoing.raw, {
    from,
    reporter: context.config.software.name,
    messageId: reply.messageId,
    sentAt: reply.addedAt,
    noticeInSubject: replies.noticeInSubject,
    returned: replies.returned,
    ...(errorCode === null ? {} : { error: { code: errorCode, label: errorLabel ?? '' } }),
  });
  // Nothing answers a receipt (RFC 8098, 3).
  return submit('', raw);
}

/** `permanent`: the server will never take it. `said` is its answer, or a code. */
type Submitted =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly permanent: boolean; readonly said: string };

/** When the end of the dialogue is not known it goes again: it is the same mail. */
function submittedOf(outcome: MailOutcome): Submitted {
  if (outcome.kind === 'taken') {
    const [refused] = outcome.refused;
    return refused === undefined ? { kind: 'sent' } : { kind: 'failed', permanent: true, said: refused.reply };
  }
  if (outcome.kind === 'refused') {
    const said = outcome.recipients[0]?.reply || outcome.reply;
    return { kind: 'failed', permanent: said.startsWith('5'), said };
  }
  return { kind: 'failed', permanent: false, said: outcome.reason };
}

function addressOf({ config }: UseCaseContext, mail: MailRow): string {
  return config.incomingMail.mailboxes.find(({ name }) => name === mail.mailbox)?.address ?? '';
}

/** Whole and unchanged, as an attachment: what the sender wrote is not ours to write again. */
async function forwarded(from: string, { reply, mail, raw }: Outgoing): Promise<Buffer> {
  const root = new MimeNode('multipart/mixed');
  root.setHeader({
    From: from,
    To: reply.recipient,
    Subject: `TR: ${mail.subject}`,
    'Message-ID': reply.messageId,
    Date: reply.addedAt.toUTCString().replace(/GMT/, '+0000'),
    'MIME-Version': '1.0',
  });
  root
    .createChild('text/plain; charset=utf-8')
    .setContent(`Courriel reçu de ${mail.sender} et transféré par l’établissement.\r\n`);
  const head = `Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="message.eml"\r\n\r\n`;
  root.createChild('message/rfc822').setRaw(Buffer.concat([Buffer.from(head), raw]));
  return root.build();
}
