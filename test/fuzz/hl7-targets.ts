/** HL7 v2: the parser and its readers, and the MLLP framing under it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildAck } from '../../src/wire/hl7v2/ack.ts';
import { checkCdaPatient } from '../../src/wire/hl7v2/cda-patient.ts';
import { DEFAULT_EVENTS, type Expectations, readIncoming } from '../../src/wire/hl7v2/checks.ts';
import { salvageHeader } from '../../src/wire/hl7v2/header.ts';
import { fieldSpan, parseMessage, repetitions } from '../../src/wire/hl7v2/message.ts';
import { createFrameReader, frameParts } from '../../src/wire/hl7v2/mllp-frame.ts';
import { admission, cdaMessage, cdaOf, newUniqueId, pdfMessage } from '../journeys/messages.fixture.ts';
import { PAT_TROIS } from '../journeys/people.fixture.ts';
import { mutated } from './mutations.ts';
import type { FuzzTarget } from './target.ts';

const EXPECTATIONS: Expectations = { processingIds: ['T'], events: DEFAULT_EVENTS, mssanteMatrix: 'published' };
const TOKENS = [
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\r',
  '\n',
  '""',
  '\rMSH|^~\\&|',
  '\rPID|',
  '\\X0D\\',
  '\\X00\\',
  '\x0b',
  '\x1c\r',
].concat(['é', '=', 'OBX|', '\0', '\ufeff', '|A40^', 'UNICODE UTF-8', '8859/15', '\rMRG|', '\rZBE|1|2|3|CANCEL|N|A01']);

async function seeds(): Promise<Buffer[]> {
  const uniqueId = newUniqueId();
  const letter = await pdfMessage(PAT_TROIS, { content: Buffer.from('%PDF-1.4 court') });
  return [
    admission(PAT_TROIS).bytes,
    admission(PAT_TROIS, { event: 'A31', consent: { feeding: 'IO', consultation: 'NA' } }).bytes,
    cdaMessage(PAT_TROIS, cdaOf(PAT_TROIS, uniqueId), uniqueId).bytes,
    letter.bytes,
  ];
}

export async function mutatedMessages(): Promise<fc.Arbitrary<Buffer>> {
  return mutated(await seeds(), TOKENS);
}

/** What became of it: `accepted`, or the rule. */
export function outcomeOf(bytes: Buffer): string {
  const message = parseMessage(bytes);
  const result = message.ok ? readIncoming(message.value, EXPECTATIONS) : message;
  return result.ok ? 'accepted' : result.refusal.rule.id;
}

/** Read or refused, never a crash; and whoever can be answered is answered in a readable way. */
function checkMessage(bytes: Buffer): void {
  const message = parseMessage(bytes);
  const result = message.ok ? readIncoming(message.value, EXPECTATIONS) : message;
  if (message.ok)
    for (const segment of message.value.segments)
      for (let field = 0; field < 60; field++)
        assert.equal(repetitions(segment, field).length > 0, fieldSpan(segment, field) !== undefined);
  if (result.ok && result.value.kind === 'document') for (const notice of result.value.notices) checkCdaPatient(notice);
  const header = salvageHeader(bytes);
  if (header === undefined) return;
  const outcome = result.ok ? 'accepted' : result.refusal;
  const ack = parseMessage(buildAck(header, outcome, { now: new Date(0), controlId: 'F1' }));
  assert.ok(ack.ok && ack.value.segments.length <= 3, 'the answer is an ACK');
}

const hl7: FuzzTarget = {
  name: 'hl7',
  runs: 4_000,
  property: async () => fc.property(await mutatedMessages(), checkMessage),
};

const noise: FuzzTarget = {
  name: 'hl7-noise',
  runs: 1_000,
  property: () =>
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, headed) => {
      checkMessage(Buffer.concat([Buffer.from(headed ? 'MSH|^~\\&|' : ''), bytes]));
    }),
};

const LIMITS = { maxFrameBytes: 2_000, maxJunkBytes: 64 };
/** Bytes that mean something to the framing come often. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a), fc.integer({ min: 0, max: 255 })), { maxLength: 300 })
  .map((values) => Buffer.from(values));

function framesIn(chunks: readonly Buffer[]): string[] {
  const reader = createFrameReader(LIMITS);
  const events: string[] = [];
  for (const chunk of chunks) {
    for (const event of reader.push(chunk)) {
      events.push(event.kind === 'frame' ? `frame ${event.message.toString('hex')}` : event.kind);
      if (event.kind !== 'frame') return events;
    }
  }
  return events;
}

/** However the bytes are cut, the same frames come out; and what was framed by us comes out as it went in. */
const mllp: FuzzTarget = {
  name: 'mllp',
  runs: 2_000,
  property: () =>
    fc.property(
      bytes,
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 5 }),
      (stream, cuts, messages) => {
        assert.deepEqual(framesIn(cutInto(stream, cuts)), framesIn([stream]));
        const clean = messages.map((message) => Buffer.from(message.map((byte) => (byte === 0x1c ? 0x20 : byte))));
        const framed = Buffer.concat(clean.flatMap((message) => frameParts(message)));
        const expected = clean.map((message) => `frame ${message.toString('hex')}`);
        assert.deepEqual(framesIn(cutInto(framed, cuts)), expected);
      },
    ),
};

function cutInto(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, n = 0; at < stream.length; n++) {
    const size = cuts[n % cuts.length] ?? 1;
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

export const HL7_TARGETS: readonly FuzzTarget[] = [hl7, noise, mllp];
