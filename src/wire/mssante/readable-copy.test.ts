/** The copy that goes with a CDA: opened by poppler, it says what the document says. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasTool, run } from '../../../test/support/tools.ts';
import { buildLevelOneCda } from '../cda/build-level-one.ts';
import { cdaConformance, levelOneDocument, NO_CONFORMANCE, xmlFiles } from '../cda/cda.fixture.ts';
import { readCdaHeader } from '../cda/header.ts';
import { readableCopy } from './readable-copy.ts';

const PDFTOTEXT = hasTool('pdftotext') ? {} : { skip: 'pdftotext absent' };

async function textOf(cda: Buffer): Promise<string> {
  const header = readCdaHeader(cda);
  assert.ok(header.ok);
  const copy = await readableCopy(cda, header.value);
  assert.ok(copy.ok, copy.ok ? '' : `${copy.refusal.rule.id} ${copy.refusal.detail}`);
  const told = await run('pdftotext', ['-layout', '-', '-'], copy.value);
  assert.equal(told.status, 0, told.stderr);
  return told.stdout.toString('utf8');
}

test('of a text of level 1, its lines', PDFTOTEXT, async () => {
  const content = Buffer.from('Chère consœur,\nTension : 12/8\n', 'utf8');
  assert.match(
    await textOf(buildLevelOneCda(levelOneDocument({ mediaType: 'text/plain', content }))),
    /Chère consœur,\s+Tension : 12\/8/,
  );
});

test('of an RTF, which nothing here draws faithfully, none: the mail stops with its reason', async () => {
  const cda = buildLevelOneCda(levelOneDocument({ mediaType: 'text/rtf', content: Buffer.from('{\\rtf1 x}') }));
  const header = readCdaHeader(cda);
  assert.ok(header.ok);
  const copy = await readableCopy(cda, header.value);
  assert.equal(copy.ok ? '' : copy.refusal.rule.id, 'TDU-MSS-030');
});

test('of a structured document, its header and the narrative of each section', PDFTOTEXT, async (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const letter = xmlFiles(join(folder, 'examples')).find(({ name }) => name.startsWith('LDL-SES'));
  if (letter === undefined) return t.skip('LDL-SES absent');
  const said = await textOf(letter.bytes);
  assert.match(said, /Patient : /);
  assert.match(said, /Lettre de liaison/i);
  assert.ok(said.split('\n').length > 60);
});

test('of a structured document within its style sheet, its narrative too', PDFTOTEXT, async () => {
  const level1 = buildLevelOneCda(levelOneDocument({ mediaType: 'text/plain', content: Buffer.from('x') })).toString();
  const section = '<section><title>Conclusion</title><text><paragraph>Marche autorisée</paragraph></text></section>';
  const structured = level1
    .replace(/<nonXMLBody>.*<\/nonXMLBody>/s, `<structuredBody><component>${section}</component></structuredBody>`)
    .replace(/^<\?xml.*?\?>\s*/, '');
  const style = `<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">${structured}</xsl:stylesheet>`;
  assert.match(await textOf(Buffer.from(style)), /CONCLUSION\s+Marche autorisée/);
});
