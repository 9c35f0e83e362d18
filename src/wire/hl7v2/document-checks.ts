/**
 * What a document message must hold before it is acknowledged. A sender that declares the CI-SIS profile in MSH-21 is
 * held to it; any other is held to what is needed to find the patient and the document. Source: cda-cisis.md 5.
 */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { DocumentNotice, DocumentNumber } from './document-notice.ts';
import type { MessageHeader } from './header.ts';
import { METADATA_FLAGS, type MetadataFlags } from './metadata-flags.ts';

/**
 * `published`: the MSSanté table of the CI-SIS as it is. `extended`: also a sending to professionals alone of a document
 * that is not masked to them, whoever else it is hidden from; the table leaves these out, an official sample uses one.
 */
export type MssanteMatrix = 'published' | 'extended';

/** The version of the CI-SIS profile that the sender declares, undefined for another profile. */
export function cisisVersion(header: MessageHeader): string | undefined {
  return header.profiles.find(({ namespace }) => namespace === 'CISIS_CDA_HL7_V2')?.id;
}

/** Checks a notice by the profile it declares. */
export function checkDocument(notice: DocumentNotice, matrix: MssanteMatrix): Result<DocumentNotice> {
  const common = checkAnySource(notice);
  if (!common.ok) return common;
  const version = cisisVersion(notice.header);
  if (version === undefined) return common;
  for (const check of [checkOrder, checkStructure, checkNumbers, checkFlagsAndParticipants]) {
    const result = check(notice, version);
    if (!result.ok) return result;
  }
  return checkDestinations(notice, matrix);
}

/** Needed whatever the sender: someone to match, a validated document, and no deletion disguised as something else. */
function checkAnySource(notice: DocumentNotice): Result<DocumentNotice> {
  const { patient, document, kind } = notice;
  if (patient.ipps.length === 0 && patient.ins === undefined) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  if (patient.birthName === undefined) return refuse(hl7Rules.birthNameMissing, { location: 'PID-5' });
  const completion = document?.completion;
  if (completion !== undefined && completion !== 'AU' && completion !== 'LA') {
    return refuse(hl7Rules.documentNotValidated, { location: 'TXA-17' });
  }
  // An ORU has no TXA-17: its result status says whether the report is final.
  if (document === undefined && !/^[FCDWU]?$/.test(notice.resultStatus ?? '')) {
    return refuse(hl7Rules.documentNotValidated, { location: 'OBX-11' });
  }
  if ((notice.resultStatus === 'D') !== (kind === 'delete'))
    return refuse(hl7Rules.orderIncoherent, { location: 'OBX-11' });
  // One that ORC-1 asks to cancel or to replace must not go as a new one, whatever the profile; other codes mean nothing here.
  const ordered = ORDER_CONTROLS.get(notice.orderControl ?? '');
  if (ordered !== undefined && ordered !== kind) return refuse(hl7Rules.orderIncoherent, { location: 'ORC-1' });
  if (kind === 'replace' && document !== undefined && document.parent === undefined) {
    return refuse(hl7Rules.fieldMissing, { location: 'TXA-13' });
  }
  return ok(notice);
}

const ORDER = {
  create: { control: 'NW', status: 'F' },
  replace: { control: 'RO', status: 'C' },
  delete: { control: 'CA', status: 'D' },
} as const;
const ORDER_CONTROLS = new Map<string, DocumentNotice['kind']>([
  [ORDER.create.control, 'create'],
  [ORDER.replace.control, 'replace'],
  [ORDER.delete.control, 'delete'],
]);

/** Event, ORC-1 and OBX-11 say the same thing. Version 2.0 of the profile had no ORC. */
function checkOrder(notice: DocumentNotice, version: string): Result<DocumentNotice> {
  const { control, status } = ORDER[notice.kind];
  if (notice.orderControl === undefined) {
    if (version !== '2.0') return refuse(hl7Rules.segmentMissing, { location: 'ORC' });
  } else if (notice.orderControl !== control) return refuse(hl7Rules.orderIncoherent, { location: 'ORC-1' });
  return notice.resultStatus === status ? ok(notice) : refuse(hl7Rules.orderIncoherent, { location: 'OBX-11' });
}

