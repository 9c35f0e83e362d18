import assert from 'node:assert/strict';
import { test } from 'node:test';
import { degrees, PDFArray, PDFDocument, PDFName, rgb } from '@cantoo/pdf-lib';
import type { CivilDate, QualifiedIdentity } from '../../ins/types.ts';
import { ok } from '../../rules/rule.ts';
import { inspectPdf } from './inspect.ts';
import {
  altered,
  hasTool,
  letter,
  PAT_TROIS,
  PAT_TROIS_BANNER,
  PAT_TROIS_PAYLOAD,
  readByOthers,
  ruleOf,
  value,
  withTool,
} from './pdf.fixture.ts';
import { withRendering } from './render.ts';
import { scanDocument } from './scan.ts';
import { type StampedPdf, type StampOptions, stampPdf } from './stamp.ts';
import { encodeSymbol } from './symbol.ts';
import { readBitmapSymbols } from './symbol-reader.ts';

async function stamp(bytes: Uint8Array, options: StampOptions = {}): Promise<StampedPdf> {
  const outcome = value(await stampPdf(bytes, PAT_TROIS_BANNER, options));
  if (outcome.outcome !== 'stamped') throw new Error(outcome.outcome);
  return outcome;
}

function textOf(pdf: Uint8Array, page: number): string {
  const args = ['-f', `${page}`, '-l', `${page}`, '-layout', 'in.pdf', '-'];
  return withTool('pdftotext', args, { 'in.pdf': pdf }, ({ stdout }) => stdout.toString('utf8').replace(/ +/g, ' '));
}

/** Draws over every page, edge to edge. */
function fill(document: PDFDocument): void {
  for (const page of document.getPages()) {
    page.drawRectangle({ x: 0, y: 0, width: page.getWidth(), height: page.getHeight(), color: rgb(0.9, 0.9, 0.9) });
  }
}

const HEX = Buffer.from(PAT_TROIS_PAYLOAD, 'latin1').toString('hex');

test('a stamped letter: symbol read by libdmtx byte for byte, text found, sound for qpdf', async (t) => {
  if (!['dmtxread', 'pdftoppm', 'pdftotext', 'qpdf'].every(hasTool)) return t.skip('dmtxread, poppler or qpdf absent');
  const { bytes } = await stamp(await letter());
  assert.equal(readByOthers(bytes), HEX);
  const text = textOf(bytes, 1);
  for (const expected of [
    'Nom de naissance : PAT-TROIS',
    'Prénom(s) de naissance : DOMINIQUE Premier prénom : DOMINIQUE',
    'Né(e) le 28/03/1979 Sexe : F Lieu de naissance (code) : 63220',
    'Matricule INS (NIR) 2 79 03 51 215 189 / 89',
    'INS à scanner',
    'Chère consœur',
  ]) {
    assert.ok(text.includes(expected), expected);
  }
  withTool('qpdf', ['--check', 'in.pdf'], { 'in.pdf': bytes }, ({ status, stderr }) => assert.equal(status, 0, stderr));
});

test('the other pages carry the traits, and no matricule', async (t) => {
  if (!hasTool('pdftotext')) return t.skip('pdftotext absent');
  const { bytes, pagesWithoutTraits } = await stamp(await letter(30));
  assert.deepEqual(pagesWithoutTraits, []);
  assert.match(
    textOf(bytes, 2),
    /Nom de naissance : PAT-TROIS Prénom\(s\) de naissance : DOMINIQUE Né\(e\) le 28\/03\/1979/,
  );
  assert.doesNotMatch(textOf(bytes, 2), /Matricule|INS à scanner/);
});

test('twenty pages are stamped, each on its blank line', async () => {
  const { bytes, pagesWithoutTraits } = await stamp(await letter(520));
  assert.ok(value(await inspectPdf(bytes)).pageCount >= 20);
  assert.deepEqual(pagesWithoutTraits, []);
});

