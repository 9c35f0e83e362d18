/** A symbol that the document already carries is found however it was drawn (practice.md 13). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { degrees, type PDFDocument, PDFName, type PDFPage, PDFRawStream } from '@cantoo/pdf-lib';
import { PNG } from 'pngjs';
import { ok } from '../../rules/rule.ts';
import { altered, letter, PAT_TROIS_BANNER, PAT_TROIS_PAYLOAD, value } from './pdf.fixture.ts';
import { ordinaryPdf } from './quick-survey.ts';
import { withRendering } from './render.ts';
import { readMarks, stampPdf } from './stamp.ts';
import { encodeSymbol } from './symbol.ts';
import { suspectZones } from './symbol-suspects.ts';

const SYMBOL = value(encodeSymbol(PAT_TROIS_PAYLOAD));
const { size, bits } = SYMBOL;
/** Side of a module, points: 0.4 mm. */
const MODULE = 1.134;
const SIDE = size * MODULE;
/** Where the symbol is put, its lower left corner. */
const AT = { x: 400, y: 60 };

function dark(row: number, column: number): boolean {
  return bits[row * size + column] === 1;
}

/** Something of each dark run of modules, in a space where the symbol is the unit square. */
function runs(draw: (x: number, y: number, width: number, height: number) => string): string {
  const drawn: string[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const start = column;
      while (column < size && dark(row, column)) column += 1;
      if (column > start) drawn.push(draw(start / size, 1 - (row + 1) / size, (column - start) / size, 1 / size));
    }
  }
  return drawn.join('\n');
}

/** Grey levels, `scale` pixels a module. */
function pixels(scale: number): { side: number; grey: Buffer } {
  const side = size * scale;
  const grey = Buffer.alloc(side * side, 255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) if (dark(Math.floor(y / scale), Math.floor(x / scale))) grey[y * side + x] = 0;
  return { side, grey };
}

const PLACED = `q ${SIDE} 0 0 ${SIDE} ${AT.x} ${AT.y} cm`;

function append(document: PDFDocument, page: PDFPage, operators: string | Buffer): void {
  const content = Buffer.from(operators as string, 'latin1');
  page.node.addContentStream(document.context.register(PDFRawStream.of(document.context.obj({}), content)));
}

/** A form with the symbol as paths, in the unit square. */
function form(document: PDFDocument): ReturnType<PDFDocument['context']['register']> {
  const path = `${runs((x, y, w, h) => `${x} ${y} ${w} ${h} re`)} f`;
  return document.context.register(
    document.context.stream(path, { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 1, 1] }),
  );
}

