/** MLLP framing: 0x0B, message, 0x1C 0x0D. Bytes may come one by one or many frames at once. */

const START = 0x0b;
const END = 0x1c;
const CR = 0x0d;
const LF = 0x0a;

/** The message between its block characters, as the parts to write: one for an acknowledgement, a document is not copied. */
export function frameParts(message: Uint8Array): readonly Uint8Array[] {
  const parts = [Buffer.of(START), message, Buffer.of(END, CR)];
  return message.length < SMALL ? [Buffer.concat(parts)] : parts;
}

export interface FrameLimits {
  /** Largest message, bytes. */
  readonly maxFrameBytes: number;
  /** How many bytes outside frames are ignored between two frames (line ends are free). */
  readonly maxJunkBytes: number;
}

export type FrameEvent =
  | { readonly kind: 'frame'; readonly message: Buffer }
  /** Nothing more can be read. `head` is the beginning of the message. */
  | { readonly kind: 'too-large'; readonly head: Buffer }
  | { readonly kind: 'junk' };

export interface FrameReader {
  /** What the chunk completes, in order. After `too-large` or `junk` the reader must not be fed again. */
  push(chunk: Buffer): FrameEvent[];
  /** True between the first byte of a frame and its end. */
  inFrame(): boolean;
}

/** A reader for one connection. It never holds more than `maxFrameBytes` and one chunk; each byte is copied at most twice. */
export function createFrameReader(limits: FrameLimits): FrameReader {
  const collector = createCollector();
  let reading = false;
  let endSeen = false;
  let junk = 0;

  /** Collects up to the end of the frame; the offset after it, or undefined when the chunk ends before. */
  function collect(chunk: Buffer, from: number): number | undefined {
    if (endSeen && chunk[from] === CR) return from + 1;
    if (endSeen) collector.add(Buffer.of(END));
    for (let search = from; ; ) {
      const found = chunk.indexOf(END, search);
      endSeen = found === chunk.length - 1 && found >= 0;
      if (found < 0 || endSeen) {
        collector.add(chunk.subarray(from, endSeen ? found : chunk.length));
        return undefined;
      }
      if (chunk[found + 1] === CR) {
        collector.add(chunk.subarray(from, found));
        return found + 2;
      }
      search = found + 1;
    }
  }

  return {
    push(chunk) {
      const events: FrameEvent[] = [];
      for (let pos = 0; pos < chunk.length; ) {
        if (!reading) {
          const start = chunk.indexOf(START, pos);
          junk += junkIn(chunk, pos, start < 0 ? chunk.length : start);
          if (junk > limits.maxJunkBytes) return [...events, { kind: 'junk' }];
          if (start < 0) return events;
          reading = true;
          pos = start + 1;
          continue;
        }
        const next = collect(chunk, pos);
        if (collector.size() > limits.maxFrameBytes) {
          reading = false;
          return [...events, { kind: 'too-large', head: collector.take() }];
        }
        if (next === undefined) return events;
        events.push({ kind: 'frame', message: collector.take() });
        reading = false;
        endSeen = false;
        junk = 0;
        pos = next;
      }
      return events;
    },
    inFrame: () => reading,
  };
}

/** Bytes of `[from, until)` that are not line ends. */
function junkIn(chunk: Buffer, from: number, until: number): number {
  let junk = 0;
  for (let i = from; i < until; i++) if (chunk[i] !== CR && chunk[i] !== LF) junk++;
  return junk;
}

/** Pieces below this size are copied together, so that a message sent byte by byte does not become as many buffers. */
const SMALL = 4_096;
const BLOCK = 65_536;

/** A list of pieces joined once, at the end. */
function createCollector() {
  let pieces: Buffer[] = [];
  let total = 0;
  let block = Buffer.alloc(0);
  let used = 0;

  function flush(): void {
    if (used > 0) pieces.push(block.subarray(0, used));
    block = block.subarray(used);
    used = 0;
  }

  return {
    size: () => total,
    add(piece: Buffer): void {
      total += piece.length;
      if (piece.length >= SMALL) {
        flush();
        pieces.push(piece);
        return;
      }
      if (piece.length > block.length - used) {
        flush();
        block = Buffer.allocUnsafeSlow(BLOCK);
      }
      used += piece.copy(block, used);
    },
    take(): Buffer {
      flush();
      const [only] = pieces;
      const joined = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, total);
      pieces = [];
      total = 0;
      return joined;
    },
  };
}
