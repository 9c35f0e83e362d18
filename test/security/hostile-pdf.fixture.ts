/** PDFs made to hurt (hostile.md, PDF / images): each says the rule that must refuse it. */
import { deflateSync } from 'node:zlib';
import { type PDFDocument, type PDFObject, PDFRawStream } from '@cantoo/pdf-lib';
import { altered, letter } from '../../src/wire/pdf/pdf.fixture.ts';

export interface PdfAttack {
  readonly name: string;
  readonly bytes: () => Promise<Uint8Array>;
  /** Undefined: it is harmless, and sent like another. */
  readonly rule: RegExp | undefined;
}

const UNREADABLE = /^TDU-DOC-101$/;
const TOO_LARGE = /^TDU-DOC-102$/;
const TOO_COMPLEX = /^TDU-DOC-111$/;
const ACTIVE = /^TDU-DOC-112$/;
const MEGABYTE = 1024 * 1024;

/** A letter with one more object, under `key` of its catalog where given. */
function withObject(make: (document: PDFDocument) => PDFObject, key?: string): Promise<Uint8Array> {
  return altered((document) => {
    const reference = document.context.register(make(document));
    if (key !== undefined) document.catalog.set(document.context.obj(key), reference);
  });
}

/** A letter whose first page draws this content, after its own. */
function withContent(content: Uint8Array, filter: object = { Filter: 'FlateDecode' }): Promise<Uint8Array> {
  return altered((document) => {
    const { context } = document;
    const stream = PDFRawStream.of(context.obj({ ...filter, Length: content.length }), content);
    document.getPage(0).node.addContentStream(context.register(stream));
  });
}