test('an identity that is not qualified gets its traits, no symbol and no matricule', async (t) => {
  const traits = {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    sex: 'F',
    birthDate: '1979-03-28' as CivilDate,
  } as const;
  const outcome = value(await stampPdf(await letter(), { kind: 'traits', traits }));
  assert.equal(outcome.outcome, 'stamped');
  if (outcome.outcome !== 'stamped') return;
  assert.deepEqual(value(await scanDocument(outcome.bytes, 'application/pdf')).symbols, []);
  if (!hasTool('pdftotext')) return t.skip('pdftotext absent');
  assert.match(textOf(outcome.bytes, 1), /Nom de naissance : PAT-TROIS/);
  assert.doesNotMatch(textOf(outcome.bytes, 1), /Matricule|INS/);
});

for (const rotation of [90, 180, 270]) {
  test(`on a page rotated by ${rotation}° the banner is upright as displayed`, async (t) => {
    const { bytes } = await stamp(
      await altered((document) => {
        const page = document.getPage(0);
        page.setMediaBox(-20, 30, 595, 842);
        page.setCropBox(-10, 40, 575, 822);
        page.setRotation(degrees(rotation));
      }),
    );
    const drawn = value(await withRendering(bytes, (rendering) => rendering.draw(0, 200)));
    const [symbol] = await readBitmapSymbols(drawn);
    const [topLeft, topRight, bottomRight] = symbol?.corners ?? [];
    assert.ok(topLeft && topRight && bottomRight);
    assert.ok(topRight.x - topLeft.x > 50 && bottomRight.y - topRight.y > 50, 'upright');
    if (!hasTool('dmtxread') || !hasTool('pdftoppm')) return t.skip('dmtxread or pdftoppm absent');
    assert.equal(readByOthers(bytes), HEX);
  });
}

test('the page keeps its size, and the metadata stay as they were', async () => {
  const received = await altered((document) => {
    document.setProducer('DPI 4.2');
    document.setModificationDate(new Date('2020-02-02T00:00:00Z'));
    document.getPage(0).setSize(560.5, 800.25);
  });
  const { bytes } = await stamp(received);
  const after = await PDFDocument.load(bytes, { updateMetadata: false });
  assert.deepEqual(after.getPage(0).getSize(), { width: 560.5, height: 800.25 });
  assert.equal(after.getProducer(), 'DPI 4.2');
  assert.equal(after.getModificationDate()?.toISOString(), '2020-02-02T00:00:00.000Z');
});

test('a PDF/A-1 keeps its declaration, its version and its structure', async (t) => {
  if (!hasTool('gs') || !hasTool('qpdf')) return t.skip('gs or qpdf absent');
  const args = ['-q', '-dPDFA=1', '-dBATCH', '-dNOPAUSE', '-dPDFACompatibilityPolicy=1', '-sDEVICE=pdfwrite'];
  const input = { 'in.pdf': await letter(30) };
  const archive = withTool('gs', [...args, '-sOutputFile=out.pdf', 'in.pdf'], input, ({ file }) => file('out.pdf'));
  const { bytes } = await stamp(archive);
  const [before, after] = [value(await inspectPdf(archive)), value(await inspectPdf(bytes))];
  assert.deepEqual(before.pdfA, { part: 1, conformance: 'B' });
  assert.deepEqual(after, before);
  const xmp = (pdf: Uint8Array) => /<x:xmpmeta[\s\S]*<\/x:xmpmeta>/.exec(Buffer.from(pdf).toString('latin1'))?.[0];
  assert.ok(xmp(archive));
  assert.equal(xmp(bytes), xmp(archive));
  const text = Buffer.from(bytes).toString('latin1');
  assert.ok(text.startsWith('%PDF-1.4'));
  assert.doesNotMatch(text, /\/ObjStm|\/SMask|\/Transparency|\/ca 0|\/XRef\b/);
  withTool('qpdf', ['--check', 'in.pdf'], { 'in.pdf': bytes }, ({ status, stderr }) => assert.equal(status, 0, stderr));
});

