import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCdaPatient } from './cda-patient.ts';
import { DEFAULT_EVENTS, type Expectations, readIncoming } from './checks.ts';
import { type DocumentNotice, readDocumentNotices } from './document-notice.ts';
import { type Hl7Message, parseMessage } from './message.ts';
import { buildDocumentMessage, buildResultMessage, type SampleDocument, type SampleResult } from './sample-messages.ts';

const PDF = Buffer.from('%PDF-1.4\n…\n%%EOF\n');
const CDA = (ids: string) =>
  Buffer.from(
    `<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>${ids}</patientRole></recordTarget></ClinicalDocument>`,
  );
const INS_ID = '<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>';

const SAMPLE: SampleDocument = {
  from: { application: 'DPI', facility: 'CHU-X' },
  to: { application: 'TDU', facility: 'CHU-X' },
  controlId: 'D1',
  sentAt: '20260101120000+0100',
  kind: 'create',
  profile: 'cisis',
  patient: {
    ipp: '000003',
    domain: { namespace: 'CHU-X', oid: '1.2.3.4' },
    ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthDate: '19790328',
    sex: 'F',
    status: 'VALI',
  },
  visit: { patientClass: 'I', number: '0001', admittedAt: '20260101', dischargedAt: '20260103' },
  type: { code: '11490-0', label: 'Lettre de liaison à la sortie' },
  number: '1.2.250.1.213.1.99.1',
  title: 'Lettre de liaison',
  writtenAt: '20260102100000',
  content: PDF,
  mime: ['application', 'pdf'],
  sender: {
    id: '801234564895',
    family: 'ERIC',
    given: 'THOMAS',
    idType: 'IDNPS',
    organisation: 'CHU X',
    finess: '300017985',
  },
};

function message(bytes: Buffer): Hl7Message {
  const result = parseMessage(bytes);
  return result.ok ? result.value : assert.fail(result.refusal.rule.id);
}

function text(sample: Partial<SampleDocument> = {}): string {
  return buildDocumentMessage({ ...SAMPLE, ...sample }).toString('utf8');
}

function notice(source: string): DocumentNotice {
  const result = readDocumentNotices(message(Buffer.from(source)));
  return result.ok ? result.value[0] : assert.fail(`${result.refusal.rule.id} ${result.refusal.location}`);
}

const EXPECTATIONS: Expectations = {
  processingIds: ['T'],
  events: DEFAULT_EVENTS,
  mssanteMatrix: 'published',
};

function outcome(source: string, expectations: Partial<Expectations> = {}): string {
  const result = readIncoming(message(Buffer.from(source)), { ...EXPECTATIONS, ...expectations });
  return result.ok ? result.value.kind : `${result.refusal.rule.id} ${result.refusal.location}`;
}

function changed(source: string, from: string | RegExp, to: string): string {
  assert.ok(source.search(from) >= 0 || source.includes(String(from)), String(from));
  return source.replace(from, to);
}

