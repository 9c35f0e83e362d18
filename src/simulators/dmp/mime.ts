/** The MIME package of an MTOM request (multipart/related with an XOP root). Source: dmp.md 2.2, RFC 2387, XOP. */
import { type Checked, refused } from './problem.ts';

export interface MimePart {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface MimePackage {
  readonly root: MimePart;
  /** The other parts, by Content-ID without its angle brackets. */
  readonly parts: ReadonlyMap<string, MimePart>;
}

const MAX_PARTS = 64;
const MAX_PART_HEADER = 16_384;

export interface MediaType {
  /** Lower case. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A Content-Type value; parameter names in lower case, quoted values unquoted. */
export function readMediaType(value: string): MediaType {
  const [type = '', ...rest] = value.match(/(?:"(?:\\.|[^"\\])*"|[^;"])+/g) ?? [];
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals < 0) continue;
    const raw = parameter.slice(equals + 1).trim();
    const text = raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw;
    parameters.set(parameter.slice(0, equals).trim().toLowerCase(), text);
  }
  return { type: type.trim().toLowerCase(), parameters };
}

export function readMimePackage(contentType: string, body: Buffer): Checked<MimePackage> {
  const { type, parameters } = readMediaType(contentType);
  const boundary = parameters.get('boundary') ?? '';
  if (type !== 'multipart/related') return refused(`Content-Type « ${type} » au lieu de multipart/related (MTOM).`);
  if (!/^[^\s]{1,70}$/.test(boundary)) return refused('Paramètre boundary absent ou invalide.');
  if (parameters.get('type') !== 'application/xop+xml') return refused('Paramètre type ≠ application/xop+xml.');
  if (parameters.get('start-info') !== 'application/soap+xml') {
    return refused('Paramètre start-info ≠ application/soap+xml.');
  }
  const blocks = splitBlocks(body, boundary);
  if (blocks === undefined) return refused('Paquet MIME mal délimité : délimiteur final absent ou trop de parties.');
  return assemble(blocks, parameters.get('start'));
}

/** The bytes between delimiters; undefined without a final delimiter. */
function splitBlocks(body: Buffer, boundary: string): Buffer[] | undefined {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // A body may start directly with its first delimiter, without the line break.
  const bytes = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2))
    ? Buffer.concat([Buffer.from('\r\n'), body])
    : body;
  const blocks: Buffer[] = [];
  let start: number | undefined;
  for (let at = bytes.indexOf(delimiter); at >= 0; at = bytes.indexOf(delimiter, at + delimiter.length)) {
    const after = at + delimiter.length;
    const closing = bytes.subarray(after, after + 2).toString('latin1') === '--';
    const line = closing ? after : endOfDelimiter(bytes, after);
    if (line === undefined) continue;
    if (start !== undefined) blocks.push(bytes.subarray(start, at));
    if (closing) return blocks;
    if (blocks.length >= MAX_PARTS) return undefined;
    start = line;
  }
  return undefined;
}

/** Position after the CRLF that ends a delimiter line, or undefined when the boundary text is only a prefix here. */
function endOfDelimiter(bytes: Buffer, at: number): number | undefined {
  let i = at;
  while (bytes[i] === 0x20 || bytes[i] === 0x09) i += 1;
  return bytes[i] === 0x0d && bytes[i + 1] === 0x0a ? i + 2 : undefined;
}

function assemble(blocks: readonly Buffer[], start: string | undefined): Checked<MimePackage> {
  const parts = new Map<string, MimePart>();
  let first: string | undefined;
  for (const block of blocks) {
    const part = readPart(block);
    if (!part.ok) return part;
    const { id, contentType, body } = part.value;
    if (parts.has(id)) return refused(`Content-ID « ${id} » présent deux fois.`);
    first ??= id;
    parts.set(id, { contentType, body });
  }
  const rootId = start === undefined ? first : withoutBrackets(start);
  const root = rootId === undefined ? undefined : parts.get(rootId);
  if (root === undefined || rootId === undefined) return refused('Partie racine (start) absente du paquet MIME.');
  const { type, parameters } = readMediaType(root.contentType);
  if (type !== 'application/xop+xml' || parameters.get('type') !== 'application/soap+xml') {
    return refused('La partie racine doit être application/xop+xml avec type="application/soap+xml".');
  }
  parts.delete(rootId);
  return { ok: true, value: { root, parts } };
}

function readPart(block: Buffer): Checked<MimePart & { id: string }> {
  const end = block.indexOf('\r\n\r\n');
  if (end < 0 || end > MAX_PART_HEADER) return refused('En-têtes d’une partie MIME illisibles.');
  const headers = new Map<string, string>();
  const unfolded = block
    .subarray(0, end)
    .toString('utf8')
    .replace(/\r\n[ \t]+/g, ' ');
  for (const line of unfolded.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const encoding = (headers.get('content-transfer-encoding') ?? 'binary').toLowerCase();
  if (encoding !== 'binary' && encoding !== '8bit') {
    return refused(`Content-Transfer-Encoding « ${encoding} » non admis : les parties MTOM sont binaires.`);
  }
  const id = headers.get('content-id');
  if (id === undefined) return refused('Partie MIME sans Content-ID.');
  return {
    ok: true,
    value: {
      id: withoutBrackets(id),
      contentType: headers.get('content-type') ?? 'text/plain',
      body: block.subarray(end + 4),
    },
  };
}

function withoutBrackets(id: string): string {
  return id.replace(/^<(.*)>$/, '$1');
}