test('in a PDF/A without output intent the banner is in calibrated grey, elsewhere in device grey', async () => {
  const declared = `<x xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="1" pdfaid:conformance="B"/>`;
  const archive = (intents: boolean) =>
    altered(({ catalog, context }) => {
      catalog.set(
        PDFName.of('Metadata'),
        context.register(context.stream(declared, { Type: 'Metadata', Subtype: 'XML' })),
      );
      if (intents) catalog.set(PDFName.of('OutputIntents'), context.obj([{ Type: 'OutputIntent', S: 'GTS_PDFA1' }]));
    });
  const calibrated = async (bytes: Uint8Array) => Buffer.from((await stamp(bytes)).bytes).includes('/CalGray');
  assert.equal(await calibrated(await archive(false)), true);
  assert.equal(await calibrated(await archive(true)), false);
  assert.equal(await calibrated(await letter()), false);
});

test('a second stamp changes nothing and hands over the symbol found', async () => {
  const { bytes } = await stamp(await letter(30));
  const again = value(await stampPdf(bytes, PAT_TROIS_BANNER));
  assert.equal(again.outcome, 'already-marked');
  if (again.outcome !== 'already-marked') return;
  assert.deepEqual(
    again.symbols.map(({ page, text }) => [page, text]),
    [[1, PAT_TROIS_PAYLOAD]],
  );
});

test('a signed, an encrypted, a broken document are each refused by their own rule', async (t) => {
  const signed = await altered(({ catalog, context }) => {
    const field = context.register(context.obj({ FT: 'Sig', T: 'S1', V: { Type: 'Sig', ByteRange: [0, 1, 2, 3] } }));
    catalog.set(PDFName.of('AcroForm'), context.obj({ SigFlags: 3, Fields: [field] }));
  });
  assert.equal(ruleOf(await stampPdf(signed, PAT_TROIS_BANNER)), 'TDU-DOC-104');
  const whole = await letter();
  assert.equal(ruleOf(await stampPdf(whole.subarray(0, 9000), PAT_TROIS_BANNER)), 'TDU-DOC-101');
  assert.equal(ruleOf(await stampPdf(Buffer.from('garbage'), PAT_TROIS_BANNER)), 'TDU-DOC-101');
  if (!hasTool('qpdf')) return t.skip('qpdf absent');
  const args = ['--encrypt', '', 'owner', '256', '--', 'in.pdf', 'out.pdf'];
  const encrypted = withTool('qpdf', args, { 'in.pdf': whole }, ({ file }) => file('out.pdf'));
  assert.equal(ruleOf(await stampPdf(encrypted, PAT_TROIS_BANNER)), 'TDU-DOC-103');
});

test('a full first page is refused, or gets a cover page where the site chose it', async (t) => {
  const full = await altered(fill, 30);
  assert.equal(ruleOf(await stampPdf(full, PAT_TROIS_BANNER)), 'TDU-DOC-105');
  const covered = await stamp(full, { coverPage: true });
  assert.equal(covered.coverPage, true);
  assert.deepEqual(covered.pagesWithoutTraits, [2, 3]);
  const facts = value(await inspectPdf(covered.bytes));
  assert.deepEqual([facts.pageCount, facts.firstPage.widthMm], [3, 210]);
  if (!hasTool('dmtxread') || !hasTool('pdftoppm')) return t.skip('dmtxread or pdftoppm absent');
  assert.equal(readByOthers(covered.bytes), HEX);
});

test('with its head taken, the banner goes to the foot', async () => {
  const busy = await altered((document) => {
    document.getPage(0).drawRectangle({ x: 0, y: 600, width: 595, height: 242, color: rgb(1, 1, 0.8) });
  }, 1);
  assert.ok((await stamp(busy)).zone.y > 200);
});

