import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { conformanceDir } from '../../../test/support/tools.ts';
import { qualify } from '../../ins/qualify.ts';
import type { CivilDate, CogCode, Matricule, Oid, QualifiedIdentity } from '../../ins/types.ts';
import { readAdmission } from './admission.ts';
import type { Hl7Encoding } from './encoding.ts';
import {
  buildIdentityMessage,
  type IdentityMessage,
  type OutgoingEnvelope,
  type OutgoingPatient,
  patientText,
} from './identity-message.ts';
import { judge } from './judge.fixture.ts';
import { readMerge } from './merge.ts';
import { type Hl7Message, parseMessage, read, repetitions, segmentNamed } from './message.ts';

const TEST_OID = '1.2.250.1.213.1.4.10' as Oid;
const ENVELOPE: OutgoingEnvelope = {
  from: { application: 'TRAITDUNION', facility: '990000010' },
  to: { application: 'DPI', facility: 'CHU-X' },
  controlId: 'a1b2c3d4e5f60718293a',
  processingId: 'D',
  encoding: 'UNICODE UTF-8',
  now: new Date('2026-11-23T08:00:00Z'),
  timeZone: 'Europe/Paris',
};
const TRAITS = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
  sex: 'F',
  birthDate: '1979-03-28' as CivilDate,
  birthPlace: '63220' as CogCode,
} as const;

function qualified(): QualifiedIdentity {
  const ins = { matricule: '279035121518989' as Matricule, oid: TEST_OID };
  const made = qualify({ status: 'QUAL', attributes: [], ins, traits: TRAITS, usedName: 'PAT-QUATRE' });
  return made.ok ? made.value : assert.fail(made.refusal.rule.id);
}

function patient(changed: Partial<OutgoingPatient> = {}): OutgoingPatient {
  return {
    numbers: [{ value: '000003', domain: '1.2.3.4', authority: 'CHU-X' }],
    person: { traits: TRAITS },
    withdrawnIns: [],
    checked: true,
    attributes: [],
    birthDateInterpreted: false,
    updatedAt: new Date('2026-11-23T07:59:00Z'),
    ...changed,
  };
}

function sent(message: IdentityMessage, encoding: Hl7Encoding = 'UNICODE UTF-8'): Buffer {
  return buildIdentityMessage(message, { ...ENVELOPE, encoding });
}

function parsed(bytes: Buffer): Hl7Message {
  const message = parseMessage(bytes);
  return message.ok ? message.value : assert.fail(message.refusal.rule.id);
}

function identityIn(bytes: Buffer) {
  const admission = readAdmission(parsed(bytes));
  return admission.ok ? admission.value : assert.fail(`${admission.refusal.rule.id} ${admission.refusal.location}`);
}

