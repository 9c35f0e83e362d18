import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, type ReadResult, readBarcodes } from 'zxing-wasm/reader';
import type { GreyBitmap } from './render.ts';

/** A DataMatrix found in a picture; corners in pixels, clockwise from the symbol's own top left. */
export interface ReadSymbol {
  readonly bytes: Uint8Array;
  readonly corners: Corners;
  /** Modules per side (columns when the symbol is a rectangle). */
  readonly modules: number;
}

export type Corners = readonly [Point, Point, Point, Point];

export interface Point {
  readonly x: number;
  readonly y: number;
}

let ready: Promise<unknown> | undefined;

/** The wasm comes from the tree: left alone, the library would fetch it from a public server. */
function prepare(): Promise<unknown> {
  const file = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  return prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

/** Every DataMatrix of an encoded picture (PNG, JPEG, PGM), its size already checked by the caller. */
export async function readSymbols(picture: Uint8Array): Promise<readonly ReadSymbol[]> {
  ready ??= prepare();
  await ready;
  // Light symbols on a dark ground are not looked for: it would double the time, and no document prints its INS so.
  const results = await readBarcodes(picture, { formats: ['DataMatrix'], tryInvert: false });
  return results.filter((result) => result.isValid).map(readSymbol);
}

/** Same, and the places of those that are seen but cannot be decoded. */
export async function readEverySymbol(
  picture: Uint8Array,
): Promise<{ readonly read: readonly ReadSymbol[]; readonly failed: readonly Corners[] }> {
  ready ??= prepare();
  await ready;
  const results = await readBarcodes(picture, { formats: ['DataMatrix'], tryInvert: false, returnErrors: true });
  return {
    read: results.filter((result) => result.isValid).map(readSymbol),
    failed: results.filter((result) => !result.isValid).map(({ position }) => cornersOf(position)),
  };
}

/** Every DataMatrix of a bitmap. */
export function readBitmapSymbols(bitmap: GreyBitmap): Promise<readonly ReadSymbol[]> {
  return readSymbols(greyMap(bitmap));
}

/** The bitmap as a PGM. */
export function greyMap({ width, height, data }: GreyBitmap): Uint8Array {
  return Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`, 'latin1'), data]);
}

function readSymbol({ bytes, position, symbol }: ReadResult): ReadSymbol {
  return { bytes, corners: cornersOf(position), modules: symbol.width };
}

function cornersOf({ topLeft, topRight, bottomRight, bottomLeft }: ReadResult['position']): Corners {
  return [topLeft, topRight, bottomRight, bottomLeft];
}
