/** The notification of delivery that an operator sends back (RFC 3464), as the recipient's server would word it. */

export interface Notified {
  readonly id: string;
  readonly at: Date;
  /** Envelope sender of the mail that it is about. */
  readonly to: string;
  readonly recipient: string;
  readonly envelopeId: string | undefined;
  readonly messageId: string;
  readonly action: 'delivered' | 'failed';
  readonly status: string;
  readonly diagnostic: string;
}

const BOUNDARY = 'notification-mssante';

export function notification(about: Notified): Buffer {
  const { id, at, to, recipient, envelopeId, messageId, action, status, diagnostic } = about;
  const lines = [
    'From: Service de messagerie <mailer-daemon@operateur.mssante.fr>',
    `To: <${to}>`,
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@operateur.mssante.fr>`,
    `Subject: ${action === 'delivered' ? 'Courriel remis' : 'Courriel non remis'}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${BOUNDARY}"`,
    '',
    `--${BOUNDARY}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    action === 'delivered'
      ? 'Le courriel a été déposé dans la boîte du destinataire.'
      : 'Le courriel n’a pas pu être remis.',
    '',
    `--${BOUNDARY}`,
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; operateur.mssante.fr',
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
    '',
    `Original-Recipient: rfc822; ${recipient}`,
    `Final-Recipient: rfc822; ${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    '',
    `--${BOUNDARY}`,
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: <${messageId}>`,
    '',
    `--${BOUNDARY}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}
