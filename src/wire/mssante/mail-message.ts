/** A mail of MSSanté as bytes: headers, words, attachments. Source: cda-cisis.md 6, RFC 5322, 8098 and 3461. */
import MailComposer from 'nodemailer/lib/mail-composer';

export interface OutgoingMail {
  /** Application mailbox: it also gets the receipts (RFC 8098 wants one address for both). */
  readonly from: { readonly address: string; readonly name: string };
  readonly to: readonly { readonly address: string; readonly name: string }[];
  readonly replyTo?: string | undefined;
  readonly subject: string;
  readonly text: string;
  /** Without angle brackets. */
  readonly messageId: string;
  /** Message-ID of the mail that this one replaces or withdraws. */
  readonly inReplyTo?: string | undefined;
  readonly date: Date;
  /** X-MSS-… */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: Buffer;
  }[];
  readonly asksReading: boolean;
}

export function composeMail(mail: OutgoingMail): Promise<Buffer> {
  const { from, to, replyTo, inReplyTo, attachments } = mail;
  const composer = new MailComposer({
    from,
    to: [...to],
    ...(replyTo === undefined ? {} : { replyTo }),
    subject: mail.subject,
    text: mail.text,
    messageId: `<${mail.messageId}>`,
    ...(inReplyTo === undefined ? {} : { inReplyTo: `<${inReplyTo}>`, references: `<${inReplyTo}>` }),
    date: mail.date,
    headers: {
      ...mail.headers,
      ...(mail.asksReading ? { 'Disposition-Notification-To': from.address } : {}),
    },
    attachments: attachments.map((each) => ({ ...each, contentDisposition: 'attachment' as const })),
    // Nothing is fetched, and no file read, whatever a text says.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
