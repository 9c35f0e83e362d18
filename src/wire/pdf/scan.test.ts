import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasTool, letter, PAT_TROIS_BANNER, PAT_TROIS_PAYLOAD, ruleOf, value, withTool } from './pdf.fixture.ts';
import { scanDocument } from './scan.ts';
import { stampPdf } from './stamp.ts';

async function stamped(): Promise<Uint8Array> {
  const outcome = value(await stampPdf(await letter(30), PAT_TROIS_BANNER));
  if (outcome.outcome !== 'stamped') throw new Error(outcome.outcome);
  return outcome.bytes;
}

function near(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance, `${actual} is not about ${expected}`);
}

test('a stamped PDF: one symbol, on page 1, with its place, module and quiet zone', async () => {
  const scan = value(await scanDocument(await stamped(), 'application/pdf'));
  assert.deepEqual([scan.pageCount, scan.pagesScanned, scan.symbols.length], [2, 2, 1]);
  const [symbol] = scan.symbols;
  assert.equal(symbol?.page, 1);
  assert.equal(symbol?.text, PAT_TROIS_PAYLOAD);
  assert.deepEqual(Buffer.from(symbol?.bytes ?? []), Buffer.from(PAT_TROIS_PAYLOAD, 'latin1'));
  assert.equal(symbol?.modules, 36);
  near(symbol?.moduleMm, 0.4, 0.02);
  near(symbol?.positionMm.width, 14.4, 0.3);
  assert.ok((symbol?.quietZoneModules ?? 0) >= 2);
});

for (const [format, mimeType] of [
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
] as const) {
  test(`the page as a ${format} gives the same symbol at the same place`, async (t) => {
    if (!hasTool('pdftoppm')) return t.skip('pdftoppm absent');
    const pdf = await stamped();
    const extension = format === 'png' ? 'png' : 'jpg';
    const args = ['-r', '200', `-${format}`, '-f', '1', '-l', '1', 'in.pdf', 'page'];
    const image = withTool('pdftoppm', args, { 'in.pdf': pdf }, ({ file }) => file(`page-1.${extension}`));
    const [symbol] = value(await scanDocument(image, mimeType)).symbols;
    const [reference] = value(await scanDocument(pdf, 'application/pdf')).symbols;
    assert.equal(symbol?.text, PAT_TROIS_PAYLOAD);
    near(symbol?.positionMm.x, reference?.positionMm.x ?? 0, 0.5);
    near(symbol?.positionMm.y, reference?.positionMm.y ?? 0, 0.5);
    assert.equal(symbol?.quietZoneModules === undefined, format === 'jpeg');
    assert.equal(ruleOf(await scanDocument(image.subarray(0, 20), mimeType)), 'TDU-DOC-109');
  });
}

test('a document without symbol gives none; pages beyond the bound are said not to have been looked at', async () => {
  const scan = value(await scanDocument(await letter(60), 'application/pdf', { maxPages: 2 }));
  assert.deepEqual(scan, { symbols: [], pageCount: 4, pagesScanned: 2 });
});

test('broken images, images that lie about their size and unknown types are refused', async () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40)]);
  png.write('IHDR', 12, 'latin1');
  assert.equal(ruleOf(await scanDocument(png, 'image/png')), 'TDU-DOC-109', 'no size');
  png.writeUInt32BE(1, 16);
  png.writeUInt32BE(1, 20);
  assert.equal(ruleOf(await scanDocument(png, 'image/png')), 'TDU-DOC-109', 'no pixels');
  png.writeUInt32BE(1_000_000, 20);
  png.writeUInt32BE(1_000, 16);
  assert.equal(ruleOf(await scanDocument(png, 'image/png')), 'TDU-DOC-102');
  const jpeg = Buffer.from('ffd8ffc0000b08ffffffff01011100ffd9', 'hex');
  assert.equal(ruleOf(await scanDocument(jpeg, 'image/jpeg')), 'TDU-DOC-102');
  assert.equal(ruleOf(await scanDocument(Buffer.from('no'), 'image/jpeg')), 'TDU-DOC-109');
  assert.equal(ruleOf(await scanDocument(Buffer.from('no'), 'image/tiff')), 'TDU-DOC-110');
  assert.equal(ruleOf(await scanDocument(Buffer.from('no'), 'application/pdf')), 'TDU-DOC-101');
});
