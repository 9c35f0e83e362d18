import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAdmission } from './admission.ts';
import { DEFAULT_EVENTS, type Expectations, readIncoming } from './checks.ts';
import { type Hl7Message, parseMessage } from './message.ts';
import { buildAdmission, type SampleAdmission, type SamplePatient } from './sample-messages.ts';

const PATIENT: SamplePatient = {
  ipp: '000003',
  domain: { namespace: 'CHU-X', oid: '1.2.3.4' },
  ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  usedName: "D'ŒUVRE",
  birthDate: '19790328',
  sex: 'F',
  birthPlace: '63220',
  status: 'VALI',
  statusCodes: ['HOMD'],
  account: '24000006',
};

const SAMPLE: SampleAdmission = {
  from: { application: 'GAM', facility: 'CHU-X' },
  to: { application: 'TDU', facility: 'CHU-X' },
  controlId: 'A1',
  sentAt: '20260101120000+0100',
  event: 'A01',
  patient: PATIENT,
  visit: { patientClass: 'I', number: '0001', unit: 'CHIR', admittedAt: '20260101110000' },
  proof: { deviceType: 'CN' },
  consent: { feeding: 'IO', consultation: 'NA' },
};

function message(bytes: Buffer): Hl7Message {
  const result = parseMessage(bytes);
  return result.ok ? result.value : assert.fail(result.refusal.rule.id);
}

/** The sample with one text replaced by another, which must be there. */
function altered(from: string, to: string): Hl7Message {
  const text = buildAdmission(SAMPLE).toString('utf8');
  assert.ok(text.includes(from), from);
  return message(Buffer.from(text.replaceAll(from, to)));
}

function read(from: Hl7Message) {
  const result = readAdmission(from);
  return result.ok ? result.value : assert.fail(`${result.refusal.rule.id} ${result.refusal.location}`);
}

function refusal(from: Hl7Message): string {
  const result = readAdmission(from);
  return result.ok ? 'accepted' : `${result.refusal.rule.id} ${result.refusal.location}`;
}

const IPP = '000003^^^CHU-X&1.2.3.4&ISO^PI';
const INS = '279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS';

