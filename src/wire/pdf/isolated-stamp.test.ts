import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PDFRawStream } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { createStamper } from './isolated-stamp.ts';
import { altered, letter, PAT_TROIS_BANNER } from './pdf.fixture.ts';

test('documents are stamped in a thread, in turn, and a refusal is the rule of the catalogue itself', async () => {
  const stamper = createStamper();
  try {
    const bytes = await letter();
    const [first, second, broken] = await Promise.all([
      stamper.stamp(bytes, PAT_TROIS_BANNER, {}),
      stamper.stamp(bytes, PAT_TROIS_BANNER, {}),
      stamper.stamp(Buffer.from('%PDF-1.4 nothing'), PAT_TROIS_BANNER, {}),
    ]);
    assert.ok(first.ok && first.value.outcome === 'stamped');
    assert.ok(second.ok && second.value.outcome === 'stamped');
    assert.deepEqual(Buffer.from(first.value.bytes), Buffer.from(second.value.bytes));
    assert.ok(!broken.ok);
    assert.equal(broken.refusal.rule, pdfRules.pdfUnreadable);
  } finally {
    await stamper.close();
  }
});

test('a document that takes too long is refused with its thread, and the next one gets a new thread', async () => {
  const bytes = await letter();
  const hurried = createStamper({ timeoutMs: 1 });
  try {
    for (let turn = 0; turn < 2; turn += 1) {
      const late = await hurried.stamp(bytes, PAT_TROIS_BANNER, {});
      assert.ok(!late.ok);
      assert.equal(late.refusal.rule, pdfRules.pdfNotProcessable);
    }
  } finally {
    await hurried.close();
  }
});

test('a document that takes too much CPU is refused with its thread, long before its time is over', async () => {
  const dashes = `[0.0005] 0 d 0.0001 w ${'0 0 m 600 800 l S '.repeat(200)}`;
  const bytes = await altered((document) => {
    const { context } = document;
    const drawn = PDFRawStream.of(context.obj({ Length: dashes.length }), Buffer.from(dashes, 'latin1'));
    document.getPage(0).node.addContentStream(context.register(drawn));
  });
  const stamper = createStamper({ cpuMs: 1_000 });
  try {
    const started = performance.now();
    const refused = await stamper.stamp(bytes, PAT_TROIS_BANNER, {});
    assert.ok(!refused.ok);
    assert.deepEqual(refused.refusal, { rule: pdfRules.pdfNotProcessable, detail: 'durée' });
    assert.ok(performance.now() - started < 30_000);
    const next = await stamper.stamp(await letter(), PAT_TROIS_BANNER, {});
    assert.ok(next.ok && next.value.outcome === 'stamped');
  } finally {
    await stamper.close();
  }
});

test('a thread that runs out of memory takes only its own document with it', async () => {
  const starved = createStamper({ memoryMb: 8 });
  try {
    const refused = await starved.stamp(await letter(), PAT_TROIS_BANNER, {});
    assert.ok(!refused.ok);
    assert.equal(refused.refusal.rule, pdfRules.pdfNotProcessable);
  } finally {
    await starved.close();
  }
});

test('a thread makes room for a new one after its number of documents', async () => {
  const stamper = createStamper({ documentsPerThread: 2 });
  let threads = 0;
  const count = () => {
    threads += 1;
  };
  process.on('worker', count);
  try {
    const bytes = await letter();
    const stamped = await Promise.all([1, 2, 3].map(() => stamper.stamp(bytes, PAT_TROIS_BANNER, {})));
    assert.deepEqual(
      stamped.map((result) => result.ok && result.value.outcome),
      ['stamped', 'stamped', 'stamped'],
    );
    assert.equal(threads, 2);
  } finally {
    process.off('worker', count);
    await stamper.close();
  }
});
