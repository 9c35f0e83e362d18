/** PID-3 must equal the patient identifiers of the CDA that the message carries. Source: CI-SIS volet 2.1, design.md 6.4. */

import { documentRules } from '../../rules/document.ts';
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { readCdaHeader, UNREADABLE_CDA } from '../cda/header.ts';
import { defined } from '../defined.ts';
import { XML_REFUSALS } from '../xml/xml.ts';
import type { DocumentNotice } from './document-notice.ts';

const LOCATION = 'PID-3';
const XML_REASONS = ['malformed', 'doctype', 'too-large'] as const;

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

/** None in what is not a CDA: nothing of the message is then found in it. */
function readIds(cda: Buffer): Result<{ root: string; extension: string }[]> {
  const header = readCdaHeader(cda);
  if (header.ok) return ok(header.value.patient.ids.map(({ root = '', extension = '' }) => ({ root, extension })));
  const { rule } = header.refusal;
  if (rule === documentRules.cdaNotClinicalDocument) return ok([]);
  const reason = XML_REASONS.find((each) => UNREADABLE_CDA[each] === rule);
  return refuse(hl7Rules.cdaUnreadable, defined({ location: 'OBX-5', detail: reason && XML_REFUSALS[reason] }));
}
