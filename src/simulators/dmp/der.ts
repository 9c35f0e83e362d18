/** Just enough DER to read what node:crypto does not show of a certificate: the subject RDNs and KeyUsage. */

export interface Tlv {
  readonly tag: number;
  readonly content: Buffer;
}

/** The values of a constructed type, in order; undefined when the bytes are not DER. */
export function readTlvs(bytes: Buffer): Tlv[] | undefined {
  const list: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at];
    const length = readLength(bytes, at + 1);
    if (tag === undefined || length === undefined || length.end + length.value > bytes.length) return undefined;
    list.push({ tag, content: bytes.subarray(length.end, length.end + length.value) });
    at = length.end + length.value;
  }
  return list;
}

function readLength(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, end: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) return undefined;
  return { value: bytes.readUIntBE(at + 1, count), end: at + 1 + count };
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function readOid(content: Buffer): string {
  const arcs: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) === 0) {
      arcs.push(value);
      value = 0n;
    }
  }
  const first = arcs[0] ?? 0n;
  const top = first >= 80n ? 2n : first / 40n;
  return [top, first - top * 40n, ...arcs.slice(1)].join('.');
}

const BMP_STRING = 0x1e;
const UTF8_STRING = 0x0c;

/** Text of the ASN.1 string types met in names. */
export function readString({ tag, content }: Tlv): string {
  if (tag === UTF8_STRING) return content.toString('utf8');
  if (tag === BMP_STRING) return Buffer.from(content).swap16().toString('utf16le');
  return content.toString('latin1');
}
