/**
 * A disposition notification (MDN, RFC 8098) as the LPS volet wants it (struct-msg-mdn): the subject of the original,
 * « [KO Intégration système !][code] » before it on failure, `processed` or `processed/Error: code^label`, the original after it.
 */
import MimeNode from 'nodemailer/lib/mime-node';
import type { OpenedMail } from './mail.ts';

export interface Disposition {
  /** The mailbox that received the original and answers. */
  readonly from: string;
  /** Software that answers, for Reporting-UA. */
  readonly reporter: string;
  /** With its angle brackets; the same one again when the sending is tried again. */
  readonly messageId: string;
  readonly sentAt: Date;
  /** What could not be integrated, and why; absent when the mail was processed. */
  readonly error?: DispositionError;
  /** « [KO Intégration système !] » in front of the subject of a failure. */
  readonly noticeInSubject: boolean;
  /** The original goes back whole, or its headers only. */
  readonly returned: 'whole' | 'headers';
}

export interface DispositionError {
  readonly code: string;
  readonly label: string;
}

/** `original`: the mail as it was received. */
export function buildDisposition(mail: OpenedMail, original: Buffer, disposition: Disposition): Promise<Buffer> {
  const { error, from } = disposition;
  const root = new MimeNode('multipart/report; report-type=disposition-notification');
  root.setHeader({
    From: from,
    To: mail.dispositionTo,
    Subject: subjectOf(mail, disposition),
    'Message-ID': disposition.messageId,
    Date: disposition.sentAt.toUTCString().replace(/GMT/, '+0000'),
    ...(mail.messageId === '' ? {} : { 'In-Reply-To': mail.messageId, References: mail.messageId }),
    'Auto-Submitted': 'auto-replied',
    'MIME-Version': '1.0',
  });
  root.createChild('text/plain; charset=utf-8').setContent(error === undefined ? TREATED : failureText(error));
  // Fields are ASCII lines by RFC 8098: as they are, never in an encoding that a reader of fields would not undo.
  root
    .createChild('message/disposition-notification')
    .setRaw(
      `Content-Type: message/disposition-notification\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${fieldsOf(mail, disposition)}`,
    );
  const whole = disposition.returned === 'whole';
  const end = headerEnd(original);
  const type = whole ? 'message/rfc822' : 'text/rfc822-headers';
  const content = Buffer.concat([
    Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`),
    whole ? original : original.subarray(0, end),
  ]);
  root.createChild(type).setRaw(content);
  return new Promise((resolve, reject) => {
    root.build((failure, message) => (failure === null ? resolve(message) : reject(failure)));
  });
}

const TREATED = 'Le message ci-dessous a été traité par le système du destinataire.\r\n';

function failureText({ code, label }: DispositionError): string {
  return `Le message ci-dessous n’a pas pu être intégré automatiquement dans le DPI pour la raison suivante : ${label} (${code}).\r\n`;
}

function subjectOf(mail: OpenedMail, { error, noticeInSubject }: Disposition): string {
  return error !== undefined && noticeInSubject
    ? `[KO Intégration système !][${error.code}] ${mail.subject}`
    : mail.subject;
}

function fieldsOf(mail: OpenedMail, { reporter, from, error }: Disposition): string {
  const modifier = error === undefined ? '' : `/Error: ${line(error.code)}^${line(error.label)}`;
  const fields = [
    `Reporting-UA: ${line(reporter)}`,
    `Original-Recipient: ${mail.originalRecipient === '' ? `rfc822; ${from}` : line(mail.originalRecipient)}`,
    `Final-Recipient: rfc822; ${from}`,
    ...(mail.messageId === '' ? [] : [`Original-Message-ID: ${line(mail.messageId)}`]),
    `Disposition: automatic-action/MDN-sent-automatically; processed${modifier}`,
  ];
  return `${fields.join('\r\n')}\r\n`;
}

const TRANSLITERATED: Readonly<Record<string, string>> = { '’': "'", '«': '"', '»': '"', œ: 'oe', Œ: 'OE', '–': '-' };

/** One line of ASCII: accents fall, as RFC 8098 has no place for them, and nothing can open another field. */
function line(value: string): string {
  return value
    .replace(/[’«»œŒ–]/g, (character) => TRANSLITERATED[character] ?? ' ')
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

function headerEnd(original: Buffer): number {
  const crlf = original.indexOf('\r\n\r\n');
  const lf = original.indexOf('\n\n');
  const ends = [crlf < 0 ? original.length : crlf + 4, lf < 0 ? original.length : lf + 2];
  return Math.min(...ends);
}
