/**
 * Whether a raw document is what it says and can be handed to a reader: whole, of a size that can be drawn, and unable to
 * act. It is told at reception, by its headers: nothing is decompressed. Source: hostile.md, PDF / images; dmp.md 5.
 */
import { isUtf8 } from 'node:buffer';
import { pdfRules } from '../../rules/pdf.ts';
import type { Refusal } from '../../rules/rule.ts';
import { jpegHeader } from '../pdf/image.ts';
import { readTiff } from './tiff.ts';

/**
 * Why these bytes must not leave; undefined when nothing speaks against it. A PDF is looked at when it is prepared.
 * `charset`: that of a text, where the sender announces one; every byte has a meaning in the one-byte sets.
 */
export function rawFault(mimeType: string, bytes: Buffer, charset?: 'UTF-8'): Refusal | undefined {
  switch (mimeType) {
    case 'image/jpeg':
      return jpegFault(bytes);
    case 'image/tiff': {
      const pages = readTiff(bytes);
      return pages.ok ? undefined : pages.refusal;
    }
    case 'text/rtf':
      return rtfFault(bytes);
    case 'text/plain':
      // A text has no null character: these bytes are something else, or a text in UTF-16 that no reader expects.
      if (bytes.includes(0)) return { rule: pdfRules.textUnreadable, detail: 'caractère nul' };
      // Read as something else it would show other letters than its author wrote, to a physician who cannot know.
      return charset === 'UTF-8' && !isUtf8(bytes)
        ? { rule: pdfRules.textUnreadable, detail: 'annoncé en UTF-8, ne l’est pas' }
        : undefined;
    default:
      return undefined;
  }
}

const MAX_PIXELS = 80_000_000;

function jpegFault(bytes: Buffer): Refusal | undefined {
  const header = jpegHeader(bytes);
  if (header === undefined) return { rule: pdfRules.imageUnreadable };
  if (header.width * header.height > MAX_PIXELS)
    return { rule: pdfRules.pdfTooLarge, detail: `${header.width} × ${header.height} pixels` };
  // Some cameras write after the end of the image: it is only looked for.
  return bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') < 0
    ? { rule: pdfRules.imageUnreadable, detail: 'fin absente' }
    : undefined;
}

/** Objects of other programs, fields that start one, templates fetched from elsewhere. */
const ACTIVE =
  /\\(objdata|objocx|objemb|objlink|objautlink|objupdate|ddeauto|\*\\template|template)\b|\bDDEAUTO\b|\bINCLUDEPICTURE\s+"?https?:/i;
const MAX_DEPTH = 1_000;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;

function rtfFault(bytes: Buffer): Refusal | undefined {
  if (ACTIVE.test(bytes.toString('latin1'))) return { rule: pdfRules.rtfActive };
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) i++;
    else if (byte === OPEN && ++depth > MAX_DEPTH) return { rule: pdfRules.textUnreadable, detail: 'imbrication' };
    else if (byte === CLOSE) depth--;
    if (depth < 0) break;
  }
  return depth === 0 ? undefined : { rule: pdfRules.textUnreadable, detail: 'RTF incomplet' };
}
