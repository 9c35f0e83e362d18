/**
 * Messages as a hospital's own software writes them: the sender's side, for the demonstration, the CLI and the tests.
 * What the gateway itself sends out never comes from here. Shapes: ins.md 5.2 (PAM France), cda-cisis.md 5 (CI-SIS 2.1).
 */
import type { Hl7Encoding } from './encoding.ts';
import { type ComponentValue, encodeSegments, type Fields, headerText, segmentText } from './er7.ts';
import { METADATA_FLAGS, type MetadataFlag, type MetadataFlags } from './metadata-flags.ts';

export interface SampleEnvelope {
  /** Namespaces of MSH-3 to MSH-6. */
  readonly from: { readonly application: string; readonly facility: string };
  readonly to: { readonly application: string; readonly facility: string };
  readonly controlId: string;
  /** MSH-7, for example from `hl7Timestamp`. */
  readonly sentAt: string;
  /** `T` unless told. */
  readonly processingId?: 'P' | 'T' | 'D';
  readonly encoding?: Hl7Encoding;
}

export interface SamplePatient {
  readonly ipp: string;
  /** Domain of the IPP. */
  readonly domain: { readonly namespace: string; readonly oid: string };
  readonly ins?: { readonly matricule: string; readonly oid: string };
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames?: string;
  readonly usedName?: string;
  readonly usedGivenName?: string;
  /** AAAAMMJJ. */
  readonly birthDate: string;
  readonly sex: string;
  /** INSEE code of the place of birth. */
  readonly birthPlace?: string;
  readonly status?: 'PROV' | 'VALI';
  readonly statusCodes?: readonly string[];
  /** PID-18. */
  readonly account?: string;
}

export interface SampleVisit {
  readonly patientClass: string;
  readonly number?: string;
  readonly unit?: string;
  readonly admittedAt?: string;
  readonly dischargedAt?: string;
}

/** ZBE. */
export interface SampleMovement {
  readonly id: string;
  readonly startsAt: string;
  readonly action: 'INSERT' | 'UPDATE' | 'CANCEL';
  readonly historic?: boolean;
  readonly originalEvent?: string;
  /** Code of the medical unit (UF). */
  readonly unit?: string;
}

/** Structure of each event by PAM France. */
const STRUCTURES = {
  A01: 'ADT_A01',
  A02: 'ADT_A02',
  A03: 'ADT_A03',
  A04: 'ADT_A01',
  A05: 'ADT_A05',
  A08: 'ADT_A01',
  A11: 'ADT_A09',
  A12: 'ADT_A09',
  A13: 'ADT_A01',
  A28: 'ADT_A05',
  A31: 'ADT_A05',
  A40: 'ADT_A39',
  A47: 'ADT_A30',
  Z99: 'ADT_Z99',
} as const;

export interface SampleAdmission extends SampleEnvelope {
  readonly event: keyof typeof STRUCTURES;
  readonly patient: SamplePatient;
  readonly visit?: SampleVisit;
  /** ZFD-7, with how the identity was obtained (ZFD-5). */
  readonly proof?: { readonly deviceType: string; readonly obtainedBy?: string };
  /** ZFA-9 and ZFA-11. */
  readonly consent?: { readonly feeding: 'INO' | 'IO' | 'NA'; readonly consultation: 'IC' | 'INC' | 'NA' };
  readonly movement?: SampleMovement;
  /** MRG-1 of an A40 or A47: the IPP that is given up, in the domain of the patient. */
  readonly retiredIpp?: string;
}

/** An ADT of the PAM France profile. */
export function buildAdmission(sample: SampleAdmission): Buffer {
  const { patient, visit, proof, consent, movement, retiredIpp } = sample;
  const segments = [
    header(
      sample,
      ['ADT', sample.event, STRUCTURES[sample.event]],
      ['2.5', 'FRA', '2.11'],
      ['2.11', 'IHE_FRANCE-2.11-PAM'],
    ),
    segmentText('EVN', { 2: sample.sentAt }),
    pid(patient, sample.sentAt),
  ];
  if (retiredIpp !== undefined)
    segments.push(segmentText('MRG', { 1: [retiredIpp, '', '', authority(patient.domain), 'PI'] }));
  else segments.push(pv1(visit ?? { patientClass: 'N' }, patient));
  if (movement !== undefined) segments.push(zbe(movement, patient));
  if (consent !== undefined) {
    segments.push(
      segmentText('ZFA', {
        1: 'ACTIF',
        9: consent.feeding,
        10: sample.sentAt,
        11: consent.consultation,
        12: sample.sentAt,
      }),
    );
  }
  if (proof !== undefined)
    segments.push(segmentText('ZFD', { 4: 'N', 5: proof.obtainedBy ?? 'SM', 7: proof.deviceType }));
  return encodeSegments(segments, sample.encoding ?? 'UNICODE UTF-8');
}