describe('an identity that leaves', () => {
  it('is said field by field as the French PAM profile has it', () => {
    const bytes = sent({
      event: 'A31',
      patient: patient({ person: { qualified: qualified() }, insiAskedOn: '20261122', deviceType: 'CN' }),
    });
    assert.deepEqual(bytes.toString('utf8').split('\r'), [
      'MSH|^~\\&|TRAITDUNION|990000010|DPI|CHU-X|20261123090000+0100||ADT^A31^ADT_A05|a1b2c3d4e5f60718293a|D|2.5^FRA^2.11|||||FRA|UNICODE UTF-8|FR||2.11^IHE_FRANCE-2.11-PAM',
      'EVN||20261123090000+0100||||20261123085900+0100',
      'PID|1||000003^^^CHU-X&1.2.3.4&ISO^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS||PAT-TROIS^DOMINIQUE^DOMINIQUE MARIE-LOUISE^^^^L~PAT-QUATRE^^^^^^D||19790328|F|||^^^^^^BDL^^63220|||||||||||||||||||||VALI|20261123085900+0100',
      'PV1|1|N',
      'ZFD||||N|INSI|20261122|CN',
      '',
    ]);
  });

  it('carries its INS only when qualified, with all the strict traits', () => {
    const { patient: read } = identityIn(
      sent({ event: 'A28', patient: patient({ person: { qualified: qualified() } }) }),
    );
    assert.deepEqual(read.ins, { matricule: '279035121518989', oid: TEST_OID });
    assert.deepEqual(
      [read.birthName, read.firstGivenName, read.birthGivenNames, read.sex, read.birthDate, read.birthPlace?.code],
      ['PAT-TROIS', 'DOMINIQUE', 'DOMINIQUE MARIE-LOUISE', 'F', '19790328', '63220'],
    );
    const without = sent({ event: 'A28', patient: patient() });
    assert.equal(identityIn(without).patient.ins, undefined);
    assert.equal(without.includes('INS-NIR'), false);
  });

  it('withdraws an INS by the HL7 null under its OID, and says the status that is left', () => {
    const bytes = sent({
      event: 'A31',
      patient: patient({ withdrawnIns: [TEST_OID], checked: false, attributes: ['douteuse'] }),
    });
    const { patient: read } = identityIn(bytes);
    assert.deepEqual(
      [read.withdrawnIns, read.ins, read.identityStatus, read.identityCodes],
      [[TEST_OID], undefined, 'PROV', ['DOUT']],
    );
    assert.match(bytes.toString('utf8'), /~""\^\^\^ASIP-SANTE-INS-NIR&1\.2\.250\.1\.213\.1\.4\.10&ISO\^INS\|/);
  });

  it('says a waiting number that became a final one: the former OID withdrawn, the new one given', () => {
    const bytes = sent({
      event: 'A31',
      patient: patient({ person: { qualified: qualified() }, withdrawnIns: ['1.2.250.1.213.1.4.9' as Oid] }),
    });
    const pid = segmentNamed(parsed(bytes), 'PID');
    assert.ok(pid);
    assert.equal(repetitions(pid, 3).length, 3);
    const { patient: told } = identityIn(bytes);
    assert.deepEqual([told.withdrawnIns, told.ins?.oid], [['1.2.250.1.213.1.4.9'], TEST_OID]);
  });

  it('says a lunar birth date by ZFD-1 alone, and a completed one by PID-7 with ZFD-4', () => {
    const lunar = identityIn(
      sent({
        event: 'A28',
        patient: patient({ person: { traits: { ...TRAITS, birthDate: '1950-00-00' as CivilDate } } }),
      }),
    );
    assert.deepEqual(
      [lunar.patient.birthDate, lunar.proof?.lunarBirthDate],
      [undefined, { day: '00', month: '00', year: '1950' }],
    );
    const given = '1979-00-28' as CivilDate;
    const completed = identityIn(
      sent({ event: 'A28', patient: patient({ birthDateInterpreted: true, birthDateAsGiven: given }) }),
    );
    assert.deepEqual(
      [completed.proof?.birthDateCorrected, completed.patient.birthDate, completed.proof?.lunarBirthDate],
      [true, '19790328', { day: '28', month: '00', year: '1979' }],
    );
  });

  it('lets no value open a field, a repetition or a segment', () => {
    const hostile = 'A|B^C~D&E\\F\rPID|9';
    const bytes = sent({ event: 'A28', patient: patient({ person: { traits: TRAITS, usedName: hostile } }) });
    const message = parsed(bytes);
    assert.deepEqual(
      message.segments.map(({ name }) => name),
      ['MSH', 'EVN', 'PID', 'PV1', 'ZFD'],
    );
    assert.equal(bytes.toString('utf8').split('\r').length, 6);
    const pid = segmentNamed(message, 'PID');
    assert.ok(pid);
    const used = repetitions(pid, 5)[1];
    assert.ok(used);
    assert.equal(bytes.toString('utf8').includes('A\\F\\B\\S\\C\\R\\D\\T\\E\\E\\F\\X0D\\PID\\F\\9'), true);
  });

  it('speaks the encoding of its subscriber, which MSH-18 declares', () => {
    const city = {
      event: 'A28',
      patient: patient({ numbers: [{ value: '1', domain: '1.2.3', authority: 'HÔPITAL Œ' }] }),
    } as const;
    for (const encoding of ['8859/1', '8859/15', 'UNICODE UTF-8'] as const) {
      const message = parsed(sent(city, encoding));
      const pid = segmentNamed(message, 'PID');
      assert.equal(message.encoding, encoding);
      // 8859/1 has no Œ: its nearest spelling.
      assert.equal(pid && read(pid, 3, 4, 1), encoding === '8859/1' ? 'HÔPITAL OE' : 'HÔPITAL Œ');
    }
  });

  it('is the same text whenever it says the same', () => {
    assert.equal(patientText(patient()), patientText(patient({ updatedAt: new Date() })));
    assert.notEqual(patientText(patient()), patientText(patient({ checked: false })));
  });
});

