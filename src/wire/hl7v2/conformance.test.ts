/** Every French sample message reads as the conformance material says. Source: shared/conformance/hl7v2-fr. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readAck } from './ack.ts';
import { readAdmission } from './admission.ts';
import { checkCdaPatient } from './cda-patient.ts';
import { DEFAULT_EVENTS, type Expectations, readIncoming } from './checks.ts';
import { type DocumentNotice, readDocumentNotices } from './document-notice.ts';
import { readHeader } from './header.ts';
import {
  bytesOf,
  fieldSpan,
  type Hl7Message,
  parseMessage,
  read,
  repetitions,
  type Segment,
  segmentNamed,
} from './message.ts';
import type { Participant } from './participation.ts';

const FOLDER = new URL('../../../../shared/conformance/hl7v2-fr/', import.meta.url);
const ABSENT = !existsSync(FOLDER) && 'shared/conformance is not here';

interface ExpectedParticipant {
  participation: string;
  personId?: string;
  family?: string;
  orgIdType?: string;
  orgId?: string;
  address?: string;
}

interface Expected {
  segments: string[];
  msh: Record<string, string>;
  pid?: {
    ids: { id: string; authority: string; type: string }[];
    name: string;
    birth: string;
    sex: string;
    account: string;
    identityStatus: string;
  };
  pv1?: { class: string; visit: string };
  orc1?: string;
  obr4?: string;
  txa?: Record<string, string>;
  documents?: { obx3: string; obx11: string; decodedBytes: number; sha1: string; isCda: boolean }[];
  flags?: Record<string, string>;
  participants?: ExpectedParticipant[];
  mailBody?: Record<string, string>;
  z?: Record<string, string[]>;
  msa?: { code: string; controlId: string };
  expected?: { ack: string; err3?: string };
}

function expectations(): [string, Expected][] {
  if (ABSENT) return [];
  return Object.entries(JSON.parse(readFileSync(new URL('expected/messages-expected.json', FOLDER), 'utf8')));
}

function load(name: string): Hl7Message {
  const result = parseMessage(readFileSync(new URL(name, FOLDER)));
  if (!result.ok) assert.fail(`${name}: ${result.refusal.rule.id}`);
  return result.value;
}

/** A field as it stands in the message. */
function raw(segment: Segment | undefined, field: number): string {
  const span = segment && fieldSpan(segment, field);
  return span ? bytesOf(span).toString('utf8') : '';
}

const ALL: Expectations = {
  processingIds: ['P', 'T', 'D'],
  events: DEFAULT_EVENTS,
  mssanteMatrix: 'extended',
};

describe('French sample messages', { skip: ABSENT }, () => {
  for (const [name, expected] of expectations().filter(([, { msh }]) => msh !== undefined)) {
    it(`${name} reads as published`, () => {
      const message = load(name);
      assert.deepEqual(
        message.segments.map((segment) => segment.name),
        expected.segments,
      );
      checkHeader(message, expected.msh);
      checkPatient(message, expected);
      for (const [segment, fields] of Object.entries(expected.z ?? {})) {
        fields.forEach((field, i) => {
          assert.equal(raw(segmentNamed(message, segment), i + 1), field, `${segment}-${i + 1}`);
        });
      }
      if (expected.msa) assert.deepEqual(readAck(message), { ok: true, value: { ...expected.msa, errors: [] } });
    });
  }

  for (const [name, expected] of expectations().filter(([, { documents: all }]) => carried(all).length > 0)) {
    it(`${name} gives its documents`, () => checkNotices(name, expected));
  }

  for (const name of ['sgl-adt-a01-admission.er7', 'pamfr-consent-ok-alim-ok.er7']) {
    it(`${name} is an admission`, () => {
      const read = readAdmission(load(name));
      if (!read.ok) assert.fail(read.refusal.rule.id);
      const { event, patient, visit, consent, movement } = read.value;
      assert.equal(event, 'A01');
      assert.deepEqual(patient.ipps, [
        {
          value: '000003',
          authority: { namespace: 'CHU-X', universalId: '000897406', universalIdType: 'N' },
          typeCode: 'PI',
        },
      ]);
      assert.equal(patient.ins?.oid, '1.2.250.1.213.1.4.10');
      assert.equal(patient.ins?.effective, '20101207');
      assert.equal(patient.birthPlace?.code, '63220');
      assert.equal(patient.identityStatus, 'VALI');
      assert.equal(visit?.number?.value, '000897406');
      assert.equal(consent?.feeding, 'INO');
      assert.equal(movement?.action, 'INSERT');
      assert.equal(movement?.medicalUnit, '6268');
    });
  }

  it('an opposition to feeding is read', () => {
    const read = readAdmission(load('pamfr-consent-ko-alim-opposition.er7'));
    assert.equal(read.ok && read.value.consent?.feeding, 'IO');
    assert.equal(read.ok && read.value.proof?.obtainedBy, 'INSI');
  });
});

