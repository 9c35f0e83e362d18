/**
 * The simulators' own memory: one JSON value per line, appended and synced before the promise resolves, replayed at
 * start. Several appends waiting at the same time share one write and one fdatasync (group commit).
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Journal<T> {
  /** Resolves once the entry is on disk. After a failed write every later append is rejected: the tail is unknown. */
  append(entry: T): Promise<void>;
  /** Waits for the appends already asked for. */
  close(): Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const NEWLINE = 0x0a;
const READ_BYTES = 1024 * 1024;

/**
 * Opens or creates the file, hands each entry to `replay` in order of append, and cuts off a last line without its
 * newline: such an entry was never confirmed to anybody. A complete line that is not JSON throws: the file is damaged.
 */
export async function openJournal<T>(file: string, replay: (entry: T) => void): Promise<Journal<T>> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    const complete = await replayLines(handle, file, replay);
    await handle.truncate(complete);
    await handle.sync();
    await syncDirectory(dirname(file));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return appender<T>(handle);
}

/** Returns the byte length of the complete lines. Reads by blocks: a document journal may be larger than memory. */
async function replayLines<T>(handle: FileHandle, file: string, replay: (entry: T) => void): Promise<number> {
  const block = Buffer.alloc(READ_BYTES);
  let pieces: Buffer[] = [];
  let position = 0;
  let complete = 0;
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, READ_BYTES, position);
    if (bytesRead === 0) return complete;
    let from = 0;
    for (let end = block.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = block.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...pieces, block.subarray(from, end)]);
      pieces = [];
      from = end + 1;
      replay(parseLine<T>(line, file, complete));
      complete = position + from;
    }
    pieces.push(Buffer.from(block.subarray(from, bytesRead)));
    position += bytesRead;
  }
}

function parseLine<T>(line: Buffer, file: string, offset: number): T {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // The parser's message quotes the line, which may hold a matricule.
    throw new Error(`${file}: line at byte ${offset} is not JSON`);
  }
}

/** A new file name is durable only once its directory is synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function appender<T>(handle: FileHandle): Journal<T> {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let failure: unknown;
  let closed = false;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (failure !== undefined) throw failure;
        await handle.appendFile(batch.map((entry) => entry.line).join(''));
        await handle.datasync();
        for (const entry of batch) entry.resolve();
      } catch (error) {
        failure = error;
        for (const entry of batch) entry.reject(error);
      }
    }
    writing = undefined;
  }

  return {
    append(entry) {
      if (closed) return Promise.reject(new Error('journal closed'));
      const line = `${JSON.stringify(entry)}\n`;
      return new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        writing ??= writeAll();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await writing;
      await handle.close();
    },
  };
}
