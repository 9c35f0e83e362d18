/** From codewords to modules (ISO/IEC 16022, 5.7 to 5.10 and annexes E and F): checks, placement, finder patterns. */

export interface SymbolSize {
  /** Modules per side, finder patterns included. */
  readonly side: number;
  /** Data regions per side. */
  readonly regions: number;
  readonly data: number;
  readonly checks: number;
  /** Interleaved Reed-Solomon blocks, equal in length. */
  readonly blocks: number;
}

/** Table 7, squares; without the last one (144), whose blocks differ and which no INS payload needs. */
export const SIZES: readonly SymbolSize[] = (
  [
    [10, 1, 3, 5, 1],
    [12, 1, 5, 7, 1],
    [14, 1, 8, 10, 1],
    [16, 1, 12, 12, 1],
    [18, 1, 18, 14, 1],
    [20, 1, 22, 18, 1],
    [22, 1, 30, 20, 1],
    [24, 1, 36, 24, 1],
    [26, 1, 44, 28, 1],
    [32, 2, 62, 36, 1],
    [36, 2, 86, 42, 1],
    [40, 2, 114, 48, 1],
    [44, 2, 144, 56, 1],
    [48, 2, 174, 68, 1],
    [52, 2, 204, 84, 2],
    [64, 4, 280, 112, 2],
    [72, 4, 368, 144, 4],
    [80, 4, 456, 192, 4],
    [88, 4, 576, 224, 4],
    [96, 4, 696, 272, 4],
    [104, 4, 816, 336, 6],
    [120, 6, 1050, 408, 6],
    [132, 6, 1304, 496, 8],
  ] as const
).map(([side, regions, data, checks, blocks]) => ({ side, regions, data, checks, blocks }));

/** Logarithms and powers of 2 in GF(256) modulo x^8 + x^5 + x^3 + x^2 + 1. */
const LOG = new Uint8Array(256);
const POWER = new Uint8Array(512);
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  POWER[exponent] = value;
  POWER[exponent + 255] = value;
  LOG[value] = exponent;
  value = value & 0x80 ? (value << 1) ^ 0x12d : value << 1;
}

function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (POWER[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0);
}

const generators = new Map<number, Uint8Array>();

/** Logarithms of the coefficients of (x + 2)(x + 4)…, highest power first, the leading 1 left out. None of them is 0. */
function generatorOf(checks: number): Uint8Array {
  const known = generators.get(checks);
  if (known !== undefined) return known;
  let product = [1];
  for (let root = 1; root <= checks; root++) {
    const next = [...product, 0];
    for (const [term, factor] of product.entries())
      next[term + 1] = (next[term + 1] ?? 0) ^ times(factor, POWER[root] ?? 0);
    product = next;
  }
  const generator = Uint8Array.from(product.slice(1), (factor) => LOG[factor] ?? 0);
  generators.set(checks, generator);
  return generator;
}

/** Data codewords and their checks, each block's at its interleaved places. */
function withChecks(data: Uint8Array, { checks, blocks }: SymbolSize): Uint8Array {
  const words = new Uint8Array(data.length + checks);
  words.set(data);
  const each = checks / blocks;
  const generator = generatorOf(each);
  const remainder = new Uint8Array(each + 1);
  for (let block = 0; block < blocks; block++) {
    remainder.fill(0);
    for (let at = block; at < data.length; at += blocks) {
      const factor = (data[at] ?? 0) ^ (remainder[0] ?? 0);
      const log = LOG[factor] ?? 0;
      for (let term = 0; term < each; term++) {
        const product = factor === 0 ? 0 : (POWER[log + (generator[term] ?? 0)] ?? 0);
        remainder[term] = (remainder[term + 1] ?? 0) ^ product;
      }
    }
    for (let term = 0; term < each; term++) words[data.length + term * blocks + block] = remainder[term] ?? 0;
  }
  return words;
}

/** Modules of a codeword, from its highest bit, as [row, column] from its last one (annex F, figure F.1). */
const UTAH = [
  [-2, -2],
  [-2, -1],
  [-1, -2],
  [-1, -1],
  [-1, 0],
  [0, -2],
  [0, -1],
  [0, 0],
] as const;

