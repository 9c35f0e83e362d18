/** The document inside a level 1 CDA: a PDF, a text, a picture. */
import { decodeBase64 } from '../hl7v2/base64.ts';
import { contentOf } from '../xml/canonical-tree.ts';
import { cdaElements } from './header.ts';
import { attribute, descend } from './nodes.ts';

/** Undefined for a structured body, an empty one, or one that is not Base64. Throws XmlRefused for what is not XML. */
export function levelOneContent(
  cda: Uint8Array,
): { readonly mediaType: string | undefined; readonly bytes: Buffer } | undefined {
  const text = descend(cdaElements(cda), 'component', 'nonXMLBody', 'text');
  const bytes = text && decodeBase64(Buffer.from(contentOf(text), 'latin1'));
  return bytes === undefined ? undefined : { mediaType: attribute(text, 'mediaType'), bytes };
}
