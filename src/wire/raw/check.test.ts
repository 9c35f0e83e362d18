import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawFault } from './check.ts';
import { buildTiff, HALF, half } from './tiff.fixture.ts';
import { readTiff } from './tiff.ts';

const fault = (mimeType: string, bytes: Buffer, charset?: 'UTF-8'): string => {
  const refusal = rawFault(mimeType, bytes, charset);
  return refusal === undefined ? '' : `${refusal.rule.id} ${refusal.detail ?? ''}`.trim();
};

/** A JPEG of that size, as far as its headers say. */
function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc0000b0800000000010111 00'.replace(' ', ''), 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.of(0xff, 0xd8), frame, Buffer.of(0, 0, 0, 0, 0xff, 0xd9)]);
}

test('pictures of a size that is drawn pass; one that would fill a screen wall does not', () => {
  assert.equal(fault('image/jpeg', jpeg(2480, 3508)), '');
  assert.equal(fault('image/jpeg', jpeg(60_000, 60_000)), 'TDU-DOC-102 60000 × 60000 pixels');
  assert.equal(fault('image/tiff', buildTiff([half(1, [HALF])])), '');
  const giant = (width: number, height: number) => buildTiff([{ ...half(1, [HALF]), width, height }]);
  assert.equal(fault('image/tiff', giant(1, 1_000_000)), 'TDU-DOC-102 1 × 1000000 pixels');
  assert.equal(fault('image/tiff', giant(60_000, 60_000)), 'TDU-DOC-102 60000 × 60000 pixels');
  assert.equal(fault('image/tiff', giant(0, 10)), 'TDU-DOC-109 dimensions');
});

test('a picture cut short, or of another format, is not readable', () => {
  assert.equal(fault('image/jpeg', jpeg(10, 10).subarray(0, -2)), 'TDU-DOC-109 fin absente');
  assert.equal(fault('image/jpeg', Buffer.from('\xff\xd8\xff\xe0', 'latin1')), 'TDU-DOC-109');
  assert.equal(fault('image/tiff', Buffer.from('II*\0')), 'TDU-DOC-109 en-tête TIFF');
  const whole = buildTiff([half(1, [HALF])]);
  for (let length = 8; length < whole.length - 4; length++)
    assert.match(fault('image/tiff', whole.subarray(0, length)), /^TDU-DOC-109/, `${length} bytes`);
});

test('all pages of a TIFF are read, in both byte orders; a loop and too many pages are refused', () => {
  for (const order of ['II', 'MM'] as const) {
    const file = buildTiff([half(1, [HALF]), half(32_773, [HALF, HALF]), half(4, [HALF], { 282: [0] })], order);
    const pages = readTiff(file);
    assert.deepEqual(pages.ok && pages.value.map(({ compression, strips }) => [compression, strips.length]), [
      [1, 1],
      [32_773, 2],
      [4, 1],
    ]);
  }
  const loop = buildTiff([half(1, [HALF])]);
  const directory = loop.readUInt32LE(4);
  loop.writeUInt32LE(directory, directory + 2 + 12 * loop.readUInt16LE(directory));
  assert.equal(fault('image/tiff', loop), 'TDU-DOC-109 répertoires en boucle');
  const many = Array.from({ length: 501 }, () => half(1, [HALF]));
  assert.equal(fault('image/tiff', buildTiff(many)), 'TDU-DOC-102 plus de 500 pages');
  assert.equal(fault('image/tiff', buildTiff(many.slice(1))), '');
});

test('counts that lie do not take memory', () => {
  const file = buildTiff([half(1, [HALF])]);
  const directory = file.readUInt32LE(4);
  for (let entry = directory + 2; entry < file.length - 4; entry += 12) {
    const lying = Buffer.from(file);
    lying.writeUInt32LE(0xffff_ffff, entry + 4);
    assert.doesNotThrow(() => fault('image/tiff', lying));
  }
});

test('an RTF is whole and can do nothing', () => {
  assert.equal(fault('text/rtf', Buffer.from('{\\rtf1\\ansi Bonjour \\{ \\par}')), '');
  assert.equal(fault('text/rtf', Buffer.from('{\\rtf1 {\\b coupé')), 'TDU-DOC-114 RTF incomplet');
  assert.equal(fault('text/rtf', Buffer.from('{\\rtf1}}')), 'TDU-DOC-114 RTF incomplet');
  assert.equal(fault('text/rtf', Buffer.from(`{\\rtf1 ${'{'.repeat(2_000)}`)), 'TDU-DOC-114 imbrication');
  for (const active of [
    '{\\object\\objemb{\\*\\objdata 0105}}',
    '{\\field{\\*\\fldinst DDEAUTO c:\\\\cmd.exe}}',
    '{\\*\\template http://ailleurs/x.dot}',
    '{\\field{\\*\\fldinst INCLUDEPICTURE "http://ailleurs/x.png"}}',
  ])
    assert.equal(fault('text/rtf', Buffer.from(`{\\rtf1 ${active}}`)), 'TDU-DOC-113', active);
});

test('a text has no null character', () => {
  assert.equal(fault('text/plain', Buffer.from('Chère consœur')), '');
  assert.equal(fault('text/plain', Buffer.from('a', 'utf16le')), 'TDU-DOC-114 caractère nul');
  assert.equal(fault('application/pdf', Buffer.alloc(8)), '', 'a PDF is looked at when it is prepared');
});

test('a text that is announced in UTF-8 is in UTF-8', () => {
  const latin = Buffer.from('Chère consœur', 'latin1');
  assert.equal(fault('text/plain', latin, 'UTF-8'), 'TDU-DOC-114 annoncé en UTF-8, ne l’est pas');
  assert.equal(fault('text/plain', latin), '', 'every byte is a letter of a one-byte set');
  assert.equal(fault('text/plain', Buffer.from('Chère consœur'), 'UTF-8'), '');
});
