import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  type PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFPage,
} from '@cantoo/pdf-lib';
import { altered, letter } from '../pdf.fixture.ts';
import { checkPdfA } from './check.ts';

const XMP = (id: string) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">${id}</rdf:Description></rdf:RDF></x:xmpmeta>`;
const PDFA_1B = '<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>';

/** A letter with all that PDF/A-1b asks, then changed. */
async function archivable(
  change: (document: PDFDocument, page: PDFPage) => void = () => undefined,
  id = PDFA_1B,
): Promise<Uint8Array> {
  const bytes = await altered((document) => {
    const { context, catalog } = document;
    catalog.set(
      PDFName.of('Metadata'),
      context.register(context.stream(XMP(id), { Type: 'Metadata', Subtype: 'XML' })),
    );
    const profile = context.register(context.stream('profile', { N: 3 }));
    const intent = {
      Type: 'OutputIntent',
      S: 'GTS_PDFA1',
      OutputConditionIdentifier: PDFHexString.fromText('sRGB'),
      DestOutputProfile: profile,
    };
    catalog.set(PDFName.of('OutputIntents'), context.obj([intent]));
    context.trailerInfo.ID = context.obj([PDFHexString.of('00'), PDFHexString.of('00')]);
    change(document, document.getPage(0));
  });
  return bytes;
}

async function clausesOf(bytes: Uint8Array): Promise<string[]> {
  const report = await checkPdfA(bytes);
  assert.ok(report.ok, report.ok ? '' : report.refusal.rule.id);
  return report.value.findings.map(({ clause, text }) => `${clause} ${text}`);
}

const resource = (page: PDFPage, category: string, value: Record<string, unknown>) =>
  page.node.Resources()?.set(PDFName.of(category), page.node.context.obj({ X0: value } as never));
const annotation = (page: PDFPage, value: Record<string, unknown>) =>
  page.node.set(
    PDFName.of('Annots'),
    page.node.context.obj([{ Type: 'Annot', Rect: [0, 0, 9, 9], F: 4, ...value }] as never),
  );
const contents = (page: PDFPage, context: PDFContext, operators: string) =>
  page.node.addContentStream(context.register(context.flateStream(operators)));

