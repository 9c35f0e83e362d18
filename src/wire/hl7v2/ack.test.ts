import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hl7Rules } from '../../rules/hl7.ts';
import type { Refusal } from '../../rules/rule.ts';
import { buildAck, readAck } from './ack.ts';
import { buildZamZ01 } from './answer.ts';
import { type MessageHeader, readHeader } from './header.ts';
import { judge } from './judge.fixture.ts';
import { parseMessage, read, segmentNamed } from './message.ts';
import { hl7Timestamp } from './timestamp.ts';

const CONTEXT = { now: new Date('2026-07-14T22:30:05Z'), controlId: 'R1' };
const REFUSAL: Refusal = { rule: hl7Rules.versionUnsupported, location: 'MSH-12', detail: 'a|b^c~d&e\\f\rMSH|' };

function header(msh: string): MessageHeader & { controlId: string } {
  const message = parseMessage(Buffer.from(msh, 'latin1'));
  if (!message.ok) assert.fail(message.refusal.rule.id);
  return { ...readHeader(message.value), controlId: 'D1' };
}

const MDM = header(
  'MSH|^~\\&|DPI&1|CHU^1.2.3^ISO|TDU|PFI|20260101||MDM^T02^MDM_T02|D1|T|2.6|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2\r',
);

function parsed(bytes: Buffer) {
  const message = parseMessage(bytes);
  return message.ok ? message.value : assert.fail(message.refusal.rule.id);
}

describe('an acknowledgement', () => {
  it('accepts by AA, sender and receiver swapped', () => {
    const ack = buildAck(MDM, 'accepted', CONTEXT).toString('utf8');
    assert.equal(
      ack,
      'MSH|^~\\&|TDU|PFI|DPI|CHU^1.2.3^ISO|20260715003005+0200||ACK^T02^ACK|R1|T|2.6|||||FRA|UNICODE UTF-8\rMSA|AA|D1\r',
    );
  });

  it('refuses by the codes of the rule, with where and what to do', () => {
    const message = parsed(buildAck(MDM, REFUSAL, CONTEXT));
    assert.deepEqual(
      message.segments.map(({ name }) => name),
      ['MSH', 'MSA', 'ERR'],
    );
    const err = segmentNamed(message, 'ERR');
    assert.deepEqual(
      [1, 2, 3].map((n) => read(err, 2, n)),
      ['MSH', '1', '12'],
    );
    assert.deepEqual(
      [1, 2, 3].map((n) => read(err, 3, n)),
      ['203', 'Unsupported version id', 'messageErrorCondition'],
    );
    assert.equal(read(err, 4), 'E');
    assert.equal(read(err, 5), 'TDU-HL7-023');
    assert.ok(read(err, 7)?.startsWith('TDU-HL7-023 : a|b^c~d&e\\f\rMSH| : '), 'escaped, then decoded as it was');
    assert.equal(read(err, 8), `${REFUSAL.rule.title}. ${REFUSAL.rule.remedy}`);
    const ack = readAck(message);
    assert.deepEqual(ack.ok && [ack.value.code, ack.value.controlId, ack.value.errors[0]?.condition], [
      'AE',
      'D1',
      '203',
    ]);
  });

  it('carries the application code of the CI-SIS table beside our rule id', () => {
    const message = parsed(buildAck(MDM, { rule: hl7Rules.cdaPatientDiffers, location: 'OBX[2]-5' }, CONTEXT));
    const err = segmentNamed(message, 'ERR');
    assert.deepEqual(
      [1, 3, 4].map((n) => read(err, 5, n)),
      ['904', 'applicationErrorCode', 'TDU-HL7-063'],
    );
    assert.deepEqual(
      [1, 2, 3].map((n) => read(err, 2, n)),
      ['OBX', '2', '5'],
    );
  });

  it('speaks the encoding and the delimiters of the message', () => {
    const latin = header('MSH#*+!%#A#B#C#D#20260101##ADT*A01#9#T#2.5######8859/15\r');
    const ack = buildAck(latin, { rule: hl7Rules.ippMissing }, CONTEXT);
    assert.ok(ack.toString('latin1').startsWith('MSH#*+!%#C#D#A#B#'));
    assert.equal(
      read(segmentNamed(parsed(ack), 'ERR'), 8),
      `${hl7Rules.ippMissing.title}. ${hl7Rules.ippMissing.remedy}`.replaceAll('’', "'"),
    );
  });

  it('says every rule of HL7 in a message that reads back', () => {
    // Those without a code are met where there is nobody to answer.
    for (const rule of Object.values(hl7Rules).filter(({ hl7 }) => hl7 !== undefined)) {
      for (const charset of ['UNICODE UTF-8', '8859/15', '8859/1']) {
        const original = header(`MSH|^~\\&|A|B|C|D|20260101||ADT^A01|9|T|2.5||||||${charset}\r`);
        const ack = readAck(parsed(buildAck(original, { rule }, CONTEXT)));
        assert.ok(ack.ok && !ack.value.errors[0]?.text?.includes('?'), `${rule.id} ${charset}`);
        assert.equal(ack.value.code, rule.hl7?.ack);
      }
    }
  });

  it('reads the same for another library', (t) => {
    const segments = judge(t, buildAck(MDM, REFUSAL, CONTEXT));
    if (segments === undefined) return;
    assert.deepEqual(segments[1], ['MSA', 'AE', 'D1']);
    assert.deepEqual(segments[0]?.slice(8, 12), ['', 'ACK^T02^ACK', 'R1', 'T']);
    assert.equal(segments[2]?.[3], '203^Unsupported version id^messageErrorCondition');
    assert.equal(segments.length, 3);
  });

  it('is refused when it is none', () => {
    const ack = (msa: string) =>
      readAck(parsed(Buffer.from(`MSH|^~\\&|A|B|C|D|20260101||ACK|9|T|2.5||||||8859/1\r${msa}\r`)));
    assert.equal(ack('ZZZ|1').ok, false);
    assert.equal(ack('MSA|OK|1').ok, false);
    assert.deepEqual(ack('MSA|CA|1'), { ok: true, value: { code: 'AA', controlId: '1', errors: [] } });
  });
});

