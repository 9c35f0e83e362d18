import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { hasTool, withTool } from '../pdf/pdf.fixture.ts';
import { withRendering } from '../pdf/render.ts';
import { buildTiff, HALF, HALF_G4, half } from './tiff.fixture.ts';
import { toPdf } from './to-pdf.ts';

async function pdfOf(mimeType: string, bytes: Buffer): Promise<Uint8Array> {
  const pdf = await toPdf(mimeType, bytes, 'Essai');
  return pdf.ok ? pdf.value : assert.fail(`${pdf.refusal.rule.id} ${pdf.refusal.detail ?? ''}`);
}

async function refusal(mimeType: string, bytes: Buffer): Promise<string> {
  const pdf = await toPdf(mimeType, bytes, 'Essai');
  return pdf.ok ? '' : `${pdf.refusal.rule.id} ${pdf.refusal.detail ?? ''}`.trim();
}

/** Grey of the middle of the left and of the right half of each page. */
async function halves(pdf: Uint8Array): Promise<[number, number][]> {
  const drawn = await withRendering(pdf, (rendering) => {
    const pages: [number, number][] = [];
    for (let page = 0; page < rendering.pageCount; page++) {
      const bitmap = rendering.draw(page, 200);
      if (!bitmap.ok) return bitmap;
      const { width, height, data } = bitmap.value;
      const at = (x: number) => data[Math.floor(height / 2) * width + Math.floor(width * x)] ?? -1;
      pages.push([at(0.25), at(0.75)]);
    }
    return { ok: true, value: pages };
  });
  return drawn.ok ? drawn.value : assert.fail(drawn.refusal.rule.id);
}

/** PackBits of literal runs. */
function packed(data: Buffer): Buffer {
  return Buffer.concat([Buffer.of(data.length - 1), data]);
}

const inverted = Buffer.from(HALF.map((byte) => byte ^ 0xff));

test('each page of a TIFF is a page of the PDF, in every codec of scanners, with its black and its white', async () => {
  const [top, bottom] = [HALF.subarray(0, 16), HALF.subarray(16)];
  const grey = Buffer.concat(Array.from({ length: 16 }, () => Buffer.of(...Array(8).fill(255), ...Array(8).fill(0))));
  const colours = Buffer.from([...grey].flatMap((level) => [level, level, level]));
  const pages = [
    half(1, [HALF]),
    half(1, [inverted], { 262: [1] }),
    half(4, [HALF_G4]),
    half(32_773, [packed(top), packed(bottom)]),
    half(8, [deflateSync(top), deflateSync(bottom)]),
    half(1, [grey], { 258: [8], 262: [1] }),
    half(32_946, [deflateSync(colours)], { 258: [8, 8, 8], 262: [2], 277: [3] }),
    half(1, [HALF], { 262: [3], 320: [65_535, 0, 65_535, 0, 65_535, 0] }),
  ];
  for (const order of ['II', 'MM'] as const) {
    const drawn = await halves(await pdfOf('image/tiff', buildTiff(pages, order)));
    assert.equal(drawn.length, pages.length);
    drawn.forEach(([left, right], page) => {
      assert.ok(left > 250 && right < 5, `${order} page ${page + 1}: ${left}, ${right}`);
    });
  }
});

test('the low bit first is the same picture', async () => {
  const turned = Buffer.from(
    HALF_G4.map((byte) => Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2)),
  );
  const [[left, right] = [0, 0]] = await halves(
    await pdfOf('image/tiff', buildTiff([half(4, [turned], { 266: [2] })])),
  );
  assert.ok(left > 250 && right < 5, `${left}, ${right}`);
});

