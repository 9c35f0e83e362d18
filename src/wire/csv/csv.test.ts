import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CsvRow, csvRows } from './read.ts';

async function rows(text: string, size = text.length): Promise<CsvRow[]> {
  async function* chunks(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  const found: CsvRow[] = [];
  for await (const row of csvRows(chunks())) found.push(row);
  return found;
}

test('rows come with their line, whatever the line ends and the separator; empty lines are left out', async () => {
  const expected = [
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1', ''] },
    { line: 4, cells: ['3', '4'] },
  ];
  for (const end of ['\n', '\r\n', '\r'])
    for (const separator of [';', ',', '\t']) {
      const text = ['a,b', '1,', '', '3,4', ''].join(end).replaceAll(',', separator);
      assert.deepEqual(await rows(text), expected, JSON.stringify(text));
      assert.deepEqual(await rows(text, 1), expected, `${JSON.stringify(text)} one character at a time`);
    }
});

test('a quoted cell holds separators, quotes and line ends', async () => {
  const text = 'a;b\r\n"D\'HAUTE""VILLE"";x";"deux\r\nlignes"\r\nc;d';
  for (const size of [1, 3, 100])
    assert.deepEqual(await rows(text, size), [
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['D\'HAUTE"VILLE";x', 'deux\r\nlignes'] },
      { line: 4, cells: ['c', 'd'] },
    ]);
});

test('a quote that is never closed is refused with the line where it opens', async () => {
  await assert.rejects(rows('a;b\n"x;y\n1;2\n'), /ligne 2/);
});

test('nothing gives no row', async () => {
  assert.deepEqual(await rows(''), []);
});
