import { constants, inflateSync } from 'node:zlib';
import { PDFArray, PDFName, type PDFRawStream } from '@cantoo/pdf-lib';

const FILTER = PDFName.of('Filter');
const FLATE = PDFName.of('FlateDecode');

/**
 * Bytes of a stream that is stored as it is or deflated once, the two ways in which real documents hold what is read
 * here. Undefined for any other filter, damaged data, or more than `maxBytes` once inflated: 400 KB can hide 400 MB.
 */
export function decodeBounded(stream: PDFRawStream, maxBytes: number): Uint8Array | undefined {
  const filter = stream.dict.lookup(FILTER);
  const filters = filter instanceof PDFArray ? filter.asArray() : filter === undefined ? [] : [filter];
  const bytes = stream.asUint8Array();
  if (filters.length === 0) return bytes.length <= maxBytes ? bytes : undefined;
  if (filters.length > 1 || filters[0] !== FLATE || maxBytes < 1) return undefined;
  try {
    // Some writers leave out the end of the deflate stream; readers accept that.
    return inflateSync(bytes, { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Too large or damaged: node:zlib says both by throwing.
    return undefined;
  }
}
