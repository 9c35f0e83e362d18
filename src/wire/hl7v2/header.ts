/** The MSH segment as values: who speaks to whom, about what, under which profile. */
import { defined } from '../defined.ts';
import type { Delimiters } from './delimiters.ts';
import type { Hl7Encoding } from './encoding.ts';
import {
  type Hl7Message,
  parseMessage,
  read,
  readPart,
  repetitions,
  type Segment,
  type Span,
  segmentNamed,
} from './message.ts';

/** HL7 HD: a namespace, and an identifier with its type (`ISO` for an OID; `N`, `M` for a FINESS, in French messages). */
export interface Authority {
  readonly namespace?: string;
  readonly universalId?: string;
  readonly universalIdType?: string;
}

export interface MessageHeader {
  readonly delimiters: Delimiters;
  readonly encoding: Hl7Encoding;
  /** MSH-3 to MSH-6; an empty field is an empty object. */
  readonly sendingApplication: Authority;
  readonly sendingFacility: Authority;
  readonly receivingApplication: Authority;
  readonly receivingFacility: Authority;
  /** MSH-7 as received. */
  readonly sentAt?: string;
  /** MSH-9, for example `ADT`, `A01`, `ADT_A01`. */
  readonly type?: string;
  readonly event?: string;
  readonly structure?: string;
  readonly controlId?: string;
  /** MSH-11.1: P, T or D. */
  readonly processingId?: string;
  /** MSH-12.1, for example `2.6`. */
  readonly version?: string;
  /** MSH-17. */
  readonly country?: string;
  /** MSH-21, all repetitions: `{ id: '2.1', namespace: 'CISIS_CDA_HL7_V2' }`. */
  readonly profiles: readonly { readonly id: string; readonly namespace: string }[];
  /** The first SFT: SFT-3 and SFT-2, of the software that wrote the message. */
  readonly software?: { readonly product?: string; readonly version?: string };
}

/** The checks, the reader of its kind and the door ask for the header of one message. */
const headers = new WeakMap<Hl7Message, MessageHeader>();

/** The header of a parsed message. */
export function readHeader(message: Hl7Message): MessageHeader {
  const header = headers.get(message) ?? headerOf(message);
  headers.set(message, header);
  return header;
}

function headerOf(message: Hl7Message): MessageHeader {
  const msh = segmentNamed(message, 'MSH');
  return defined({
    delimiters: message.delimiters,
    encoding: message.encoding,
    sendingApplication: authorityField(msh, 3),
    sendingFacility: authorityField(msh, 4),
    receivingApplication: authorityField(msh, 5),
    receivingFacility: authorityField(msh, 6),
    sentAt: read(msh, 7),
    type: read(msh, 9, 1),
    event: read(msh, 9, 2),
    structure: read(msh, 9, 3),
    controlId: read(msh, 10),
    processingId: read(msh, 11),
    version: read(msh, 12),
    country: read(msh, 17),
    profiles: (msh === undefined ? [] : repetitions(msh, 21)).map((profile) => ({
      id: readPart(profile, 1) ?? '',
      namespace: readPart(profile, 2) ?? '',
    })),
    ...softwareOf(message),
  });
}

function softwareOf(message: Hl7Message): Pick<MessageHeader, 'software'> {
  const sft = segmentNamed(message, 'SFT');
  if (sft === undefined) return {};
  return { software: defined({ product: read(sft, 3), version: read(sft, 2) }) };
}

/** Longest header line that is looked for in a message that was refused. */
const MAX_HEADER = 4_096;

/**
 * The header of a message that may be unacceptable (illegible, cut, oversized), so that it can still be answered.
 * Undefined when no MSH can be made out. What the declared encoding cannot read is read as 8859/1, byte for byte.
 */
export function salvageHeader(bytes: Uint8Array): MessageHeader | undefined {
  const head = Buffer.from(bytes.subarray(0, MAX_HEADER))
    .toString('latin1')
    .replace(/^[\r\n]+/, '');
  const line = Buffer.from(head.split(/[\r\n]/, 1)[0] ?? '', 'latin1');
  const asDeclared = parseMessage(line, { defaultEncoding: '8859/1' });
  if (asDeclared.ok) return readHeader(asDeclared.value);
  const ascii = Buffer.from(line.toString('latin1').replace(/[^\x20-\x7e]/g, '?'), 'latin1');
  const readable = parseMessage(ascii, { defaultEncoding: '8859/1' });
  if (readable.ok) return readHeader(readable.value);
  const withoutCharset = parseMessage(dropCharset(ascii), { defaultEncoding: '8859/1' });
  return withoutCharset.ok ? readHeader(withoutCharset.value) : undefined;
}

/** The line up to MSH-17: an unsupported MSH-18 must not prevent the answer that says so. */
function dropCharset(line: Buffer): Buffer {
  const separator = line.toString('latin1', 3, 4);
  return Buffer.from(line.toString('latin1').split(separator).slice(0, 17).join(separator), 'latin1');
}

function authorityField(segment: Segment | undefined, field: number): Authority {
  return authority((n) => read(segment, field, n));
}

/** HD held by the subcomponents of a component, as in CX-4 and XCN-9. */
export function assigningAuthority(repetition: Span, n: number): Authority {
  return authority((subcomponent) => readPart(repetition, n, subcomponent));
}

function authority(part: (n: number) => string | undefined): Authority {
  return defined({
    namespace: part(1),
    universalId: part(2),
    universalIdType: part(3),
  });
}
