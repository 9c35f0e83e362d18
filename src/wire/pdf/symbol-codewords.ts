/**
 * Codewords of an ECC200 DataMatrix (ISO/IEC 16022, 5.2): ASCII and C40, the two encodations that ins.md 6.2 allows and
 * that serve upper-case payloads, mixed so that the symbol is the smallest that they can give.
 */

/** Codewords of a symbol that switch encodation or fill it (ISO/IEC 16022, 5.2.3). */
const LATCH_C40 = 230;
const UNLATCH = 254;
const PAD = 129;

/** Characters of the C40 basic set come after the three shifts and the space (ISO/IEC 16022, annex C.1). */
const SPACE_VALUE = 3;
const DIGIT_VALUE = 4;
const LETTER_VALUE = 14;

/** States of the search: ASCII, then C40 with 0, 1 or 2 values since the last whole triplet. */
const ASCII = 0;
const C40 = 1;
const STATES = 4;
const NEVER = 0xffff;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The one or two C40 values of an ASCII character. */
function c40Values(code: number): readonly [number] | readonly [number, number] {
  if (code === 0x20) return [SPACE_VALUE];
  if (isDigit(code)) return [code - 0x30 + DIGIT_VALUE];
  if (code >= 0x41 && code <= 0x5a) return [code - 0x41 + LETTER_VALUE];
  if (code < 0x20) return [0, code];
  if (code < 0x30) return [1, code - 0x21];
  if (code < 0x41) return [1, code - 0x3a + 15];
  if (code < 0x60) return [1, code - 0x5b + 22];
  return [2, code - 0x60];
}

const C40_VALUES = Array.from({ length: 128 }, (_, code) => c40Values(code));

/** How each state is reached at least cost: a step back in characters, the state before, and what was written. */
interface Search {
  /** Fewest codewords for the first `index` characters, at `index * STATES + state`. */
  readonly cost: Uint16Array;
  /** Same places: state before, plus 4 for each character taken (0 for a change of encodation). */
  readonly from: Uint8Array;
}

/** Shortest path through the characters; `held` first characters may only be in C40. */
function search(codes: Uint8Array, held: number): Search {
  const cost = new Uint16Array((codes.length + 1) * STATES).fill(NEVER);
  const from = new Uint8Array(cost.length);
  const reach = (place: number, value: number, origin: number): void => {
    if (value >= (cost[place] ?? 0)) return;
    cost[place] = value;
    from[place] = origin;
  };
  cost[ASCII] = 0;
  for (let index = 0; index <= codes.length; index++) {
    const at = index * STATES;
    // A change of encodation takes one codeword, and can only follow a whole triplet.
    reach(at + C40, (cost[at] ?? 0) + 1, ASCII);
    reach(at, (cost[at + C40] ?? 0) + 1, C40);
    if (index === codes.length) break;
    const code = codes[index] ?? 0;
    if (index >= held) {
      reach(at + STATES, (cost[at] ?? 0) + 1, 4 + ASCII);
      if (isDigit(code) && isDigit(codes[index + 1] ?? 0)) reach(at + 2 * STATES, (cost[at] ?? 0) + 1, 8 + ASCII);
    }
    const values = C40_VALUES[code]?.length ?? 0;
    for (let phase = 0; phase < 3; phase++) {
      const before = cost[at + C40 + phase] ?? 0;
      const after = phase + values;
      reach(at + STATES + C40 + (after % 3), before + (after >= 3 ? 2 : 0), 4 + C40 + phase);
    }
  }
  return { cost, from };
}

/** Ways to end, with the codewords taken before the padding; ISO/IEC 16022, 5.2.5.2 for those that fill the symbol. */
type End = 'ascii' | 'c40' | 'c40-pair' | 'c40-then-one';

function endFor({ cost }: Search, codes: Uint8Array, capacity: number): End | undefined {
  const at = codes.length * STATES;
  if ((cost[at] ?? NEVER) <= capacity) return 'ascii';
  if (cost[at + C40] === capacity) return 'c40';
  if ((cost[at + C40 + 2] ?? NEVER) + 2 === capacity) return 'c40-pair';
  if ((cost[at - STATES + C40] ?? NEVER) + 1 === capacity) return 'c40-then-one';
  return undefined;
}