/** Our rule for each negative vector: refused, and for the right reason. */
const RULES: Readonly<Record<string, string>> = {
  'neg-01': 'TDU-HL7-050',
  'neg-02': 'TDU-HL7-023',
  'neg-03': 'TDU-HL7-051',
  'neg-04': 'TDU-HL7-052',
  'neg-05': 'TDU-HL7-053',
  'neg-06': 'TDU-HL7-054',
  'neg-07': 'TDU-HL7-063',
  'neg-08': 'TDU-HL7-057',
};

describe('the positive and negative vectors', { skip: ABSENT }, () => {
  for (const [name, { expected }] of expectations()) {
    if (expected === undefined) continue;
    it(`${name} is answered ${expected.ack} ${expected.err3 ?? ''}`, () => {
      const result = readIncoming(load(name), ALL);
      const checked = result.ok && result.value.kind === 'document' ? checkCdaPatient(result.value.notices[0]) : result;
      const hl7 = checked.ok ? undefined : checked.refusal.rule.hl7;
      assert.equal(hl7?.ack ?? 'AA', expected.ack);
      assert.equal(checked.ok ? undefined : checked.refusal.rule.id, RULES[name.slice(0, 6)]);
      if (expected.err3) assert.ok(expected.err3.split(' or ').includes(hl7?.err3 ?? ''), hl7?.err3);
    });
  }

  it('a message meant for a care software is not fed', () => {
    const result = readIncoming(load('lps-mdm-t02-init-n1-base64.er7'), ALL);
    assert.equal(!result.ok && result.refusal.rule.id, 'TDU-HL7-024');
  });

  it('the official T02 sample is outside the published MSSanté table and inside the extended one', () => {
    const message = load('mdm-t02-init-n1-segur-base64.er7');
    assert.ok(readIncoming(message, ALL).ok);
    const strict = readIncoming(message, { ...ALL, mssanteMatrix: 'published' });
    assert.equal(!strict.ok && strict.refusal.rule.id, 'TDU-HL7-053');
  });
});

function checkHeader(message: Hl7Message, msh: Record<string, string>): void {
  const header = readHeader(message);
  assert.equal(header.sendingApplication.namespace, msh.sendingApp);
  assert.equal(header.sendingFacility.namespace, msh.sendingFac);
  assert.equal(header.receivingApplication.namespace, msh.receivingApp);
  assert.equal(header.receivingFacility.namespace, msh.receivingFac);
  assert.equal([header.type, header.event, header.structure].join('^'), msh.type);
  assert.equal(header.controlId, msh.controlId);
  assert.equal(header.processingId, msh.processingId);
  assert.equal(header.version, msh.version?.split('^')[0]);
  assert.equal(header.country, msh.country);
  assert.equal(header.encoding, msh.charset);
  assert.equal(header.profiles.map(({ id, namespace }) => `${id}^${namespace}`).join('~'), msh.profile ?? '');
}

