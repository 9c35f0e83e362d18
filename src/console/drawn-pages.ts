/** Pages of a PDF or of a TIFF as pictures: nothing of the received file itself reaches the browser. */
import { PNG } from 'pngjs';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type GreyBitmap, withRendering } from '../wire/pdf/render.ts';
import { tiffToPdf } from '../wire/raw/tiff-to-pdf.ts';

const DPI = 110;

/** How many pages it has. */
export async function pageCountOf(mimeType: string, file: Buffer): Promise<Result<number>> {
  return withPdf(mimeType, file, (pdf) => withRendering(pdf, ({ pageCount }) => ok(pageCount)));
}

/** One page, from 0. `most`: pages from this one on are not drawn. */
export async function drawnPage(mimeType: string, file: Buffer, index: number, most: number): Promise<Result<Buffer>> {
  return withPdf(mimeType, file, (pdf) =>
    withRendering(pdf, ({ pageCount, draw }) => {
      if (!Number.isInteger(index) || index < 0 || index >= Math.min(pageCount, most)) return refuse(apiRules.notFound);
      const bitmap = draw(index, DPI);
      return bitmap.ok ? ok(pngOf(bitmap.value)) : bitmap;
    }),
  );
}

/** The first pages of a PDF. */
export async function drawnPages(file: Uint8Array, most: number): Promise<Result<Buffer[]>> {
  return withRendering(file, ({ pageCount, draw }) => {
    const pages: Buffer[] = [];
    for (let index = 0; index < Math.min(pageCount, most); index++) {
      const bitmap = draw(index, DPI);
      if (!bitmap.ok) return bitmap;
      pages.push(pngOf(bitmap.value));
    }
    return ok(pages);
  });
}

async function withPdf<T>(
  mimeType: string,
  file: Buffer,
  use: (pdf: Uint8Array) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (mimeType !== 'image/tiff') return use(file);
  const pdf = await tiffToPdf(file, 'Document');
  return pdf.ok ? use(pdf.value) : pdf;
}

function pngOf({ width, height, data }: GreyBitmap): Buffer {
  const options = { width, height, colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false } as const;
  const png = new PNG(options);
  png.data = Buffer.from(data);
  return PNG.sync.write(png, options);
}