function checkStructure(notice: DocumentNotice, version: string): Result<DocumentNotice> {
  const { visit, document, requested, observed, header } = notice;
  if (visit === undefined && header.type === 'MDM') return refuse(hl7Rules.segmentMissing, { location: 'PV1' });
  if (visit !== undefined && visit.patientClass === undefined)
    return refuse(hl7Rules.fieldMissing, { location: 'PV1-2' });
  if (/^[EIOR]$/.test(visit?.patientClass ?? '') && visit?.number === undefined) {
    return refuse(hl7Rules.fieldMissing, { location: 'PV1-19' });
  }
  if (header.type === 'MDM' && document === undefined) return refuse(hl7Rules.segmentMissing, { location: 'TXA' });
  if (observed === undefined) return refuse(hl7Rules.fieldMissing, { location: 'OBX-3' });
  if (requested === undefined && version !== '2.0') return refuse(hl7Rules.fieldMissing, { location: 'OBR-4' });
  if (document !== undefined && document.type === undefined)
    return refuse(hl7Rules.fieldMissing, { location: 'TXA-2' });
  if (document !== undefined && document.completion === undefined)
    return refuse(hl7Rules.fieldMissing, { location: 'TXA-17' });
  const codes = [requested, document?.type, observed].flatMap((value) => value?.code ?? []);
  return new Set(codes).size === 1 ? ok(notice) : refuse(hl7Rules.typeCodesDiffer, { location: 'OBX-3' });
}

function checkNumbers(notice: DocumentNotice): Result<DocumentNotice> {
  const { document } = notice;
  if (document === undefined) return ok(notice);
  if (document.number === undefined) return refuse(hl7Rules.fieldMissing, { location: 'TXA-12' });
  if (!isOid(document.number)) return refuse(hl7Rules.documentNumberInvalid, { location: 'TXA-12' });
  if (notice.kind === 'replace' && !isOid(document.parent)) {
    return refuse(hl7Rules.documentNumberInvalid, { location: 'TXA-13' });
  }
  return ok(notice);
}

function isOid(number: DocumentNumber | undefined): boolean {
  return number !== undefined && number.form !== 'local';
}

/** All ten flags, the sender when the DMP is asked for, an address when MSSanté is. */
function checkFlagsAndParticipants(notice: DocumentNotice): Result<DocumentNotice> {
  const { flags, sender, recipients } = notice;
  const missing = METADATA_FLAGS.find((flag) => flags[flag] === undefined);
  if (missing !== undefined) return refuse(hl7Rules.flagMissing, { location: 'OBX', detail: missing });
  if (flags.DESTDMP && (sender === undefined || (sender.person?.id ?? sender.deviceId) === undefined)) {
    return refuse(hl7Rules.senderMissing, { location: 'PRT' });
  }
  if (flags.DESTDMP && sender?.organisation?.id === undefined)
    return refuse(hl7Rules.fieldMissing, { location: 'PRT-8' });
  const wantsMail = flags.DESTMSSANTEPS === true || flags.DESTMSSANTEPAT === true;
  if (wantsMail && !recipients.some(({ address }) => address !== undefined)) {
    return refuse(hl7Rules.recipientMissing, { location: 'PRT' });
  }
  return ok(notice);
}

type Row = MetadataFlags & { readonly rule: MssanteMatrix };

/** « Liste exhaustive des combinaisons possibles » (regles-gestion-mssante), one row each; an absent flag is free. */
const MATRIX: readonly Row[] = [
  {
    rule: 'published',
    MASQUE_PS: false,
    INVISIBLE_PATIENT: false,
    INVISIBLE_REP_LEGAUX: false,
    DESTMSSANTEPS: true,
    DESTMSSANTEPAT: true,
  },
  {
    rule: 'published',
    MASQUE_PS: false,
    INVISIBLE_PATIENT: true,
    INVISIBLE_REP_LEGAUX: false,
    DESTMSSANTEPS: true,
    DESTMSSANTEPAT: false,
  },
  {
    rule: 'published',
    INVISIBLE_PATIENT: false,
    CONNEXION_SECRETE: false,
    DESTDMP: false,
    DESTMSSANTEPS: false,
    DESTMSSANTEPAT: true,
  },
  { rule: 'extended', MASQUE_PS: false, DESTMSSANTEPS: true, DESTMSSANTEPAT: false },
];

function checkDestinations(notice: DocumentNotice, matrix: MssanteMatrix): Result<DocumentNotice> {
  const { flags } = notice;
  if (!flags.DESTMSSANTEPS && !flags.DESTMSSANTEPAT) return ok(notice);
  const allowed = MATRIX.filter(({ rule }) => rule === 'published' || matrix === 'extended').some((row) =>
    METADATA_FLAGS.every((flag) => row[flag] === undefined || row[flag] === flags[flag]),
  );
  return allowed ? ok(notice) : refuse(hl7Rules.destinationsOutsideMatrix, { location: 'OBX' });
}
