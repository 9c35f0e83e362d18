/**
 * A ZIP archive from outside, read without trusting anything that it says of itself: bounded in files and in expanded
 * bytes, every name checked, nothing that two readers could read differently, nothing written. Source: hostile.md, Archives.
 */
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { ok, type Refusal, type Result, type Rule, refuse } from '../../rules/rule.ts';
import { xdmRules } from '../../rules/xdm.ts';

export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Of all files together, once inflated, bytes. */
  readonly maxExpandedBytes: number;
  /** And not more than so many times the size of the archive … */
  readonly maxRatio: number;
  /** … beyond this, bytes: a small archive of text inflates more. */
  readonly ratioFromBytes: number;
}

const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 1_000,
  maxExpandedBytes: 200_000_000,
  maxRatio: 10,
  ratioFromBytes: 10_000_000,
};

export interface ArchiveFile {
  /** With `/` between folders; relative, no `..`, no control character. */
  readonly name: string;
  /** Inflated, bytes. */
  readonly size: number;
  /** Exactly `size` bytes of the checksum that the archive declares, or a refusal. */
  read(): Promise<Result<Buffer>>;
}

/** The files of an archive, folders left out, in its order. Their bytes are inflated one file at a time, when asked for. */
export async function openArchive(
  bytes: Uint8Array,
  limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS,
): Promise<Result<readonly ArchiveFile[]>> {
  try {
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (zip.entryCount > limits.maxEntries) return refuse(xdmRules.archiveTooManyEntries);
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    const refusal = entries.map(entryRefusal).find((found) => found !== undefined) ?? (await setRefusal(zip, entries));
    if (refusal !== undefined) return { ok: false, refusal };
    const most = Math.min(limits.maxExpandedBytes, Math.max(limits.ratioFromBytes, bytes.byteLength * limits.maxRatio));
    if (entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0) > most) return refuse(xdmRules.archiveTooLarge);
    return ok(entries.filter((entry) => !isFolder(entry)).map((entry) => fileOf(zip, entry)));
  } catch (error) {
    return refuse(ruleOf(error));
  }
}

/** yauzl says in words what it refuses; a name is the only thing that is not damage. */
function ruleOf(error: unknown): Rule {
  const message = error instanceof Error ? error.message : '';
  return /path|file name|relative|characters/i.test(message) ? xdmRules.archiveUnsafeName : xdmRules.archiveUnreadable;
}

function isFolder({ fileName }: Entry): boolean {
  return fileName.endsWith('/');
}

const STORED = 0;
const DEFLATED = 8;
const FILE_TYPE = 0xf000;
/** Unix types of what is a plain file or a folder; zero is what other systems write. */
const PLAIN_TYPES = [0, 0x8000, 0x4000];

/** What is wrong with one entry alone. */
function entryRefusal(entry: Entry): Refusal | undefined {
  if (entry.isEncrypted()) return { rule: xdmRules.archiveEncrypted };
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    return { rule: xdmRules.archiveUnreadable };
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (!PLAIN_TYPES.includes(type) || !isSafeName(entry.fileName)) return { rule: xdmRules.archiveUnsafeName };
  return undefined;
}

/** yauzl has already refused absolute paths and `..`; a control character, or a device of Windows, is left to us. */
function isSafeName(name: string): boolean {
  const segments = name.replace(/\/$/, '').split('/');
  return (
    name.length <= 512 &&
    !/[\p{Cc}\p{Cf}:*?"<>|]/u.test(name) &&
    segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..' && !/[. ]$/.test(segment))
  );
}

/** What is wrong between the entries: one name twice, bytes shared, a local header that says something else. */
async function setRefusal(zip: ZipFile, entries: readonly Entry[]): Promise<Refusal | undefined> {
  const names = entries.map(({ fileName }) => fileName.normalize('NFC').toUpperCase().replace(/\/$/, ''));
  if (new Set(names).size !== names.length) return { rule: xdmRules.archiveAmbiguous };
  const ranges: { from: number; until: number }[] = [];
  for (const entry of entries) {
    const local = await zip.readLocalFileHeaderPromise(entry);
    const same =
      local.fileName.equals(entry.fileNameRaw) &&
      local.compressionMethod === entry.compressionMethod &&
      (local.generalPurposeBitFlag & 1) === 0;
    if (!same) return { rule: xdmRules.archiveAmbiguous };
    ranges.push({ from: entry.relativeOffsetOfLocalHeader, until: local.fileDataStart + entry.compressedSize });
  }
  ranges.sort((a, b) => a.from - b.from);
  const overlap = ranges.some(({ from }, index) => from < (ranges[index - 1]?.until ?? 0));
  return overlap ? { rule: xdmRules.archiveAmbiguous } : undefined;
}

function fileOf(zip: ZipFile, entry: Entry): ArchiveFile {
  return {
    name: entry.fileName,
    size: entry.uncompressedSize,
    async read() {
      try {
        // yauzl stops the stream at the declared size, which the limits have admitted.
        const stream = await zip.openReadStreamPromise(entry);
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part);
        const bytes = Buffer.concat(parts);
        return crc32(bytes) === entry.crc32 ? ok(bytes) : refuse(xdmRules.archiveUnreadable);
      } catch {
        return refuse(xdmRules.archiveUnreadable);
      }
    },
  };
}
