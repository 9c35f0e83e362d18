/** Stages of the marking of a PDF: symbol, incremental update, and all of it; against floors and the npm peers. */
import { randomFillSync } from 'node:crypto';
import { PDFDocument, rgb, StandardFonts } from '@cantoo/pdf-lib';
import bwipjs from 'bwip-js';
import { bannerLines } from '../../src/wire/pdf/banner.ts';
import { type Drawing, drawBanner } from '../../src/wire/pdf/banner-drawing.ts';
import { renderLetter } from '../../src/wire/pdf/letter.ts';
import { appendMarks } from '../../src/wire/pdf/page-append.ts';
import { PAT_TROIS_BANNER, PAT_TROIS_PAYLOAD } from '../../src/wire/pdf/pdf.fixture.ts';
import { ordinaryPdf } from '../../src/wire/pdf/quick-survey.ts';
import { stampPdf } from '../../src/wire/pdf/stamp.ts';
import { encodeSymbol, type SymbolMatrix } from '../../src/wire/pdf/symbol.ts';
import { letterPdf } from '../support/letter.ts';
import { appendContent, reedSolomon } from './floors.ts';
import type { Stage } from './timer.ts';

/** 200 KB once in Base64. */
const PDF_SIZE = 150_000;
/** The square of 36 modules, into which the published INS payloads go: 86 codewords and 42 checks. */
const SYMBOL = { codewords: 86, checks: 42 };
const ZONE = { x: 15, y: 5, width: 180, height: 25 };

export async function stampStages(): Promise<Stage[]> {
  const pdf = await letterPdf(PDF_SIZE);
  const long = await twentyPages();
  const matrix = symbolMatrix();
  const drawing = bannerDrawing(matrix);
  return [
    ...dataMatrix(),
    stampLike('pdf-stamp-200kb', pdf, () => stampWhole(withNewPicture(pdf))),
    stampLike('pdf-stamp-200kb-known', pdf, () => stampWhole(pdf)),
    stampLike('pdf-append-200kb', pdf, () => append(pdf, drawing, 1)),
    {
      name: 'pdf-append-200kb-peer',
      ours: () => append(pdf, drawing, 1),
      floor: { what: '@cantoo/pdf-lib, incremental', run: () => stampByPdfLib(pdf, matrix) },
    },
    {
      name: 'pdf-append-20-pages',
      ours: () => append(long, drawing, 20),
      floor: { what: 'the same on one page of 200 KB', run: () => append(pdf, drawing, 1) },
    },
  ];
}

function dataMatrix(): Stage[] {
  const ours = () => encodeSymbol(PAT_TROIS_PAYLOAD);
  return [
    {
      name: 'datamatrix-encode',
      ours,
      floor: {
        what: 'ASCII codewords and Reed-Solomon alone, no placement',
        run: () => reedSolomon(PAT_TROIS_PAYLOAD, SYMBOL.codewords, SYMBOL.checks),
      },
    },
    {
      name: 'datamatrix-encode-peer',
      ours,
      floor: { what: 'bwip-js, matrix only', run: () => bwipjs.raw('datamatrix', PAT_TROIS_PAYLOAD, 'format=square') },
    },
  ];
}

function stampLike(name: string, pdf: Buffer, ours: Stage['ours']): Stage {
  return {
    name,
    ours,
    floor: {
      what: 'incremental update by hand: no free zone searched, nothing rendered, nothing read back',
      run: () => appendContent(pdf, 'q 0 g 500 800 30 30 re f Q '.repeat(400)),
    },
  };
}

async function stampWhole(pdf: Buffer): Promise<Uint8Array> {
  const stamped = await stampPdf(pdf, PAT_TROIS_BANNER);
  if (!stamped.ok || stamped.value.outcome !== 'stamped') throw new Error('the letter was not stamped');
  return stamped.value.bytes;
}

/** The same letter with another picture: nothing of it can be known from the document before. */
function withNewPicture(pdf: Buffer): Buffer {
  const copy = Buffer.from(pdf);
  const image = copy.indexOf('stream', copy.indexOf('/Subtype /Image'));
  randomFillSync(copy, image + 1_000, 10_000);
  return copy;
}

function symbolMatrix(): SymbolMatrix {
  const encoded = encodeSymbol(PAT_TROIS_PAYLOAD);
  if (!encoded.ok) throw new Error('the payload was not encoded');
  return encoded.value;
}

function bannerDrawing(matrix: SymbolMatrix): Drawing {
  const lines = bannerLines(PAT_TROIS_BANNER);
  const drawing = lines.ok ? drawBanner(lines.value, { matrix, moduleMm: 0.4 }, ZONE.width) : undefined;
  if (drawing === undefined) throw new Error('the banner was not drawn');
  return drawing;
}

/** Reads the structure of the document and adds a banner to its pages, without looking where. */
function append(pdf: Buffer, drawing: Drawing, pages: number): Buffer {
  const ordinary = ordinaryPdf(pdf);
  if (ordinary?.pages.length !== pages) throw new Error('the letter is not an ordinary document');
  const zone = { ...ZONE, height: drawing.heightMm };
  return appendMarks(
    ordinary.structure,
    ordinary.pages.map((page) => ({ page, drawing, zone })),
  );
}

/** A symbol and a line of text by the library, as its documentation shows it. */
async function stampByPdfLib(pdf: Buffer, { size, bits }: SymbolMatrix): Promise<Uint8Array> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false, forIncrementalUpdate: true });
  const font = await document.embedFont(StandardFonts.Helvetica);
  const page = document.getPage(0);
  page.drawText('PAT-TROIS DOMINIQUE 28/03/1979', { x: 60, y: 800, size: 8, font });
  let path = '';
  for (const [at, bit] of bits.entries()) if (bit === 1) path += `M${at % size} ${Math.floor(at / size)}h1v1h-1z`;
  page.drawSvgPath(path, { x: 480, y: 820, scale: 1.134, color: rgb(0, 0, 0) });
  return document.save({ useObjectStreams: false });
}

async function twentyPages(): Promise<Buffer> {
  const paragraphs = new Array<string>(520).fill("L'examen clinique est sans particularité. ".repeat(4));
  const letter = await renderLetter({
    title: 'Compte rendu',
    sender: ['Hôpital des Essais'],
    recipient: ['Docteur Alice DURAND'],
    placeAndDate: 'Le 02/11/2026',
    paragraphs,
    signature: ['Docteur Claire MARTIN'],
  });
  const document = await PDFDocument.load(letter, { updateMetadata: false });
  while (document.getPageCount() > 20) document.removePage(document.getPageCount() - 1);
  return Buffer.from(await document.save({ useObjectStreams: false, updateFieldAppearances: false }));
}