describe('the business answer', () => {
  it('says that the DMP accepted', () => {
    assert.equal(
      buildZamZ01(MDM, { kind: 'accepted' }, CONTEXT).toString('utf8'),
      [
        'MSH|^~\\&|TDU|PFI|DPI|CHU^1.2.3^ISO|20260715003005+0200||ZAM^Z01^ZAM_Z01|R1|T|2.6|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2',
        'OBX|1|CWE|ACK_RECEPTION_DMP^Accusé de réception DMP^AckMetierZAM|D1|Y^^expandedYes-NoIndicator||||||F',
        '',
      ].join('\r'),
    );
  });

  it('gives the code of the DMP, or our rule, when it did not', (t) => {
    const dmp = buildZamZ01(MDM, { kind: 'dmp-error', code: 'DMPPatientIdInvalid', label: 'INS & traits' }, CONTEXT);
    assert.ok(dmp.includes('|N^^expandedYes-NoIndicator||||||F\r'));
    assert.ok(
      dmp.includes(
        'ERR|||207^Application error^messageErrorCondition|E|DMPPatientIdInvalid^INS \\T\\ traits^DMP_ERROR_CODE\r',
      ),
    );
    const ours = buildZamZ01(MDM, { kind: 'refused', refusal: { rule: hl7Rules.cdaUnreadable } }, CONTEXT);
    assert.equal(read(segmentNamed(parsed(ours), 'ERR'), 5), 'TDU-HL7-065');
    const segments = judge(t, ours);
    if (segments === undefined) return;
    assert.equal(segments[1]?.[4], 'D1');
    assert.equal(segments[1]?.[5], 'N^^expandedYes-NoIndicator');
    assert.equal(segments[1]?.[11], 'F');
  });
});

describe('time stamps', () => {
  it('are local with their offset, in summer, in winter and overseas', () => {
    assert.equal(hl7Timestamp(new Date('2026-01-15T23:05:09Z')), '20260116000509+0100');
    assert.equal(hl7Timestamp(new Date('2026-07-14T22:30:05Z')), '20260715003005+0200');
    assert.equal(hl7Timestamp(new Date('2026-07-14T22:30:05Z'), 'Indian/Reunion'), '20260715023005+0400');
    assert.equal(hl7Timestamp(new Date('2026-07-14T22:30:05Z'), 'UTC'), '20260714223005+0000');
  });
});
