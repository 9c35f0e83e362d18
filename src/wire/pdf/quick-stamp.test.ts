import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { degrees, PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import type { QualifiedIdentity } from '../../ins/types.ts';
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
import { type StampedPdf, stampPdf } from './stamp.ts';

const HEX = Buffer.from(PAT_TROIS_PAYLOAD, 'latin1').toString('hex');
const TOOLS = ['qpdf', 'pdftotext', 'pdftoppm', 'dmtxread'];

async function stamp(bytes: Uint8Array): Promise<StampedPdf> {
  const outcome = value(await stampPdf(bytes, PAT_TROIS_BANNER, { readBack: true }));
  if (outcome.outcome !== 'stamped') throw new Error(outcome.outcome);
  return outcome;
}

/** True when the bytes as received are at the head of the marked document: only an incremental update does that. */
function isUpdate(marked: Uint8Array, received: Uint8Array): boolean {
  return marked.length > received.length && Buffer.from(marked).subarray(0, received.length).equals(received);
}

function textOf(pdf: Uint8Array): string {
  return withTool('pdftotext', ['-raw', 'in.pdf', '-'], { 'in.pdf': pdf }, ({ stdout }) => stdout.toString('utf8'));
}

/** Four programs that share no code with ours agree that the document is sound, whole and marked. */
function judge(received: Uint8Array, marked: Uint8Array): void {
  withTool('qpdf', ['--check', 'in.pdf'], { 'in.pdf': marked }, ({ status, stderr, stdout }) =>
    assert.equal(status, 0, `${stdout}${stderr}`),
  );
  assert.equal(readByOthers(marked), HEX);
  const after = textOf(marked);
  assert.match(after, /Nom de naissance : PAT-TROIS/);
  for (const line of textOf(received).split(/[\n\f]/)) assert.ok(after.includes(line), line);
}

function byQpdf(options: readonly string[]): (bytes: Uint8Array) => Uint8Array {
  return (bytes) =>
    withTool('qpdf', [...options, 'in.pdf', 'out.pdf'], { 'in.pdf': bytes }, ({ file }) => file('out.pdf'));
}

function byGhostscript(...options: readonly string[]): (bytes: Uint8Array) => Uint8Array {
  const args = ['-q', '-dBATCH', '-dNOPAUSE', '-sDEVICE=pdfwrite', ...options, '-sOutputFile=out.pdf', 'in.pdf'];
  return (bytes) => withTool('gs', args, { 'in.pdf': bytes }, ({ file }) => file('out.pdf'));
}

const MADE_BY: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
  ['pdf-lib, classic table', (bytes) => bytes],
  ['qpdf, object streams', byQpdf(['--object-streams=generate'])],
  ['qpdf, linearised', byQpdf(['--linearize'])],
  ['qpdf, linearised with object streams', byQpdf(['--linearize', '--object-streams=generate'])],
  ['qpdf, nothing compressed', byQpdf(['--qdf'])],
  ['qpdf, a version without streams', byQpdf(['--force-version=1.3', '--object-streams=disable'])],
  ['Ghostscript 1.3', byGhostscript('-dCompatibilityLevel=1.3')],
  ['Ghostscript 1.5', byGhostscript('-dCompatibilityLevel=1.5')],
  ['Ghostscript 1.7', byGhostscript('-dCompatibilityLevel=1.7')],
  ['Ghostscript, PDF/A-1', byGhostscript('-dPDFA=1', '-dPDFACompatibilityPolicy=1')],
  ['Ghostscript, PDF/A-2', byGhostscript('-dPDFA=2', '-dPDFACompatibilityPolicy=1')],
];

for (const [name, made] of MADE_BY) {
  test(`${name}: an update that leaves every byte received in place, sound for all judges`, async (t) => {
    if (![...TOOLS, 'gs'].every(hasTool)) return t.skip('qpdf, gs, poppler or dmtxread absent');
    const received = made(await letter(30));
    const { bytes, pagesWithoutTraits } = await stamp(received);
    assert.ok(isUpdate(bytes, received));
    assert.deepEqual(pagesWithoutTraits, []);
    judge(received, bytes);
  });
}

test('a document that Chromium printed: tables, links and tags', async (t) => {
  if (![...TOOLS, 'chromium'].every(hasTool)) return t.skip('chromium, qpdf, poppler or dmtxread absent');
  const rows = Array.from({ length: 30 }, (_, n) => `<tr><td>Hémoglobine ${n}</td><td>12,${n} g/dL</td></tr>`).join('');
  const html = `<h1 style="margin-top:4cm">Résultats</h1><a href="https://exemple.fr">lien</a><table border=1>${rows}</table>`;
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-pdf-header-footer', '--print-to-pdf=out.pdf'];
  const input = { 'in.html': Buffer.from(`<meta charset=utf-8>${html}`) };
  const received = withTool('chromium', [...args, 'in.html'], input, ({ file }) => file('out.pdf'));
  const { bytes } = await stamp(received);
  assert.ok(isUpdate(bytes, received));
  judge(received, bytes);
});

