import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFrameReader, type FrameEvent, frameParts } from './mllp-frame.ts';

const LIMITS = { maxFrameBytes: 1_000, maxJunkBytes: 10 };
const frame = (text: string) => Buffer.concat(frameParts(Buffer.from(text, 'latin1')));

function read(chunks: readonly Buffer[], limits = LIMITS): string[] {
  const reader = createFrameReader(limits);
  return chunks.flatMap((chunk) => reader.push(chunk)).map(show);
}

function show(event: FrameEvent): string {
  return event.kind === 'frame' ? event.message.toString('latin1') : event.kind;
}

describe('MLLP frames', () => {
  const bytes = Buffer.concat([frame('MSH|1\r\x1cPID\x1c\x1c'), Buffer.from('\r\n'), frame(''), frame('MSH|2\x0b\r')]);
  const messages = ['MSH|1\r\x1cPID\x1c\x1c', '', 'MSH|2\x0b\r'];

  it('are the same in one packet, byte by byte, or split anywhere', () => {
    assert.deepEqual(read([bytes]), messages);
    assert.deepEqual(read([...bytes].map((byte) => Buffer.of(byte))), messages);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), messages, `cut at ${cut}`);
    }
  });

  it('may have a little junk between them', () => {
    assert.deepEqual(read([Buffer.from('junk'), frame('A'), Buffer.from('junk\r\n'), frame('B')]), ['A', 'B']);
    assert.deepEqual(read([Buffer.from('GET / HTTP/1.1\r\n')]), ['junk']);
    assert.deepEqual(read([...'GET / HTTP/1.1'].map((c) => Buffer.from(c))).slice(0, 1), ['junk']);
  });

  it('are never kept above the limit', () => {
    assert.deepEqual(read([frame('A'.repeat(1_000))]), ['A'.repeat(1_000)]);
    assert.deepEqual(read([frame('A'.repeat(1_001))]), ['too-large']);
    const reader = createFrameReader(LIMITS);
    assert.deepEqual(reader.push(Buffer.from(`\x0bMSH|${'A'.repeat(900)}`)), []);
    assert.ok(reader.inFrame());
    const [event] = reader.push(Buffer.alloc(200, 'B'));
    assert.ok(event?.kind === 'too-large' && event.head.toString().startsWith('MSH|A'));
    assert.equal(reader.inFrame(), false);
  });

  it('of 8 MB byte by byte are read in linear time and modest memory', () => {
    const reader = createFrameReader({ maxFrameBytes: 16 * 1024 * 1024, maxJunkBytes: 0 });
    const one = Buffer.from('A');
    const size = 8 * 1024 * 1024;
    reader.push(Buffer.of(0x0b));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < size; i++) reader.push(one);
    assert.ok(process.memoryUsage().arrayBuffers - before < 3 * size);
    const [event] = reader.push(Buffer.of(0x1c, 0x0d));
    assert.equal(event?.kind === 'frame' && event.message.length, size);
  });
});
