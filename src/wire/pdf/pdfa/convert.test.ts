import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PDFName, PDFString } from '@cantoo/pdf-lib';
import { hasTool } from '../../../../test/support/tools.ts';
import { pdfConversionSchema } from '../../../config/pdf-conversion-schema.ts';
import { altered, letter, PAT_TROIS_BANNER } from '../pdf.fixture.ts';
import { stampPdf } from '../stamp.ts';
import { checkPdfA } from './check.ts';
import { comparePdfs } from './compare.ts';
import { converterFault, convertToPdfA } from './convert.ts';

const SETTINGS = pdfConversionSchema.parse({});
const NO_GHOSTSCRIPT = 'gs absent';

async function converted(bytes: Uint8Array): Promise<Buffer> {
  const result = await convertToPdfA(bytes, SETTINGS);
  assert.ok(result.ok, result.ok ? '' : result.refusal.detail);
  return result.value;
}

async function findings(bytes: Uint8Array): Promise<string[]> {
  const report = await checkPdfA(bytes);
  assert.ok(report.ok);
  return report.value.findings.map(({ clause, text }) => `${clause} ${text}`);
}

/** A program in the place of Ghostscript. */
async function withCommand(t: TestContext, script: string): Promise<typeof SETTINGS> {
  const folder = await mkdtemp(join(tmpdir(), 'converter-'));
  t.after(() => rm(folder, { recursive: true }));
  const command = join(folder, 'gs');
  writeFileSync(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  return { ...SETTINGS, command };
}

test('what Ghostscript makes of a letter has no finding, its pages and its look; the marks keep it so', async (t) => {
  if (!hasTool('gs')) return t.skip(NO_GHOSTSCRIPT);
  const bytes = await altered(({ context }) => {
    context.register(context.obj({ Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' }));
  }, 30);
  assert.notDeepEqual(await findings(bytes), []);
  const after = await converted(bytes);
  assert.deepEqual(await findings(after), []);
  const comparison = await comparePdfs(bytes, after);
  assert.ok(comparison.ok);
  const { pages, sameSizes, characters, changedPixels } = comparison.value;
  assert.deepEqual([pages, sameSizes, characters.added], [{ before: 2, after: 2 }, true, 0]);
  assert.ok(changedPixels < 0.001 && characters.lost < characters.before * 0.05, JSON.stringify(comparison.value));
  const marked = await stampPdf(after, PAT_TROIS_BANNER);
  assert.ok(marked.ok && marked.value.outcome === 'stamped');
  assert.deepEqual(await findings(marked.value.bytes), []);
});

test('active parts do not survive, and nothing is left in the folder of temporary files', async (t) => {
  if (!hasTool('gs')) return t.skip(NO_GHOSTSCRIPT);
  const before = ours();
  const bytes = await altered(({ catalog, context }) => {
    catalog.set(PDFName.of('OpenAction'), context.obj({ S: 'JavaScript', JS: 'app.alert(1)' }));
    catalog.set(PDFName.of('AA'), context.obj({ WC: { S: 'Launch', F: 'x' } }));
  });
  const after = (await converted(bytes)).toString('latin1');
  assert.doesNotMatch(after, /JavaScript|\/Launch|app\.alert/);
  assert.deepEqual(ours(), before);
});

test('a document cannot make Ghostscript read a file of the machine', async (t) => {
  if (!hasTool('gs')) return t.skip(NO_GHOSTSCRIPT);
  const secret = join(await mkdtemp(join(tmpdir(), 'secret-')), 'secret.txt');
  t.after(() => rm(dirname(secret), { recursive: true }));
  writeFileSync(secret, 'BT /F 12 Tf (SECRET) Tj ET');
  const bytes = await altered((document) => {
    const { context } = document;
    const outside = context.stream('', { F: { Type: 'Filespec', F: PDFString.of(secret) } });
    document.getPage(0).node.addContentStream(context.register(outside));
    document.catalog.set(PDFName.of('Metadata'), context.register(context.stream('', { F: PDFString.of(secret) })));
  });
  const result = await convertToPdfA(bytes, SETTINGS);
  // PDFium reads nothing outside either: a word of that file would be one more.
  const compared = result.ok ? await comparePdfs(bytes, result.value) : undefined;
  assert.ok(compared?.ok);
  assert.equal(compared.value.characters.added, 0);
  assert.ok((await findings(bytes)).includes('6.1.7 flux dont les données sont dans un autre fichier'));
});

test('two documents that differ are told apart', async () => {
  const result = await comparePdfs(await letter(4), await letter(30));
  assert.ok(result.ok);
  assert.deepEqual(result.value.pages, { before: 1, after: 2 });
  assert.ok(result.value.characters.added > 500 && result.value.changedPixels > 0.01);
});

test('a converter that never ends, takes too much memory or writes too much is stopped', async (t) => {
  const bytes = await letter();
  const refused = async (settings: typeof SETTINGS) => {
    const result = await convertToPdfA(bytes, settings);
    return result.ok ? 'rendu' : `${result.refusal.rule.id} ${result.refusal.detail}`;
  };
  const endless = await withCommand(t, 'sleep 60 & wait');
  const startedAt = performance.now();
  assert.equal(await refused({ ...endless, timeoutSeconds: 1 }), 'TDU-PDFA-005 durée ou mémoire');
  assert.ok(performance.now() - startedAt < 20_000);
  assert.match(await refused({ ...(await withCommand(t, 'while :; do :; done')), cpuSeconds: 1 }), /^TDU-PDFA-005 /);
  const large = await withCommand(t, 'head -c 9000000 /dev/zero > out.pdf');
  assert.match(await refused({ ...large, maxOutputMb: 1 }), /^TDU-PDFA-005 /);
  assert.equal(await refused(await withCommand(t, 'exit 3')), 'TDU-PDFA-005 Ghostscript a échoué (3)');
  assert.equal(await refused(await withCommand(t, 'true')), 'TDU-PDFA-005 aucun document rendu');
});

test('the converter knows nothing of the gateway: neither its environment nor its folder', async (t) => {
  process.env.TDU_SECRET = 'secret';
  t.after(() => delete process.env.TDU_SECRET);
  const settings = await withCommand(t, 'env > out.pdf; pwd >> out.pdf; stat -c %a . >> out.pdf');
  const result = await convertToPdfA(await letter(), settings);
  assert.ok(result.ok);
  const said = result.value.toString('utf8');
  assert.doesNotMatch(said, /secret|DATABASE/);
  assert.match(said, /\n[^\n]*traitdunion-pdfa-[^\n]*\n700\n$/);
});

test('what is missing is said before anything is converted', async () => {
  assert.match(
    (await converterFault({ ...SETTINGS, command: '/nulle/part/gs', iccProfile: '/etc/hostname' })) ?? '',
    /Ghostscript .* n’est pas installé/,
  );
  assert.match((await converterFault({ ...SETTINGS, iccProfile: '/nulle/part.icc' })) ?? '', /profil ICC introuvable/);
});

function ours(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('traitdunion-pdfa-'));
}
