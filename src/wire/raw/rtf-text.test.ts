/** The text of an RTF, and nothing of the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rtfText } from './rtf-text.ts';

const read = (rtf: string): string => rtfText(Buffer.from(rtf, 'latin1'));

test('paragraphs, cells, accents in both writings, escaped signs', () => {
  assert.equal(
    read("{\\rtf1\\ansi Ma\\'eetre\\par Dose\\cell 10\\~mg\\row \\{fin\\}}"),
    'Maître\nDose\t10\u00a0mg\n{fin}',
  );
  assert.equal(read("{\\rtf1 h\\u233?pital \\u8217\\'92 {\\uc2 \\u955abx}y}"), 'hépital ’ λxy');
});

test('fonts, pictures, fields and what is marked as ignorable are no text', () => {
  const rtf =
    '{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\*\\generator Riched20;}{\\info{\\author X}}{\\pict 89504e47}Lettre' +
    '{\\field{\\*\\fldinst HYPERLINK "http://x"}{\\fldrslt  ici}}{\\stylesheet Normal;} fin}';
  assert.equal(read(rtf), 'Lettre ici fin');
});

test('a broken file gives what it holds, in linear time', () => {
  assert.equal(read('{\\rtf1 a}}}b\\'), 'ab');
  const started = performance.now();
  assert.equal(read(`{\\rtf1 ${'{'.repeat(500_000)}x`), 'x');
  assert.ok(performance.now() - started < 3_000);
});
