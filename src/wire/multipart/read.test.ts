import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotAForm, readFileForm } from './read.ts';

const TYPE = 'multipart/form-data; boundary=----trait';
const FORM = [
  '------trait\r\nContent-Disposition: form-data; name="jeton"\r\n\r\nabc',
  '------trait\r\nContent-Disposition: form-data; name="fichier"; filename="essai.csv"\r\nContent-Type: text/csv\r\n\r\nnom;ipp\r\n------tra\r\n',
  '------trait--\r\n',
].join('\r\n');

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(bytes: AsyncIterable<Buffer> | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('fields and file come as they were sent, however the bytes arrive', async () => {
  for (const size of [1, 2, 7, 50, 10_000]) {
    const { fields, file } = await readFileForm(TYPE, inPieces(FORM, size));
    assert.deepEqual(fields, { jeton: 'abc' });
    assert.deepEqual([file?.field, file?.name], ['fichier', 'essai.csv']);
    assert.equal(await textOf(file?.bytes), 'nom;ipp\r\n------tra\r\n', String(size));
  }
});

test('files follow one another; a field between them is passed over', async () => {
  const part = (name: string, text: string) =>
    `------trait\r\nContent-Disposition: form-data; name="d"; filename="${name}"\r\n\r\n${text}\r\n`;
  const field = '------trait\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n';
  const form = `${part('a', '\r\n--')}${field}${part('b', '')}${part('c', 'c')}------trait--\r\n`;
  for (const size of [1, 3, 64, 10_000]) {
    const seen: [string, string][] = [];
    let { file } = await readFileForm(TYPE, inPieces(form, size));
    for (; file !== undefined; file = await file.next()) seen.push([file.name, await textOf(file.bytes)]);
    assert.deepEqual(seen, [
      ['a', '\r\n--'],
      ['b', ''],
      ['c', 'c'],
    ]);
  }
});

test('a form without a file has none', async () => {
  const form = '------trait\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n------trait--\r\n';
  assert.deepEqual(await readFileForm(TYPE, inPieces(form, 5)), { fields: { a: '1' }, file: undefined });
});

test('what is cut, unnamed, too long or without a boundary is no form', async () => {
  const head = '------trait\r\nContent-Disposition: form-data; name="a"\r\n\r\n';
  const faults: readonly (readonly [string, string])[] = [
    ['multipart/form-data', FORM],
    [TYPE, head],
    [TYPE, '------trait\r\nContent-Disposition: form-data\r\n\r\n1\r\n------trait--'],
    [TYPE, `${head}${'x'.repeat(100_000)}`],
  ];
  for (const [type, text] of faults) await assert.rejects(readFileForm(type, inPieces(text, 1_000)), NotAForm);
  const { file } = await readFileForm(TYPE, inPieces(FORM.slice(0, -20), 9));
  await assert.rejects(textOf(file?.bytes), NotAForm);
});
