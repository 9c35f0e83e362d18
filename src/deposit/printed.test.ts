import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import { formOf } from '../documents/index.ts';
import { GS } from '../ins/datamatrix.ts';
import { createStamper } from '../wire/pdf/isolated-stamp.ts';
import { letter, PAT_TROIS } from '../wire/pdf/pdf.fixture.ts';
import { stampPdf } from '../wire/pdf/stamp.ts';
import { openFolder } from './folder.fixture.ts';

const PAYLOAD = `IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE${GS}S4PAT-TROIS${GS}S5FS628-03-1979S763220`;
const SETTINGS = { printed: { typeCode: '11490-0', title: 'Lettre de liaison' } };
/** A letter whose application printed this symbol. */
async function printed(payload: string): Promise<Buffer> {
  const marked = await stampPdf(await letter(), { kind: 'qualified', identity: PAT_TROIS, payload });
  assert.ok(marked.ok && marked.value.outcome === 'stamped');
  return Buffer.from(marked.value.bytes);
}

test('a printed PDF goes to the patient that its symbol names, and keeps the one symbol that it has', async (t) => {
  const { bench, drop, look, names, read } = await openFolder(t, SETTINGS, createStamper());
  await bench.admit();
  await bench.settle();
  const bytes = await printed(PAYLOAD);
  await drop('imprime.pdf', bytes);
  assert.equal(await look(), 1);
  assert.deepEqual(await names(), []);
  assert.equal(JSON.parse(await read('done', '_imprime.pdf.answer.json')).state, 'received');
  await bench.settle();
  const { state, ipp, typeCode, title, ruleId } = await bench.document();
  assert.deepEqual([state, ruleId, ipp, typeCode, title], ['accepted', null, 'P1', '11490-0', 'Lettre de liaison']);
  const prepared = await formOf(bench.context.pool, await bench.document(), 'prepared');
  assert.ok(prepared.ok && prepared.value.bytes.equals(bytes), 'the very bytes that were printed');
});

test('the symbol is never believed against the repository: one trait that differs is enough', async (t) => {
  const { bench, drop, look, read, documents } = await openFolder(t, SETTINGS, createStamper());
  await bench.admit();
  await bench.settle();
  await drop('nom.pdf', await printed(PAYLOAD.replace('PAT-TROIS', 'PAT-QUATRE')));
  await drop('lieu.pdf', await printed(PAYLOAD.replace('S763220', 'S763113')));
  await drop('sexe.pdf', await printed(PAYLOAD.replace('S5F', 'S5X')));
  await drop('sans.pdf', Buffer.from(await letter()));
  await drop('texte.txt', 'sans description');
  await look();
  assert.equal(await documents(), 0);
  assert.match(await read('refused', '_nom.pdf.txt'), /TDU-POR-024[\s\S]*S4/);
  assert.match(await read('refused', '_lieu.pdf.txt'), /TDU-POR-024[\s\S]*S7/);
  const invalid = await read('refused', '_sexe.pdf.txt');
  assert.match(invalid, /TDU-POR-022[\s\S]*S5/);
  assert.doesNotMatch(invalid, /279035121518989|PAT-TROIS/);
  assert.match(await read('refused', '_sans.pdf.txt'), /TDU-POR-020/);
});

test('pages of two patients go to neither', async (t) => {
  const { bench, drop, look, read, documents } = await openFolder(t, SETTINGS, createStamper());
  await bench.admit();
  await bench.settle();
  const both = await PDFDocument.load(await printed(PAYLOAD));
  const other = await PDFDocument.load(await printed(PAYLOAD.replace('279035121518989', '279035121518888')));
  for (const page of await both.copyPages(other, [0])) both.addPage(page);
  await drop('deux.pdf', Buffer.from(await both.save()));
  await look();
  assert.equal(await documents(), 0);
  assert.match(await read('refused', '_deux.pdf.txt'), /TDU-POR-021/);
});

test('it waits for its patient, who may still be admitted or qualified; not for ever', async (t) => {
  const { bench, drop, look, names, read, documents } = await openFolder(
    t,
    { ...SETTINGS, waitHours: 24 },
    createStamper(),
  );
  const bytes = await printed(PAYLOAD);
  await drop('attend.pdf', bytes);
  await look();
  assert.deepEqual([await documents(), await names()], [0, ['attend.pdf']]);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.settle();
  assert.equal((await bench.identity()).status, 'PROV');
  await look();
  assert.deepEqual([await documents(), await names()], [0, ['attend.pdf']], 'admitted, not yet qualified');
  await bench.admit({ event: 'A31' });
  await bench.settle();
  assert.equal(await look(), 1);
  await drop('inconnu.pdf', await printed(PAYLOAD.replace('279035121518989', '279035121518888')));
  bench.advance(72 * 3_600_000);
  await look();
  assert.deepEqual(await names(), []);
  assert.match(await read('refused', '_inconnu.pdf.txt'), /TDU-POR-023/);
});
