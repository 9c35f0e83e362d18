/** What a hostile PDF may cost, each alone in the isolated stamper (hostile.md, PDF / images). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createStamper, type Stamper } from '../../src/wire/pdf/isolated-stamp.ts';
import { letter, PAT_TROIS_BANNER } from '../../src/wire/pdf/pdf.fixture.ts';
import { PDF_ATTACKS, type PdfAttack } from './hostile-pdf.fixture.ts';

const MOST_CPU_MS = 10_000;
const MEGABYTE = 1024 * 1024;
const MOST_MORE_BYTES = 512 * MEGABYTE;
const LOOK_EVERY_MS = 20;

/** Beyond those that a whole gateway meets in hostile-pdf.test.ts. */
const LARGE: readonly PdfAttack[] = [
  {
    name: '60 MB of comment before the first object',
    bytes: async () => {
      const bytes = Buffer.from(await letter());
      return Buffer.concat([
        bytes.subarray(0, 9),
        Buffer.alloc(60 * MEGABYTE, '%'),
        Buffer.from('\n'),
        bytes.subarray(9),
      ]);
    },
    rule: /^TDU-DOC-1/,
  },
  {
    name: '60 MB after the end',
    bytes: async () => Buffer.concat([await letter(), Buffer.alloc(60 * MEGABYTE, ' ')]),
    rule: /^TDU-DOC-1/,
  },
];

describe('What a hostile PDF costs', () => {
  let stamper: Stamper;
  before(async () => {
    stamper = createStamper();
    // The first document pays for the thread and its libraries.
    await stamper.stamp(await letter(), PAT_TROIS_BANNER, {});
  });
  after(() => stamper.close());

  for (const { name, bytes } of [...PDF_ATTACKS, ...LARGE])
    test(name, async () => {
      const document = await bytes();
      const resident = process.memoryUsage.rss();
      let most = resident;
      const looking = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
      }, LOOK_EVERY_MS);
      const started = process.cpuUsage();
      const result = await stamper.stamp(document, PAT_TROIS_BANNER, {});
      const { user, system } = process.cpuUsage(started);
      clearInterval(looking);
      assert.ok((user + system) / 1_000 < MOST_CPU_MS, `${(user + system) / 1_000} ms of CPU`);
      assert.ok(most - resident < MOST_MORE_BYTES, `${Math.round((most - resident) / MEGABYTE)} MB`);
      // Refused by a rule, or a PDF.
      if (result.ok && result.value.outcome === 'stamped')
        assert.equal(Buffer.from(result.value.bytes).toString('latin1', 0, 5), '%PDF-');
      else if (!result.ok) assert.match(result.refusal.rule.id, /^TDU-DOC-1/);
    });
});
