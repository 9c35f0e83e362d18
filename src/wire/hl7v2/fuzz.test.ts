/** Seeded mutations of real-looking messages: any result is allowed, except a crash. Source: hostile.md, HL7v2 injection. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildAck } from './ack.ts';
import { checkCdaPatient } from './cda-patient.ts';
import { DEFAULT_EVENTS, type Expectations, readIncoming } from './checks.ts';
import { salvageHeader } from './header.ts';
import { fieldSpan, parseMessage, repetitions } from './message.ts';
import { buildAdmission, buildDocumentMessage } from './sample-messages.ts';

const ENVELOPE = {
  from: { application: 'DPI', facility: 'CHU' },
  to: { application: 'TDU', facility: 'CHU' },
  controlId: '1',
  sentAt: '20260101',
};
const PATIENT = {
  ipp: '3',
  domain: { namespace: 'CHU', oid: '1.2.3' },
  ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthDate: '19790328',
  sex: 'F',
};
const SEEDS = [
  buildAdmission({ ...ENVELOPE, event: 'A01', patient: PATIENT, proof: { deviceType: 'CN' } }),
  buildDocumentMessage({
    ...ENVELOPE,
    kind: 'create',
    profile: 'cisis',
    patient: PATIENT,
    visit: { patientClass: 'I', number: '1' },
    type: { code: '11490-0', label: 'Lettre' },
    number: '1.2.3',
    writtenAt: '20260101',
    content: Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'),
    mime: ['text', 'XML'],
    sender: { id: '8', family: 'A', given: 'B', idType: 'IDNPS', organisation: 'C', finess: '3' },
  }),
];
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
  '\\X0D\\',
  '\x0b',
  '\x1c\r',
  '\u00e9',
  '=',
  'OBX|',
  '\xff',
  '\0',
];

/** mulberry32. */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutate(bytes: Buffer, random: () => number): Buffer {
  const below = (n: number) => Math.floor(random() * n);
  let mutated = bytes;
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(mutated.length);
    const token = Buffer.from(TOKENS[below(TOKENS.length)] ?? '', 'latin1');
    const changes = [
      () => Buffer.concat([mutated.subarray(0, at), token, mutated.subarray(at)]),
      () => Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1 + below(20))]),
      () => Buffer.concat([mutated.subarray(0, at), Buffer.of(below(256)), mutated.subarray(at + 1)]),
      () => Buffer.concat([mutated, mutated.subarray(at)]),
      () => mutated.subarray(0, at),
    ];
    mutated = changes[below(changes.length)]?.() ?? mutated;
    if (mutated.length === 0) return mutated;
  }
  return mutated;
}

describe('random messages', () => {
  it('are read or refused, never a crash, and always answered in a readable way', () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 6_000; seed++) {
      const bytes = mutate(SEEDS[seed % 2] ?? Buffer.alloc(0), randomOf(seed));
      const message = parseMessage(bytes);
      const result = message.ok ? readIncoming(message.value, EXPECTATIONS) : message;
      if (message.ok) {
        for (const segment of message.value.segments) {
          for (let field = 0; field < 60; field++)
            assert.equal(repetitions(segment, field).length > 0, fieldSpan(segment, field) !== undefined);
        }
      }
      if (result.ok && result.value.kind === 'document')
        for (const notice of result.value.notices) checkCdaPatient(notice);
      const header = salvageHeader(bytes);
      if (header) {
        const outcome = result.ok ? 'accepted' : result.refusal;
        const ack = parseMessage(buildAck(header, outcome, { now: new Date(0), controlId: `${seed}` }));
        assert.ok(ack.ok && ack.value.segments.length <= 3, `seed ${seed}`);
      }
      outcomes.add(result.ok ? 'accepted' : result.refusal.rule.id);
    }
    assert.ok(outcomes.has('accepted') && outcomes.size > 15, [...outcomes].join(' '));
  });

  it('of pure noise are refused', () => {
    const random = randomOf(7);
    for (let i = 0; i < 500; i++) {
      const noise = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
      assert.equal(parseMessage(noise).ok, false);
      parseMessage(Buffer.concat([Buffer.from('MSH|^~\\&|'), noise]), { defaultEncoding: '8859/1' });
    }
  });
});