const DRAWN: Readonly<Record<string, (document: PDFDocument, page: PDFPage) => void | Promise<void>>> = {
  'an image': async (document, page) => {
    const { side, grey } = pixels(4);
    const image = new PNG({ width: side, height: side });
    for (const [at, level] of grey.entries()) image.data.set([level, level, level, 255], at * 4);
    page.drawImage(await document.embedPng(PNG.sync.write(image)), { ...AT, width: SIDE, height: SIDE });
  },
  'an image turned by 30°': async (document, page) => {
    const { side, grey } = pixels(4);
    const image = new PNG({ width: side, height: side });
    for (const [at, level] of grey.entries()) image.data.set([level, level, level, 255], at * 4);
    const place = { ...AT, width: SIDE, height: SIDE, rotate: degrees(30) };
    page.drawImage(await document.embedPng(PNG.sync.write(image)), place);
  },
  'an image cut into strips': (document, page) => {
    const { side, grey } = pixels(4);
    const strips = Array.from({ length: size }, (_, row) => {
      const packed = deflateSync(grey.subarray(row * 4 * side, (row + 1) * 4 * side));
      const entries = { Type: 'XObject', Subtype: 'Image', Width: side, Height: 4, ColorSpace: 'DeviceGray' };
      const dictionary = document.context.obj({ ...entries, BitsPerComponent: 8, Filter: 'FlateDecode' });
      const name = page.node.newXObject('Strip', document.context.register(PDFRawStream.of(dictionary, packed)));
      return `q ${SIDE} 0 0 ${MODULE} ${AT.x} ${AT.y + SIDE - (row + 1) * MODULE} cm ${name} Do Q`;
    });
    append(document, page, strips.join('\n'));
  },
  'an inline image': (document, page) => {
    const { side, grey } = pixels(2);
    const head = Buffer.from(`${PLACED}\nBI /W ${side} /H ${side} /CS /G /BPC 8 ID `);
    append(document, page, Buffer.concat([head, grey, Buffer.from('\nEI Q')]));
  },
  'a stencil mask': (document, page) => {
    const bytesPerRow = Math.ceil(size / 8);
    const mask = Buffer.alloc(bytesPerRow * size, 255);
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const at = row * bytesPerRow + (column >> 3);
        if (dark(row, column)) mask[at] = (mask[at] ?? 0) & ~(0x80 >> (column & 7));
      }
    const dictionary = document.context.obj({ Type: 'XObject', Subtype: 'Image', Width: size, Height: size });
    dictionary.set(PDFName.of('ImageMask'), document.context.obj(true));
    dictionary.set(PDFName.of('BitsPerComponent'), document.context.obj(1));
    const name = page.node.newXObject('Mask', document.context.register(PDFRawStream.of(dictionary, mask)));
    append(document, page, `${PLACED} ${name} Do Q`);
  },
  'one path of rectangles': (document, page) =>
    append(document, page, `${PLACED} ${runs((x, y, w, h) => `${x} ${y} ${w} ${h} re`)} f Q`),
  'a path for each rectangle': (document, page) =>
    append(document, page, `${PLACED} ${runs((x, y, w, h) => `${x} ${y} ${w} ${h} re f`)} Q`),
  'a stroke for each run': (document, page) =>
    append(
      document,
      page,
      `${PLACED} ${1 / size} w ${runs((x, y, w, h) => `${x} ${y + h / 2} m ${x + w} ${y + h / 2} l S`)} Q`,
    ),
  'four hairlines for each run': (document, page) => {
    const lines = (x: number, y: number, w: number, h: number) =>
      [0, 1, 2, 3].map((line) => `${x} ${y + (line * h) / 4} ${w} ${h / 4} re f`).join(' ');
    append(document, page, `${PLACED} ${runs(lines)} Q`);
  },
  'white squares on black': (document, page) => {
    const holes: string[] = [];
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        if (!dark(row, column)) holes.push(`${column / size} ${1 - (row + 1) / size} ${1 / size} ${1 / size} re f`);
    append(document, page, `${PLACED} 0 g 0 0 1 1 re f 1 g ${holes.join('\n')} Q`);
  },
  'a form': (document, page) =>
    append(document, page, `${PLACED} ${page.node.newXObject('Symbol', form(document))} Do Q`),
  'a form in a form, turned': (document, page) => {
    const inner = form(document);
    const outer = document.context.stream(`q 0.7 0.7 -0.7 0.7 0.7 0 cm /Inner Do Q`, {
      Type: 'XObject',
      Subtype: 'Form',
      BBox: [-1, -1, 2, 2],
      Resources: { XObject: { Inner: inner } },
    });
    append(document, page, `${PLACED} ${page.node.newXObject('Outer', document.context.register(outer))} Do Q`);
  },
  'the appearance of an annotation': (document, page) => {
    const { context } = document;
    const place = [AT.x, AT.y, AT.x + SIDE, AT.y + SIDE];
    const stamp = { Type: 'Annot', Subtype: 'Stamp', Rect: place, F: 4, AP: { N: form(document) } };
    page.node.set(PDFName.of('Annots'), context.obj([context.register(context.obj(stamp))]));
  },
  'a tiling pattern': (document, page) => {
    const path = `${runs((x, y, w, h) => `${x * SIDE} ${y * SIDE} ${w * SIDE} ${h * SIDE} re`)} f`;
    const tile = { Type: 'Pattern', PatternType: 1, PaintType: 1, TilingType: 1, BBox: [0, 0, SIDE, SIDE] };
    const entries = { ...tile, XStep: SIDE, YStep: SIDE, Resources: {}, Matrix: [1, 0, 0, 1, AT.x, AT.y] };
    const pattern = document.context.register(document.context.stream(path, entries));
    page.node.normalizedEntries().Resources.set(PDFName.of('Pattern'), document.context.obj({ P: pattern }));
    append(document, page, `q /Pattern cs /P scn ${AT.x} ${AT.y} ${SIDE} ${SIDE} re f Q`);
  },
  'glyphs of a Type 3 font': (document, page) => {
    const { context } = document;
    const square = context.register(context.stream('1000 0 0 0 1000 1000 d1 0 0 1000 1000 re f'));
    const font = context.obj({
      Type: 'Font',
      Subtype: 'Type3',
      FontBBox: [0, 0, 1000, 1000],
      FontMatrix: [0.001, 0, 0, 0.001, 0, 0],
      CharProcs: { a: square },
      Encoding: { Type: 'Encoding', Differences: [97, 'a'] },
      FirstChar: 97,
      LastChar: 97,
      Widths: [1000],
      Resources: {},
    });
    page.node.setFontDictionary(PDFName.of('Squares'), context.register(font));
    const rows = Array.from({ length: size }, (_, row) => {
      const y = AT.y + SIDE - (row + 1) * MODULE;
      const cells = Array.from({ length: size }, (_, column) =>
        dark(row, column) ? `1 0 0 1 ${AT.x + column * MODULE} ${y} Tm (a) Tj` : '',
      );
      return cells.join(' ');
    });
    append(document, page, `BT /Squares ${MODULE} Tf ${rows.join('\n')} ET`);
  },
};