test('a zone declared by the site is used while it is blank', async () => {
  const declaredZone = { x: 80, y: 8, width: 120, height: 26 };
  const { zone } = await stamp(await letter(), { declaredZone });
  assert.deepEqual([zone.x, zone.y, zone.width], [80, 8, 120]);
  assert.ok(zone.height <= 26);
  const busy = await altered((document) => {
    document.getPage(0).drawText('.', { x: 400, y: 800, size: 8 });
  });
  const moved = await stamp(busy, { declaredZone });
  assert.notDeepEqual([moved.zone.x, moved.zone.y], [80, 8]);
});

test('a form field that is still empty is not covered', async () => {
  const form = await altered((document) => {
    const field = document.getForm().createTextField('note');
    field.addToPage(document.getPage(0), { x: 60, y: 740, width: 400, height: 80, borderWidth: 0 });
  });
  assert.ok((await stamp(form)).zone.y > 36, 'below the field');
});

test('content that leaves its graphics state changed does not move the banner', async () => {
  const skewed = await altered((document) => {
    const page = document.getPage(0);
    const { context } = document;
    const tail = context.register(context.stream('0.5 0 0 0.5 100 100 cm 1 0 0 rg'));
    page.node.set(
      PDFName.of('Contents'),
      context.obj([page.node.get(PDFName.of('Contents')), tail].filter((x) => x !== undefined)),
    );
  });
  const { bytes, zone } = await stamp(skewed);
  const [symbol] = value(await scanDocument(bytes, 'application/pdf')).symbols;
  assert.ok(symbol !== undefined && symbol.positionMm.x > zone.x && symbol.positionMm.y > zone.y);
});

test('content that never restores its state cannot smuggle the symbol away: the read-back refuses', async () => {
  const unbalanced = await altered((document) => {
    const page = document.getPage(0);
    const { context } = document;
    const tail = context.register(context.stream('q 0.5 0 0 0.5 100 100 cm q'));
    page.node.set(
      PDFName.of('Contents'),
      context.obj([page.node.get(PDFName.of('Contents')), tail].filter((x) => x !== undefined)),
    );
  });
  assert.equal(ruleOf(await stampPdf(unbalanced, PAT_TROIS_BANNER)), 'TDU-DOC-107');
});

test('an encoder that draws another payload is caught by the read-back', async () => {
  const wrong: StampOptions = { encoder: () => encodeSymbol(PAT_TROIS_PAYLOAD.replace('DOMINIQUE', 'DOMINIQUA')) };
  assert.equal(ruleOf(await stampPdf(await letter(), PAT_TROIS_BANNER, wrong)), 'TDU-DOC-107');
  const blank: StampOptions = { encoder: () => ok({ size: 36, bits: new Uint8Array(36 * 36) }) };
  assert.equal(ruleOf(await stampPdf(await letter(), PAT_TROIS_BANNER, blank)), 'TDU-DOC-107');
});

test('modules are never smaller than 0.4 mm', async () => {
  const [symbol] = value(
    await scanDocument((await stamp(await letter(), { moduleMm: 0.1 })).bytes, 'application/pdf'),
  ).symbols;
  assert.ok(symbol !== undefined && symbol.moduleMm > 0.38);
});

test('resources shared between pages are left alone', async () => {
  const { bytes } = await stamp(await letter(30));
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  const names = document.getPages().map((page) => String(page.node.Resources()?.lookup(PDFName.of('XObject'))));
  assert.equal(new Set(names).size, 2);
  for (const page of document.getPages()) assert.ok(page.node.lookup(PDFName.of('Contents')) instanceof PDFArray);
});

test('a name that cannot be drawn is refused, never shortened', async () => {
  const identity = { ...PAT_TROIS, usedName: 'Дюран' } as QualifiedIdentity;
  const result = await stampPdf(await letter(), { kind: 'qualified', identity, payload: PAT_TROIS_PAYLOAD });
  assert.equal(ruleOf(result), 'TDU-DOC-108');
});