describe('a document message', () => {
  it('gives its patient, stay, dates, persons, flags and content', () => {
    const read = notice(text({ recipients: ['jean@test.mssante.fr'] }));
    assert.equal(read.kind, 'create');
    assert.equal(read.patient.ipps[0]?.value, '000003');
    assert.equal(read.visit?.dischargedAt, '20260103');
    assert.deepEqual(read.requested, { code: '11490-0', label: 'Lettre de liaison à la sortie', system: 'LN' });
    assert.deepEqual(read.document?.number, { form: 'oid', oid: '1.2.250.1.213.1.99.1' });
    assert.equal(read.document?.title, 'Lettre de liaison');
    assert.equal(read.document?.activityAt, '20260102100000');
    assert.equal(read.document?.author?.family, 'ERIC');
    assert.equal(read.sender?.person?.idType, 'IDNPS');
    assert.equal(read.sender?.organisation?.id, '300017985');
    assert.equal(read.sender?.organisation?.idType, 'FINEG');
    assert.equal(read.recipients[0]?.address, 'jean@test.mssante.fr');
    assert.equal(read.flags.DESTDMP, true);
    assert.equal(read.flags.MASQUE_PS, false);
    assert.equal(read.patientMayReply, true);
    assert.deepEqual(read.body.content(), { ok: true, value: PDF });
  });

  it('is recognised by its first bytes, else by what it declares', () => {
    const format = (content: string | Buffer, mime: readonly [string, string]) =>
      notice(text({ content: Buffer.from(content), mime })).format;
    assert.equal(format(PDF, ['text', 'XML']), 'pdf', 'the bytes win');
    assert.equal(format(CDA(''), ['text', 'XML']), 'cda');
    assert.equal(format('\ufeff<?xml version="1.0"?>', ['application', 'octet-stream']), 'cda');
    assert.equal(format('{\\rtf1}', ['text', '']), 'rtf');
    assert.equal(format(Buffer.of(0xff, 0xd8, 0xff, 0xe0), ['image', 'jpeg']), 'jpeg');
    assert.equal(format(Buffer.from('II*\0....'), ['image', 'tiff']), 'tiff');
    assert.equal(format('Compte rendu', ['TEXT', 'plain']), 'text');
    const unknown = readDocumentNotices(
      message(Buffer.from(text({ content: Buffer.from('PK'), mime: ['application', 'zip'] }))),
    );
    assert.equal(!unknown.ok && unknown.refusal.rule.id, 'TDU-HL7-059');
  });

  it('has its number in two forms, or a local one', () => {
    const number = (value: string) => notice(changed(text(), '|1.2.250.1.213.1.99.1|', `|${value}|`)).document?.number;
    assert.deepEqual(number('58132^^1.2.250.2345^ISO'), {
      form: 'oid-extension',
      root: '1.2.250.2345',
      extension: '58132',
    });
    assert.deepEqual(number('1.2.250.9^Organisation-Y'), { form: 'oid', oid: '1.2.250.9' });
    assert.deepEqual(number('2638^DPI'), { form: 'local', id: '2638', namespace: 'DPI' });
    assert.equal(number(''), undefined);
  });

  it('may forbid the patient to reply', () => {
    const source = changed(text(), /(OBX\|9\|[^\r]*\r)/, '$1NTE|1|||FIN\r');
    assert.equal(notice(source).patientMayReply, false);
  });

  it('is one document, in Base64, with flags that are Y or N', () => {
    const refused = (source: string) => {
      const result = readDocumentNotices(message(Buffer.from(source)));
      return result.ok ? 'accepted' : `${result.refusal.rule.id} ${result.refusal.location}`;
    };
    assert.equal(refused(changed(text(), /(OBX\|1\|[^\r]*\r)/, '$1$1')), 'TDU-HL7-056 OBX');
    assert.equal(refused(changed(text(), 'OBX|1|ED', 'OBX|1|TX')), 'TDU-HL7-055 OBX');
    assert.equal(refused(changed(text(), /Base64\^[^|]*/, 'Base64^')), 'TDU-HL7-055 OBX[1]-5');
    assert.equal(refused(changed(text(), '^Base64^', '^Hex^')), 'TDU-HL7-058 OBX[1]-5');
    assert.equal(refused(changed(text(), 'Y^^expanded', 'O^^expanded')), 'TDU-HL7-032 OBX-5');
    assert.equal(refused(changed(text(), 'PV1|', 'PID|2\rPV1|')), 'TDU-HL7-033 PID');
  });
});