/** What is done to a conformant letter, and what is then found. */
const FAULTS: ReadonlyArray<readonly [string, (document: PDFDocument, page: PDFPage) => void]> = [
  ['6.1.3 aucun identifiant de fichier (ID)', ({ context }) => delete context.trailerInfo.ID],
  [
    '6.1.7 flux dont les données sont dans un autre fichier',
    ({ context }) => context.register(context.stream('x', { F: PDFHexString.fromText('a.bin') })),
  ],
  ['6.1.10 compression LZW', ({ context }) => context.register(context.stream('x', { Filter: 'LZWDecode' }))],
  ['6.1.11 fichier incorporé', ({ context }) => context.register(context.obj({ Type: 'Filespec', EF: {} }))],
  [
    '6.1.13 calques (contenu optionnel)',
    ({ catalog, context }) => catalog.set(PDFName.of('OCProperties'), context.obj({})),
  ],
  [
    '6.2.2 intention de sortie sans profil ICC',
    ({ catalog }) => intentOf(catalog).delete(PDFName.of('DestOutputProfile')),
  ],
  [
    '6.2.3.3 DeviceCMYK avec une intention de sortie qui n’est pas CMJN',
    ({ context }, page) => contents(page, context, '0 0 0 1 k 0 0 9 9 re f'),
  ],
  [
    '6.2.4 image lissée à l’affichage (Interpolate)',
    ({ context }) => context.register(context.stream('x', { Subtype: 'Image', Interpolate: true })),
  ],
  [
    '6.2.5 formulaire graphique PostScript',
    ({ context }) => context.register(context.stream('', { Subtype: 'Form', Subtype2: 'PS' })),
  ],
  ['6.2.7 objet PostScript', ({ context }) => context.register(context.stream('', { Subtype: 'PS' }))],
  ['6.2.8 fonction de transfert (TR)', (_, page) => resource(page, 'ExtGState', { TR: 'Identity' })],
  [
    '6.3.4 police non incorporée : Helvetica',
    ({ context }) => context.register(context.obj({ Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' })),
  ],
  ['6.4 opacité partielle (ca)', (_, page) => resource(page, 'ExtGState', { ca: PDFNumber.of(0.5) })],
  ['6.4 mode de fusion autre que Normal', (_, page) => resource(page, 'ExtGState', { BM: 'Multiply' })],
  [
    '6.4 groupe de transparence',
    ({ context }, page) => page.node.set(PDFName.of('Group'), context.obj({ S: 'Transparency' })),
  ],
  [
    '6.4 image avec un masque de transparence (SMask)',
    ({ context }) =>
      context.register(context.stream('x', { Subtype: 'Image', SMask: context.register(context.stream('m')) })),
  ],
  ['6.5.2 annotation d’un type interdit : Movie', (_, page) => annotation(page, { Subtype: 'Movie' })],
  ['6.5.3 annotation qui ne s’imprime pas', (_, page) => annotation(page, { Subtype: 'Link', F: 0 })],
  ['6.6.1 action interdite : Launch', (_, page) => annotation(page, { Subtype: 'Link', A: { S: 'Launch' } })],
  [
    '6.6.1 action interdite : JavaScript',
    ({ catalog, context }) =>
      catalog.set(PDFName.of('OpenAction'), context.obj({ S: 'JavaScript', JS: PDFHexString.fromText('x') })),
  ],
  [
    '6.6.2 actions déclenchées par le document (AA)',
    ({ catalog, context }) => catalog.set(PDFName.of('AA'), context.obj({})),
  ],
  ['6.7.2 aucune métadonnée XMP', ({ catalog }) => catalog.delete(PDFName.of('Metadata'))],
  [
    '6.9 formulaire XFA',
    ({ catalog, context }) => catalog.set(PDFName.of('AcroForm'), context.obj({ XFA: PDFHexString.fromText('x') })),
  ],
];

function intentOf(catalog: PDFDict): PDFDict {
  const [intent] = catalog.lookup(PDFName.of('OutputIntents'), PDFArray).asArray();
  assert.ok(intent instanceof PDFDict);
  return intent;
}

test('a document with all that PDF/A-1b asks has no finding', async () => {
  const report = await checkPdfA(await archivable());
  assert.ok(report.ok);
  assert.deepEqual([report.value.declared, report.value.findings, report.value.signed], ['PDF/A-1b', [], false]);
});

test('each fault is found, by its clause', async () => {
  for (const [expected, change] of FAULTS) {
    const found = await clausesOf(await archivable(change));
    assert.ok(found.includes(expected), `${expected}, found: ${found.join(' | ')}`);
  }
});

test('a document that says it is another PDF/A, or none, is told so', async () => {
  assert.deepEqual(await clausesOf(await archivable(() => undefined, '<pdfaid:part>3</pdfaid:part>')), [
    '6.7.11 le document se déclare PDF/A-3, et non PDF/A-1',
  ]);
  assert.deepEqual(
    await clausesOf(
      await archivable(() => undefined, '<pdfaid:part>1</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>'),
    ),
    ['6.7.11 niveau de conformité autre que A ou B'],
  );
  const plain = await clausesOf(await letter());
  assert.ok(plain.includes('6.7.11 le document ne se déclare pas PDF/A'));
  assert.ok(plain.includes('6.2.3.3 couleurs propres au périphérique sans intention de sortie : DeviceGray'));
});

test('what is before the header or after the end of the file is found', async () => {
  const bytes = Buffer.from(await archivable());
  assert.deepEqual(await clausesOf(Buffer.concat([bytes, Buffer.from('après')])), [
    '6.1.3 données après la fin du fichier',
  ]);
  assert.ok(
    (await clausesOf(Buffer.concat([Buffer.from('avant\n'), bytes]))).includes(
      '6.1.2 l’en-tête %PDF-1.n n’est pas au premier octet du fichier',
    ),
  );
});

test('a font that the names of a subset hide is still looked at, and a thousand of them are told a hundred times at most', async () => {
  const many = await archivable(({ context }) => {
    for (let index = 0; index < 1_000; index++)
      context.register(context.obj({ Type: 'Font', Subtype: 'TrueType', BaseFont: `ABCDEF+F${index}` }));
  });
  assert.equal((await clausesOf(many)).length, 100);
});

test('what cannot be read is refused, not judged', async () => {
  const result = await checkPdfA(Buffer.from('%PDF-1.4\nrien'));
  assert.equal(!result.ok && result.refusal.rule.id, 'TDU-DOC-101');
});
