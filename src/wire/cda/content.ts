/** The document inside a level 1 CDA: a PDF, a text, a picture. */
import { decodeBase64 } from '../hl7v2/base64.ts';
import { withXml } from '../xml/xml.ts';
import { clinicalDocument } from './header.ts';
import { attribute, descend } from './nodes.ts';

/** Undefined for a structured body, an empty one, or one that is not Base64. Throws XmlRefused for what is not XML. */
export function levelOneContent(
  cda: Uint8Array,
): { readonly mediaType: string | undefined; readonly bytes: Buffer } | undefined {
  const body = withXml(cda, (root) => {
    const text = descend(clinicalDocument(root), 'component', 'nonXMLBody', 'text');
    return text === undefined ? undefined : { mediaType: attribute(text, 'mediaType'), text: text.content };
  });
  const bytes = body && decodeBase64(Buffer.from(body.text, 'latin1'));
  return bytes === undefined ? undefined : { mediaType: body?.mediaType, bytes };
}
