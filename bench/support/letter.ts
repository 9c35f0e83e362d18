/** A discharge letter of a given size: text and fonts, and a scanned signature that does not compress. */
import { randomBytes } from 'node:crypto';
import {
  concatTransformationMatrix,
  drawObject,
  PDFDocument,
  popGraphicsState,
  pushGraphicsState,
} from '@cantoo/pdf-lib';
import { renderLetter } from '../../src/wire/pdf/letter.ts';

/** Side of the signature on the page, points. */
const SIDE = 90;
const PLACE = { x: 400, y: 90 };

/** About `bytes` long, one page, with room for the banner at its head. */
export async function letterPdf(bytes: number): Promise<Buffer> {
  const text = await renderLetter({
    title: 'Lettre de liaison à la sortie',
    sender: ['Hôpital des Essais', 'Service de médecine A'],
    recipient: ['Docteur Alice DURAND', 'Médecine générale'],
    placeAndDate: 'Le 02/11/2026',
    paragraphs: ['# Motif du séjour', 'Bilan programmé.', '# Synthèse', ...Array<string>(4).fill(PARAGRAPH)],
    signature: ['Docteur Claire MARTIN'],
  });
  const document = await PDFDocument.load(text, { updateMetadata: false });
  const [page] = document.getPages();
  const width = Math.floor(Math.sqrt(Math.max(3, bytes - text.length) / 3));
  const pixels = randomBytes(width * width * 3);
  const image = document.context.stream(pixels, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: width,
    ColorSpace: 'DeviceRGB',
    BitsPerComponent: 8,
  });
  const name = page?.node.newXObject('Signature', document.context.register(image));
  if (page === undefined || name === undefined) throw new Error('a letter without a page');
  page.pushOperators(
    pushGraphicsState(),
    concatTransformationMatrix(SIDE, 0, 0, SIDE, PLACE.x, PLACE.y),
    drawObject(name),
    popGraphicsState(),
  );
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

const PARAGRAPH =
  "L'examen clinique est sans particularité. Le bilan biologique est normal. La tolérance du traitement est bonne. " +
  'Ce courrier est entièrement fictif : il ne décrit aucune personne réelle.';