describe('an admission', () => {
  it('gives back what the hospital wrote, in each encoding', () => {
    for (const encoding of ['UNICODE UTF-8', '8859/15'] as const) {
      const { patient, visit, proof, consent, header } = read(message(buildAdmission({ ...SAMPLE, encoding })));
      assert.equal(header.encoding, encoding);
      assert.equal(patient.birthName, 'PAT-TROIS');
      assert.equal(patient.firstGivenName, 'DOMINIQUE');
      assert.equal(patient.birthGivenNames, 'DOMINIQUE MARIE');
      assert.equal(patient.usedName, "D'ŒUVRE");
      assert.equal(patient.usedGivenName, undefined);
      assert.deepEqual(patient.ins, PATIENT.ins);
      assert.deepEqual(patient.birthPlace, { code: '63220' });
      assert.equal(patient.identityStatus, 'VALI');
      assert.deepEqual(patient.identityCodes, ['HOMD']);
      assert.equal(patient.account?.value, '24000006');
      assert.equal(visit?.number?.value, '0001');
      assert.equal(visit?.admittedAt, '20260101110000');
      assert.deepEqual(proof, { birthDateCorrected: false, obtainedBy: 'SM', deviceType: 'CN' });
      assert.equal(consent?.feeding, 'IO');
    }
  });

  it('is read for each event that it may be', () => {
    for (const event of ['A01', 'A02', 'A03', 'A04', 'A05', 'A08', 'A11', 'A12', 'A13', 'A28', 'A31'] as const) {
      assert.equal(read(message(buildAdmission({ ...SAMPLE, event }))).event, event);
    }
    assert.equal(read(altered('ADT^A01^ADT_A01', 'ADT^A31^ADT_A01')).event, 'A31');
    assert.equal(read(altered('ADT^A01^ADT_A01', 'ADT^A04^ADT_A04')).event, 'A04');
    assert.equal(read(altered('ADT^A01^ADT_A01', 'ADT^A12^ADT_A12')).event, 'A12');
    assert.equal(refusal(altered('ADT^A01^ADT_A01', 'ADT^A40^ADT_A39')), 'TDU-HL7-021 MSH-9');
    assert.equal(refusal(altered('ADT^A01^ADT_A01', 'ADT^A01^ADT_A39')), 'TDU-HL7-020 MSH-9');
    assert.equal(refusal(altered('ADT^A01^ADT_A01', 'SIU^S12^SIU_S12')), 'TDU-HL7-020 MSH-9');
  });

  it('tells its movement, and the times of its event', () => {
    const movement = { id: 'M1', startsAt: '20260101110000', action: 'INSERT', historic: true, unit: '6268' } as const;
    assert.deepEqual(read(message(buildAdmission({ ...SAMPLE, event: 'A02', movement }))).movement, {
      id: 'M1',
      authority: '1.2.3.4',
      startsAt: '20260101110000',
      action: 'INSERT',
      historic: true,
      medicalUnit: '6268',
      careUnit: '6268',
      nature: 'HMS',
    });
    const evn = altered('EVN||20260101120000+0100', 'EVN||20260101120000|||X|20260101113000');
    assert.deepEqual(read(evn).times, { recordedAt: '20260101120000', occurredAt: '20260101113000' });
  });

  it('whose movement contradicts its event, or itself, is refused', () => {
    const told = (
      event: SampleAdmission['event'],
      action: 'INSERT' | 'UPDATE' | 'CANCEL',
      change = (text: string) => text,
    ) => {
      const movement = { id: 'M1', startsAt: '20260101110000', action } as const;
      return refusal(message(Buffer.from(change(buildAdmission({ ...SAMPLE, event, movement }).toString('utf8')))));
    };
    for (const event of ['A11', 'A12', 'A13'] as const) {
      assert.equal(told(event, 'CANCEL'), 'accepted');
      assert.equal(told(event, 'INSERT'), 'TDU-HL7-046 ZBE-4');
    }
    for (const event of ['A01', 'A02', 'A03'] as const) {
      assert.equal(told(event, 'UPDATE'), 'accepted');
      assert.equal(told(event, 'CANCEL'), 'TDU-HL7-046 ZBE-4');
    }
    for (const action of ['INSERT', 'UPDATE', 'CANCEL'] as const) assert.equal(told('Z99', action), 'accepted');
    assert.equal(refusal(message(buildAdmission({ ...SAMPLE, event: 'Z99' }))), 'TDU-HL7-030 ZBE');
    const unnamed = (text: string) => text.replace(/ZBE\|[^|]*/, 'ZBE|');
    assert.equal(told('A12', 'CANCEL', unnamed), 'TDU-HL7-031 ZBE-1');
    assert.equal(told('A02', 'INSERT', unnamed), 'accepted');
    const with1 = (id: string) => (text: string) => text.replace('ZBE|M1', `ZBE|${id}`);
    assert.equal(told('A02', 'INSERT', with1('M'.repeat(200))), 'TDU-HL7-032 ZBE');
    assert.equal(told('A02', 'INSERT', with1('M\\X0D\\PID')), 'TDU-HL7-032 ZBE');
    const withAction = (text: string) => text.replace('|INSERT|', '|DESTROY|');
    assert.equal(told('A02', 'INSERT', withAction), 'TDU-HL7-032 ZBE-4');
    const twice = (text: string) => text.replace(/(ZBE[^\r]*\r)/, '$1$1');
    assert.equal(told('A02', 'INSERT', twice), 'TDU-HL7-033 ZBE');
  });

  it('without what an identity needs is refused, saying where', () => {
    assert.equal(refusal(altered('^PI', '^XX')), 'TDU-HL7-040 PID-3');
    assert.equal(refusal(altered(IPP, '""^^^CHU-X&1.2.3.4&ISO^PI')), 'TDU-HL7-040 PID-3');
    assert.equal(refusal(altered('^^^^L', '^^^^U')), 'TDU-HL7-041 PID-5');
    assert.equal(refusal(altered('PAT-TROIS^', '^')), 'TDU-HL7-041 PID-5');
    assert.equal(refusal(altered('^DOMINIQUE^', '^^')), 'TDU-HL7-042 PID-5');
    assert.equal(refusal(altered('|19790328|', '||')), 'TDU-HL7-031 PID-7');
    assert.equal(refusal(altered('|F|', '||')), 'TDU-HL7-031 PID-8');
    assert.equal(refusal(altered('PV1|', 'PID|1\rPV1|')), 'TDU-HL7-033 PID');
    assert.equal(refusal(altered('PID|', 'ZZZ|')), 'TDU-HL7-030 PID');
  });

  it('with a lunar birth date needs no complete one', () => {
    const text = buildAdmission(SAMPLE).toString('utf8').replace('|19790328|', '||').replace('ZFD|', 'ZFD|00^03^1979');
    assert.deepEqual(read(message(Buffer.from(text))).proof?.lunarBirthDate, { day: '00', month: '03', year: '1979' });
  });

  it('reads a shortened birth date as a lunar one, and a sex in any case', () => {
    const born = (text: string) => read(altered('|19790328|', `|${text}|`)).patient.birthDate;
    assert.deepEqual(['1979', '197903', '19790328', '19790328101500+0100'].map(born), [
      '19790000',
      '19790300',
      '19790328',
      '19790328101500+0100',
    ]);
    assert.equal(read(altered('|F|', '|f|')).patient.sex, 'F');
  });

  it('knows the ways to say that a sex is undetermined, and refuses a code of the sender’s own', () => {
    for (const sex of ['U', 'A', 'O', 'N', 'I']) assert.equal(read(altered('|F|', `|${sex}|`)).patient.sex, sex);
    for (const sex of ['Z', '2', 'FEMININ']) assert.equal(refusal(altered('|F|', `|${sex}|`)), 'TDU-HL7-068 PID-8');
  });

  it('tells the INS by OID and type, never by namespace', () => {
    const nia = read(altered('1.2.250.1.213.1.4.10&ISO^INS', '1.2.250.1.213.1.4.9&ISO^INS')).patient;
    assert.equal(nia.ins?.oid, '1.2.250.1.213.1.4.9');
    const billing = read(altered(INS, INS.replace('INS^', '').replace('.4.10&ISO^INS', '.4.8&ISO^NH'))).patient;
    assert.equal(billing.ins, undefined);
    assert.equal(billing.otherIdentifiers[0]?.typeCode, 'NH');
    const computed = read(altered('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.2')).patient;
    assert.equal(computed.ins, undefined, 'INS-C is not an INS');
  });

  it('withdraws an INS by HL7 null, and takes a new one in the same message', () => {
    const gone = INS.replace('279035121518989', '""');
    const withdrawn = read(altered(INS, gone)).patient;
    assert.deepEqual(withdrawn.withdrawnIns, ['1.2.250.1.213.1.4.10']);
    assert.equal(withdrawn.ins, undefined);
    const replaced = read(altered(INS, `${gone.replace('.4.10', '.4.9')}~${INS}`)).patient;
    assert.deepEqual(replaced.withdrawnIns, ['1.2.250.1.213.1.4.9']);
    assert.equal(replaced.ins?.matricule, '279035121518989');
  });

  it('that contradicts itself is refused', () => {
    const other = INS.replace('279035121518989', '279035121518000');
    assert.equal(refusal(altered(INS, `${INS}~${other}`)), 'TDU-HL7-043 PID-3');
    assert.equal(refusal(altered('VALI~HOMD', 'VALI~PROV')), 'TDU-HL7-044 PID-32');
    assert.equal(refusal(altered('PAT-TROIS^', 'PAT\\X0D\\PID^')), 'TDU-HL7-045 PID-5');
  });

  it('erases a used name by HL7 null', () => {
    assert.equal(read(altered("D'ŒUVRE", '""')).patient.usedName, null);
  });
});