describe('a result message (ORU)', () => {
  const REPORT: SampleResult = { ...SAMPLE, orderNumber: '1001-E1', contents: [PDF] };
  const result = (parts: Partial<SampleResult> = {}) => buildResultMessage({ ...REPORT, ...parts }).toString('utf8');
  const notices = (source: string) => {
    const read = readDocumentNotices(message(Buffer.from(source)));
    return read.ok ? read.value : assert.fail(`${read.refusal.rule.id} ${read.refusal.location}`);
  };

  it('says in ORC-1 what is asked', () => {
    for (const [kind, contents] of [
      ['create', [PDF]],
      ['replace', [PDF]],
      ['delete', [PDF, PDF]],
    ] as const) {
      const source = result({ kind, contents });
      assert.equal(outcome(source), 'document');
      assert.deepEqual(
        notices(source).map((read) => [read.part, read.kind]),
        contents.map((_, index) => [index + 1, kind]),
      );
    }
  });

  it('brings a report in two forms, with what the message says of both', () => {
    const read = notices(result({ contents: [CDA(INS_ID), PDF] }));
    assert.deepEqual(
      read.map(({ part, format }) => [part, format]),
      [
        [1, 'cda'],
        [2, 'pdf'],
      ],
    );
    for (const each of read) {
      assert.equal(each.sender?.organisation?.id, '300017985');
      assert.equal(each.flags.DESTDMP, true);
      assert.deepEqual(each.orderNumber, { form: 'local', id: '1001-E1', namespace: 'DPI' });
    }
    assert.equal(outcome(result({ contents: [PDF, PDF, PDF] })), 'TDU-HL7-056 OBX');
  });

  it('of several orders holds each document to its own', () => {
    const first = result();
    const second = changed(result({ kind: 'replace' }), /^.*?(?=ORC)/s, '');
    assert.deepEqual(
      notices(first + second).map(({ part, kind }) => [part, kind]),
      [
        [1, 'create'],
        [2, 'replace'],
      ],
    );
    assert.equal(outcome(first + changed(second, 'ORC|RO', 'ORC|CA')), 'TDU-HL7-050 OBX-11');
  });

  it('without the profile says it in OBX-11, and is taken only when it is final', () => {
    const raw = changed(result({ profile: 'raw' }), /ORC[^\r]*\r/, '');
    const status = (code: string) => changed(raw, '||||||F\r', `||||||${code}\r`);
    assert.equal(notices(raw)[0].kind, 'create');
    assert.equal(notices(status('C'))[0].kind, 'replace');
    assert.equal(notices(status('D'))[0].kind, 'delete');
    assert.equal(outcome(status('C')), 'document');
    for (const code of ['P', 'I', 'S', 'X']) assert.equal(outcome(status(code)), 'TDU-HL7-061 OBX-11', code);
  });
});

describe('acceptance by the CI-SIS profile', () => {
  it('takes what the profile allows', () => {
    assert.equal(outcome(text()), 'document');
    assert.equal(outcome(text({ kind: 'replace', parent: '1.2.250.9' })), 'document');
    assert.equal(outcome(text({ kind: 'delete' })), 'document');
    assert.equal(outcome(text(), { events: ['ADT^A01'] }), 'TDU-HL7-020 MSH-9');
    assert.equal(outcome(text({ kind: 'delete' }), { events: ['MDM^T02'] }), 'TDU-HL7-021 MSH-9');
  });

  it('refuses what it does not, saying where', () => {
    assert.equal(outcome(changed(text(), 'ORC|NW', 'ORC|RO')), 'TDU-HL7-050 ORC-1');
    assert.equal(outcome(changed(text(), '||||||F\rPRT', '||||||D\rPRT')), 'TDU-HL7-050 OBX-11');
    assert.equal(outcome(changed(text(), /ORC[^\r]*\r/, '')), 'TDU-HL7-030 ORC');
    assert.equal(outcome(changed(text(), /PV1[^\r]*\r/, '')), 'TDU-HL7-030 PV1');
    assert.equal(outcome(text({ visit: { patientClass: 'I' } })), 'TDU-HL7-031 PV1-19');
    assert.equal(outcome(text({ visit: { patientClass: 'N' } })), 'document');
    assert.equal(outcome(changed(text(), 'TXA|1|11490-0', 'TXA|1|11488-4')), 'TDU-HL7-062 OBX-3');
    assert.equal(outcome(changed(text(), '||||AU|', '||||IP|')), 'TDU-HL7-061 TXA-17');
    assert.equal(outcome(text({ number: '' })), 'TDU-HL7-031 TXA-12');
    assert.equal(outcome(text({ number: '2638' })), 'TDU-HL7-060 TXA-12');
    assert.equal(outcome(text({ kind: 'replace' })), 'TDU-HL7-031 TXA-13');
    assert.equal(outcome(text({ kind: 'replace', parent: '2637' })), 'TDU-HL7-060 TXA-13');
    assert.equal(outcome(changed(text(), '^FINEG^^^300017985', '^FINEG')), 'TDU-HL7-031 PRT-8');
    assert.equal(outcome(changed(text(), '|2.6|', '|2.5|')), 'TDU-HL7-023 MSH-12');
    assert.equal(outcome(changed(text(), /Base64\^./, 'Base64^')), 'TDU-HL7-057 OBX[1]-5');
  });

  it('holds to the MSSanté table', () => {
    const flags = (given: SampleDocument['flags'] & {}) =>
      outcome(text({ flags: given, recipients: ['a@b.mssante.fr'] }));
    assert.equal(flags({ DESTMSSANTEPS: true, DESTMSSANTEPAT: true }), 'document');
    assert.equal(flags({ DESTMSSANTEPS: true, INVISIBLE_PATIENT: true }), 'document');
    assert.equal(flags({ DESTMSSANTEPAT: true, DESTDMP: false, MASQUE_PS: true }), 'document');
    assert.equal(flags({ DESTMSSANTEPAT: true, INVISIBLE_PATIENT: true, DESTDMP: false }), 'TDU-HL7-053 OBX');
    assert.equal(flags({ DESTMSSANTEPS: true, MASQUE_PS: true }), 'TDU-HL7-053 OBX');
    assert.equal(flags({ DESTMSSANTEPS: true }), 'TDU-HL7-053 OBX');
    const professionalsOnly = text({ flags: { DESTMSSANTEPS: true }, recipients: ['a@b.mssante.fr'] });
    assert.equal(outcome(professionalsOnly, { mssanteMatrix: 'extended' }), 'document');
  });
});

