import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policySchema } from '../config/policy-schema.ts';
import type { CivilDate } from '../ins/types.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import { type Destination, type PatientFacts, type PolicyFacts, policyOf } from './policy.ts';

const NOW = new Date('2026-11-23T08:00:00Z');
const HOUR_MS = 3_600_000;
const PATIENT: PatientFacts = {
  status: 'QUAL',
  feedOpposition: false,
  informedAt: null,
  anonymous: false,
  noInsReason: null,
  dmpState: null,
  dmpStateAt: null,
  birthDate: '1979-03-28',
  birthDateAsGiven: null,
};
const NOTICE: DocumentDeclaration = {
  patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
  createdAt: '20261123083000+0100',
  serviceStart: '20261123083000+0100',
  visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
  toDmp: true,
};
const MINOR = { birthDate: '2012-05-01' };

type Visibility = Partial<DocumentDeclaration['visibility']>;

function decided(
  parts: {
    patient?: Partial<PatientFacts>;
    visibility?: Visibility;
    notice?: Partial<DocumentDeclaration>;
    document?: Partial<PolicyFacts['document']>;
    facts?: Partial<PolicyFacts>;
  },
  settings: Parameters<typeof policySchema.parse>[0] = {},
  destination: Destination = 'DMP',
): string {
  const notice = { ...NOTICE, ...parts.notice, visibility: { ...NOTICE.visibility, ...parts.visibility } };
  const decision = policyOf(
    {
      document: { action: 'create', typeCode: '11490-0', notice, ...parts.document },
      patient: { ...PATIENT, ...parts.patient },
      suspendedUntil: null,
      now: NOW,
      today: '2026-11-23' as CivilDate,
      ...parts.facts,
    },
    policySchema.parse(settings),
    destination,
  );
  return decision.kind === 'open' ? 'open' : `${decision.kind} ${decision.refusal.rule.id}`;
}

const ended = ({ id }: { id: string }) => `ended ${id}`;

test('nothing stands against a usual document, for any destination', () => {
  for (const destination of ['DMP', 'MSSANTE-PS', 'MSSANTE-PATIENT'] as const)
    assert.equal(decided({}, {}, destination), 'open', destination);
});

test('what is known of the patient ends the wait, each reason where it applies', () => {
  assert.equal(decided({ patient: { feedOpposition: true } }), ended(feedRules.opposition));
  assert.equal(decided({ patient: { feedOpposition: true } }, {}, 'MSSANTE-PATIENT'), 'open');
  assert.equal(decided({ patient: { anonymous: true } }), ended(policyRules.anonymous));
  assert.equal(decided({ patient: { anonymous: true } }, {}, 'MSSANTE-PATIENT'), ended(policyRules.anonymous));
  assert.equal(decided({ patient: { anonymous: true } }, {}, 'MSSANTE-PS'), 'open');
  const visitor = { status: 'VALI', noInsReason: 'visitor' } as const;
  assert.equal(decided({ patient: visitor }), ended(policyRules.noIns));
  assert.equal(decided({ patient: { ...visitor, status: 'QUAL' } }), 'open', 'an INS came after all');
  assert.equal(decided({ patient: visitor }, {}, 'MSSANTE-PS'), 'open');
});

test('the information of the patient counts where the site records it', () => {
  const required = { patientInformation: 'required' } as const;
  assert.equal(decided({}, required), ended(policyRules.notInformed));
  assert.equal(decided({ patient: { informedAt: NOW } }, required), 'open');
  assert.equal(decided({}, required, 'MSSANTE-PATIENT'), 'open');
});

test('a DMP that is absent or closed is believed until it is asked for again', () => {
  const known = (dmpState: PatientFacts['dmpState'], hours: number) => ({
    patient: { dmpState, dmpStateAt: new Date(NOW.getTime() - hours * HOUR_MS) },
  });
  assert.equal(decided(known('absent', 167)), ended(feedRules.dmpAbsent));
  assert.equal(decided(known('closed', 167)), ended(feedRules.dmpClosed));
  assert.equal(decided(known('closed', 168)), 'open');
  assert.equal(decided(known('active', 1)), 'open');
  assert.equal(decided(known('absent', 2), { dmpAskedAgainAfterHours: 1 }), 'open');
});

