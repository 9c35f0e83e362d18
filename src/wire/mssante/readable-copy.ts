/**
 * The copy that people open, beside the CDA: the PDF that a level 1 document is; of a structured one the PDF that its author
 * put into it, else its header and its narrative, laid out here. Source: cda-cisis.md 6.
 */
import { mssanteRules } from '../../rules/mssante.ts';
import { ok, type Refusal, type Result, refuse } from '../../rules/rule.ts';
import type { CdaHeader } from '../cda/header.ts';
import { HL7_NAMESPACE } from '../cda/oids.ts';
import { decodeBase64 } from '../hl7v2/base64.ts';
import { renderText } from '../pdf/text-pages.ts';
import { toPdf } from '../raw/to-pdf.ts';
import { text, withXml } from '../xml/xml.ts';
import { narrativeText, ownCopy } from './narrative.ts';

const BODY = '//h:ClinicalDocument/h:component/h:nonXMLBody/h:text';

export async function readableCopy(cda: Uint8Array, header: CdaHeader): Promise<Result<Buffer>> {
  const title = header.title ?? 'Document';
  const { body } = header;
  if (body.kind === 'none') return refuse(mssanteRules.unreadableCopy, { detail: 'le CDA ne contient rien' });
  if (body.kind === 'structured') {
    const own = ownCopy(cda);
    const bytes = own === undefined ? undefined : decodeBase64(Buffer.from(own, 'latin1'));
    return bytes === undefined
      ? made(await renderText(Buffer.from(narrativeText(cda, header), 'utf8'), title))
      : ok(bytes);
  }
  const base64 = withXml(cda, (root) => text(root, BODY, { h: HL7_NAMESPACE }));
  const bytes = decodeBase64(Buffer.from(base64 ?? '', 'latin1'));
  if (bytes === undefined) return refuse(mssanteRules.unreadableCopy, { detail: 'contenu Base64 illisible' });
  return body.mediaType === 'application/pdf' ? ok(bytes) : made(await toPdf(body.mediaType ?? '', bytes, title));
}

function made(pdf: Result<Uint8Array>): Result<Buffer> {
  return pdf.ok ? ok(Buffer.from(pdf.value)) : { ok: false, refusal: explained(pdf.refusal) };
}

function explained({ rule, detail }: Refusal): Refusal {
  return { rule: mssanteRules.unreadableCopy, detail: [rule.title, detail].filter(Boolean).join(' : ') };
}
