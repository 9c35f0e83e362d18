import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CivilDate, CogCode } from '../../ins/types.ts';
import type { OutgoingPatient } from './identity-message.ts';
import { judge } from './judge.fixture.ts';
import { buildLpsMessage, type LpsMessage } from './lps-message.ts';
import { parseMessage, read, segmentsNamed } from './message.ts';

const SAMPLE = new URL('../../../../shared/conformance/hl7v2-fr/lps-mdm-t02-init-n1.er7', import.meta.url);

const PATIENT: OutgoingPatient = {
  numbers: [{ value: '12345', domain: '1.2.250.1.71.4.2.2.7', authority: 'CH-DEMO' }],
  person: {
    traits: {
      birthName: 'PAT-TROIS',
      firstGivenName: 'DOMINIQUE',
      birthGivenNames: 'DOMINIQUE MARIE',
      sex: 'F',
      birthDate: '1979-03-28' as CivilDate,
      birthPlace: '63220' as CogCode,
    },
  },
  withdrawnIns: [],
  checked: true,
  attributes: [],
  birthDateInterpreted: false,
  updatedAt: new Date('2026-11-23T08:00:00Z'),
};

const MESSAGE: LpsMessage = {
  patient: PATIENT,
  document: {
    id: { root: '1.2.250.1.71.4.2.2.120456789.71024000081' },
    type: { code: '18748-4', label: "CR d'imagerie médicale", system: 'LN' },
    writtenAt: '202212160932',
    authenticatorId: '801234564895',
    cda: Buffer.from('<ClinicalDocument/>'),
  },
  mail: {
    messageId: '<1234@medecin.mssante.fr>',
    subject: 'XDM/1.0/DDM+CR | PAT-TROIS',
    text: 'Corps du courriel',
    from: 'thomas.eric@medecin.mssante.fr',
    sender: { id: '801234564895', family: 'Eric', given: 'Thomas' },
    to: 'dpi@hopitala.mssante.fr',
    unit: { name: "Service d'urologie", id: '3435', authority: '120456789' },
    replyTo: 'adam.hoda@test-ci-sis.mssante.fr',
  },
  flags: { MASQUE_PS: false, INVISIBLE_PATIENT: true, INVISIBLE_REP_LEGAUX: true, MODIF_CONF_CODE: false },
};

const ENVELOPE = {
  from: { application: 'PFI-Y', facility: 'Organisation-Y' },
  to: { application: 'RIS-Y', facility: 'Organisation-Y' },
  controlId: '015',
  processingId: 'P' as const,
  encoding: 'UNICODE UTF-8' as const,
  now: new Date('2026-11-23T08:00:00Z'),
  timeZone: 'Europe/Paris',
};

/** Segments, and in each OBX and PRT what its coded fields say. */
function structure(er7: Buffer): string[] {
  const parsed = parseMessage(Buffer.from(er7.toString('utf8').replaceAll('\n', '\r')));
  assert.ok(parsed.ok);
  return parsed.value.segments.map((segment) => {
    const field = (n: number, c?: number): string => read(segment, n, c) ?? '';
    if (segment.name === 'MSH') return `MSH ${[9, 12, 17, 18, 21].map((n) => field(n)).join(' ')} ${field(21, 2)}`;
    if (segment.name === 'PV1') return `PV1 ${field(2)}`;
    if (segment.name === 'ORC') return `ORC ${field(1)}`;
    if (segment.name === 'OBR') return `OBR ${field(4)} ${field(4, 3)}`;
    if (segment.name === 'TXA') return `TXA ${[1, 2, 3, 12, 17, 22].map((n) => field(n)).join(' ')}`;
    if (segment.name === 'PRT')
      return `PRT ${[2, 4].map((n) => field(n)).join(' ')} ${field(5)} ${field(8)} ${field(15, 3)} ${field(15, 4)}`;
    if (segment.name !== 'OBX') return segment.name;
    const named =
      field(2) === 'ED' ? `${field(5, 2)} ${field(5, 4)}` : `${field(3)} ${field(3, 3)} ${field(5)} ${field(5, 3)}`;
    return `OBX ${field(1)} ${field(2)} ${named} ${field(11)}`;
  });
}

test('an initial hand-over has the structure of the official sample of the LPS volet', {
  skip: !existsSync(SAMPLE) && 'shared/conformance is not here',
}, () => {
  const document = { ...MESSAGE.document };
  const mail = { ...MESSAGE.mail, unit: { name: "Service d'urologie", id: '3435', authority: '120456789' } };
  const ours = structure(buildLpsMessage({ ...MESSAGE, document, mail }, ENVELOPE));
  // The published TXA-12 adds a namespace, which the specification leaves out; its address is in mixed case.
  const sample = structure(readFileSync(SAMPLE)).map((line) => line.replace('hopitalA', 'hopitala'));
  assert.deepEqual(ours, sample);
});

test('another HL7 library reads the same fields, and no value opens a segment', (t) => {
  const er7 = buildLpsMessage(
    { ...MESSAGE, mail: { ...MESSAGE.mail, subject: 'a\rPID|faux~^&\\', text: 'ligne\rOBX|9' } },
    ENVELOPE,
  );
  const seen = judge(t, er7);
  if (seen === undefined) return;
  assert.deepEqual(
    seen.map(([name]) => name),
    ['MSH', 'EVN', 'PID', 'PV1', 'ORC', 'OBR', 'TXA', 'OBX', 'PRT', 'PRT', 'PRT', 'OBX', 'OBX', 'OBX', 'OBX', 'OBX'],
  );
  assert.equal(seen[7]?.[5], `^text^XML^Base64^${Buffer.from('<ClinicalDocument/>').toString('base64')}`);
  assert.equal(seen[8]?.[15], '^^X.400^thomas.eric@medecin.mssante.fr');
});

test('a new version is a T10 that names the document it replaces', () => {
  const document = { ...MESSAGE.document, replaces: { root: '1.2.3', extension: '58131' } };
  const parsed = parseMessage(buildLpsMessage({ ...MESSAGE, document }, ENVELOPE));
  assert.ok(parsed.ok);
  const [txa] = segmentsNamed(parsed.value, 'TXA');
  const [msh] = segmentsNamed(parsed.value, 'MSH');
  const [orc] = segmentsNamed(parsed.value, 'ORC');
  const [obx] = segmentsNamed(parsed.value, 'OBX');
  assert.ok(txa && msh && orc && obx);
  assert.deepEqual(
    [read(txa, 13), read(txa, 13, 3), read(msh, 9, 2), read(orc, 1), read(obx, 11)],
    ['58131', '1.2.3', 'T10', 'RO', 'C'],
  );
});
