/**
 * A form with a file (multipart/form-data, RFC 7578), read as it arrives: the fields that stand before the file, then the
 * file itself, which is never whole in memory.
 */

export interface FileForm {
  readonly fields: Readonly<Record<string, string>>;
  /** The first one; absent when the form holds no file. */
  readonly file: UploadedFile | undefined;
}

export interface UploadedFile {
  readonly field: string;
  /** As its sender calls it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
  /** The file after this one, once this one is read to its end; undefined when it is the last. */
  readonly next: () => Promise<UploadedFile | undefined>;
}

/** Fields and headers before the file. */
const MOST_HEAD_BYTES = 64 * 1024;

/** The form is not one: cut, without its boundary, or with fields that are too long. */
export class NotAForm extends Error {}

/** Resolves at the first file, whose bytes are then for the caller to read. Throws NotAForm. */
export async function readFileForm(contentType: string, stream: AsyncIterable<Buffer>): Promise<FileForm> {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new NotAForm('no boundary');
  const source = sourceOf(stream);
  const delimiter = Buffer.from(`\r\n--${mark}`);
  // The first delimiter has no line before it.
  source.put(Buffer.from('\r\n'));
  await source.until(delimiter, MOST_HEAD_BYTES);
  const fields: Record<string, string> = {};
  let left = MOST_HEAD_BYTES;
  while ((await source.take(2)).toString('latin1') === '\r\n') {
    const head = (await source.until(Buffer.from('\r\n\r\n'), left)).toString('utf8');
    const field = parameterOf(head, 'name');
    const name = parameterOf(head, 'filename');
    if (field === undefined) throw new NotAForm('a part without a name');
    if (name !== undefined) return { fields, file: fileOf(source, delimiter, field, name) };
    const value = await source.until(delimiter, left);
    left -= head.length + value.length;
    fields[field] = value.toString('utf8');
  }
  return { fields, file: undefined };
}

function fileOf(source: Source, delimiter: Buffer, field: string, name: string): UploadedFile {
  return { field, name, bytes: source.rest(delimiter), next: () => nextFile(source, delimiter) };
}

/** Fields that come after a file are passed over. */
async function nextFile(source: Source, delimiter: Buffer): Promise<UploadedFile | undefined> {
  let left = MOST_HEAD_BYTES;
  while ((await source.take(2)).toString('latin1') === '\r\n') {
    const head = (await source.until(Buffer.from('\r\n\r\n'), left)).toString('utf8');
    const field = parameterOf(head, 'name');
    const name = parameterOf(head, 'filename');
    if (field === undefined) throw new NotAForm('a part without a name');
    if (name !== undefined) return fileOf(source, delimiter, field, name);
    left -= head.length + (await source.until(delimiter, left)).length;
  }
  return undefined;
}

function parameterOf(head: string, name: string): string | undefined {
  return new RegExp(`^content-disposition:.*[;\\s]${name}="([^"]*)"`, 'im').exec(head)?.[1];
}

type Source = ReturnType<typeof sourceOf>;

function sourceOf(stream: AsyncIterable<Buffer>) {
  const chunks = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<void> => {
    const { done, value } = await chunks.next();
    if (done === true) throw new NotAForm('cut');
    held = Buffer.concat([held, value]);
  };
  return {
    put(bytes: Buffer): void {
      held = Buffer.concat([bytes, held]);
    },
    async take(length: number): Promise<Buffer> {
      while (held.length < length) await more();
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    },
    /** What stands before the mark, which is taken too. */
    async until(mark: Buffer, most: number): Promise<Buffer> {
      let at = held.indexOf(mark);
      while (at === -1) {
        if (held.length > most) throw new NotAForm('too long');
        await more();
        at = held.indexOf(mark);
      }
      const before = held.subarray(0, at);
      held = held.subarray(at + mark.length);
      return before;
    },
    /** Same, piece by piece; what may be the beginning of the mark is held back. */
    async *rest(mark: Buffer): AsyncGenerator<Buffer> {
      for (let at = held.indexOf(mark); ; at = held.indexOf(mark)) {
        if (at !== -1) {
          const last = held.subarray(0, at);
          held = held.subarray(at + mark.length);
          yield last;
          return;
        }
        const sure = Math.max(held.length - mark.length, 0);
        if (sure > 0) yield held.subarray(0, sure);
        held = held.subarray(sure);
        await more();
      }
    },
  };
}
