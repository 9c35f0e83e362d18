/**
 * A TIFF as a PDF, page for page. Each strip goes as it is: PDF reads the same codecs (CCITT, LZW, deflate, PackBits,
 * JPEG), so that nothing is decompressed here and no pixel changes. Source: TIFF 6.0, ISO 32000-1 7.4 and 8.9.
 */
import { type PDFContext, PDFDocument, PDFHexString, PDFName, type PDFRef } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { readTiff, type Stretch, type TiffPage } from './tiff.ts';

const POINTS_PER_INCH = 72;
const DEFAULT_DPI = 200;

/** Refused: what `readTiff` refuses, and forms that PDF does not know (tiles, separate planes, 16 bits…). */
export async function tiffToPdf(bytes: Buffer, title: string): Promise<Result<Uint8Array>> {
  const pages = readTiff(bytes);
  if (!pages.ok) return pages;
  const unknown = pages.value.map(obstacle).find((detail) => detail !== undefined);
  if (unknown !== undefined) return refuse(pdfRules.notConvertible, { detail: unknown });
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(title);
  for (const page of pages.value) addPage(document, bytes, page);
  return ok(await document.save({ useObjectStreams: false }));
}

const CODECS: Readonly<Record<number, string | undefined>> = {
  1: undefined,
  2: 'CCITTFaxDecode',
  3: 'CCITTFaxDecode',
  4: 'CCITTFaxDecode',
  5: 'LZWDecode',
  7: 'DCTDecode',
  8: 'FlateDecode',
  32773: 'RunLengthDecode',
  32946: 'FlateDecode',
};

function obstacle(page: TiffPage): string | undefined {
  const { bits, samples, compression, photometric, predictor } = page;
  if (page.tiled) return 'TIFF en tuiles';
  if (page.planar !== 1 && samples > 1) return 'plans séparés';
  if (!(compression in CODECS)) return `compression ${compression}`;
  if (predictor !== 1 && predictor !== 2) return `prédicteur ${predictor}`;
  if (page.strips.length !== Math.ceil(page.height / page.rowsPerStrip)) return 'bandes manquantes';
  const grey = (photometric === 0 || photometric === 1) && samples === 1 && (bits === 1 || bits === 4 || bits === 8);
  const colour = photometric === 2 && samples === 3 && bits === 8;
  const palette = photometric === 3 && samples === 1 && bits <= 8 && page.palette.length === 3 * 2 ** bits;
  const jpeg = compression === 7 && photometric === 6 && samples === 3 && bits === 8;
  const fax = compression < 2 || compression > 4 || bits === 1;
  return (grey || colour || palette || jpeg) && fax
    ? undefined
    : `photométrie ${photometric}, ${samples} × ${bits} bits`;
}

function addPage(document: PDFDocument, bytes: Buffer, page: TiffPage): void {
  const scale = POINTS_PER_INCH / (page.dpi ?? DEFAULT_DPI);
  const sheet = document.addPage([page.width * scale, page.height * scale]);
  const { context } = document;
  const drawn = page.strips.map((strip, index) => {
    const top = index * page.rowsPerStrip;
    const rows = Math.min(page.rowsPerStrip, page.height - top);
    const name = `Im${index}`;
    sheet.node.setXObject(PDFName.of(name), imageOf(context, bytes, page, strip, rows));
    const matrix = [page.width * scale, 0, 0, rows * scale, 0, (page.height - top - rows) * scale];
    return `q ${matrix.map((value) => value.toFixed(4)).join(' ')} cm /${name} Do Q`;
  });
  const content = context.register(context.flateStream(drawn.join('\n')));
  sheet.node.addContentStream(content);
}

function imageOf(context: PDFContext, bytes: Buffer, page: TiffPage, strip: Stretch, rows: number): PDFRef {
  const { width, bits, samples, photometric, compression } = page;
  const filter = CODECS[compression];
  const parameters = parametersOf(page, rows);
  return context.register(
    context.stream(dataOf(bytes, page, strip), {
      Type: 'XObject',
      Subtype: 'Image',
      Width: width,
      Height: rows,
      BitsPerComponent: bits,
      ColorSpace: photometric === 3 ? indexed(page) : samples === 3 ? 'DeviceRGB' : 'DeviceGray',
      ...(filter === undefined ? {} : { Filter: filter }),
      ...(parameters === undefined ? {} : { DecodeParms: parameters }),
      // White is zero: the samples are read the other way round. The fax codec says it by its own parameter.
      ...(photometric === 0 && filter !== 'CCITTFaxDecode' ? { Decode: [1, 0] } : {}),
    }),
  );
}

function parametersOf(page: TiffPage, rows: number): Record<string, number | boolean> | undefined {
  const { compression, width, photometric, t4Options, predictor, samples, bits } = page;
  if (compression === 2)
    return { K: 0, Columns: width, Rows: rows, EncodedByteAlign: true, BlackIs1: photometric === 1, EndOfBlock: false };
  if (compression === 3)
    return {
      K: (t4Options & 1) === 1 ? 1 : 0,
      Columns: width,
      Rows: rows,
      EncodedByteAlign: (t4Options & 4) === 4,
      BlackIs1: photometric === 1,
      EndOfBlock: false,
    };
  if (compression === 4) return { K: -1, Columns: width, Rows: rows, BlackIs1: photometric === 1, EndOfBlock: false };
  // The three planes are what they say; without this word a reader takes them for luminance and colours.
  if (compression === 7 && photometric === 2) return { ColorTransform: 0 };
  const horizontal = predictor === 2 && compression !== 1 && compression !== 7 && compression !== 32_773;
  return horizontal ? { Predictor: 2, Colors: samples, BitsPerComponent: bits, Columns: width } : undefined;
}

const RUN_LENGTH_END = 128;

function dataOf(bytes: Buffer, page: TiffPage, { offset, length }: Stretch): Uint8Array {
  const data = bytes.subarray(offset, offset + length);
  const { compression, jpegTables } = page;
  // The same runs, of which PDF wants the end.
  if (compression === 32_773) return Buffer.concat([data, Buffer.of(RUN_LENGTH_END)]);
  // The tables that all strips share take their place after the start of the image of each.
  if (compression === 7 && jpegTables !== undefined) {
    const tables = bytes.subarray(jpegTables.offset, jpegTables.offset + jpegTables.length);
    return Buffer.concat([data.subarray(0, 2), tables.subarray(2, -2), data.subarray(2)]);
  }
  return page.fillOrder === 2 ? data.map(reversed) : data;
}

function reversed(byte: number): number {
  let turned = 0;
  for (let bit = 0; bit < 8; bit++) turned |= ((byte >> bit) & 1) << (7 - bit);
  return turned;
}

/** A ColorMap holds all reds, then all greens, then all blues, on 16 bits. */
function indexed({ palette, bits }: TiffPage): [string, string, number, PDFHexString] {
  const colours = 2 ** bits;
  const table = Buffer.alloc(3 * colours);
  for (let i = 0; i < colours; i++) for (let c = 0; c < 3; c++) table[3 * i + c] = (palette[c * colours + i] ?? 0) >> 8;
  return ['Indexed', 'DeviceRGB', colours - 1, PDFHexString.of(table.toString('hex'))];
}