test('a type that the DMP does not take ends the wait; one that no table knows is not judged', () => {
  assert.equal(decided({ document: { typeCode: 'EXPORT_DUI' } }), ended(feedRules.typeNotFeedable));
  assert.equal(decided({ document: { typeCode: 'EXPORT_DUI' } }, {}, 'MSSANTE-PS'), 'open');
  assert.equal(decided({ document: { typeCode: 'CRH-LOCAL' } }), 'open');
});

test('a partial laboratory report is not sent, by any of the three statuses that say it', () => {
  const report = (notFinal: DocumentDeclaration['notFinal'], typeCode = '11502-2') => ({
    document: { typeCode, notice: { ...NOTICE, ...(notFinal && { notFinal }) } },
  });
  assert.equal(decided(report({ results: ['P'] })), ended(policyRules.partialResult));
  assert.equal(decided(report({ results: [], order: 'A' })), ended(policyRules.partialResult));
  assert.equal(decided(report({ results: ['P'] }), {}, 'MSSANTE-PATIENT'), ended(policyRules.partialResult));
  assert.equal(decided(report({ results: ['P'] }), {}, 'MSSANTE-PS'), 'open');
  assert.equal(decided(report({ results: ['Z'], order: 'DC' })), 'open');
  assert.equal(decided(report(undefined)), 'open');
  assert.equal(decided(report({ results: ['P'] }, '11490-0')), 'open', 'another type may be written in parts');
  assert.equal(decided(report({ results: ['P'] }), { partialResults: { send: true } }), 'open');
});

test('masked to professionals and invisible to the patient is refused unless the site decided otherwise', () => {
  const both = { visibility: { maskedFromProfessionals: true, invisibleToPatient: true } };
  assert.equal(decided(both), ended(feedRules.masksCombined));
  assert.equal(decided(both, { visibility: { maskedAndInvisible: 'accept' } }), 'open');
  assert.equal(decided({ visibility: { invisibleToPatient: true } }), 'open');
});

test('what legal representatives must not see goes by secret connection, and concerns a minor', () => {
  const hidden: Visibility = { invisibleToRepresentatives: true };
  const secret: Visibility = { ...hidden, secretConnection: true };
  assert.equal(decided({ visibility: secret, patient: MINOR }), 'open');
  assert.equal(decided({ visibility: hidden, patient: MINOR }), ended(feedRules.secretConnectionNeeded));
  assert.equal(
    decided({ visibility: secret, patient: MINOR }, { visibility: { secretConnection: 'never' } }),
    ended(feedRules.secretConnectionNeeded),
  );
  assert.equal(decided({ visibility: secret }), ended(policyRules.notAMinor));
  const lunar = { birthDate: '2008-12-31', birthDateAsGiven: '2008-00-00' };
  assert.equal(decided({ visibility: secret, patient: lunar }), 'open', 'until the last day of the year');
  assert.equal(
    decided({ visibility: secret, patient: { birthDate: '2008-11-23' } }),
    ended(policyRules.notAMinor),
    'the very day',
  );
});

test('who is not to see a document is not sent it', () => {
  const hidden = { visibility: { invisibleToPatient: true } };
  assert.equal(decided(hidden, {}, 'MSSANTE-PATIENT'), ended(policyRules.mailToPatientHidden));
  assert.equal(decided(hidden, {}, 'MSSANTE-PS'), 'open');
  const masked = { visibility: { maskedFromProfessionals: true } };
  assert.equal(decided(masked, {}, 'MSSANTE-PS'), ended(policyRules.mailToProfessionalMasked));
  assert.equal(decided(masked, {}, 'MSSANTE-PATIENT'), 'open');
  const secret = { visibility: { secretConnection: true } as const };
  assert.equal(decided(secret, {}, 'MSSANTE-PATIENT'), ended(policyRules.mailToPatientSecret));
});

test('a suspension holds every destination until its end, behind what ends the wait; a deletion passes', () => {
  const until = { facts: { suspendedUntil: new Date(NOW.getTime() + 1) } };
  for (const destination of ['DMP', 'MSSANTE-PS', 'MSSANTE-PATIENT'] as const)
    assert.equal(decided(until, {}, destination), `waiting ${policyRules.suspended.id}`);
  assert.equal(decided({ facts: { suspendedUntil: NOW } }), 'open');
  assert.equal(decided({ ...until, patient: { feedOpposition: true } }), ended(feedRules.opposition));
  assert.equal(decided({ ...until, document: { action: 'delete' } }), 'open');
});
