/** A mail once opened: plain values, bounded, nothing of it trusted. */

export interface MailAttachment {
  /** As the sender names it; empty when it does not. */
  readonly name: string;
  /** Lower case, without parameters. */
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export interface OpenedMail {
  /** With its angle brackets; empty when the mail has none. */
  readonly messageId: string;
  readonly subject: string;
  /** Addresses only, lower case; the first of `From`. */
  readonly from: string;
  readonly fromName: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: string;
  readonly returnPath: string;
  /** Where a reading receipt is asked to go (RFC 8098); empty when none is asked. */
  readonly dispositionTo: string;
  /** RFC 3798 `Original-Recipient`, as written. */
  readonly originalRecipient: string;
  readonly sentAt: Date | undefined;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** Report type of a `multipart/report`, lower case; empty for any other mail. */
  readonly reportType: string;
  /** Plain text, never HTML. */
  readonly text: string;
  /** More text, or more attachments, than is kept. */
  readonly cut: boolean;
  readonly attachments: readonly MailAttachment[];
}

export interface MailLimits {
  /** Of the whole mail, bytes. */
  readonly maxBytes: number;
  readonly maxAttachments: number;
  /** Characters of text that are kept. */
  readonly maxText: number;
  /** MIME parts, whatever their depth. */
  readonly maxParts: number;
  /** Header lines of one part, bytes. */
  readonly maxHeaderBytes: number;
}

/** 25 MB is what Mon espace santé admits (cda-cisis.md 6); Base64 and two forms of each document make it more elsewhere. */
export const DEFAULT_MAIL_LIMITS: MailLimits = {
  maxBytes: 40_000_000,
  maxAttachments: 100,
  maxText: 200_000,
  maxParts: 300,
  maxHeaderBytes: 262_144,
};
