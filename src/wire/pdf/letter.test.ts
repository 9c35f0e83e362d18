import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderLetter } from './letter.ts';
import { hasTool, letter, value, withTool } from './pdf.fixture.ts';
import { withRendering } from './render.ts';

test('the letter leaves its first 40 mm blank, for the banner', async () => {
  const head = await withRendering(await letter(), (r) => r.draw(0, 100, { x: 0, y: 0, width: 210, height: 40 }));
  assert.ok(value(head).data.every((level) => level === 255));
});

test('its text is found with accents and its fonts are embedded', async (t) => {
  if (!hasTool('pdftotext') || !hasTool('pdffonts') || !hasTool('qpdf')) return t.skip('poppler or qpdf absent');
  const input = { 'in.pdf': await letter(30) };
  withTool('pdftotext', ['in.pdf', '-'], input, ({ stdout }) => {
    for (const text of ['Chère consœur', 'L’électrocardiogramme', 'Docteure Hélène MARTIN', 'page 2 / 2']) {
      assert.ok(stdout.toString('utf8').includes(text), text);
    }
  });
  withTool('pdffonts', ['in.pdf'], input, ({ stdout }) => {
    const fonts = stdout.toString('latin1').trim().split('\n').slice(2);
    assert.equal(fonts.length, 2);
    for (const font of fonts) assert.match(font, /OpenSans.*TrueType\s+WinAnsi\s+yes yes/);
  });
  withTool('qpdf', ['--check', 'in.pdf'], input, ({ status, stderr }) => assert.equal(status, 0, stderr));
});

test('the same letter is the same bytes', async () => {
  assert.deepEqual(await letter(), await letter());
});

test('a character that cannot be drawn is the caller’s mistake', async () => {
  const blank = { title: 'Ж', sender: [], recipient: [], placeAndDate: '', paragraphs: [], signature: [] };
  await assert.rejects(renderLetter(blank), RangeError);
});
