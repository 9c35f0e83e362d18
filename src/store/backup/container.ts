/**
 * The file of a backup: frames, compressed, in chunks that are encrypted when there is a key. AES-256-GCM with the
 * chunk's number and a mark of the last one in the nonce: a chunk that was changed, moved, or cut away does not open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';

/** `M` manifest, `T` a table begins, `D` its data, `E` it ends, `S` sequences, `Z` the end of the backup. */
export interface Frame {
  readonly type: 'M' | 'T' | 'D' | 'E' | 'S' | 'Z';
  readonly payload: Buffer;
}

/** The file is not a backup, was damaged, or needs another key. French. */
export class BackupUnreadable extends Error {}

const MAGIC = Buffer.from('TDUSAUV1');
const CHUNK = 1024 * 1024;
const TAG = 16;
const SALT = 16;
/** A row of a message of 64 MB, and what surrounds it. */
const MOST_FRAME = 256 * 1024 * 1024;

/** Writes frames to `sink`; `key`: 32 bytes. */
export async function writeContainer(
  frames: AsyncIterable<Frame>,
  sink: NodeJS.WritableStream,
  key: Buffer | undefined,
): Promise<void> {
  await pipeline(
    Readable.from(encodeFrames(frames)),
    createZstdCompress(),
    (source: AsyncIterable<Buffer>) => seal(source, key),
    sink,
  );
}

async function* encodeFrames(frames: AsyncIterable<Frame>): AsyncGenerator<Buffer> {
  for await (const { type, payload } of frames) {
    const head = Buffer.alloc(5);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(payload.length, 1);
    yield head;
    yield payload;
  }
}

async function* seal(source: AsyncIterable<Buffer>, key: Buffer | undefined): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT);
  yield Buffer.concat([MAGIC, Buffer.from([key === undefined ? 0 : 1]), salt]);
  const own = key && fileKey(key, salt);
  let number = 0;
  for await (const { bytes, last } of inChunks(source)) {
    const body = own === undefined ? bytes : encrypt(own, nonceOf(number, last), bytes);
    number += 1;
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 0);
    head.writeUInt8(last ? 1 : 0, 4);
    yield head;
    yield body;
  }
}

async function* inChunks(source: AsyncIterable<Buffer>): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const part of source) {
    held.push(part);
    size += part.length;
    if (size <= CHUNK) continue;
    const all = Buffer.concat(held);
    let from = 0;
    for (; all.length - from > CHUNK; from += CHUNK) yield { bytes: all.subarray(from, from + CHUNK), last: false };
    held = [all.subarray(from)];
    size = all.length - from;
  }
  yield { bytes: Buffer.concat(held), last: true };
}

function fileKey(key: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'traitdunion backup 1', 32));
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 3);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
}

function encrypt(key: Buffer, nonce: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** The frames of a file, in order. Throws BackupUnreadable, or the error of the disk. */
export async function* readContainer(file: string, key: Buffer | undefined): AsyncGenerator<Frame> {
  const reader = byteReader(decompressed(file, key));
  for (let head = await reader.take(5); head !== undefined; head = await reader.take(5)) {
    const size = head.readUInt32BE(1);
    const payload = size > MOST_FRAME ? undefined : await reader.take(size);
    if (payload === undefined) throw new BackupUnreadable('fichier abîmé ou coupé');
    yield { type: head.toString('latin1', 0, 1) as Frame['type'], payload };
  }
}

async function* decompressed(file: string, key: Buffer | undefined): AsyncGenerator<Buffer> {
  const opened = Readable.from(open(createReadStream(file), key));
  const plain = createZstdDecompress();
  opened.on('error', (error) => plain.destroy(error));
  try {
    for await (const bytes of opened.pipe(plain)) yield bytes;
  } catch (error) {
    if (error instanceof BackupUnreadable || !isZstdError(error)) throw error;
    throw new BackupUnreadable('fichier abîmé ou coupé');
  }
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ZSTD|Z_|ERR_)/.test(String(error.code));
}

async function* open(source: AsyncIterable<Buffer>, key: Buffer | undefined): AsyncGenerator<Buffer> {
  const reader = byteReader(source);
  const head = await reader.take(MAGIC.length + 1 + SALT);
  if (head === undefined || !head.subarray(0, MAGIC.length).equals(MAGIC))
    throw new BackupUnreadable("ce fichier n'est pas une sauvegarde de Trait d'Union");
  const encrypted = head[MAGIC.length] === 1;
  if (encrypted && key === undefined) throw new BackupUnreadable('sauvegarde chiffrée : indiquer la clé (--key-file)');
  const own = encrypted && key !== undefined ? fileKey(key, head.subarray(MAGIC.length + 1)) : undefined;
  for (let number = 0, last = false; !last; number += 1) {
    const size = await reader.take(5);
    const length = size?.readUInt32BE(0) ?? 0;
    const body = size === undefined || length > CHUNK + TAG ? undefined : await reader.take(length);
    if (size === undefined || body === undefined) throw new BackupUnreadable('fichier abîmé ou coupé');
    last = size[4] === 1;
    yield own === undefined ? body : decrypt(own, nonceOf(number, last), body);
  }
  if ((await reader.take(1)) !== undefined) throw new BackupUnreadable('fichier abîmé : octets après la fin');
}

function decrypt(key: Buffer, nonce: Buffer, body: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  try {
    decipher.setAuthTag(body.subarray(-TAG));
    return Buffer.concat([decipher.update(body.subarray(0, -TAG)), decipher.final()]);
  } catch {
    throw new BackupUnreadable("clé différente, ou fichier abîmé : le contenu ne s'ouvre pas");
  }
}

/** Exactly so many bytes; undefined when the source ends before. */
function byteReader(source: AsyncIterable<Buffer>): { take(size: number): Promise<Buffer | undefined> } {
  const parts = source[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let size = 0;
  return {
    take: async (wanted) => {
      while (size < wanted) {
        const next = await parts.next();
        if (next.done === true) return undefined;
        held.push(next.value);
        size += next.value.length;
      }
      const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
      held = [all.subarray(wanted)];
      size -= wanted;
      return all.subarray(0, wanted);
    },
  };
}
