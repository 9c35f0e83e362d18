import bwipjs from 'bwip-js';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

/** A square symbol without its quiet zone: `bits[row * size + column]` is 1 for a dark module, row 0 on top. */
export interface SymbolMatrix {
  readonly size: number;
  readonly bits: Uint8Array;
}

/** Makes the ECC200 square DataMatrix of a payload. The seam behind which another encoder can come. */
export type SymbolEncoder = (payload: string) => Result<SymbolMatrix>;

/** What an INS payload may hold (ins.md 6.1): printable ASCII and the group separator 0x1D. */
const ENCODABLE = /^[\x20-\x7e\x1d]+$/;

/** ECC200 square symbol (ISO/IEC 16022) of an ASCII payload, group separators written as plain 0x1D, never as FNC1. */
export const encodeSymbol: SymbolEncoder = (payload) => {
  if (!ENCODABLE.test(payload)) return refuse(pdfRules.symbolNotEncodable, { detail: 'caractère hors ASCII' });
  const symbol = rawSymbol(payload);
  if (symbol === undefined) return refuse(pdfRules.symbolNotEncodable, { detail: `${payload.length} caractères` });
  return ok(symbol);
};

function rawSymbol(payload: string): SymbolMatrix | undefined {
  try {
    const [raw] = bwipjs.raw('datamatrix', payload, 'format=square');
    if (raw === undefined || !('pixs' in raw) || raw.pixx !== raw.pixy) return undefined;
    return { size: raw.pixx, bits: Uint8Array.from(raw.pixs) };
  } catch (error) {
    // bwip-js throws for what does not fit in the largest symbol; anything else is a bug and must show.
    if (error instanceof Error && error.message.includes('TooLong')) return undefined;
    throw error;
  }
}