/** A PDF written by hand: objects from 1, the first one the catalog. */
function handmade(objects: readonly string[], trailer = ''): Uint8Array {
  const bodies = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`);
  return Buffer.from(`%PDF-1.7\n${bodies.join('')}trailer\n<</Root 1 0 R${trailer}>>\n%%EOF\n`, 'latin1');
}

const CATALOG = '<</Type/Catalog/Pages 2 0 R>>';
const page = (more: string): readonly string[] => [
  CATALOG,
  '<</Type/Pages/Count 1/Kids[3 0 R]>>',
  `<</Type/Page/Parent 2 0 R/Resources<<>>${more}>>`,
];

export const PDF_ATTACKS: readonly PdfAttack[] = [
  {
    name: 'JavaScript at the opening',
    bytes: () => withObject(({ context }) => context.obj({ S: 'JavaScript', JS: 'app.alert(1)' }), 'OpenAction'),
    rule: ACTIVE,
  },
  {
    name: 'JavaScript among the names',
    bytes: () =>
      withObject(({ context }) => context.obj({ JavaScript: { Names: ['a', { S: 'JavaScript', JS: '1' }] } }), 'Names'),
    rule: ACTIVE,
  },
  {
    name: 'an action that starts a program',
    bytes: () => withObject(({ context }) => context.obj({ S: 'Launch', F: 'calc.exe' }), 'OpenAction'),
    rule: ACTIVE,
  },
  {
    name: 'an embedded file',
    bytes: () => altered((document) => document.attach(Uint8Array.of(77, 90), 'a.exe', {})),
    rule: ACTIVE,
  },
  {
    name: 'a signature',
    bytes: () => withObject(({ context }) => context.obj({ Type: 'Sig', ByteRange: [0, 1, 2, 3] })),
    rule: /^TDU-DOC-104$/,
  },
  {
    name: 'encryption',
    bytes: () =>
      altered(({ context }) => {
        context.trailerInfo.Encrypt = context.register(context.obj({ Filter: 'Standard', V: 1, R: 2, P: -4 }));
      }),
    rule: /^TDU-DOC-103$/,
  },
  {
    name: 'a page of one point by a million',
    bytes: async () => handmade(page('/MediaBox[0 0 1 1000000]')),
    rule: /^TDU-DOC-1(02|05)$/,
  },
  {
    name: 'a page of a million by a million',
    bytes: async () => handmade(page('/MediaBox[0 0 1000000 1000000]')),
    rule: TOO_LARGE,
  },
  { name: 'a page without a surface', bytes: async () => handmade(page('/MediaBox[0 0 0 0]')), rule: /^TDU-DOC-1/ },
  {
    name: 'a page of not-a-number',
    bytes: async () => handmade(page('/MediaBox[/A /B (C) null]')),
    rule: /^TDU-DOC-1/,
  },
  {
    name: 'a content that inflates to 200 MB of blanks',
    bytes: () => withContent(deflateSync(Buffer.alloc(200 * MEGABYTE, ' '))),
    rule: TOO_COMPLEX,
  },
  {
    name: 'a content inflated twice',
    bytes: () =>
      withContent(deflateSync(deflateSync(Buffer.alloc(200 * MEGABYTE, ' '))), {
        Filter: ['FlateDecode', 'FlateDecode'],
      }),
    rule: TOO_COMPLEX,
  },
  {
    name: 'objects that inflate to 40 MB',
    bytes: async () => {
      const bomb = deflateSync(`9 0 42${' '.repeat(40 * MEGABYTE)}`);
      const [head = '', tail = ''] = handmade([
        ...page('/MediaBox[0 0 595 842]'),
        `<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length ${bomb.length}>>stream\n@\nendstream`,
      ])
        .toString()
        .split('@');
      return Buffer.concat([Buffer.from(head, 'latin1'), bomb, Buffer.from(tail, 'latin1')]);
    },
    rule: UNREADABLE,
  },
  {
    name: 'an image of 60,000 by 60,000',
    bytes: () =>
      altered((document) => {
        const { context } = document;
        const dictionary = {
          Type: 'XObject',
          Subtype: 'Image',
          Width: 60_000,
          Height: 60_000,
          ColorSpace: 'DeviceGray',
          BitsPerComponent: 8,
          Filter: 'FlateDecode',
        };
        const image = PDFRawStream.of(context.obj(dictionary), deflateSync(Buffer.alloc(1_000)));
        const { node } = document.getPage(0);
        node.setXObject(context.obj('Bomb'), context.register(image));
        const draw = Buffer.from('q 500 0 0 300 40 40 cm /Bomb Do Q');
        node.addContentStream(context.register(PDFRawStream.of(context.obj({ Length: draw.length }), draw)));
      }),
    rule: undefined,
  },
  {
    name: 'a form that draws itself',
    bytes: () =>
      altered((document) => {
        const { context } = document;
        const self = context.nextRef();
        const draw = Buffer.from('/Self Do /Self Do');
        const form = {
          Type: 'XObject',
          Subtype: 'Form',
          BBox: [0, 0, 10, 10],
          Resources: { XObject: { Self: self } },
          Length: draw.length,
        };
        context.assign(self, PDFRawStream.of(context.obj(form), draw));
        const { node } = document.getPage(0);
        node.setXObject(context.obj('Self'), self);
        node.addContentStream(context.register(PDFRawStream.of(context.obj({ Length: draw.length }), draw)));
      }),
    rule: TOO_COMPLEX,
  },
  {
    name: 'forms that draw each other twice, forty deep',
    bytes: () =>
      altered((document) => {
        const { context } = document;
        const draw = Buffer.from('/Next Do /Next Do');
        const common = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 10, 10] };
        const dot = Buffer.from('0 0 1 1 re f');
        let next = context.register(PDFRawStream.of(context.obj({ ...common, Length: dot.length }), dot));
        for (let depth = 0; depth < 40; depth++) {
          const form = { ...common, Resources: { XObject: { Next: next } }, Length: draw.length };
          next = context.register(PDFRawStream.of(context.obj(form), draw));
        }
        const { node } = document.getPage(0);
        node.setXObject(context.obj('Next'), next);
        node.addContentStream(context.register(PDFRawStream.of(context.obj({ Length: draw.length }), draw)));
      }),
    rule: TOO_COMPLEX,
  },
  {
    name: 'pages that are their own children',
    bytes: async () => handmade([CATALOG, '<</Type/Pages/Count 1/Kids[2 0 R]>>']),
    rule: /^TDU-DOC-1/,
  },
  {
    name: 'a billion pages',
    bytes: async () =>
      handmade([
        CATALOG,
        `<</Type/Pages/Count 1000000000/Kids[${'3 0 R '.repeat(100_000)}]>>`,
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>',
      ]),
    rule: TOO_LARGE,
  },
  {
    name: 'a hundred thousand arrays, one in the other',
    bytes: async () => handmade([...page('/MediaBox[0 0 595 842]'), `${'['.repeat(100_000)}${']'.repeat(100_000)}`]),
    rule: UNREADABLE,
  },
  {
    name: 'a previous table that is itself',
    bytes: async () => handmade(page('/MediaBox[0 0 595 842]'), '/Prev 9'),
    rule: undefined,
  },
  { name: 'a cut file', bytes: async () => (await letter()).slice(0, 2_000), rule: UNREADABLE },
  { name: 'an executable', bytes: async () => Buffer.from(`MZ${'\0'.repeat(4_000)}`, 'latin1'), rule: UNREADABLE },
  { name: 'a header and nothing', bytes: async () => Buffer.from('%PDF-1.7\n%%EOF'), rule: UNREADABLE },
];