const CONTENTS = PDFName.of('Contents');

/** Page one, changed through pdf-lib's model. */
const CHANGED: readonly (readonly [string, (document: PDFDocument) => void])[] = [
  [
    'resources inherited from the page tree',
    (document) => {
      const { node } = document.getPage(0);
      const pages = node.lookup(PDFName.of('Parent'), PDFDict);
      const resources = node.get(PDFName.of('Resources'));
      assert.ok(resources !== undefined);
      pages.set(PDFName.of('Resources'), resources);
      node.delete(PDFName.of('Resources'));
    },
  ],
  [
    'a list of contents kept as an object',
    (document) => {
      const { node } = document.getPage(0);
      const list = document.context.register(node.context.obj([node.get(CONTENTS)].filter((x) => x !== undefined)));
      node.set(CONTENTS, list);
    },
  ],
  [
    'boxes away from the origin, turned',
    (document) => {
      const page = document.getPage(0);
      page.setMediaBox(-20, 30, 595, 842);
      page.setCropBox(-10, 40, 575, 822);
      page.setRotation(degrees(270));
    },
  ],
  [
    'a graphics state left changed',
    (document) => {
      const { context } = document;
      const { node } = document.getPage(0);
      const tail = context.register(context.stream('0.5 0 0 0.5 100 100 cm 1 0 0 rg'));
      node.set(CONTENTS, context.obj([node.get(CONTENTS), tail].filter((x) => x !== undefined)));
    },
  ],
  [
    'an annotation, which stays',
    (document) => {
      const { context } = document;
      const link = context.register(context.obj({ Type: 'Annot', Subtype: 'Link', Rect: [60, 780, 200, 800] }));
      document.getPage(0).node.set(PDFName.of('Annots'), context.obj([link]));
    },
  ],
  [
    'the name of our drawing already taken',
    (document) => {
      const { context } = document;
      const form = context.register(context.stream('', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 1, 1] }));
      document.getPage(0).node.setXObject(PDFName.of('TraitDUnion'), form);
    },
  ],
];

for (const [name, change] of CHANGED) {
  test(`${name}: an update, sound for all judges`, async (t) => {
    if (!TOOLS.every(hasTool)) return t.skip('qpdf, poppler or dmtxread absent');
    const received = await altered(change);
    const { bytes } = await stamp(received);
    assert.ok(isUpdate(bytes, received));
    judge(received, bytes);
    const before = await PDFDocument.load(received, { updateMetadata: false });
    const after = await PDFDocument.load(bytes, { updateMetadata: false });
    const annotations = (document: PDFDocument) => String(document.getPage(0).node.get(PDFName.of('Annots')));
    assert.equal(annotations(after), annotations(before));
  });
}

test('updates upon updates are followed back, tables and streams alike', async (t) => {
  if (!TOOLS.every(hasTool)) return t.skip('qpdf, poppler or dmtxread absent');
  for (const options of [['--object-streams=disable'], ['--object-streams=generate']]) {
    let received = Buffer.from(byQpdf(options)(await letter()));
    for (let turn = 0; turn < 3; turn++) {
      const document = await PDFDocument.load(received, { updateMetadata: false, forIncrementalUpdate: true });
      document.setSubject(`Version ${turn}`);
      document.getPage(0).drawText(`Ajout ${turn}`, { x: 300, y: 40 + 12 * turn, size: 8 });
      received = Buffer.from(await document.save({ useObjectStreams: options[0] === '--object-streams=generate' }));
    }
    const { bytes } = await stamp(received);
    assert.ok(isUpdate(bytes, received), String(options));
    judge(received, bytes);
    const after = await PDFDocument.load(bytes, { updateMetadata: false });
    assert.equal(after.getSubject(), 'Version 2');
  }
});

test('a name with letters that the small fonts lack gets the whole ones, and is drawn', async (t) => {
  if (!hasTool('pdftotext')) return t.skip('pdftotext absent');
  const received = await letter();
  const identity = { ...PAT_TROIS, usedName: 'Ærøskøbing' } as QualifiedIdentity;
  const banner = { kind: 'qualified', identity, payload: PAT_TROIS_PAYLOAD } as const;
  const outcome = value(await stampPdf(received, banner, { readBack: true }));
  assert.ok(outcome.outcome === 'stamped' && isUpdate(outcome.bytes, received));
  assert.match(textOf(outcome.bytes), /Nom utilisé : Ærøskøbing/);
  const plain = await stamp(received);
  assert.ok(outcome.bytes.length - plain.bytes.length > 10_000, 'most documents carry the small ones');
});

