import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_EVENTS, readIncoming } from './checks.ts';
import { readMerge } from './merge.ts';
import { parseMessage } from './message.ts';
import { buildAdmission, type SampleAdmission } from './sample-messages.ts';

const SAMPLE: SampleAdmission = {
  from: { application: 'GAM', facility: 'CHU-X' },
  to: { application: 'TDU', facility: 'CHU-X' },
  controlId: 'F1',
  sentAt: '20260101120000+0100',
  event: 'A40',
  patient: {
    ipp: '000003',
    domain: { namespace: 'CHU-X', oid: '1.2.3.4' },
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthDate: '19790328',
    sex: 'F',
    status: 'VALI',
  },
  retiredIpp: '000009',
};
const MRG = 'MRG|000009^^^CHU-X&1.2.3.4&ISO^PI';

/** The sample with one text replaced by another, which must be there. */
function altered(from: string | RegExp, to: string, parts: Partial<SampleAdmission> = {}) {
  const text = buildAdmission({ ...SAMPLE, ...parts }).toString('utf8');
  assert.notEqual(text.replace(from, to), text, String(from));
  const parsed = parseMessage(Buffer.from(text.replace(from, to)));
  return parsed.ok ? parsed.value : assert.fail(parsed.refusal.rule.id);
}

function read(from: string | RegExp = 'F1', to = 'F2', parts: Partial<SampleAdmission> = {}) {
  const result = readMerge(altered(from, to, parts));
  return result.ok ? result.value : assert.fail(`${result.refusal.rule.id} ${result.refusal.location}`);
}

function refusal(from: string | RegExp, to: string): string {
  const result = readMerge(altered(from, to));
  return result.ok ? 'accepted' : `${result.refusal.rule.id} ${result.refusal.location}`;
}

describe('a merge', () => {
  it('says who remains and which numbers are given up', () => {
    for (const event of ['A40', 'A47'] as const) {
      const merge = read('F1', 'F2', { event });
      assert.equal(merge.event, event);
      assert.deepEqual(
        merge.patient.ipps.map(({ value }) => value),
        ['000003'],
      );
      assert.deepEqual(
        merge.retired.map(({ value, authority }) => [value, authority.universalId]),
        [['000009', '1.2.3.4']],
      );
      assert.equal(merge.identity?.patient.birthName, 'PAT-TROIS');
    }
    const two = read(MRG, `${MRG}~000010^^^CHU-X&1.2.3.4&ISO`);
    assert.deepEqual(
      two.retired.map(({ value }) => value),
      ['000009', '000010'],
    );
  });

  it('without all the traits describes no identity, and is still a merge', () => {
    assert.equal(read('|19790328|', '||').identity, undefined);
  });

  it('of nobody, of several, or of one with itself is refused', () => {
    assert.equal(refusal(/MRG[^\r]*\r/, ''), 'TDU-HL7-030 MRG');
    assert.equal(refusal(MRG, 'MRG|'), 'TDU-HL7-040 MRG-1');
    assert.equal(refusal(MRG, 'MRG|2790^^^NIR&1.2.250.1.213.1.4.8&ISO^INS'), 'TDU-HL7-040 MRG-1');
    assert.equal(refusal(MRG, MRG.replace('000009', '000003')), 'TDU-ID-050 MRG-1');
    assert.equal(refusal(MRG, 'MRG|000003^^^CHU-X^PI'), 'TDU-ID-050 MRG-1');
    assert.equal(refusal(MRG, MRG.replace('000009', '9\\X0D\\PID')), 'TDU-HL7-045 MRG-1');
    assert.equal(refusal(MRG, `${MRG}\r${MRG}`), 'TDU-HL7-033 MRG');
    assert.equal(refusal('PID|', 'PID|2\rPID|'), 'TDU-HL7-033 PID');
    assert.equal(refusal('^^^CHU-X&1.2.3.4&ISO^PI||', '^^^CHU-X&1.2.3.4&ISO^XX||'), 'TDU-HL7-040 PID-3');
  });

  it('is accepted at the door', () => {
    const incoming = readIncoming(altered('F1', 'F2'), {
      processingIds: ['T'],
      events: DEFAULT_EVENTS,
      mssanteMatrix: 'published',
    });
    assert.equal(incoming.ok && incoming.value.kind, 'merge');
  });
});
