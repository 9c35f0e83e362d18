import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { degrees, PDFDocument, type PDFObject, PDFRawStream } from '@cantoo/pdf-lib';
import { inspectPdf } from './inspect.ts';
import { altered, hasTool, letter, ruleOf, value, withTool } from './pdf.fixture.ts';

/** A letter with one more object in its catalog, or elsewhere when `key` is absent. */
function withObject(make: (document: PDFDocument) => PDFObject, key?: string): Promise<Uint8Array> {
  return altered((document) => {
    const reference = document.context.register(make(document));
    if (key !== undefined) document.catalog.set(document.context.obj(key), reference);
  });
}

test('a plain letter: version, pages, size, nothing active', async () => {
  assert.deepEqual(value(await inspectPdf(await letter(30))), {
    version: '1.7',
    pageCount: 2,
    firstPage: { widthMm: 210, heightMm: 297, rotation: 0 },
    signed: false,
    javascript: false,
    launch: false,
    embeddedFiles: false,
  });
});

test('the size is given as displayed', async () => {
  const rotated = await altered((document) => document.getPage(0).setRotation(degrees(90)));
  assert.deepEqual(value(await inspectPdf(rotated)).firstPage, { widthMm: 297, heightMm: 210, rotation: 90 });
});

test('a signature is seen as a value, a field or a flag', async () => {
  const signed = [
    withObject(({ context }) => context.obj({ Type: 'Sig', ByteRange: [0, 10, 20, 10] })),
    withObject(({ context }) => context.obj({ FT: 'Sig', T: 'Signature1' })),
    withObject(({ context }) => context.obj({ Fields: [], SigFlags: 3 }), 'AcroForm'),
    withObject(({ context }) => context.obj({ DocMDP: {} }), 'Perms'),
  ];
  for (const bytes of await Promise.all(signed)) assert.equal(value(await inspectPdf(bytes)).signed, true);
  const form = await withObject(({ context }) => context.obj({ Fields: [], SigFlags: 0 }), 'AcroForm');
  assert.equal(value(await inspectPdf(form)).signed, false);
});

test('JavaScript, a launch action and an embedded file are reported, however deep', async () => {
  const script = await withObject(({ context }) => context.obj({ S: 'JavaScript', JS: 'app.alert(1)' }), 'OpenAction');
  const launch = await withObject(({ context }) => context.obj([[{ A: { S: 'Launch', F: 'calc.exe' } }]]));
  const file = await altered((document) => document.attach(Uint8Array.of(1), 'a.bin', {}));
  const facts = await Promise.all([script, launch, file].map(async (bytes) => value(await inspectPdf(bytes))));
  assert.deepEqual(
    facts.map(({ javascript, launch, embeddedFiles }) => [javascript, launch, embeddedFiles]),
    [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ],
  );
});

test('the PDF/A declaration is read in both ways of writing XMP', async () => {
  const xmp = (inner: string) => `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${inner}</rdf:RDF></x:xmpmeta>
    <?xpacket end="w"?>`;
  const ns = 'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"';
  const declared = async (text: string) => {
    const bytes = await withObject(
      ({ context }) => context.stream(text, { Type: 'Metadata', Subtype: 'XML' }),
      'Metadata',
    );
    return value(await inspectPdf(bytes)).pdfA;
  };
  const attributes = xmp(`<rdf:Description rdf:about="" ${ns} pdfaid:part="3" pdfaid:conformance="b"/>`);
  assert.deepEqual(await declared(attributes), { part: 3, conformance: 'B' });
  const elements = xmp(`<rdf:Description ${ns}><pdfaid:part>4</pdfaid:part></rdf:Description>`);
  assert.deepEqual(await declared(elements), { part: 4 });
  assert.equal(await declared(xmp('')), undefined);
  assert.equal(await declared('<!DOCTYPE x [<!ENTITY a "1">]><x/>'), undefined);
  assert.equal(await declared('not XML'), undefined);
});

test('a document with object streams is read like another', async () => {
  const document = await PDFDocument.load(await letter(), { updateMetadata: false });
  const facts = value(await inspectPdf(await document.save({ useObjectStreams: true })));
  assert.equal(facts.pageCount, 1);
});

test('what is not a whole PDF is refused as unreadable', async () => {
  const whole = Buffer.from(await letter());
  const broken: Record<string, Uint8Array> = {
    empty: new Uint8Array(),
    garbage: Buffer.from('MSH|^~\\&|not a PDF at all'),
    'a header and noise': Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(5000, 0xa5), Buffer.from('%%EOF')]),
    'deeply nested': Buffer.from(`%PDF-1.4\n1 0 obj\n${'['.repeat(200_000)}\nendobj\n%%EOF`),
    'cut in the middle': whole.subarray(0, whole.length / 2),
    'cut near the end': whole.subarray(0, whole.length - 40),
    'without pages': Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'),
    'a page that is no page': Buffer.from(
      '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF',
    ),
  };
  for (const [name, bytes] of Object.entries(broken))
    assert.equal(ruleOf(await inspectPdf(bytes)), 'TDU-DOC-101', name);
});

test('a small file that would inflate without end is refused before it does', async () => {
  const bomb = deflateSync(`9 0 42${' '.repeat(40 * 1024 * 1024)}`);
  const nested = deflateSync(bomb);
  const hiding = (stream: Buffer, filter: string) =>
    Buffer.concat([
      Buffer.from(
        '%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n' +
          '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\n' +
          `4 0 obj<</Type/ObjStm/N 1/First 4/Filter${filter}/Length ${stream.length}>>stream\n`,
      ),
      stream,
      Buffer.from('\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF'),
    ]);
  assert.equal(value(await inspectPdf(hiding(deflateSync(Buffer.from('9 0 42')), '/FlateDecode'))).pageCount, 1);
  assert.equal(ruleOf(await inspectPdf(hiding(bomb, '/FlateDecode'))), 'TDU-DOC-101');
  assert.equal(ruleOf(await inspectPdf(hiding(nested, '[/FlateDecode/FlateDecode]'))), 'TDU-DOC-101');
  const metadata = ({ context }: PDFDocument) =>
    PDFRawStream.of(context.obj({ Type: 'Metadata', Filter: 'FlateDecode' }), bomb);
  assert.equal(value(await inspectPdf(await withObject(metadata, 'Metadata'))).pdfA, undefined);
});

test('limits are on bytes and on pages', async () => {
  const bytes = await letter(30);
  assert.equal(ruleOf(await inspectPdf(bytes, { maxBytes: bytes.length - 1, maxPages: 10 })), 'TDU-DOC-102');
  assert.equal(ruleOf(await inspectPdf(bytes, { maxBytes: bytes.length, maxPages: 1 })), 'TDU-DOC-102');
  assert.equal(value(await inspectPdf(bytes, { maxBytes: bytes.length, maxPages: 2 })).pageCount, 2);
});

test('an encrypted document is refused as such, with or without a password to open it', async (t) => {
  if (!hasTool('qpdf')) return t.skip('qpdf absent');
  const input = { 'in.pdf': await letter() };
  for (const userPassword of ['', 'secret']) {
    const args = ['--encrypt', userPassword, 'owner', '256', '--', 'in.pdf', 'out.pdf'];
    const encrypted = withTool('qpdf', args, input, ({ file }) => file('out.pdf'));
    assert.equal(ruleOf(await inspectPdf(encrypted)), 'TDU-DOC-103');
  }
});
