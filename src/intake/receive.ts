/**
 * A message at the door: read, checked by the rules that its sender declares, stored durably, and only then acknowledged.
 * What is refused is kept too, for inspection, and changes nothing else.
 */
import { hash } from 'node:crypto';
import { findSource, ippsOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { handOnDocuments, keepsUnread } from '../lanes/index.ts';
import { observe } from '../observatory/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { bodyKey } from '../store/kept.ts';
import { keepRefusedMessage, type ReceivedMessage, settleMessage, storeMessage } from '../store/messages.ts';
import type { Observation } from '../store/observed.ts';
import { type AckCode, ackCode, buildAck } from '../wire/hl7v2/ack.ts';
import { checkCdaPatient } from '../wire/hl7v2/cda-patient.ts';
import { DEFAULT_EVENTS, type Incoming, MAX_KEY_LENGTH, readIncoming } from '../wire/hl7v2/checks.ts';
import { cisisVersion } from '../wire/hl7v2/document-checks.ts';
import { type MessageHeader, readHeader, salvageHeader } from '../wire/hl7v2/header.ts';
import { type Hl7Message, parseMessage } from '../wire/hl7v2/message.ts';
import type { Peer } from '../wire/hl7v2/mllp-server.ts';
import type { PatientSegment } from '../wire/hl7v2/patient-segment.ts';
import type { Committer } from './committer.ts';

export interface Door {
  readonly transport: 'mllp' | 'mllps';
  /** Shared by the doors of a process: their messages are committed together. */
  readonly committer: Committer;
  /** Told about each answer: whose message it is for, as its header says, and how long it took, seconds. */
  readonly answered?: (header: MessageHeader | undefined, code: AckCode | 'none', seconds: number) => void;
}

/** `MSH-3|MSH-4`: how a sender is named everywhere. */
function senderKey({ sendingApplication, sendingFacility }: MessageHeader): string {
  return `${sendingApplication.namespace ?? ''}|${sendingFacility.namespace ?? ''}`;
}

/** Handles one frame and gives its acknowledgement. Rejects when nothing could be stored: the sender is told to retry. */
export async function receiveFrame(
  context: UseCaseContext,
  door: Door,
  frame: Buffer,
  peer: Peer,
): Promise<Buffer | undefined> {
  const since = performance.now();
  const answer = (header: MessageHeader | undefined, outcome: 'accepted' | Refusal): Buffer | undefined => {
    const code = header === undefined ? 'none' : ackCode(outcome);
    door.answered?.(header, code, (performance.now() - since) / 1_000);
    return header && buildAck(header, outcome, { now: context.now(), controlId: context.newUuid() });
  };
  // Most messages say how they are to be read: gone through once, they say whose they are too.
  const whole = parseMessage(frame);
  const header = whole.ok ? readHeader(whole.value) : salvageHeader(frame);
  const source = header === undefined ? withoutHeader(frame) : sourceOf(context, header, peer);
  const read = source.ok ? readFrame(context, frame, source.value, whole) : source;
  const message = { ...received(context, door, frame, header, peer), ...(source.ok ? { eg: source.value.eg } : {}) };
  if (!read.ok || !source.ok) {
    const refusal: Refusal = read.ok ? { rule: gatewayRules.senderUnknown } : read.refusal;
    if (source.ok && (await goesOnUnread(context, message, source.value, refusal))) return answer(header, 'accepted');
    await keepRefusedMessage(context.pool, message, {
      ruleId: refusal.rule.id,
      detail: refusal.detail,
      location: refusal.location,
    });
    if (header !== undefined)
      observe(context, {
        ...seenOf(header, message),
        identityKind: 'none',
        outcome: 'refused',
        ruleId: refusal.rule.id,
      });
    return answer(header, refusal);
  }
  // A smaller one costs little to read again, and may hold on to the whole buffer of its connection.
  if (frame.length >= WORTH_KEEPING) context.kept?.keep(bodyKey(message.digest), frame);
  await accept(context, door, message, read.value, source.value);
  return answer(header, 'accepted');
}

/**
 * What we would refuse, its old platform may take: a switch that stands before it changes nothing in the lanes of API V1. Kept
 * with our reason, and handed on.
 */
async function goesOnUnread(
  context: UseCaseContext,
  message: ReceivedMessage,
  source: Source,
  { rule, detail }: Refusal,
): Promise<boolean> {
  if (source.migration?.oldPlatform === undefined) return false;
  return transaction(context.pool, async (tx) => {
    if (!(await keepsUnread(tx, context, source))) return false;
    const id = await storeMessage(tx, message);
    // Brought again: it is on its way already.
    if (id === undefined) return true;
    await handOnDocuments(tx, context, source, { messageId: id, orderKey: 'unread' });
    await settleMessage(tx, id, context.now(), { ruleId: rule.id, detail });
    return true;
  });
}

/** Bytes. */
const WORTH_KEEPING = 16_384;
/** Enough of a message that was not read to its end to know whose it is, bytes. */
const KEPT_HEAD = 65_536;

/** A refusal decided before the frame was whole (oversized, junk): what is known of it is kept. */
export async function keepRefusal(
  context: UseCaseContext,
  door: Pick<Door, 'transport'>,
  refusal: Refusal,
  peer: Peer,
  frame: Buffer = Buffer.alloc(0),
): Promise<void> {
  const head = frame.subarray(0, KEPT_HEAD);
  await keepRefusedMessage(context.pool, received(context, door, head, salvageHeader(head), peer), {
    ruleId: refusal.rule.id,
    detail: refusal.detail,
    location: refusal.location,
  });
}

function received(
  { now }: UseCaseContext,
  door: Pick<Door, 'transport'>,
  frame: Buffer,
  header: MessageHeader | undefined,
  peer: Peer,
): ReceivedMessage {
  return {
    receivedAt: now(),
    transport: door.transport,
    peer: peer.certificateName ?? peer.address,
    sender: header === undefined ? '' : senderKey(header).slice(0, 2 * MAX_KEY_LENGTH + 1),
    controlId: header?.controlId?.slice(0, MAX_KEY_LENGTH) ?? '',
    digest: hash('sha256', frame, 'buffer'),
    kind: header?.type === undefined ? '' : `${header.type}^${header.event ?? ''}`,
    body: frame,
  };
}

/** No MSH, or one whose delimiters cannot be used: there is nobody to answer, and it is said which of the two it is. */
function withoutHeader(frame: Buffer): Result<never> {
  const parsed = parseMessage(frame, { defaultEncoding: '8859/1' });
  const rule = parsed.ok ? hl7Rules.mshMissing : parsed.refusal.rule;
  return refuse(rule, { location: rule === hl7Rules.delimitersInvalid ? 'MSH-2' : 'MSH' });
}

function sourceOf(context: UseCaseContext, header: MessageHeader, peer: Peer): Result<Source> {
  const source = sourceOfHeader(context, header);
  if (!source.ok) return source;
  const { certificateName } = source.value;
  // A declared name binds the sender to its certificate: it may then not come in plain either.
  if (certificateName !== undefined && certificateName !== peer.certificateName)
    return refuse(gatewayRules.senderCertificate, { location: 'MSH-3' });
  return source;
}

/** The declaration of the sender that the header names, whatever its certificate. */
export function sourceOfHeader({ config }: UseCaseContext, header: MessageHeader | undefined): Result<Source> {
  if (header === undefined) return refuse(hl7Rules.mshMissing, { location: 'MSH' });
  const source = findSource(config, header.sendingApplication.namespace ?? '', header.sendingFacility.namespace ?? '');
  return source === undefined ? refuse(gatewayRules.senderUnknown, { location: 'MSH-3' }) : ok(source);
}

/** Everything that the acknowledgement depends on. `whole`: what was made of the frame before its sender was known. */
export function readFrame(
  { config }: UseCaseContext,
  frame: Buffer,
  source: Source,
  whole?: Result<Hl7Message>,
): Result<Incoming> {
  const parsed = whole?.ok ? whole : parseMessage(frame, { defaultEncoding: source.defaultCharset });
  if (!parsed.ok) return parsed;
  const read = readIncoming(parsed.value, {
    processingIds: config.installation === 'production' ? ['P'] : ['P', 'T', 'D'],
    events: DEFAULT_EVENTS,
    mssanteMatrix: 'extended',
  });
  if (!read.ok) return read;
  if (read.value.kind !== 'document') return read;
  const [{ patient, header }] = read.value.notices;
  // What a document is matched by: its IPP or, from senders that give none, its INS. Without either it would wait for nobody.
  if (patient.ipps.length === 0 && patient.ins === undefined) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  const unexpected = read.value.notices.find(
    ({ format }) => format !== 'cda' && source.rawFormats[format] === 'refuse',
  );
  if (unexpected !== undefined) return refuse(hl7Rules.formatNotExpected, { location: 'OBX-5' });
  // The CI-SIS profile makes it the sender's to correct: PID-3 and the CDA it carries name one patient.
  if (cisisVersion(header) === undefined) return read;
  for (const notice of read.value.notices) {
    const checked = checkCdaPatient(notice);
    if (!checked.ok) return checked;
  }
  return read;
}

/** Who sent it, and about whom. */
function subjectOf(incoming: Incoming): { readonly header: MessageHeader; readonly patient: PatientSegment } {
  switch (incoming.kind) {
    case 'admission':
      return incoming.admission;
    case 'merge':
      return incoming.merge;
    case 'document':
      return incoming.notices[0];
  }
}

async function accept(
  context: UseCaseContext,
  door: Door,
  message: ReceivedMessage,
  incoming: Incoming,
  source: Source,
): Promise<void> {
  const { header, patient } = subjectOf(incoming);
  const committed = await door.committer.commit({ message, orderKey: orderKeyOf(context, source, incoming) });
  // The same message again: it is already in our care, and gets the same acknowledgement.
  if (committed === 'known') return;
  observe(context, {
    ...seenOf(header, message),
    identityKind: patient.ins === undefined ? 'IPP' : 'INS',
    outcome: 'accepted',
  });
}

/** What the header says of its sender, for the observatory. */
function seenOf(
  { sendingApplication, sendingFacility, version, software }: MessageHeader,
  { eg, kind, peer, transport }: ReceivedMessage,
): Omit<Observation, 'identityKind' | 'outcome'> {
  return {
    eg,
    application: sendingApplication.namespace ?? '',
    facility: sendingFacility.namespace ?? '',
    api: 'HL7v2',
    protocolVersion: version,
    product: software?.product,
    productVersion: software?.version,
    certificate: transport === 'mllps' ? peer : undefined,
    transaction: kind,
    basis: 'seen',
  };
}

/** Messages of one patient are worked on in the order of their arrival. */
export function orderKeyOf(context: UseCaseContext, source: Source, incoming: Incoming): string {
  return orderKeyOfPatient(context, source, subjectOf(incoming).patient);
}

export function orderKeyOfPatient({ config }: UseCaseContext, source: Source, patient: PatientSegment): string {
  const [ipp] = ippsOf(config, source, patient.ipps);
  // Digested: the number of an INS must not stand in a queue.
  const key = `${ipp?.domain ?? patient.ins?.oid ?? ''}|${ipp?.value ?? patient.ins?.matricule ?? ''}`;
  const patientKey = hash('sha256', key, 'base64url');
  return `patient:${patientKey}`;
}
