/** Writes ZIP archives by hand, so that each part can lie. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface Part {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly stored?: boolean;
  /** Of the local header, when it is another. */
  readonly localName?: string;
  /** Declared in both headers, when it is not the true one. */
  readonly size?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
  /** Unix mode, type included. */
  readonly mode?: number;
  /** Its central header points at the local header of this part instead of its own. */
  readonly at?: number;
  /** Sizes in a ZIP64 field. */
  readonly zip64?: boolean;
  /** Compressed bytes as they are, with `size` and `method`. */
  readonly raw?: Uint8Array;
}

interface Written {
  readonly local: Buffer;
  readonly offset: number;
  readonly packed: Uint8Array;
  readonly part: Part;
}

const UTF8_NAME = 0x800;

/** `entryCount`: what the end record says, when it is not the truth. */
export function zipOf(parts: readonly Part[], options: { entryCount?: number } = {}): Buffer {
  const written: Written[] = [];
  let offset = 0;
  for (const part of parts) {
    const packed = part.raw ?? (part.stored === true ? bytesOf(part) : deflateRawSync(bytesOf(part)));
    const local = Buffer.concat([header(part, packed, undefined), packed]);
    written.push({ local, offset, packed, part });
    offset += local.length;
  }
  const central = written.map(({ part, packed, offset: own }) => {
    const at = part.at === undefined ? own : (written[part.at]?.offset ?? own);
    return header(part, packed, at);
  });
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  const count = Math.min(options.entryCount ?? parts.length, 0xffff);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...written.map(({ local }) => local), directory, end]);
}

function bytesOf({ content }: Part): Buffer {
  return Buffer.from(content ?? '');
}

/** Local when `offset` is undefined, else central. */
function header(part: Part, packed: Uint8Array, offset: number | undefined): Buffer {
  const local = offset === undefined;
  const name = Buffer.from(local ? (part.localName ?? part.name) : part.name);
  const size = part.size ?? bytesOf(part).length;
  const extra = part.zip64 === true ? zip64Field(size, packed.length) : Buffer.alloc(0);
  const fixed = Buffer.alloc(local ? 30 : 46);
  fixed.writeUInt32LE(local ? 0x04034b50 : 0x02014b50, 0);
  // Made by Unix, which gives the mode its meaning.
  if (!local) fixed.writeUInt16LE(0x0314, 4);
  const at = local ? 4 : 6;
  fixed.writeUInt16LE(20, at);
  fixed.writeUInt16LE((part.flags ?? 0) | UTF8_NAME, at + 2);
  fixed.writeUInt16LE(part.method ?? (part.stored === true ? 0 : 8), at + 4);
  fixed.writeUInt32LE((part.crc ?? crc32(bytesOf(part))) >>> 0, at + 10);
  fixed.writeUInt32LE(part.zip64 === true ? 0xffffffff : packed.length, at + 14);
  fixed.writeUInt32LE(part.zip64 === true ? 0xffffffff : size, at + 18);
  fixed.writeUInt16LE(name.length, at + 22);
  fixed.writeUInt16LE(extra.length, at + 24);
  if (!local) {
    fixed.writeUInt32LE((part.mode ?? 0o100644) * 0x10000, 38);
    fixed.writeUInt32LE(offset, 42);
  }
  return Buffer.concat([fixed, name, extra]);
}

function zip64Field(size: number, packed: number): Buffer {
  const field = Buffer.alloc(20);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(16, 2);
  field.writeBigUInt64LE(BigInt(size), 4);
  field.writeBigUInt64LE(BigInt(packed), 12);
  return field;
}
