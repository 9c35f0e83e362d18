import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import { ok } from '../../rules/rule.ts';
import { altered, hasTool, letter, ruleOf, value, withTool } from './pdf.fixture.ts';
import { type GreyBitmap, withRendering } from './render.ts';

function draw(bytes: Uint8Array, dpi: number, region?: { x: number; y: number; width: number; height: number }) {
  return withRendering(bytes, (rendering) => rendering.draw(0, dpi, region));
}

function darkPixels({ data }: GreyBitmap): number {
  return data.reduce((count, level) => count + (level < 128 ? 1 : 0), 0);
}

test('a page is drawn at the asked resolution, dark on white', async () => {
  const bitmap = value(await draw(await letter(), 100));
  assert.deepEqual([bitmap.width, bitmap.height, bitmap.data.length], [827, 1169, 827 * 1169]);
  assert.equal(bitmap.data[0], 255);
  assert.ok(darkPixels(bitmap) > 1000);
});

test('the same page by another renderer has about as much ink', async (t) => {
  if (!hasTool('pdftoppm')) return t.skip('pdftoppm absent');
  const bytes = await letter();
  const pgm = withTool('pdftoppm', ['-r', '100', '-gray', 'in.pdf', 'out'], { 'in.pdf': bytes }, ({ file }) =>
    file('out-1.pgm'),
  );
  const theirs = pgm.subarray(pgm.length - 827 * 1169).reduce((count, level) => count + (level < 128 ? 1 : 0), 0);
  const ours = darkPixels(value(await draw(bytes, 100)));
  assert.ok(Math.abs(ours - theirs) < 0.35 * theirs, `${ours} against ${theirs}`);
});

test('a region is the same pixels as in the whole page', async () => {
  const bytes = await letter();
  const whole = value(await draw(bytes, 72));
  const region = value(await draw(bytes, 72, { x: 25.4, y: 50.8, width: 50.8, height: 25.4 }));
  assert.deepEqual([region.width, region.height], [144, 72]);
  for (let row = 0; row < 72; row++) {
    const start = (144 + row) * whole.width + 72;
    assert.deepEqual(region.data.subarray(row * 144, row * 144 + 144), whole.data.subarray(start, start + 144));
  }
});

test('a page too large to draw is refused before any memory is taken', async () => {
  const document = await PDFDocument.create();
  document.addPage([14_400, 14_400]);
  assert.equal(ruleOf(await draw(await document.save(), 300)), 'TDU-DOC-102');
});

test('a page that does not exist and bytes that are no PDF are refused', async () => {
  const missing = await withRendering(await letter(), (rendering) => rendering.draw(5, 72));
  assert.equal(ruleOf(missing), 'TDU-DOC-101');
  assert.equal(ruleOf(await draw(Buffer.from('nothing'), 72)), 'TDU-DOC-101');
});

test('two documents open at once do not mix', async () => {
  const [one, two] = [await letter(), await altered((document) => document.getPage(0).setSize(300, 300))];
  const widths = await withRendering(one, (first) =>
    withRendering(two, (second) =>
      ok([first.draw(0, 72), second.draw(0, 72), first.draw(0, 72)].map((drawn) => value(drawn).width)),
    ),
  );
  assert.deepEqual(value(widths), [595, 300, 595]);
});

test('an error of the caller passes through and the next document is still drawn', async () => {
  const bytes = await letter();
  await assert.rejects(
    withRendering(bytes, () => {
      throw new Error('caller');
    }),
    /caller/,
  );
  assert.equal(value(await draw(bytes, 72)).width, 595);
});

test('memory is given back: 200 drawings of 4 MB leave no 800 MB behind', async () => {
  const bytes = await letter();
  for (let round = 0; round < 200; round++) value(await draw(bytes, 200));
  const { external } = process.memoryUsage();
  assert.ok(external < 500 * 1024 * 1024, `${external} bytes`);
});