function zbe(movement: SampleMovement, { domain }: SamplePatient): string {
  const unit = movement.unit && ['', '', '', '', '', authority(domain), 'UF', '', '', movement.unit];
  return segmentText('ZBE', {
    1: [movement.id, domain.namespace, domain.oid, 'ISO'],
    2: movement.startsAt,
    4: movement.action,
    5: movement.historic === true ? 'Y' : 'N',
    6: movement.originalEvent,
    7: unit,
    8: unit,
    9: 'HMS',
  });
}

export interface SampleSender {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** RPPS or IDNPS. */
  readonly idType: string;
  readonly organisation: string;
  /** FINESS of the geographic entity. */
  readonly finess: string;
}

export interface SampleDocument extends SampleEnvelope {
  readonly kind: 'create' | 'replace' | 'delete';
  /** `cisis` declares the profile 2.1 in MSH-21; `raw` declares none, as a software that knows only PDF would. */
  readonly profile: 'cisis' | 'raw';
  readonly patient: SamplePatient;
  readonly visit: SampleVisit;
  readonly type: { readonly code: string; readonly label: string };
  /** TXA-12, an OID; any local number for `raw`. */
  readonly number: string;
  /** TXA-13. */
  readonly parent?: string;
  readonly title?: string;
  /** TXA-4 and TXA-6. */
  readonly writtenAt: string;
  readonly content: Uint8Array;
  /** OBX-5.2 and OBX-5.3, for example `['text', 'XML']` or `['application', 'pdf']`. */
  readonly mime: readonly [string, string];
  readonly sender: SampleSender;
  /** MSSanté addresses. */
  readonly recipients?: readonly string[];
  /** What differs from: to the DMP, with a receipt, hidden from no one. */
  readonly flags?: MetadataFlags;
}

const DOCUMENT_EVENTS = {
  create: { event: 'T02', order: 'NW', status: 'F' },
  replace: { event: 'T10', order: 'RO', status: 'C' },
  delete: { event: 'T04', order: 'CA', status: 'D' },
} as const;

/** An MDM with one document. */
export function buildDocumentMessage(sample: SampleDocument): Buffer {
  const { event, order } = DOCUMENT_EVENTS[sample.kind];
  const cisis = sample.profile === 'cisis';
  const code = [sample.type.code, sample.type.label, 'LN'];
  const segments = [
    header(sample, ['MDM', event, 'MDM_T02'], ['2.6'], cisis ? ['2.1', 'CISIS_CDA_HL7_V2'] : undefined),
    segmentText('EVN', { 2: sample.sentAt }),
    pid(sample.patient, sample.sentAt),
    pv1(sample.visit, sample.patient),
    segmentText('ORC', { 1: order }),
    segmentText('OBR', { 1: '1', 4: code }),
    txa(sample),
    ...documentGroup(sample, code),
  ];
  if (cisis || sample.flags !== undefined) segments.push(...flagSegments(sample.flags ?? {}));
  return encodeSegments(segments, sample.encoding ?? 'UNICODE UTF-8');
}

export type SampleResult = Omit<SampleDocument, 'number' | 'parent' | 'title' | 'content'> & {
  /** OBR-3, filler order number: the same for every version of a report. */
  readonly orderNumber: string;
  /** One document, or a report and its copy in another form. */
  readonly contents: readonly Uint8Array[];
};

/** An ORU with its documents, as a laboratory sends its reports. */
export function buildResultMessage(sample: SampleResult): Buffer {
  const cisis = sample.profile === 'cisis';
  const code = [sample.type.code, sample.type.label, 'LN'];
  const order = [sample.orderNumber, sample.from.application];
  const segments = [
    header(sample, ['ORU', 'R01', 'ORU_R01'], ['2.5'], cisis ? ['2.1', 'CISIS_CDA_HL7_V2'] : undefined),
    pid(sample.patient, sample.sentAt),
    pv1(sample.visit, sample.patient),
    segmentText('ORC', { 1: DOCUMENT_EVENTS[sample.kind].order, 3: order }),
    segmentText('OBR', { 1: '1', 3: order, 4: code, 7: sample.writtenAt, 22: sample.writtenAt, 25: 'F' }),
    ...sample.contents.flatMap((content, i) => {
      const [obx = '', ...participations] = documentGroup({ ...sample, content }, code, i + 1);
      return i === 0 ? [obx, ...participations] : [obx];
    }),
  ];
  if (cisis) segments.push(...flagSegments(sample.flags ?? {}, sample.contents.length));
  return encodeSegments(segments, sample.encoding ?? 'UNICODE UTF-8');
}

function header(
  sample: SampleEnvelope,
  messageType: readonly [string, string, string],
  version: readonly string[],
  profile: readonly [string, string] | undefined,
): string {
  return headerText({
    encoding: sample.encoding ?? 'UNICODE UTF-8',
    sendingApplication: { namespace: sample.from.application },
    sendingFacility: { namespace: sample.from.facility },
    receivingApplication: { namespace: sample.to.application },
    receivingFacility: { namespace: sample.to.facility },
    sentAt: sample.sentAt,
    messageType,
    controlId: sample.controlId,
    processingId: sample.processingId ?? 'T',
    version,
    ...(profile && { profile }),
  });
}

