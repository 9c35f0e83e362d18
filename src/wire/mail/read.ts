/**
 * Reads one mail with mailparser, bounded, nothing of it followed: no HTML is kept, no link, no image; a message inside the
 * message stays an attachment. Runs in the thread of `open-worker.ts`. Source: hostile.md, Archives.
 */
import { type AddressObject, type HeaderValue, type ParsedMail, simpleParser } from 'mailparser';
import { mssanteInRules } from '../../rules/mssante-in.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { MailAttachment, MailLimits, OpenedMail } from './mail.ts';

/** HTML longer than this is not turned into text. */
const MAX_HTML = 1_000_000;
const MAX_ADDRESSES = 200;
const MAX_FIELD = 1_000;

export async function readMail(bytes: Uint8Array, limits: MailLimits): Promise<Result<OpenedMail>> {
  if (bytes.length > limits.maxBytes) return refuse(mssanteInRules.mailTooLarge);
  try {
    const parsed = await parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), limits);
    return ok(opened(parsed, await textOf(parsed, limits), limits));
  } catch {
    // mailparser says in English which bound was passed; nothing of the mail itself is repeated.
    return refuse(mssanteInRules.mailUnreadable);
  }
}

function parse(bytes: Buffer, limits: MailLimits): Promise<ParsedMail> {
  return simpleParser(bytes, {
    ignoreEmbedded: true,
    keepDeliveryStatus: true,
    keepCidLinks: true,
    skipImageLinks: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    checksumAlgo: false,
    maxHtmlLengthToParse: MAX_HTML,
    maxChildNodes: limits.maxParts,
    maxHeadSize: limits.maxHeaderBytes,
  });
}

/** mailparser makes a text of HTML only where it is the whole mail: beside an attachment it is given to it again alone. */
async function textOf({ text, html }: ParsedMail, limits: MailLimits): Promise<string> {
  if ((text ?? '').trim() !== '' || typeof html !== 'string') return text ?? '';
  const alone = `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
  return (await parse(Buffer.from(alone + Buffer.from(html).toString('base64')), limits)).text ?? '';
}

function opened(parsed: ParsedMail, plain: string, limits: MailLimits): OpenedMail {
  const text = plain.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '');
  const [from] = addressesOf(parsed.from);
  return {
    messageId: field(parsed.messageId),
    subject: field(parsed.subject),
    from: from?.address ?? '',
    fromName: from?.name ?? '',
    to: addressesOf(parsed.to).map(({ address }) => address),
    cc: addressesOf(parsed.cc).map(({ address }) => address),
    replyTo: addressesOf(parsed.replyTo)[0]?.address ?? '',
    returnPath: headerAddress(parsed, 'return-path'),
    dispositionTo: headerAddress(parsed, 'disposition-notification-to'),
    originalRecipient: headerText(parsed.headers.get('original-recipient')),
    sentAt: parsed.headers.has('date') ? parsed.date : undefined,
    inReplyTo: field(parsed.inReplyTo),
    references: [parsed.references ?? []].flat().slice(0, MAX_ADDRESSES).map(field),
    reportType: reportTypeOf(parsed.headers.get('content-type')),
    text: text.slice(0, limits.maxText),
    cut: text.length > limits.maxText || parsed.attachments.length > limits.maxAttachments,
    attachments: parsed.attachments.slice(0, limits.maxAttachments).map(
      ({ filename, contentType, content }): MailAttachment => ({
        name: field(filename),
        mimeType: field(contentType).toLowerCase(),
        bytes: content,
      }),
    ),
  };
}

/** One line, without what could hide in it. */
function field(value: string | undefined): string {
  return (value ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MAX_FIELD);
}

interface Address {
  readonly address: string;
  readonly name: string;
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): Address[] {
  return [header ?? []]
    .flat()
    .flatMap(({ value }) => value.flatMap((each) => each.group ?? [each]))
    .flatMap(({ address, name }) => (address ? [{ address: field(address).toLowerCase(), name: field(name) }] : []))
    .slice(0, MAX_ADDRESSES);
}

function headerAddress(parsed: ParsedMail, name: string): string {
  const value = parsed.headers.get(name);
  const [first] = [value].flat();
  if (typeof first !== 'object' || first === null || !('value' in first) || typeof first.value === 'string') return '';
  return addressesOf(first as AddressObject)[0]?.address ?? '';
}

function headerText(value: HeaderValue | undefined): string {
  const [first] = [value].flat();
  return typeof first === 'string' ? field(first) : '';
}

function reportTypeOf(value: HeaderValue | undefined): string {
  if (typeof value !== 'object' || !('value' in value) || !('params' in value)) return '';
  const { value: type, params } = value as { value: string; params: Record<string, string> };
  return type.toLowerCase() === 'multipart/report' ? field(params['report-type']).toLowerCase() : '';
}
