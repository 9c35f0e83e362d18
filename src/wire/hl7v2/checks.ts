/** Whether a message can be acknowledged positively: everything that can be said without a database. */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type Admission, readAdmission } from './admission.ts';
import { checkDocument, cisisVersion, type MssanteMatrix } from './document-checks.ts';
import { type DocumentNotices, readDocumentNotices } from './document-notice.ts';
import { type MessageHeader, readHeader } from './header.ts';
import { type Merge, readMerge } from './merge.ts';
import type { Hl7Message } from './message.ts';

/** What this installation, or this source, accepts. */
export interface Expectations {
  /** MSH-11 values. */
  readonly processingIds: readonly ('P' | 'T' | 'D')[];
  /** `MDM^T02` and so on: trigger events accepted. */
  readonly events: readonly string[];
  readonly mssanteMatrix: MssanteMatrix;
}

export const DEFAULT_EVENTS: readonly string[] = [
  'ADT^A01',
  'ADT^A02',
  'ADT^A03',
  'ADT^A04',
  'ADT^A05',
  'ADT^A08',
  'ADT^A11',
  'ADT^A12',
  'ADT^A13',
  'ADT^A28',
  'ADT^A31',
  'ADT^A40',
  'ADT^A47',
  'ADT^Z99',
  'MDM^T02',
  'MDM^T10',
  'MDM^T04',
  'ORU^R01',
];

export type Incoming =
  | { readonly kind: 'admission'; readonly admission: Admission }
  | { readonly kind: 'merge'; readonly merge: Merge }
  | { readonly kind: 'document'; readonly notices: DocumentNotices };

/** Longest MSH-3, MSH-4 and MSH-10, characters. */
export const MAX_KEY_LENGTH = 199;

/** Versions read from senders that declare no CI-SIS profile. PAM France is 2.5; older raw senders are still met. */
const VERSIONS: ReadonlySet<string> = new Set(['2.3.1', '2.4', '2.5', '2.5.1', '2.6']);

/**
 * Reads and checks a message. The Base64 of a document is checked here, so that a truncated one is refused in the
 * acknowledgement; whoever needs the document decodes it.
 */
export function readIncoming(message: Hl7Message, expected: Expectations): Result<Incoming> {
  const header = readHeader(message);
  const accepted = checkHeader(header, expected);
  if (!accepted.ok) return accepted;
  if (header.event === 'A40' || header.event === 'A47') {
    const merge = readMerge(message);
    return merge.ok ? ok({ kind: 'merge', merge: merge.value }) : merge;
  }
  if (header.type === 'ADT') {
    const admission = readAdmission(message);
    return admission.ok ? ok({ kind: 'admission', admission: admission.value }) : admission;
  }
  const notices = readDocumentNotices(message);
  if (!notices.ok) return notices;
  for (const notice of notices.value) {
    const checked = checkDocument(notice, expected.mssanteMatrix);
    if (!checked.ok) return checked;
    // The patient of a CDA is compared next: decoded at once, it is not gone through twice.
    const whole = notice.format === 'cda' ? notice.body.content() : notice.body.check();
    if (!whole.ok) return whole;
  }
  return ok({ kind: 'document', notices: notices.value });
}

function checkHeader(header: MessageHeader, expected: Expectations): Result<MessageHeader> {
  if (header.controlId === undefined) return refuse(hl7Rules.headerFieldMissing, { location: 'MSH-10' });
  const long = tooLong(header);
  if (long !== undefined) return refuse(hl7Rules.valueUnexpected, { location: long });
  if (header.type === undefined) return refuse(hl7Rules.headerFieldMissing, { location: 'MSH-9' });
  if (!expected.events.includes(`${header.type}^${header.event ?? ''}`)) {
    const known = expected.events.some((event) => event.startsWith(`${header.type}^`));
    return refuse(known ? hl7Rules.eventUnsupported : hl7Rules.typeUnsupported, { location: 'MSH-9' });
  }
  if (header.processingId === undefined) return refuse(hl7Rules.headerFieldMissing, { location: 'MSH-11' });
  if (!expected.processingIds.some((id) => id === header.processingId)) {
    return refuse(hl7Rules.processingIdUnexpected, { location: 'MSH-11' });
  }
  if (header.version === undefined) return refuse(hl7Rules.headerFieldMissing, { location: 'MSH-12' });
  if (!acceptsVersion(header, header.version)) return refuse(hl7Rules.versionUnsupported, { location: 'MSH-12' });
  if (header.profiles.some(({ namespace }) => namespace === 'CISIS_CDA_HL7_LPS')) {
    return refuse(hl7Rules.profileNotForFeeding, { location: 'MSH-21' });
  }
  return ok(header);
}

/** What names the sender and its message is a key of the database, and HL7 bounds it (2.7, MSH-10). */
function tooLong({ sendingApplication, sendingFacility, controlId = '' }: MessageHeader): string | undefined {
  if ((sendingApplication.namespace ?? '').length > MAX_KEY_LENGTH) return 'MSH-3';
  if ((sendingFacility.namespace ?? '').length > MAX_KEY_LENGTH) return 'MSH-4';
  return controlId.length > MAX_KEY_LENGTH ? 'MSH-10' : undefined;
}

/** The CI-SIS profile is 2.6 for MDM and 2.5 for ORU. */
function acceptsVersion(header: MessageHeader, version: string): boolean {
  if (cisisVersion(header) === undefined) return VERSIONS.has(version);
  return version === (header.type === 'ORU' ? '2.5' : '2.6');
}