describe('acceptance of a sender without the profile', () => {
  it('asks for a patient and a whole document only', () => {
    assert.equal(outcome(text({ profile: 'raw', number: '2638', visit: { patientClass: 'I' } })), 'document');
    assert.equal(outcome(changed(text({ profile: 'raw' }), /(ORC|OBR)[^\r]*\r/g, '')), 'document');
    // What it does say in ORC-1 is heard: a cancelled document is no new one.
    const ordered = (kind: SampleDocument['kind'], control: string) =>
      outcome(changed(text({ profile: 'raw', kind }), /ORC\|[A-Z]+/, `ORC|${control}`));
    for (const control of ['CA', 'RO']) assert.equal(ordered('create', control), 'TDU-HL7-050 ORC-1');
    assert.equal(ordered('delete', 'NW'), 'TDU-HL7-050 ORC-1');
    assert.equal(ordered('create', 'RE'), 'document', 'a code that the profile does not use');
    assert.equal(outcome(changed(text({ profile: 'raw' }), '^^^^L', '^^^^U')), 'TDU-HL7-041 PID-5');
    assert.equal(outcome(changed(text({ profile: 'raw' }), '||||||F', '||||||D')), 'TDU-HL7-050 OBX-11');
    const nobody = changed(text({ profile: 'raw' }), '^PI~', '^XX~').replace('^INS|', '^XX|');
    assert.equal(outcome(nobody), 'TDU-HL7-040 PID-3');
  });
});

describe('the patient of a CDA', () => {
  const check = (ids: string | Buffer, mime: readonly [string, string] = ['text', 'XML']) => {
    const content = typeof ids === 'string' ? CDA(ids) : ids;
    const result = checkCdaPatient(notice(text({ content, mime })));
    return result.ok ? 'agrees' : `${result.refusal.rule.id} ${result.refusal.detail ?? ''}`.trim();
  };

  it('is the patient of the message', () => {
    assert.equal(check(INS_ID), 'agrees');
    assert.equal(check(`${INS_ID}<id root="1.2.3.4" extension="000003"/>`), 'agrees');
    assert.equal(check(`${INS_ID}<id root="9.9" extension="autre domaine"/>`), 'agrees');
    assert.equal(check(PDF, ['application', 'pdf']), 'agrees');
  });

  it('is refused when it is another one', () => {
    assert.equal(check(INS_ID.replace('989"', '000"')), 'TDU-HL7-063');
    assert.equal(check(INS_ID.replace('.10"', '.8"')), 'TDU-HL7-063');
    assert.equal(check(`${INS_ID}<id root="1.2.3.4" extension="000004"/>`), 'TDU-HL7-063');
    assert.equal(check('<id root="1.2.3.4" extension="000003"/>'), 'TDU-HL7-064');
    assert.equal(check(Buffer.from('<?xml version="1.0"?><ClinicalDocument>')), 'TDU-HL7-065 XML mal formé');
    assert.equal(check(Buffer.from('<?xml version="1.0"?><!DOCTYPE a><a/>')), 'TDU-HL7-065 déclaration DOCTYPE');
  });
});