describe('a merge and a change of number that leave', () => {
  for (const [event, structure] of [
    ['A40', 'ADT_A39'],
    ['A47', 'ADT_A30'],
  ] as const)
    it(`${event} names who remains and the number given up`, () => {
      const bytes = sent({
        event,
        patient: patient(),
        retired: [{ value: '000009', domain: '1.2.3.4', authority: 'CHU-X' }],
      });
      const merge = readMerge(parsed(bytes));
      assert.ok(merge.ok);
      assert.deepEqual([merge.value.event, merge.value.header.structure], [event, structure]);
      assert.deepEqual(
        merge.value.patient.ipps.map(({ value }) => value),
        ['000003'],
      );
      assert.deepEqual(merge.value.retired, [
        {
          value: '000009',
          authority: { namespace: 'CHU-X', universalId: '1.2.3.4', universalIdType: 'ISO' },
          typeCode: 'PI',
        },
      ]);
    });
});

describe('other readers', () => {
  it('python-hl7 reads what we emit: the same segments, the same repetitions', (t) => {
    const bytes = sent({
      event: 'A31',
      patient: patient({ person: { qualified: qualified() }, withdrawnIns: ['1.2.250.1.213.1.4.9' as Oid] }),
    });
    const seen = judge(t, bytes);
    if (seen === undefined) return;
    assert.deepEqual(
      seen.map(([name]) => name),
      ['MSH', 'EVN', 'PID', 'PV1', 'ZFD'],
    );
    const pid = seen[2] ?? [];
    assert.deepEqual(
      pid[3]?.split('~').map((cx) => cx.split('^')[4]),
      ['PI', 'INS', 'INS'],
    );
    assert.deepEqual([pid[7], pid[8], pid[32]], ['19790328', 'F', 'VALI']);
  });

  it('an official admission of the French PAM profile fills the same fields in the same way', (t) => {
    const folder = conformanceDir();
    const file = folder && join(folder, 'hl7v2-fr/sgl-adt-a01-admission.er7');
    if (file === undefined || !existsSync(file)) return t.skip('no conformance material');
    const official = parsed(Buffer.from(readFileSync(file, 'utf8').replaceAll('\n', '\r')));
    const ours = parsed(sent({ event: 'A31', patient: patient({ person: { qualified: qualified() } }) }));
    const shape = (message: Hl7Message) => {
      const [msh, pid] = [segmentNamed(message, 'MSH'), segmentNamed(message, 'PID')];
      assert.ok(msh && pid);
      const cx = repetitions(pid, 3).map((one) =>
        [4, 5].map((n) => read(pid, 3, n) !== undefined && one !== undefined),
      );
      const ins = repetitions(pid, 3).at(-1);
      const birth = repetitions(pid, 11).at(-1);
      assert.ok(ins && birth);
      return {
        version: [1, 2, 3].map((n) => read(msh, 12, n)),
        profile: [1, 2].map((n) => read(msh, 21, n)),
        country: [read(msh, 17), read(msh, 18), read(msh, 19)],
        numbers: cx.length,
        nameType: read(pid, 5, 7),
        birthDate: read(pid, 7),
        sex: read(pid, 8),
        status: read(pid, 32),
      };
    };
    assert.deepEqual(shape(ours), shape(official));
    const [own, theirs] = [readAdmission(ours), readAdmission(official)];
    assert.ok(own.ok && theirs.ok);
    assert.deepEqual(
      [own.value.patient.ins?.matricule, own.value.patient.ins?.oid, own.value.patient.birthPlace?.code],
      [theirs.value.patient.ins?.matricule, theirs.value.patient.ins?.oid, theirs.value.patient.birthPlace?.code],
    );
  });
});

it('what TD0.2 said of the DMP goes by ZFA to whoever wants it, and makes something to tell', () => {
  const told = patient({ dmp: { status: 'ACTIF', at: new Date('2026-11-23T07:00:00Z') } });
  const zfa = segmentNamed(parsed(sent({ event: 'A31', patient: told })), 'ZFA');
  assert.ok(zfa);
  assert.deepEqual([read(zfa, 1), read(zfa, 2)], ['ACTIF', '20261123080000+0100']);
  assert.equal(segmentNamed(parsed(sent({ event: 'A31', patient: patient() })), 'ZFA'), undefined);
  assert.notEqual(patientText(told), patientText(patient()));
});
