import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, type ReadResult, readBarcodes } from 'zxing-wasm/reader';
import type { GreyBitmap } from './render.ts';

/** A DataMatrix found in a picture; corners in pixels, clockwise from the symbol's own top left. */
export interface ReadSymbol {
  readonly bytes: Uint8Array;
  readonly corners: readonly [Point, Point, Point, Point];
  /** Modules per side (columns when the symbol is a rectangle). */
  readonly modules: number;
}

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

/** Every DataMatrix of a bitmap. */
export function readBitmapSymbols({ width, height, data }: GreyBitmap): Promise<readonly ReadSymbol[]> {
  return readSymbols(Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`, 'latin1'), data]));
}

function readSymbol({ bytes, position, symbol }: ReadResult): ReadSymbol {
  const { topLeft, topRight, bottomRight, bottomLeft } = position;
  return { bytes, corners: [topLeft, topRight, bottomRight, bottomLeft], modules: symbol.width };
}