function checkPatient(message: Hl7Message, { pid, pv1, orc1, obr4 }: Expected): void {
  const segment = segmentNamed(message, 'PID');
  if (pid === undefined || segment === undefined) return;
  const ids = repetitions(segment, 3).map((id) => {
    const [value, , , authority, type] = bytesOf(id).toString('utf8').split('^');
    return { id: value, authority, type };
  });
  assert.deepEqual(ids, pid.ids);
  assert.equal(raw(segment, 5), pid.name);
  assert.equal(read(segment, 7), pid.birth);
  assert.equal(read(segment, 8), pid.sex);
  assert.equal(raw(segment, 18), pid.account);
  assert.equal(read(segment, 32), pid.identityStatus);
  assert.equal(raw(segmentNamed(message, 'PV1'), 2), pv1?.class ?? '');
  assert.equal(raw(segmentNamed(message, 'PV1'), 19), pv1?.visit ?? '');
  if (orc1) assert.equal(raw(segmentNamed(message, 'ORC'), 1), orc1);
  if (obr4) assert.equal(raw(segmentNamed(message, 'OBR'), 4), obr4);
}

function checkNotices(name: string, expected: Expected): void {
  const result = readDocumentNotices(load(name));
  if (!result.ok) assert.fail(`${result.refusal.rule.id} ${result.refusal.location}`);
  // The mail text of the version 1 samples is listed there as a second document.
  const documents = carried(expected.documents);
  assert.equal(result.value.length, documents.length);
  documents.forEach((document, index) => {
    const notice = result.value[index];
    if (notice === undefined) assert.fail();
    checkContent(notice, document);
    checkNotice(notice, expected, name.startsWith('lps-'));
  });
}

function checkContent(notice: DocumentNotice, document: NonNullable<Expected['documents']>[number]): void {
  const content = notice.body.content();
  if (!content.ok) assert.fail('not decoded');
  assert.equal(content.value.length, document.decodedBytes);
  assert.equal(createHash('sha1').update(content.value).digest('hex'), document.sha1);
  assert.equal(content.value.includes('<ClinicalDocument'), document.isCda);
  assert.equal(notice.format, 'cda');
  assert.equal(notice.body.content(), content, 'decoded once');
  assert.equal(notice.resultStatus, document.obx11);
}

function checkNotice(notice: DocumentNotice, expected: Expected, lps: boolean): void {
  assert.equal(notice.orderControl ?? '', expected.orc1 ?? '');
  assert.equal(notice.document?.completion ?? '', expected.txa?.completionStatus ?? '');
  if (expected.flags === undefined) return;
  const flags = Object.entries(notice.flags).map(([flag, value]) => [flag, value ? 'Y' : 'N']);
  assert.deepEqual(Object.fromEntries(flags), expected.flags);
  checkParticipants(notice, expected.participants ?? []);
  if (lps) {
    // The mail that brought the document: its subject and its text are in the second ED.
    assert.match(notice.receivedMail?.subject ?? '', /^XDM\/1\.0\/DDM\+/);
    const body = notice.receivedMail?.body.content();
    assert.equal(body?.ok && body.value.toString('utf8'), 'Corps du courriel');
    return;
  }
  const mail = notice.mailToProfessionals?.content();
  const text = expected.mailBody?.CORPSMAIL_PS;
  if (text?.startsWith('INVALID')) assert.equal(mail?.ok, false);
  else assert.equal(mail?.ok && mail.value.toString('utf8'), text ?? false);
}

function checkParticipants(notice: DocumentNotice, expected: readonly ExpectedParticipant[]): void {
  const shape = (participation: string, { person, organisation, address }: Participant) =>
    clean({
      participation,
      personId: person?.id,
      family: person?.family,
      orgIdType: organisation?.idType,
      orgId: organisation?.id,
      address,
    });
  const sent = notice.sender ? [shape('SB', notice.sender)] : [];
  const received = notice.recipients.map((recipient) => shape('RCT', recipient));
  const reply = notice.replyTo === undefined ? [] : [{ participation: 'REPLY', address: notice.replyTo }];
  assert.deepEqual(
    [...sent, ...received, ...reply],
    expected.map(({ participation, personId, family, orgIdType, orgId, address }) =>
      clean({ participation, personId, family, orgIdType, orgId: orgId?.trim(), address }),
    ),
  );
}

function carried(documents: Expected['documents'] = []) {
  return documents.filter(({ obx3 }) => !obx3.startsWith('CORPSMAIL'));
}

function clean(value: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(value).flatMap(([key, text]) => (text ? [[key, text]] : [])));
}
