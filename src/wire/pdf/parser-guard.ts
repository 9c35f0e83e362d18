import { type PDFContext, PDFObjectStreamParser, type PDFRawStream, PDFXRefStreamParser } from '@cantoo/pdf-lib';
import { decodeBounded } from './bounded-stream.ts';

/** Object and cross-reference streams of one document, inflated; a scan of 500 pages has less than 1 MB of them. */
const MAX_STRUCTURE_BYTES = 32 * 1024 * 1024;

const spent = new WeakMap<PDFContext, number>();

function account(stream: PDFRawStream): void {
  const { context } = stream.dict;
  const before = spent.get(context) ?? 0;
  const bytes = decodeBounded(stream, MAX_STRUCTURE_BYTES - before);
  if (bytes === undefined) throw new RangeError('object or cross-reference stream damaged or too large');
  spent.set(context, before + bytes.length);
}

let guarded = false;

/**
 * pdf-lib inflates object and cross-reference streams while it parses, without a limit and without an option for one.
 * The only place where every such stream passes is its two factories, so they are wrapped, once per process.
 */
export function guardParser(): void {
  if (guarded) return;
  guarded = true;
  const { forStream: objectStream } = PDFObjectStreamParser;
  const { forStream: crossReference } = PDFXRefStreamParser;
  PDFObjectStreamParser.forStream = (stream, shouldWaitForTick) => {
    account(stream);
    return objectStream(stream, shouldWaitForTick);
  };
  PDFXRefStreamParser.forStream = (stream) => {
    account(stream);
    return crossReference(stream);
  };
}
