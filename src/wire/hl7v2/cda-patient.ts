/** PID-3 must equal the patient identifiers of the CDA that the message carries. Source: CI-SIS volet 2.1, design.md 6.4. */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { elements, withXml, XmlRefused } from '../xml/xml.ts';
import type { DocumentNotice } from './document-notice.ts';

const IDS = '/c:ClinicalDocument/c:recordTarget/c:patientRole/c:id';
const LOCATION = 'PID-3';

/**
 * Compares what both sides carry: the INS, and each IPP whose domain the CDA also uses. What only the CDA carries is
 * left to the comparison with our own identity. Anything else than a CDA is not concerned.
 */
export function checkCdaPatient(notice: DocumentNotice): Result<DocumentNotice> {
  if (notice.format !== 'cda') return ok(notice);
  const content = notice.body.content();
  if (!content.ok) return content;
  const read = readIds(content.value);
  if (!read.ok) return read;
  const ids = read.value;
  const { ins, ipps } = notice.patient;
  if (ins !== undefined) {
    const carried = ids.filter(({ root }) => root.startsWith('1.2.250.1.213.1.4.'));
    if (carried.length === 0) return refuse(hl7Rules.cdaWithoutIns, { location: LOCATION });
    if (!carried.some(({ root, extension }) => root === ins.oid && extension === ins.matricule)) {
      return refuse(hl7Rules.cdaPatientDiffers, { location: LOCATION });
    }
  }
  for (const { value, authority } of ipps) {
    const sameDomain = ids.filter(({ root }) => root === authority.universalId);
    if (sameDomain.length > 0 && !sameDomain.some(({ extension }) => extension === value)) {
      return refuse(hl7Rules.cdaPatientDiffers, { location: LOCATION });
    }
  }
  return ok(notice);
}

function readIds(cda: Buffer): Result<{ root: string; extension: string }[]> {
  try {
    const ids = withXml(cda, (root) =>
      elements(root, IDS, { c: 'urn:hl7-org:v3' }).map((id) => ({
        root: id.attr('root')?.value.trim() ?? '',
        extension: id.attr('extension')?.value.trim() ?? '',
      })),
    );
    return ok(ids);
  } catch (error) {
    if (error instanceof XmlRefused) return refuse(hl7Rules.cdaUnreadable, { location: 'OBX-5', detail: error.reason });
    throw error;
  }
}
