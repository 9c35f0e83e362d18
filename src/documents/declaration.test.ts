import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchConfig, PAT_TROIS, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import type { Source } from '../config/schema.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import { type DocumentNotice, readDocumentNotices } from '../wire/hl7v2/document-notice.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import { buildDocumentMessage, type SampleDocument } from '../wire/hl7v2/sample-messages.ts';
import { declarationOf } from './declaration.ts';

const RECEIVED = new Date('2026-07-15T12:00:00Z');

function source(parts: Partial<Source> = {}): Source {
  const [first] = benchConfig().sources;
  assert.ok(first);
  return { ...first, ...parts };
}

function notice(parts: Partial<SampleDocument> = {}, edit: (text: string) => string = (text) => text): DocumentNotice {
  const message = buildDocumentMessage({
    from: { application: 'DPI', facility: 'CH' },
    to: { application: 'TDU', facility: 'CH' },
    controlId: 'M1',
    sentAt: '20260715140000+0200',
    kind: 'create',
    profile: 'raw',
    patient: PAT_TROIS,
    visit: { patientClass: 'I', number: 'S1', admittedAt: '20260710', dischargedAt: '20260714' },
    type: { code: '11490-0', label: 'Lettre' },
    number: '1.2.3.4',
    writtenAt: '20260713100000',
    content: Buffer.from('x'),
    mime: ['text', 'plain'],
    sender: {
      id: '10123456789',
      family: 'DURAND',
      given: 'ALICE',
      idType: 'RPPS',
      organisation: 'CH',
      finess: '990000028',
    },
    ...parts,
  });
  const parsed = parseMessage(Buffer.from(edit(message.toString('utf8')), 'utf8'));
  assert.ok(parsed.ok);
  const read = readDocumentNotices(parsed.value);
  assert.ok(read.ok, read.ok ? '' : read.refusal.rule.id);
  return read.value[0];
}

function declared(of: DocumentNotice, from = source(), timeZone = 'Europe/Paris'): DocumentDeclaration {
  return declarationOf(of, from, RECEIVED, timeZone);
}

test('what the message says of patient, stay and times, in the shape of every door', () => {
  const declaration = declared(notice({ patient: { ...PAT_TROIS, ins: PAT_TROIS_INS } }));
  assert.deepEqual(declaration.patient, {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    sex: 'F',
    birthDate: '19790328',
    ...PAT_TROIS_INS,
  });
  assert.deepEqual(
    [declaration.createdAt, declaration.serviceStart, declaration.serviceStop, declaration.patientClass],
    ['20260713100000+0200', '20260713100000+0200', '20260714000000+0200', 'I'],
  );
  assert.equal(declaration.visitNumber, 'S1');
  assert.equal(declared(notice(), source(), 'Indian/Reunion').createdAt, '20260713100000+0400');
});

test('a letter written after the discharge has no end before its start', () => {
  const late = declared(notice({ writtenAt: '20260715100000' }));
  assert.deepEqual([late.serviceStart, late.serviceStop], ['20260715100000+0200', undefined]);
});

test('times fall back on what is there: activity, sending, reception', () => {
  const without = (text: string) => text.replace(/(\rTXA\|1\|[^|]*\|TEXT\|)[^|]*\|\|[^|]*/, '$1||');
  const declaration = declared(notice({ visit: { patientClass: 'O' } }, without));
  assert.deepEqual([declaration.createdAt, declaration.serviceStart], ['20260715140000+0200', '20260715140000+0200']);
  const nothing = declared(notice({ visit: { patientClass: 'O' }, sentAt: 'x' }, without));
  assert.equal(nothing.createdAt, '20260715140000+0200');
});

test('the author of the message, with a RPPS number in its national form; else the declared one', () => {
  const fallback = source().defaultAuthor;
  assert.ok(fallback);
  assert.deepEqual(declared(notice()).author, {
    id: '810123456789',
    family: 'DURAND',
    given: 'ALICE',
    specialty: fallback.specialty,
    specialtyLabel: fallback.specialtyLabel,
  });
  const nobody = (text: string) => text.replace(/10123456789\^DURAND\^ALICE/g, '');
  assert.deepEqual(declared(notice({}, nobody)).author, fallback);
  const { defaultAuthor: _, ...bare } = source();
  assert.equal(declared(notice({}, nobody), bare).author, undefined);
  assert.equal(declared(notice(), bare).author?.specialty, undefined);
});

