import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { SymbolMatrix } from './symbol.ts';
import { readBitmapSymbols } from './symbol-reader.ts';

/** Pixels per module, and light modules around, for the reader to find the symbol. */
const SCALE = 3;
const QUIET = 2;

/** Refused when another program than the encoder does not read the payload, byte for byte, in the modules. */
export async function checkMatrix(matrix: SymbolMatrix, payload: string): Promise<Result<void>> {
  const { side, data } = picture(matrix);
  const [symbol] = await readBitmapSymbols({ width: side, height: side, dpi: 72, data });
  if (symbol === undefined) return refuse(pdfRules.markingNotVerified, { detail: 'symbole illisible' });
  return Buffer.from(payload, 'latin1').equals(symbol.bytes)
    ? ok(undefined)
    : refuse(pdfRules.markingNotVerified, { detail: 'contenu du symbole différent' });
}

function picture({ size, bits }: SymbolMatrix): { side: number; data: Uint8Array } {
  const side = (size + 2 * QUIET) * SCALE;
  const data = new Uint8Array(side * side).fill(255);
  for (let row = 0; row < size; row++) {
    const start = (row + QUIET) * SCALE * side;
    for (let column = 0; column < size; column++) {
      if (bits[row * size + column] === 1)
        data.fill(0, start + (column + QUIET) * SCALE, start + (column + QUIET + 1) * SCALE);
    }
    for (let copy = 1; copy < SCALE; copy++) data.copyWithin(start + copy * side, start, start + side);
  }
  return { side, data };
}