test('the PDF of a TIFF is whole for another reader', async (t) => {
  if (!hasTool('qpdf') || !hasTool('pdfimages')) return t.skip('qpdf or poppler absent');
  const pdf = await pdfOf('image/tiff', buildTiff([half(4, [HALF_G4]), half(1, [HALF])]));
  withTool('qpdf', ['--check', 'in.pdf'], { 'in.pdf': pdf }, ({ status, stderr }) => assert.equal(status, 0, stderr));
  withTool('pdfimages', ['-list', 'in.pdf'], { 'in.pdf': pdf }, ({ stdout }) => {
    const [first = '', second = ''] = stdout.toString('latin1').trim().split('\n').slice(2);
    assert.match(first, /^\s*1 .*\b16 +16 .*ccitt/);
    assert.match(second, /^\s*2 .*\b16 +16 .*image/);
  });
});

test('a form that PDF does not know is not guessed', async () => {
  assert.equal(await refusal('image/tiff', buildTiff([half(34_712, [HALF])])), 'TDU-DOC-115 compression 34712');
  assert.equal(
    await refusal('image/tiff', buildTiff([half(1, [HALF], { 258: [16], 262: [1] })])),
    'TDU-DOC-115 photométrie 1, 1 × 16 bits',
  );
  assert.equal(
    await refusal('image/tiff', buildTiff([half(1, [HALF], { 324: [8], 325: [16] })])),
    'TDU-DOC-115 TIFF en tuiles',
  );
  assert.equal(
    await refusal('image/tiff', buildTiff([half(1, [HALF], { 278: [4] })])),
    'TDU-DOC-115 bandes manquantes',
  );
  assert.equal(await refusal('text/rtf', Buffer.from('{\\rtf1}')), 'TDU-DOC-115 text/rtf');
  assert.match(await refusal('image/jpeg', Buffer.from('\xff\xd8\xff', 'latin1')), /^TDU-DOC-109/);
});

test('a text keeps its lines and its columns, in whichever encoding it came', async (t) => {
  if (!hasTool('pdftotext')) return t.skip('poppler absent');
  const text =
    'Hémoglobine          13,8 g/dL      12,0 à 16,0\nLeucocytes            6,4 G/L        4,0 à 10,0\n\n\tConclusion : œdème\fPage deux';
  for (const bytes of [Buffer.from(text), Buffer.from(text.replace('œ', 'oe'), 'latin1')]) {
    withTool('pdftotext', ['-layout', 'in.pdf', '-'], { 'in.pdf': await pdfOf('text/plain', bytes) }, ({ stdout }) => {
      const [first = '', second = ''] = stdout
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== '');
      assert.match(first, /Hémoglobine +13,8 g\/dL +12,0 à 16,0/);
      assert.ok(Math.abs(first.indexOf('12,0') - second.indexOf('4,0 à')) <= 4, `${first}\n${second}`);
      assert.match(stdout.toString('utf8'), /Conclusion : (œ|oe)dème.*\f.*Page deux/s);
    });
  }
});

test('long lines and long texts go on to the next line and page; nothing is replaced in a report', async () => {
  const long = `${'mot '.repeat(200)}\n${'x'.repeat(5_000)}\n`.repeat(40);
  const pages = await withRendering(await pdfOf('text/plain', Buffer.from(long)), (r) => ({
    ok: true,
    value: r.pageCount,
  }));
  assert.ok(pages.ok && pages.value > 5);
  if (hasTool('pdftotext'))
    withTool('pdftotext', ['in.pdf', '-'], { 'in.pdf': await pdfOf('text/plain', Buffer.from(long)) }, ({ stdout }) =>
      assert.equal(stdout.toString('utf8').split('x').length - 1, 40 * 5_000),
    );
  assert.equal(await refusal('text/plain', Buffer.from('Ж')), 'TDU-DOC-114 caractère que la police ne dessine pas');
  assert.match(await refusal('text/plain', Buffer.from('\n'.repeat(100_000))), /^TDU-DOC-102 \d+ pages$/);
  assert.match(await refusal('text/plain', Buffer.alloc(3_000_000, 'a')), /^TDU-DOC-102/);
});