test('somebody named by a number of the house is nobody else: not the declared author, not a national number', () => {
  const local = (edit: (text: string) => string) => {
    const { author, local: values } = declared(notice({}, edit));
    return { author, named: values?.author };
  };
  assert.deepEqual(
    local((text) => text.replace(/10123456789/g, 'INT-7')),
    { author: undefined, named: { id: 'INT-7', family: 'DURAND', given: 'ALICE' } },
  );
  assert.deepEqual(
    local((text) => text.replace(/10123456789\^/g, '^')),
    { author: undefined, named: { family: 'DURAND', given: 'ALICE' } },
  );
  const undeclared = (text: string) =>
    text.replace(/&1\.2\.250\.1\.71\.4\.2\.1&ISO/g, '').replace(/\^D\^\^\^RPPS/g, '');
  assert.equal(local(undeclared).named?.national, undefined, 'eleven digits without their key are not an RPPS');
  assert.equal(local((text) => undeclared(text).replace(/10123456789/g, '01234567897')).named?.id, '801234567897');
});

test('the local type, unit and structure of a raw document; a national type needs no table', () => {
  assert.deepEqual(declared(notice()).local?.type, undefined);
  const { local } = declared(
    notice({ type: { code: 'CRH', label: 'CR hospitalier' }, visit: { patientClass: 'I', unit: '2310' } }),
  );
  assert.deepEqual(
    [local?.type, local?.unit, local?.structure],
    [{ code: 'CRH', label: 'CR hospitalier' }, { code: '2310' }, '990000028'],
  );
  const national = (text: string) => text.replace(/\|OBX\|/, '|OBX|').replace('CRH^', '11490-0^');
  assert.equal(declared(notice({ type: { code: 'CRH', label: 'x' } }, national)).local?.type, undefined);
  const byRequest = declared(
    notice({ type: { code: 'CRH', label: 'CR hospitalier' } }),
    source({ typeField: 'OBR-4' }),
  );
  assert.deepEqual(byRequest.local?.type, { code: 'CRH', label: 'CR hospitalier' });
});

test('only the CI-SIS profile makes the message answer for the identifier and the type of its document', () => {
  assert.equal(declared(notice()).claimed, undefined);
  const cisis = { profile: 'cisis', content: Buffer.from('<ClinicalDocument/>'), mime: ['text', 'XML'] } as const;
  assert.deepEqual(declared(notice(cisis)).claimed, { uniqueId: '1.2.3.4', typeCode: '11490-0' });
  const extension = declared(notice(cisis, (text) => text.replace('|1.2.3.4|', '|77^^1.2.3^ISO|')));
  assert.equal(extension.claimed?.uniqueId, '77^^1.2.3^ISO');
  assert.deepEqual(declared(notice({ ...cisis, number: 'LOCAL' })).claimed, { typeCode: '11490-0' });
});

test('visibility: the choices of the message, the secret connection among them', () => {
  const cisis = { profile: 'cisis', content: Buffer.from('<ClinicalDocument/>'), mime: ['text', 'XML'] } as const;
  const flags = { MASQUE_PS: true, INVISIBLE_PATIENT: true, INVISIBLE_REP_LEGAUX: true, DESTDMP: false };
  const hidden = declared(notice({ ...cisis, flags }));
  assert.deepEqual(hidden.visibility, {
    maskedFromProfessionals: true,
    invisibleToPatient: true,
    invisibleToRepresentatives: true,
  });
  assert.equal(hidden.toDmp, false);
  const minor = declared(notice({ ...cisis, flags: { INVISIBLE_REP_LEGAUX: true, CONNEXION_SECRETE: true } }));
  assert.deepEqual([minor.visibility.invisibleToRepresentatives, minor.visibility.secretConnection], [true, true]);
  assert.equal(declared(notice()).toDmp, true, 'a sender without the profile feeds the DMP');
});