function pid(patient: SamplePatient, updatedAt: string): string {
  const { ins, domain } = patient;
  const ids: ComponentValue[][] = [[patient.ipp, '', '', authority(domain), 'PI']];
  if (ins) ids.push([ins.matricule, '', '', ['ASIP-SANTE-INS-NIR', ins.oid, 'ISO'], 'INS']);
  const names: ComponentValue[][] = [
    [patient.birthName, patient.firstGivenName, patient.birthGivenNames, '', '', '', 'L'],
  ];
  if (patient.usedName !== undefined || patient.usedGivenName !== undefined) {
    names.push([patient.usedName, patient.usedGivenName, '', '', '', '', 'D']);
  }
  const fields: Fields = {
    1: '1',
    3: { repetitions: ids },
    5: { repetitions: names },
    7: patient.birthDate,
    8: patient.sex,
    11: patient.birthPlace && ['', '', '', '', '', '', 'BDL', '', patient.birthPlace],
    18: patient.account && [patient.account, '', '', authority(domain), 'AN'],
    30: 'N',
    32: { repetitions: [patient.status ?? 'PROV', ...(patient.statusCodes ?? [])].map((code) => [code]) },
    33: updatedAt,
  };
  return segmentText('PID', fields);
}

function pv1(visit: SampleVisit, { domain }: SamplePatient): string {
  return segmentText('PV1', {
    1: '1',
    2: visit.patientClass,
    3: visit.unit,
    19: visit.number && [visit.number, '', '', authority(domain), 'VN'],
    44: visit.admittedAt,
    45: visit.dischargedAt,
  });
}

function authority({ namespace, oid }: SamplePatient['domain']): readonly string[] {
  return [namespace, oid, 'ISO'];
}

function txa(sample: SampleDocument): string {
  const { sender } = sample;
  const person: ComponentValue[] = [sender.id, sender.family, sender.given, '', '', '', '', '', PS_AUTHORITY];
  return segmentText('TXA', {
    1: '1',
    2: sample.type.code,
    3: 'TEXT',
    4: sample.writtenAt,
    6: sample.writtenAt,
    9: [...person, 'D', '', '', sender.idType],
    12: sample.number,
    13: sample.parent,
    17: 'AU',
    25: sample.title,
  });
}

const PS_AUTHORITY = ['ASIP-SANTE-PS', '1.2.250.1.71.4.2.1', 'ISO'] as const;
const ST_AUTHORITY = ['ASIP-SANTE-ST', '1.2.250.1.71.4.2.2', 'ISO'] as const;

function documentGroup(
  sample: Pick<SampleDocument, 'sender' | 'mime' | 'content' | 'kind' | 'recipients'>,
  code: readonly string[],
  setId = 1,
): string[] {
  const { sender, mime } = sample;
  const base64 = Buffer.from(sample.content).toString('base64');
  const obx = segmentText('OBX', {
    1: String(setId),
    2: 'ED',
    3: code,
    5: ['', ...mime, 'Base64', base64],
    11: DOCUMENT_EVENTS[sample.kind].status,
  });
  const from = segmentText('PRT', {
    2: 'UC',
    4: ['SB', 'Send by', 'participation'],
    5: [sender.id, sender.family, sender.given, '', '', '', '', '', PS_AUTHORITY, 'D', '', '', sender.idType],
    8: [sender.organisation, '', '', '', '', ST_AUTHORITY, 'FINEG', '', '', sender.finess],
  });
  const to = (sample.recipients ?? []).map((address) =>
    segmentText('PRT', {
      2: 'UC',
      4: ['RCT', 'Result Copies To', 'participation'],
      15: ['', 'NET', 'X.400', address],
    }),
  );
  return [obx, from, ...to];
}

const FLAG_LABELS: Readonly<Record<MetadataFlag, string>> = {
  MASQUE_PS: 'Masqué aux professionnels de Santé',
  INVISIBLE_PATIENT: 'Document Non Visible par le patient',
  INVISIBLE_REP_LEGAUX: 'Non visible par les représentants Légaux du patient',
  CONNEXION_SECRETE: 'Connexion Secrete',
  MODIF_CONF_CODE: 'Modification Confidentiality Code',
  DESTDMP: 'Destinataire DMP',
  DESTMSSANTEPS: 'Destinataire (Professionnel de Santé, organisation ou BAL applicative)',
  DESTMSSANTEPAT: 'Destinataire Patient',
  ACK_RECEPTION: 'Accusé de réception',
  ACK_LECTURE_MSS: 'Accusé de lecture',
};

const USUAL_FLAGS: MetadataFlags = { DESTDMP: true, ACK_RECEPTION: true };

function flagSegments(flags: MetadataFlags, documents = 1): string[] {
  return METADATA_FLAGS.map((flag, i) =>
    segmentText('OBX', {
      1: String(documents + i + 1),
      2: 'CWE',
      3: [flag, FLAG_LABELS[flag], 'MetaDMPMSS'],
      5: [(flags[flag] ?? USUAL_FLAGS[flag] ?? false) ? 'Y' : 'N', '', 'expandedYes-NoIndicator'],
      11: 'F',
    }),
  );
}