describe('what a sample writes', () => {
  it('cannot leave its field, whatever a name holds', () => {
    const birthName = 'A|B^C~D&E\\F\\';
    const hostile = message(buildAdmission({ ...SAMPLE, patient: { ...PATIENT, birthName } }));
    assert.equal(read(hostile).patient.birthName, birthName);
    const injected = message(buildAdmission({ ...SAMPLE, patient: { ...PATIENT, birthName: 'A\rPID|1||999' } }));
    assert.equal(injected.segments.filter(({ name }) => name === 'PID').length, 1);
    assert.equal(refusal(injected), 'TDU-HL7-045 PID-5');
  });
});

describe('acceptance of an admission', () => {
  const expectations: Expectations = { processingIds: ['T'], events: DEFAULT_EVENTS, mssanteMatrix: 'published' };
  const outcome = (from: Hl7Message) => {
    const result = readIncoming(from, expectations);
    return result.ok ? result.value.kind : `${result.refusal.rule.id} ${result.refusal.location}`;
  };

  it('looks at the header first', () => {
    assert.equal(outcome(message(buildAdmission(SAMPLE))), 'admission');
    assert.equal(outcome(message(buildAdmission({ ...SAMPLE, processingId: 'P' }))), 'TDU-HL7-022 MSH-11');
    assert.equal(outcome(message(buildAdmission({ ...SAMPLE, controlId: '' }))), 'TDU-HL7-009 MSH-10');
    assert.equal(outcome(altered('|2.5^FRA^2.11|', '|2.2|')), 'TDU-HL7-023 MSH-12');
    assert.equal(outcome(altered('|2.5^FRA^2.11|', '||')), 'TDU-HL7-009 MSH-12');
    assert.equal(outcome(altered('|ADT^A01^ADT_A01|', '||')), 'TDU-HL7-009 MSH-9');
    assert.equal(outcome(altered('ADT^A01^ADT_A01', 'ADT^A24^ADT_A24')), 'TDU-HL7-021 MSH-9');
    assert.equal(outcome(altered('ADT^A01^ADT_A01', 'ORM^O01^ORM_O01')), 'TDU-HL7-020 MSH-9');
  });
});
