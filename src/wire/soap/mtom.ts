/** MTOM/XOP messages: written as a list of parts that is never joined, read within bounds. Source: dmp.md 2.2. */

export interface Attachment {
  /** Without angle brackets; the envelope refers to it by `xopInclude`. */
  readonly contentId: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface MtomMessage {
  readonly contentType: string;
  readonly body: readonly Uint8Array[];
}

const ROOT_ID = 'root@traitdunion';

/** The element that stands in the envelope for the bytes of an attachment. */
export function xopInclude(contentId: string): string {
  return `<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:${contentId}"/>`;
}

/** `boundary` must be unpredictable (a random UUID), so that no document can hold it. */
export function mtomMessage(
  envelope: string,
  action: string,
  attachments: readonly Attachment[],
  boundary: string,
): MtomMessage {
  const body: Uint8Array[] = [
    Buffer.from(
      `--${boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"; action="${action}"` +
        `\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <${ROOT_ID}>\r\n\r\n${envelope}`,
      'utf8',
    ),
  ];
  for (const { contentId, contentType, bytes } of attachments) {
    const head =
      `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Transfer-Encoding: binary` +
      `\r\nContent-ID: <${contentId}>\r\n\r\n`;
    body.push(Buffer.from(head, 'utf8'), bytes);
  }
  body.push(Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'));
  const contentType =
    `multipart/related; boundary="${boundary}"; type="application/xop+xml"; start="<${ROOT_ID}>"; ` +
    `start-info="application/soap+xml"; action="${action}"`;
  return { contentType, body };
}

export interface Multipart {
  readonly root: Buffer;
  /** By Content-ID, without angle brackets; the root is not among them. */
  readonly attachments: ReadonlyMap<string, Buffer>;
}

const MAX_PARTS = 64;
const MAX_PART_HEADERS = 8192;

/** True when the content type announces several parts. */
export function isMultipart(contentType: string): boolean {
  return /^\s*multipart\/related\b/i.test(contentType);
}

/**
 * Cuts a multipart/related message; undefined when it is not complete (no closing delimiter), has no root part or
 * passes the bounds (64 parts, 8 KB of headers each). The size of the whole is bounded by the transport.
 */
export function readMultipart(contentType: string, body: Buffer): Multipart | undefined {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined) return undefined;
  const parts = cut(body, boundary);
  if (parts === undefined) return undefined;
  const start = parameter(contentType, 'start')?.replace(/^<|>$/g, '');
  const named = parts.map((part) => ({ id: contentIdOf(part.headers), content: part.content }));
  const root = start === undefined ? named[0] : named.find((part) => part.id === start);
  if (root === undefined) return undefined;
  const attachments = new Map(named.filter((part) => part !== root).map((part) => [part.id, part.content]));
  return { root: root.content, attachments };
}

interface Part {
  readonly headers: string;
  readonly content: Buffer;
}

function cut(body: Buffer, boundary: string): Part[] | undefined {
  const opening = Buffer.from(`--${boundary}`, 'latin1');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  let at = body.subarray(0, opening.length).equals(opening) ? opening.length : after(body, delimiter, 0);
  const parts: Part[] = [];
  while (at >= 0 && parts.length <= MAX_PARTS) {
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    const end = body.indexOf(delimiter, at);
    const blank = body.indexOf('\r\n\r\n', at, 'latin1');
    if (end < 0 || blank < 0 || blank > end || blank - at > MAX_PART_HEADERS) return undefined;
    parts.push({ headers: body.toString('latin1', at, blank), content: body.subarray(blank + 4, end) });
    at = end + delimiter.length;
  }
  return undefined;
}

function after(body: Buffer, delimiter: Buffer, from: number): number {
  const found = body.indexOf(delimiter, from);
  return found < 0 ? -1 : found + delimiter.length;
}

function contentIdOf(headers: string): string {
  return /\r\ncontent-id:[ \t]*<?([^>\r\n]*)>?/i.exec(headers)?.[1]?.trim() ?? '';
}

function parameter(contentType: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(contentType);
  return found?.[1] ?? found?.[2];
}
