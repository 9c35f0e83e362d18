/** OBX-5 of type ED: a document in Base64, decoded when asked for and only once. Source: cda-cisis.md 5, HL7 v2 ED. */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { decodeBase64, isWholeBase64 } from './base64.ts';
import { bytesOf, componentSpan, fieldSpan, read, type Segment, type Span } from './message.ts';

export type DocumentFormat = 'cda' | 'pdf' | 'text' | 'rtf' | 'jpeg' | 'tiff';

export interface EncapsulatedData {
  /** Size of the encoded text, bytes. */
  readonly encodedLength: number;
  /** Decodes on the first call for these bytes of this buffer. Refused when it is not whole. */
  content(): Result<Buffer>;
  /** Says the refusal of `content` without keeping a copy of the document. */
  check(): Result<undefined>;
}

/**
 * By the message and the place in it, for as long as somebody holds the message: the door and each step of a document
 * parse it again, which costs little, and would decode the document again, which costs a copy of it.
 */
const decodedIn = new WeakMap<Buffer, Map<string, Result<Buffer>>>();

/** Reads the ED of an OBX without decoding it. `location` says where it stands in the message, for the refusal. */
export function encapsulatedData(obx: Segment, location: string): Result<EncapsulatedData> {
  const value = fieldSpan(obx, 5);
  const data = value && componentSpan(value, 5);
  if (data === undefined || data.end === data.start) return refuse(hl7Rules.documentMissing, { location });
  const encoding = read(obx, 5, 4);
  if (encoding?.toUpperCase() !== 'BASE64') return refuse(hl7Rules.contentEncodingUnsupported, { location });
  return ok({
    encodedLength: data.end - data.start,
    content: () => decodeOnce(data, location),
    check: () => (isWholeBase64(bytesOf(data)) ? ok(undefined) : refuse(hl7Rules.base64Broken, { location })),
  });
}

function decodeOnce(data: Span, location: string): Result<Buffer> {
  const { buffer } = data.source;
  const known = decodedIn.get(buffer) ?? new Map<string, Result<Buffer>>();
  decodedIn.set(buffer, known);
  const place = `${data.start}-${data.end}`;
  const content = known.get(place) ?? decode(bytesOf(data), location);
  known.set(place, content);
  return content;
}

function decode(bytes: Buffer, location: string): Result<Buffer> {
  const decoded = decodeBase64(bytes);
  return decoded === undefined ? refuse(hl7Rules.base64Broken, { location }) : ok(decoded);
}

/** Enough Base64 to see a signature after a byte order mark. */
const HEAD = 64;

/** What the document is: by its first bytes where they tell, else as OBX-5.2 and OBX-5.3 declare it. */
export function documentFormat(obx: Segment): DocumentFormat | undefined {
  const value = fieldSpan(obx, 5);
  const data = value && componentSpan(value, 5);
  const head = data && Buffer.from(bytesOf(data).subarray(0, HEAD).toString('latin1'), 'base64');
  return (head && bySignature(head)) ?? byDeclaration(read(obx, 5, 2), read(obx, 5, 3));
}

function bySignature(head: Buffer): DocumentFormat | undefined {
  const text = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  if (text.startsWith('%PDF-')) return 'pdf';
  if (text.startsWith('{\\rtf')) return 'rtf';
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'jpeg';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  return /^\s*<(\?xml|([\w-]+:)?ClinicalDocument|!--)/.test(text) ? 'cda' : undefined;
}

function byDeclaration(type = '', subtype = ''): DocumentFormat | undefined {
  switch (`${type}/${subtype}`.toUpperCase()) {
    case 'TEXT/XML':
    case 'APPLICATION/XML':
    case 'MULTIPART/X-HL7-CDA-LEVEL-ONE':
      return 'cda';
    case 'APPLICATION/PDF':
    case 'AP/PDF':
    case 'PDF/':
    case '/PDF':
      return 'pdf';
    case 'TEXT/':
    case 'TEXT/PLAIN':
      return 'text';
    case 'TEXT/RTF':
    case 'APPLICATION/RTF':
    case '/RTF':
      return 'rtf';
    case 'IMAGE/JPEG':
    case 'IM/JPEG':
    case '/JPEG':
      return 'jpeg';
    case 'IMAGE/TIFF':
    case 'IM/TIFF':
    case '/TIFF':
      return 'tiff';
    default:
      return undefined;
  }
}