interface Step {
  /** Encodation of the characters taken. */
  readonly ascii: boolean;
  readonly start: number;
  readonly end: number;
}

/** The path back from an end, in the order of the characters. */
function stepsTo({ from }: Search, index: number, state: number): Step[] {
  const steps: Step[] = [];
  for (let [at, here] = [index, state]; at > 0; ) {
    const origin = from[at * STATES + here] ?? 0;
    const taken = origin >> 2;
    if (taken > 0) steps.push({ ascii: here === ASCII, start: at - taken, end: at });
    at -= taken;
    here = origin & 3;
  }
  return steps.reverse();
}

function writeAscii(out: number[], codes: Uint8Array, { start, end }: Step): void {
  const code = codes[start] ?? 0;
  out.push(end - start === 2 ? 130 + (code - 0x30) * 10 + (codes[start + 1] ?? 0) - 0x30 : code + 1);
}

/** Whole triplets of values, two codewords each; what is left of an unfinished one is completed by a shift. */
function writeTriplets(out: number[], values: readonly number[]): void {
  for (let at = 0; at < values.length; at += 3) {
    const packed = 1600 * (values[at] ?? 0) + 40 * (values[at + 1] ?? 0) + (values[at + 2] ?? 0) + 1;
    out.push(packed >> 8, packed & 0xff);
  }
}

function write(codes: Uint8Array, found: Search, end: End, capacity: number): Uint8Array {
  const last = end === 'c40-then-one' ? codes.length - 1 : codes.length;
  const state = end === 'ascii' ? ASCII : end === 'c40-pair' ? C40 + 2 : C40;
  const steps = stepsTo(found, last, state);
  const out: number[] = [];
  for (let index = 0; index < steps.length; ) {
    const step = steps[index];
    if (step?.ascii === true) {
      writeAscii(out, codes, step);
      index += 1;
      continue;
    }
    const values: number[] = [];
    for (; steps[index]?.ascii === false; index++)
      values.push(...(C40_VALUES[codes[steps[index]?.start ?? 0] ?? 0] ?? []));
    out.push(LATCH_C40);
    writeTriplets(out, values);
    if (index < steps.length || end === 'ascii') out.push(UNLATCH);
  }
  if (end === 'c40-then-one') out.push((codes[last] ?? 0) + 1);
  return padded(out, capacity);
}

/** The first pad is plain, the others are scrambled by their place (ISO/IEC 16022, annex B.1). */
function padded(words: readonly number[], capacity: number): Uint8Array {
  const data = new Uint8Array(capacity);
  data.set(words);
  for (let at = words.length; at < capacity; at++) {
    const scrambled = PAD + ((149 * (at + 1)) % 253) + 1;
    data[at] = at === words.length ? PAD : scrambled <= 254 ? scrambled : scrambled - 254;
  }
  return data;
}

export interface Encoded {
  /** Data codewords, padded: as many as one of the capacities. */
  readonly words: Uint8Array;
  readonly capacity: number;
}

/**
 * The payload (ASCII) in the smallest of the capacities, given in rising order, or undefined when it fits in none. Its
 * first `header` characters are in C40 where that does not make the symbol larger (ins.md 6.2, single source).
 */
export function encodeCodewords(payload: string, capacities: readonly number[], header: number): Encoded | undefined {
  const codes = Buffer.from(payload, 'latin1');
  const free = search(codes, 0);
  const capacity = capacities.find((words) => endFor(free, codes, words) !== undefined);
  if (capacity === undefined) return undefined;
  const asked = search(codes, Math.min(header, codes.length));
  const askedEnd = endFor(asked, codes, capacity);
  const end = endFor(free, codes, capacity);
  if (askedEnd !== undefined) return { words: write(codes, asked, askedEnd, capacity), capacity };
  return end === undefined ? undefined : { words: write(codes, free, end, capacity), capacity };
}