/** The four shapes of a codeword cut by a corner, as [row, column]; negative ones count from the far side. */
const CORNERS = [
  [
    [-1, 0],
    [-1, 1],
    [-1, 2],
    [0, -2],
    [0, -1],
    [1, -1],
    [2, -1],
    [3, -1],
  ],
  [
    [-3, 0],
    [-2, 0],
    [-1, 0],
    [0, -4],
    [0, -3],
    [0, -2],
    [0, -1],
    [1, -1],
  ],
  [
    [-3, 0],
    [-2, 0],
    [-1, 0],
    [0, -2],
    [0, -1],
    [1, -1],
    [2, -1],
    [3, -1],
  ],
  [
    [-1, 0],
    [-1, -1],
    [0, -3],
    [0, -2],
    [0, -1],
    [1, -3],
    [1, -2],
    [1, -1],
  ],
] as const;

/** For each module of the mapping matrix the bit it shows: 8 × codeword + bit, or one of these two. */
const LIGHT = -1;
const DARK = -2;

/** Annex F.3: codewords go along the diagonals, up then down, around the corners. */
function placementOf(side: number): Int16Array {
  const places = new Int16Array(side * side).fill(LIGHT);
  const taken = new Uint8Array(side * side);
  let word = 0;
  const bit = (row: number, column: number, index: number): void => {
    let [r, c] = [row, column];
    if (r < 0) [r, c] = [r + side, c + 4 - ((side + 4) % 8)];
    if (c < 0) [r, c] = [r + 4 - ((side + 4) % 8), c + side];
    places[r * side + c] = 8 * word + index;
    taken[r * side + c] = 1;
  };
  const utah = (row: number, column: number): void => {
    for (const [index, [r, c]] of UTAH.entries()) bit(row + r, column + c, index);
    word += 1;
  };
  const corner = (shape: number): void => {
    for (const [index, [r, c]] of (CORNERS[shape] ?? []).entries())
      bit(r < 0 ? side + r : r, c < 0 ? side + c : c, index);
    word += 1;
  };
  const free = (row: number, column: number): boolean => taken[row * side + column] === 0;
  for (let [row, column] = [4, 0]; row < side || column < side; ) {
    if (row === side && column === 0) corner(0);
    if (row === side - 2 && column === 0 && side % 4 !== 0) corner(1);
    if (row === side - 2 && column === 0 && side % 8 === 4) corner(2);
    if (row === side + 4 && column === 2 && side % 8 === 0) corner(3);
    for (; row >= 0 && column < side; row -= 2, column += 2)
      if (row < side && column >= 0 && free(row, column)) utah(row, column);
    row += 1;
    column += 3;
    for (; row < side && column >= 0; row += 2, column -= 2)
      if (row >= 0 && column < side && free(row, column)) utah(row, column);
    row += 3;
    column += 1;
  }
  // The corner that no codeword reaches is a fixed pattern.
  if (free(side - 1, side - 1)) places[side * side - 1] = places[side * (side - 1) - 2] = DARK;
  return places;
}

/** For each module of the symbol, as in `placementOf`: finder patterns included. */
function layoutOf({ side, regions }: SymbolSize): Int16Array {
  const region = side / regions;
  const inner = region - 2;
  const mapping = placementOf(inner * regions);
  const layout = new Int16Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [r, c] = [row % region, column % region];
      const [mapRow, mapColumn] = [
        Math.floor(row / region) * inner + r - 1,
        Math.floor(column / region) * inner + c - 1,
      ];
      layout[row * side + column] =
        c === 0 || r === region - 1 || (r === 0 && c % 2 === 0) || (c === region - 1 && r % 2 === 1)
          ? DARK
          : r === 0 || c === region - 1
            ? LIGHT
            : (mapping[mapRow * inner * regions + mapColumn] ?? LIGHT);
    }
  }
  return layout;
}

const layouts = new Map<number, Int16Array>();

/** Modules of a symbol of this size, 1 for dark, row 0 on top. `data` has as many codewords as the size holds. */
export function drawModules(data: Uint8Array, size: SymbolSize): Uint8Array {
  const known = layouts.get(size.side);
  const layout = known ?? layoutOf(size);
  if (known === undefined) layouts.set(size.side, layout);
  const words = withChecks(data, size);
  const bits = new Uint8Array(layout.length);
  for (let at = 0; at < layout.length; at++) {
    const place = layout[at] ?? LIGHT;
    bits[at] = place >= 0 ? ((words[place >> 3] ?? 0) >> (7 - (place & 7))) & 1 : place === DARK ? 1 : 0;
  }
  return bits;
}
