/**
 * What a delivery report (DSN, RFC 3464) or a disposition notification (MDN, RFC 8098) says, one receipt for each
 * recipient. Pure: the parts are already decoded and bounded.
 */
import type { OpenedMail } from './mail.ts';

export interface Receipt {
  /** `delivery`: what became of the sending. `reading`: what the recipient did with it. */
  readonly kind: 'delivery' | 'reading';
  /** Message-ID of what was sent, with or without its angle brackets; empty when the report does not give it. */
  readonly originalMessageId: string;
  /** Final or original recipient, an address. */
  readonly recipient: string;
  /**
   * Of a delivery, its Action (`delayed` is not final). Of a reading, `processed` when the mail was displayed or taken, `error`
   * when the recipient's software did not take it, `deleted` when it was thrown away unread.
   */
  readonly outcome: 'delivered' | 'relayed' | 'expanded' | 'delayed' | 'failed' | 'processed' | 'deleted' | 'error';
  /**
   * Of a delivery, its enhanced status (RFC 3463) or the diagnostic that holds it (`smtp; 550 5.1.1 …`). Of a reading, the code
   * of `processed/Error` (table 0533).
   */
  readonly status?: string;
  /** What the server or the recipient says in words. */
  readonly text?: string;
}

type Fields = ReadonlyMap<string, string>;

const MAX_RECIPIENTS = 200;
const MAX_TEXT = 1_000;

/** Nothing when the mail is no report, or one that says nothing. */
export function readReceipts(mail: OpenedMail): readonly Receipt[] {
  if (mail.reportType === 'delivery-status') return deliveries(mail);
  if (mail.reportType === 'disposition-notification') return dispositions(mail);
  return [];
}

function partOf(mail: OpenedMail, mimeTypes: readonly string[]): string | undefined {
  const part = mail.attachments.find(({ mimeType }) => mimeTypes.includes(mimeType));
  return part && Buffer.from(part.bytes).toString('utf8');
}

/** Groups of fields, apart by empty lines; continuation lines joined, names in lower case, the first of a name kept. */
function groupsOf(text: string): Fields[] {
  const groups = text.replace(/\r\n?/g, '\n').split(/\n[ \t]*\n+/);
  return groups.slice(0, MAX_RECIPIENTS + 1).flatMap((group) => {
    const fields = new Map<string, string>();
    for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
      const [, name, value] = /^([!-9;-~]{1,80}):(.*)$/.exec(line) ?? [];
      if (name !== undefined && !fields.has(name.toLowerCase()))
        fields.set(name.toLowerCase(), (value ?? '').trim().slice(0, MAX_TEXT));
    }
    return fields.size === 0 ? [] : [fields];
  });
}

/** `rfc822; a@b` and the `rfc822;a@b` of the LPS volet; a bare address is read too. */
function addressIn(value: string | undefined): string {
  const address = (value ?? '').replace(/^[\w.+-]+\s*;/, '').trim();
  return address.replace(/^<|>$/g, '').toLowerCase();
}

function identifierIn(value: string | undefined): string {
  const [, id] = /<\s*([^<>\s]+)\s*>/.exec(value ?? '') ?? [];
  return id === undefined ? '' : `<${id}>`;
}

/** Of the headers given back (text/rfc822-headers or message/rfc822), where the report itself does not name the mail. */
function returnedMessageId(mail: OpenedMail): string {
  const returned = partOf(mail, ['text/rfc822-headers', 'message/rfc822', 'message/global', 'message/global-headers']);
  if (returned === undefined) return '';
  const [headers] = groupsOf(returned.slice(0, 262_144));
  return identifierIn(headers?.get('message-id'));
}

const ACTIONS: Readonly<Record<string, Receipt['outcome']>> = {
  delivered: 'delivered',
  relayed: 'relayed',
  expanded: 'expanded',
  delayed: 'delayed',
  failed: 'failed',
};

function deliveries(mail: OpenedMail): Receipt[] {
  const text = partOf(mail, ['message/delivery-status', 'message/global-delivery-status']);
  const groups = text === undefined ? [] : groupsOf(text);
  const [ofMessage] = groups;
  const originalMessageId =
    returnedMessageId(mail) || identifierIn(ofMessage?.get('original-envelope-id')) || replied(mail);
  return groups.flatMap((fields): Receipt[] => {
    const outcome = ACTIONS[(fields.get('action') ?? '').toLowerCase()];
    const recipient = addressIn(fields.get('original-recipient')) || addressIn(fields.get('final-recipient'));
    if (outcome === undefined || recipient === '') return [];
    const [status] = /\d\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '') ?? [];
    const said = addressless(fields.get('diagnostic-code'));
    return [
      {
        kind: 'delivery',
        originalMessageId,
        recipient,
        outcome,
        ...(status === undefined ? {} : { status }),
        ...(said === '' ? {} : { text: said }),
      },
    ];
  });
}

/** `smtp; 550 5.1.1 …` without its type. */
function addressless(value: string | undefined): string {
  return (value ?? '').replace(/^[\w.+-]+\s*;\s*/, '').trim();
}

function replied(mail: OpenedMail): string {
  return identifierIn(mail.inReplyTo) || identifierIn(mail.references.at(-1));
}

/** `denied` and `failed` are of RFC 2298, still sent by older software. */
const DISPOSITIONS: Readonly<Record<string, Receipt['outcome']>> = {
  displayed: 'processed',
  processed: 'processed',
  dispatched: 'processed',
  deleted: 'deleted',
  denied: 'error',
  failed: 'error',
};

function dispositions(mail: OpenedMail): Receipt[] {
  const text = partOf(mail, ['message/disposition-notification', 'message/global-disposition-notification']);
  const fields = text === undefined ? undefined : groupsOf(text)[0];
  if (fields === undefined) return [];
  const [, type = '', modifier] = /;\s*([a-z-]+)\s*(?:\/\s*(.*))?$/i.exec(fields.get('disposition') ?? '') ?? [];
  const outcome = DISPOSITIONS[type.toLowerCase()];
  const recipient =
    addressIn(fields.get('original-recipient')) || addressIn(fields.get('final-recipient')) || mail.from;
  if (outcome === undefined || recipient === '') return [];
  const error = errorOf(modifier, fields.get('error'));
  return [
    {
      kind: 'reading',
      originalMessageId: identifierIn(fields.get('original-message-id')) || returnedMessageId(mail) || replied(mail),
      recipient,
      outcome: error === undefined ? outcome : 'error',
      ...(error?.code === undefined ? {} : { status: error.code }),
      ...(error?.label === undefined ? {} : { text: error.label }),
    },
  ];
}

/** `Error: 902^Identifiant de patient inconnu^…` (volet LPS), or a field `Error:` apart (RFC 8098 3.2.7). */
function errorOf(
  modifier: string | undefined,
  field: string | undefined,
): { code?: string; label?: string } | undefined {
  const [, said] = /^error\b\s*:?\s*(.*)$/i.exec(modifier ?? '') ?? [];
  if (said === undefined && field === undefined) return undefined;
  const text = said === undefined || said === '' ? (field ?? '') : said;
  const [code, label] = text.split('^').map((part) => part.trim());
  if (label === undefined) return code === '' || code === undefined ? {} : { label: code };
  return { ...(code === '' || code === undefined ? {} : { code }), label };
}
