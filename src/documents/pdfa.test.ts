import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { STAMPER } from '../../test/support/fake-services.ts';
import { hasTool } from '../../test/support/tools.ts';
import { benchConfig } from '../../test/support/use-case-bench.ts';
import type { Source } from '../config/schema.ts';
import type { Result } from '../rules/rule.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { letter } from '../wire/pdf/pdf.fixture.ts';
import { checkPdfA, type PdfAReport } from '../wire/pdf/pdfa/check.ts';
import { comparePdfs, type PdfComparison } from '../wire/pdf/pdfa/compare.ts';
import { type Archivable, archivable, conversionOf, judgeReceivedPdf } from './pdfa.ts';

const CONFIG = benchConfig();
const REAL: Stamper = { ...STAMPER, checkPdfA: (bytes) => checkPdfA(bytes), compare: comparePdfs };
const LETTER = Buffer.from(await letter());
const MISSING = /6\.7\.2 aucune métadonnée XMP/;

function source(pdfA: Source['pdfA']): Source {
  const [first] = CONFIG.sources;
  assert.ok(first);
  return { ...first, pdfA };
}

function noted(result: Result<Archivable>): string {
  if (!result.ok) return `refus ${result.refusal.rule.id} ${result.refusal.detail}`;
  return result.value.notes.map(({ rule, detail }) => `${rule.id} ${detail}`).join();
}

const signedReport = async (): Promise<Result<PdfAReport>> => ({
  ok: true,
  value: { findings: [{ clause: '6.7.2', text: 'aucune métadonnée XMP' }], pageCount: 1, bytes: 9, signed: true },
});

test('a source that says nothing keeps its PDFs as they are, unread', async () => {
  const unread: Stamper = { ...STAMPER, checkPdfA: () => assert.fail('looked at') };
  const result = await archivable(LETTER, source('keep'), CONFIG, unread);
  assert.ok(result.ok && result.value.bytes === LETTER && result.value.notes.length === 0);
});

test('observed, a PDF that is no PDF/A-1b leaves as it is and is told; refused, it does not leave', async () => {
  const observed = await archivable(LETTER, source('observe'), CONFIG, REAL);
  assert.ok(observed.ok && observed.value.bytes === LETTER);
  assert.match(noted(observed), /^TDU-PDFA-001 6\.1\.3 .* ; 6\.2\.3\.3 .* ; 6\.7\.2 aucune métadonnée XMP/);
  assert.match(noted(await archivable(LETTER, source('refuse'), CONFIG, REAL)), /^refus TDU-PDFA-002 /);
});

test('converted, it leaves as a PDF/A-1b, and what was done is told', async (t) => {
  if (!hasTool('gs')) return t.skip('gs absent');
  const result = await archivable(LETTER, source('convert'), CONFIG, REAL);
  assert.ok(result.ok, noted(result));
  assert.match(noted(result), /^TDU-PDFA-004 1 page\(s\) ; \d+ Ko → \d+ Ko ; texte.* ; avant : 6\.1\.3/);
  const report = await checkPdfA(result.value.bytes);
  assert.deepEqual(report.ok && report.value.findings, []);
  // What is a PDF/A-1b already stays byte for byte.
  const again = await archivable(result.value.bytes, source('convert'), CONFIG, REAL);
  assert.ok(again.ok && again.value.bytes === result.value.bytes && again.value.notes.length === 0);
});

test('a signed PDF is never converted, whatever the source asks', async () => {
  const signed: Stamper = { ...STAMPER, checkPdfA: signedReport };
  assert.match(noted(await archivable(LETTER, source('convert'), CONFIG, signed)), /^refus TDU-PDFA-003 /);
});

test('the PDF of a received CDA is never changed: converting only tells, refusing refuses', async () => {
  const told = await judgeReceivedPdf(LETTER, source('convert'), REAL);
  assert.ok(told.ok && told.value.bytes === LETTER);
  assert.match(noted(told), MISSING);
  assert.match(noted(await judgeReceivedPdf(LETTER, source('refuse'), REAL)), /^refus TDU-PDFA-002 /);
});

test('a conversion that changes the document is put aside', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'conversion-'));
  t.after(() => rm(folder, { recursive: true }));
  const command = join(folder, 'gs');
  await writeFile(command, '#!/bin/sh\ncp in.pdf out.pdf\n', { mode: 0o755 });
  const same: PdfComparison = {
    pages: { before: 2, after: 2 },
    bytes: { before: 9, after: 9 },
    sameSizes: true,
    characters: { before: 100, lost: 5, added: 0 },
    changedPixels: 0.01,
  };
  const converted = async (comparison: PdfComparison) => {
    const readers = { ...STAMPER, compare: async () => ({ ok: true, value: comparison }) as const };
    const before = await checkPdfA(LETTER);
    assert.ok(before.ok);
    const result = await conversionOf(LETTER, before.value, { ...CONFIG.pdfConversion, command }, readers);
    return result.ok ? 'convertie' : `${result.refusal.rule.id} ${result.refusal.detail}`;
  };
  assert.equal(await converted(same), 'convertie');
  const characters = { before: 100, lost: 6, added: 1 };
  assert.equal(
    await converted({ ...same, pages: { before: 2, after: 1 }, sameSizes: false, characters, changedPixels: 0.03 }),
    'TDU-PDFA-006 2 pages avant, 1 après ; taille de page ; texte : 1 caractères apparus ; texte : 6 caractères perdus sur 100 ; aspect (3.0 % d’une page)',
  );
});
