/** LZW and JPEG inside a TIFF: samples by hand, and by other software where it is installed. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { hasTool, withTool } from '../pdf/pdf.fixture.ts';
import { withRendering } from '../pdf/render.ts';
import { bits, buildTiff, HALF, half, type TiffSample } from './tiff.fixture.ts';
import { tiffToPdf } from './tiff-to-pdf.ts';

async function pdfOf(tiff: Buffer): Promise<Uint8Array> {
  const pdf = await tiffToPdf(tiff, 'Essai');
  return pdf.ok ? pdf.value : assert.fail(`${pdf.refusal.rule.id} ${pdf.refusal.detail ?? ''}`);
}

async function assertHalves(page: TiffSample): Promise<void> {
  const drawn = await withRendering(await pdfOf(buildTiff([page])), (rendering) => rendering.draw(0, 200));
  assert.ok(drawn.ok);
  const { width, height, data } = drawn.value;
  const at = (x: number): number => data[Math.floor(height / 2) * width + Math.floor(width * x)] ?? -1;
  assert.ok(at(0.25) > 250 && at(0.75) < 5, `${at(0.25)}, ${at(0.75)}`);
}

/** Codes of nine bits: clear, each byte as itself, end (TIFF 6.0, section 13). */
function lzw(data: Buffer): Buffer {
  return bits([256, ...data, 257].map((code) => code.toString(2).padStart(9, '0')).join(''));
}

const segment = (marker: number, ...body: readonly number[]): Buffer =>
  Buffer.of(0xff, marker, 0, body.length + 2, ...body);
const SOI = Buffer.of(0xff, 0xd8);
const EOI = Buffer.of(0xff, 0xd9);
/** All steps are 8. DC: `00` seven bits follow, `01` eight. AC: `0` nothing more in this block. */
const TABLES = Buffer.concat([
  segment(0xdb, 0, ...Array<number>(64).fill(8)),
  segment(0xc4, 0x00, 0, 2, ...Array<number>(14).fill(0), 7, 8),
  segment(0xc4, 0x10, 1, ...Array<number>(15).fill(0), 0),
]);
/** Four grey blocks, white and black in turn: +127, then -255, +255, -255 from one to the next. */
const BLOCKS = `00${'1'.repeat(7)}0${`01${'0'.repeat(8)}0`}${`01${'1'.repeat(8)}0`}${`01${'0'.repeat(8)}0`}11111`;
const IMAGE = Buffer.concat([
  segment(0xc0, 8, 0, 16, 0, 16, 1, 1, 0x11, 0),
  segment(0xda, 1, 1, 0, 0, 63, 0),
  bits(BLOCKS),
]);
const GREY = { 258: [8], 262: [1] };

test('LZW is drawn as it was', async () => {
  await assertHalves(half(5, [lzw(HALF)]));
  await assertHalves(half(5, [lzw(HALF.subarray(0, 16)), lzw(HALF.subarray(16))]));
});

test('a JPEG is drawn as it was, with its tables and with those that the file keeps apart', async () => {
  await assertHalves(half(7, [Buffer.concat([SOI, TABLES, IMAGE, EOI])], GREY));
  const apart = half(7, [Buffer.concat([SOI, IMAGE, EOI])], GREY);
  await assertHalves({ ...apart, jpegTables: Buffer.concat([SOI, TABLES, EOI]) });
});

const [WIDTH, HEIGHT] = [64, 48];
const PICTURE = Buffer.from(
  Array.from({ length: WIDTH * HEIGHT }, (_, at) => [
    (at % WIDTH) * 4,
    Math.floor(at / WIDTH) * 5,
    255 - (at % WIDTH),
  ]).flat(),
);
const PPM = Buffer.concat([Buffer.from(`P6 ${WIDTH} ${HEIGHT} 255\n`), PICTURE]);
const absent = ['convert', 'pdfimages'].find((tool) => !hasTool(tool));

/** Pixels of the images that poppler finds in the PDF, one below the other. */
function seenByPoppler(pdf: Uint8Array): Buffer {
  return withTool('pdfimages', ['in.pdf', 'in'], { 'in.pdf': pdf }, ({ files }) =>
    Buffer.concat(
      files('.ppm').map((image) => {
        const [header = '', , height = '0'] = /^P6\n(\d+) (\d+)\n255\n/.exec(image.toString('latin1')) ?? [];
        assert.equal(image.length - header.length, 3 * WIDTH * Number(height));
        return image.subarray(header.length);
      }),
    ),
  );
}

describe('Written by ImageMagick, read by poppler and by PDFium', { skip: absent && `${absent} absent` }, () => {
  const written = (...options: readonly string[]): Buffer =>
    withTool(
      'convert',
      ['in.ppm', '-density', '72', '-units', 'PixelsPerInch', ...options, 'out.tif'],
      { 'in.ppm': PPM },
      ({ status, stderr, file }) => {
        assert.equal(status, 0, stderr);
        return file('out.tif');
      },
    );
  let grey: Buffer;
  before(() => {
    grey = Buffer.from(
      Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
        const [r = 0, g = 0, b = 0] = PICTURE.subarray(3 * at, 3 * at + 3);
        return 0.299 * r + 0.587 * g + 0.114 * b;
      }),
    );
  });

  for (const [name, most, options] of [
    ['LZW with differences', 0, ['-compress', 'lzw']],
    ['LZW without', 0, ['-compress', 'lzw', '-define', 'tiff:predictor=1']],
    ['LZW in strips of five rows', 0, ['-compress', 'lzw', '-define', 'tiff:rows-per-strip=5']],
    ['JPEG of red, green and blue', 24, ['-compress', 'jpeg', '-quality', '95']],
    ['JPEG of luminance and colours', 24, ['-compress', 'jpeg', '-quality', '95', '-colorspace', 'YCbCr']],
    [
      'JPEG in strips of sixteen rows',
      24,
      ['-compress', 'jpeg', '-quality', '95', '-define', 'tiff:rows-per-strip=16'],
    ],
  ] as const)
    test(name, async () => {
      const pdf = await pdfOf(written(...options));
      const seen = seenByPoppler(pdf);
      assert.equal(seen.length, PICTURE.length);
      assert.ok(farthest(seen, PICTURE) <= most, `poppler: ${farthest(seen, PICTURE)}`);
      const drawn = await withRendering(pdf, (rendering) => rendering.draw(0, 72));
      assert.ok(drawn.ok);
      assert.ok(farthest(drawn.value.data, grey) <= most + 2, `PDFium: ${farthest(drawn.value.data, grey)}`);
    });

  test('JPEG of red, green and blue that does not name its components', async () => {
    const tiff = written('-compress', 'jpeg', '-quality', '95');
    const named = Buffer.from('R\x11\0G\x11\0B\x11\0', 'latin1');
    const scanned = Buffer.from('\x03R\0G\0B\0', 'latin1');
    const [frame, scan] = [tiff.indexOf(named), tiff.indexOf(scanned)];
    assert.ok(frame > 0 && scan > frame);
    for (const [index, at] of [frame, frame + 3, frame + 6].entries()) tiff[at] = index + 1;
    for (const [index, at] of [scan + 1, scan + 3, scan + 5].entries()) tiff[at] = index + 1;
    const drawn = await withRendering(await pdfOf(tiff), (rendering) => rendering.draw(0, 72));
    assert.ok(drawn.ok);
    assert.ok(farthest(drawn.value.data, grey) <= 26, `PDFium: ${farthest(drawn.value.data, grey)}`);
  });
});

function farthest(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? -1))), 0);
}