for (const [name, draw] of Object.entries(DRAWN)) {
  for (const rotation of [0, 90]) {
    test(`drawn as ${name}${rotation === 0 ? '' : ' on a turned page'}, it is found and no second one is given`, async () => {
      const received = await altered((document) => {
        document.getPage(0).setRotation(degrees(rotation));
        return draw(document, document.getPage(0));
      }, 1);
      for (const outcome of [await stampPdf(received, PAT_TROIS_BANNER), await readMarks(received)]) {
        const found = value(outcome);
        assert.ok(found.outcome === 'already-marked');
        assert.deepEqual(
          found.symbols.map(({ page, text }) => [page, text]),
          [[1, PAT_TROIS_PAYLOAD]],
        );
      }
    });
  }
}

test('found on another page, it has its page and its place', async () => {
  const received = await altered((document) => DRAWN['a form']?.(document, document.getPage(1)), 30);
  const found = value(await stampPdf(received, PAT_TROIS_BANNER));
  assert.ok(found.outcome === 'already-marked');
  const [symbol] = found.symbols;
  assert.equal(symbol?.page, 2);
  const mm = (points: number) => (points / 72) * 25.4;
  assert.ok(Math.abs((symbol?.positionMm.x ?? 0) - mm(AT.x)) < 0.5);
  assert.ok(Math.abs((symbol?.positionMm.y ?? 0) - (297 - mm(AT.y + SIDE))) < 0.5);
  assert.equal(symbol?.modules, size);
});

/** Zones of page one that would be drawn and read. */
async function suspectsOf(bytes: Uint8Array): Promise<number> {
  const [page] = ordinaryPdf(bytes)?.pages ?? [];
  assert.ok(page !== undefined);
  return value(
    await withRendering(bytes, (rendering) =>
      rendering.withPage(0, (opened) => ok(suspectZones(opened.objects() ?? [], page.geometry, []).length)),
    ),
  );
}

test('text, rules and the frames of a table are no suspects: nothing is drawn to look at them', async () => {
  assert.equal(await suspectsOf(await letter(30)), 0);
  const table = await altered((document) => {
    const page = document.getPage(0);
    for (let row = 0; row < 30; row++)
      for (let column = 0; column < 6; column++)
        page.drawRectangle({ x: 60 + 80 * column, y: 100 + 15 * row, width: 80, height: 0.7 });
  }, 1);
  assert.equal(await suspectsOf(table), 0);
});
