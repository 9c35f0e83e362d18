import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { encodeCodewords } from './symbol-codewords.ts';
import { drawModules, SIZES } from './symbol-grid.ts';

/** A square symbol without its quiet zone: `bits[row * size + column]` is 1 for a dark module, row 0 on top. */
export interface SymbolMatrix {
  readonly size: number;
  readonly bits: Uint8Array;
}

/** Makes the ECC200 square DataMatrix of a payload. The seam behind which another encoder can come. */
export type SymbolEncoder = (payload: string) => Result<SymbolMatrix>;

/** What an INS payload may hold (ins.md 6.1): printable ASCII and the group separator 0x1D. */
const ENCODABLE = /^[\x20-\x7e\x1d]+$/;
/** The header of an INS payload (ins.md 6.1), asked in C40. */
const HEADER_LENGTH = 26;
const CAPACITIES = SIZES.map((size) => size.data);

/** ECC200 square symbol (ISO/IEC 16022) of an ASCII payload, group separators written as plain 0x1D, never as FNC1. */
export const encodeSymbol: SymbolEncoder = (payload) => {
  if (!ENCODABLE.test(payload)) return refuse(pdfRules.symbolNotEncodable, { detail: 'caractère hors ASCII' });
  const encoded = encodeCodewords(payload, CAPACITIES, HEADER_LENGTH);
  const size = SIZES.find(({ data }) => data === encoded?.capacity);
  if (encoded === undefined || size === undefined)
    return refuse(pdfRules.symbolNotEncodable, { detail: `${payload.length} caractères` });
  return ok({ size: size.side, bits: drawModules(encoded.words, size) });
};
