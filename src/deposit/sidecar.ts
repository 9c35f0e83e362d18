/** What the file beside a document says of it: the names of `POST /documents`, without the content. */
import { z } from 'zod';
import { type Submitted, sidecar } from '../documents/index.ts';
import { depositRules } from '../rules/deposit.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';

export const SIDECAR_SUFFIX = '.json';

const french = z.locales.fr().localeError;

const BY_EXTENSION: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  rtf: 'text/rtf',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  xml: 'text/xml',
};

export type Said = Omit<Submitted, 'content'>;

/** Reads the sidecar of the document of this name, whose source belongs to `eg`. */
export function readSidecar(bytes: Buffer, name: string, eg: string): Result<Said> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse(depositRules.sidecarUnreadable);
  }
  const parsed = sidecar.safeParse(value, { error: french });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(racine)'} : ${message}`);
    return refuse(depositRules.sidecarInvalid, { detail: faults.join(' ; ') });
  }
  const { establishment, mimeType = mimeTypeOf(name), ...said } = parsed.data;
  if (establishment !== undefined && establishment !== eg) return refuse(depositRules.otherEstablishment);
  return mimeType === undefined ? refuse(depositRules.formatUnknown) : ok({ ...said, mimeType });
}

/** By its extension: whether the bytes are that is checked at the door that all documents go through. */
function mimeTypeOf(name: string): string | undefined {
  return BY_EXTENSION[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
}