test('the first part of the identifier stays, the second is new', async () => {
  const received = await altered(({ context }) => {
    context.trailerInfo.ID = context.obj(['premier', 'second']);
  });
  const identifier = async (bytes: Uint8Array) => {
    const { context } = await PDFDocument.load(bytes, { updateMetadata: false });
    const parts = context.lookup(context.trailerInfo.ID, PDFArray).asArray().map(String);
    assert.equal(parts.length, 2);
    return parts;
  };
  const [before, after] = [await identifier(received), await identifier((await stamp(received)).bytes)];
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
});

/** Documents that the quick way must leave to the other, which stamps them. */
const LEFT_ALONE: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
  ['white space before the header', async () => Buffer.concat([Buffer.from('\n\n'), await letter()])],
  ['an orphan object that is cut', async () => insertBeforeTable(await letter(), '99 0 obj\n<</A\nendobj\n')],
  ['an object that no table knows, with a script in an escaped name', async () => hidden('/J#53 (x)')],
  ['a table whose offsets are wrong', async () => shiftOffsets(await letter())],
];

function insertBeforeTable(bytes: Uint8Array, text: string): Buffer {
  const buffer = Buffer.from(bytes);
  const at = buffer.lastIndexOf('xref', buffer.lastIndexOf('startxref') - 1);
  const tail = buffer.toString('latin1', at).replace(/startxref\s+\d+/, `startxref\n${at + text.length}`);
  return Buffer.concat([buffer.subarray(0, at), Buffer.from(text + tail, 'latin1')]);
}

async function hidden(entry: string): Promise<Buffer> {
  return insertBeforeTable(await letter(), `99 0 obj\n<<${entry}>>\nendobj\n`);
}

function shiftOffsets(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(
    text.replace(
      /(\d{10}) 00000 n /g,
      (_, offset: string) => `${String(Number(offset) + 3).padStart(10, '0')} 00000 n `,
    ),
    'latin1',
  );
}

for (const [name, make] of LEFT_ALONE) {
  test(`${name}: never an update; stamped or refused by the other way`, async () => {
    const received = await make();
    const outcome = await stampPdf(received, PAT_TROIS_BANNER);
    if (!outcome.ok) return assert.match(ruleOf(outcome), /^TDU-DOC-1/);
    assert.ok(outcome.value.outcome === 'stamped' && !isUpdate(outcome.value.bytes, received));
  });
}

test('what acts or signs is refused wherever it hides: orphan, escaped name, old object stream', async () => {
  assert.equal(ruleOf(await stampPdf(await hidden('/S/JavaScript/JS(x)'), PAT_TROIS_BANNER)), 'TDU-DOC-112');
  assert.equal(ruleOf(await stampPdf(await hidden('/S/Launch'), PAT_TROIS_BANNER)), 'TDU-DOC-112');
  assert.equal(ruleOf(await stampPdf(await hidden('/Java#53cript 1/S/J#61vaScript'), PAT_TROIS_BANNER)), 'TDU-DOC-112');
  assert.equal(ruleOf(await stampPdf(await hidden('/ByteRange[0 1 2 3]'), PAT_TROIS_BANNER)), 'TDU-DOC-104');
  const packed = deflateSync(Buffer.from('98 0 <</S/JavaScript/JS(x)>>'));
  const stream = `<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length ${packed.length}>>\nstream\n${packed.toString('latin1')}\nendstream`;
  const orphan = insertBeforeTable(await letter(), `99 0 obj\n${stream}\nendobj\n`);
  assert.equal(ruleOf(await stampPdf(orphan, PAT_TROIS_BANNER)), 'TDU-DOC-112');
});

test('a content that inflates without end is left to the other way before it does', async () => {
  const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024, ' '));
  const received = await altered((document) => {
    const { context } = document;
    const stream = PDFRawStream.of(context.obj({ Filter: 'FlateDecode', Length: bomb.length }), bomb);
    document.getPage(0).node.addContentStream(context.register(stream));
  });
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await stampPdf(received, PAT_TROIS_BANNER);
  assert.ok(process.memoryUsage().arrayBuffers - before < 48 * 1024 * 1024);
  assert.ok(!outcome.ok || (outcome.value.outcome === 'stamped' && !isUpdate(outcome.value.bytes, received)));
});

test('bytes changed at random are stamped or refused by a rule, never anything else', async () => {
  const documents = [Buffer.from(await letter())];
  if (hasTool('qpdf')) documents.push(Buffer.from(byQpdf(['--object-streams=generate'])(await letter())));
  const change = fc.record({ at: fc.double({ min: 0, max: 0.9999, noNaN: true }), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...documents),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (pdf, all) => {
        const changed = Buffer.from(pdf);
        for (const { at, byte } of all) changed[Math.floor(at * pdf.length)] = byte;
        const outcome = await stampPdf(changed, PAT_TROIS_BANNER);
        if (!outcome.ok) assert.match(outcome.refusal.rule.id, /^TDU-DOC-1/);
        else assert.equal(outcome.value.outcome, 'stamped');
      },
    ),
    { numRuns: 60 },
  );
});
