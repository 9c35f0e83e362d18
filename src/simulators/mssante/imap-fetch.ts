/** FETCH: the data items that a client may ask of a message, and nothing that the server does not have (RFC 3501, 6.4.5). */
import { quoted, type Value } from './imap-syntax.ts';
import type { StoredMail } from './mail-store.ts';

const MACROS: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
};

/** Items in upper case, `UID` first for a command by UID. Undefined when one is not known here. */
export function fetchItems(asked: Value | undefined, byUid: boolean): readonly string[] | undefined {
  const listed = typeof asked === 'string' ? (MACROS[asked.toUpperCase()] ?? [asked]) : (asked ?? []);
  const items = listed.map((item) => (typeof item === 'string' ? item.toUpperCase() : ''));
  if (items.length === 0 || items.some((item) => !isKnown(item))) return undefined;
  return [...new Set(byUid ? ['UID', ...items] : items)];
}

const PLAIN = ['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'RFC822', 'RFC822.HEADER'];
const BODY = /^BODY(\.PEEK)?\[(HEADER|TEXT)?\](?:<(\d+)\.(\d+)>)?$/;

function isKnown(item: string): boolean {
  return PLAIN.includes(item) || BODY.test(item);
}

/** Reading a body without PEEK marks it as read. */
export function marksAsRead(items: readonly string[]): boolean {
  return items.some((item) => item === 'RFC822' || (item.startsWith('BODY[') && BODY.test(item)));
}

/** `(…)` of an untagged FETCH, as bytes: a body is no text. */
export function fetchData(mail: StoredMail, items: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(Buffer.from(' '));
    parts.push(dataOf(mail, item));
  }
  return Buffer.concat([Buffer.from('('), ...parts, Buffer.from(')')]);
}

function dataOf(mail: StoredMail, item: string): Buffer {
  switch (item) {
    case 'UID':
      return Buffer.from(`UID ${mail.uid}`);
    case 'FLAGS':
      return Buffer.from(`FLAGS (${[...mail.flags].join(' ')})`);
    case 'INTERNALDATE':
      return Buffer.from(`INTERNALDATE "${internalDate(mail.receivedAt)}"`);
    case 'RFC822.SIZE':
      return Buffer.from(`RFC822.SIZE ${mail.raw.length}`);
    case 'ENVELOPE':
      return Buffer.from(`ENVELOPE ${envelope(mail.raw)}`);
    case 'RFC822':
      return literal('RFC822', mail.raw);
    case 'RFC822.HEADER':
      return literal('RFC822.HEADER', head(mail.raw));
  }
  const [, , section, from, length] = BODY.exec(item) ?? [];
  const whole =
    section === 'HEADER' ? head(mail.raw) : section === 'TEXT' ? mail.raw.subarray(head(mail.raw).length) : mail.raw;
  const name = `BODY[${section ?? ''}]${from === undefined ? '' : `<${from}>`}`;
  const start = Number(from ?? 0);
  return literal(name, length === undefined ? whole : whole.subarray(start, start + Number(length)));
}

function literal(name: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${name} {${bytes.length}}\r\n`), bytes]);
}

function head(raw: Buffer): Buffer {
  const end = raw.indexOf('\r\n\r\n');
  return end < 0 ? raw : raw.subarray(0, end + 4);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function internalDate(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/** date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id. */
function envelope(raw: Buffer): string {
  const header = new Map<string, string>();
  for (const line of head(raw)
    .toString('utf8')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && !header.has(name)) header.set(name, line.slice(colon + 1).trim());
  }
  const from = addresses(header.get('from'));
  const or = (name: string): string => (header.has(name) ? addresses(header.get(name)) : from);
  const text = (name: string): string => quoted(header.get(name));
  return `(${text('date')} ${text('subject')} ${from} ${or('sender')} ${or('reply-to')} ${addresses(header.get('to'))} ${addresses(header.get('cc'))} NIL ${text('in-reply-to')} ${text('message-id')})`;
}

function addresses(value: string | undefined): string {
  const found = (value ?? '').split(',').flatMap((each) => {
    const [, name = '', address = each.trim()] = /^\s*"?([^"<]*?)"?\s*<([^>]+)>\s*$/.exec(each) ?? [];
    const at = address.lastIndexOf('@');
    if (at < 1) return [];
    const said = name === '' ? 'NIL' : quoted(name);
    return `(${said} NIL ${quoted(address.slice(0, at))} ${quoted(address.slice(at + 1))})`;
  });
  return found.length === 0 ? 'NIL' : `(${found.join('')})`;
}
