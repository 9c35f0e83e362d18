/**
 * « Pourquoi ? » has an answer for every way in which a call to a national service, a rule pack or a mail server can end.
 * The tables are typed by the closed unions of the clients: a new kind of end does not compile until it stands here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidBy } from '../../src/conformance/verdict.ts';
import { callsFor } from '../../src/rules/calls.ts';
import { allRules, ruleById } from '../../src/rules/catalogue.ts';
import { dmpRules } from '../../src/rules/dmp.ts';
import { xdsRules } from '../../src/rules/dmp-xds.ts';
import type { Rule } from '../../src/rules/rule.ts';
import type { Exchange } from '../../src/wire/dmp/exchange.ts';
import { queryAnswer, submitOutcome } from '../../src/wire/dmp/outcome.ts';
import { createInsiClient } from '../../src/wire/insi/client.ts';
import { organisationCredentials } from '../../src/wire/insi/credentials.ts';
import { outcomeOfFault } from '../../src/wire/insi/faults.ts';
import type { InsiOutcome } from '../../src/wire/insi/outcome.ts';
import { insiQuery } from '../../src/wire/insi/query.ts';
import { VERIFICATION } from '../../src/wire/insi/verification.fixture.ts';
import type { MailOutcome } from '../../src/wire/mssante/smtp-client.ts';
import { ruleOfStatus, smtpErrorCode } from '../../src/wire/mssante/smtp-status.ts';
import type { IsolatedVerdict } from '../../src/wire/schematron/isolated-check.ts';
import type { TransportOutcome } from '../../src/wire/soap/transport.ts';
import type { RegistryResponse } from '../../src/wire/xds/registry-response.ts';
import { openBench } from '../support/use-case-bench.ts';

/** Cause, owner, correction, what comes next and whether it may be sent again: a person or the gateway acts, never nobody. */
function explained(rule: Rule | undefined, end: string): void {
  assert.ok(rule, `${end}: no rule`);
  assert.equal(ruleById(rule.id), rule, `${end}: ${rule.id} is not in the catalogue`);
  for (const text of [rule.title, rule.cause, rule.remedy]) assert.ok(text.length >= 10, `${end}: ${rule.id}`);
  if (rule.retry === 'after-correction') assert.notEqual(rule.owner, 'aucun', `${end}: ${rule.id} waits for nobody`);
  // What may already be there is never sent again by hand: the gateway asks first.
  if (!rule.safeToResend) assert.equal(rule.retry, 'automatic', `${end}: ${rule.id}`);
}

const everyStatus = Array.from({ length: 500 }, (_, index) => 100 + index).filter((code) => code < 200 || code >= 300);
const FAULT_CODES = [
  'Sender',
  'Receiver',
  'Client',
  'Server',
  'VersionMismatch',
  'MustUnderstand',
  'DataEncodingUnknown',
  '',
];

function registryAnswers(): RegistryResponse[] {
  const codes = [...Object.keys(xdsRules), 'UnCodeDeDemain', ''];
  const of = (code: string): RegistryResponse => ({
    status: 'failure',
    errors: [{ code, context: 'texte', severity: 'error' }],
  });
  return [...codes.map(of), { status: 'failure', errors: [] }, { status: 'partial', errors: [] }];
}

type DmpEnds = {
  readonly [Kind in Exchange<RegistryResponse>['kind']]: readonly Extract<Exchange<RegistryResponse>, { kind: Kind }>[];
};

const DMP_ENDS: DmpEnds = {
  value: registryAnswers().map((value) => ({ kind: 'value', value })),
  fault: [...FAULT_CODES, 'DMPInvalidCertificate'].map((code) => ({
    kind: 'fault',
    fault: { codes: code === '' ? [] : [code], reason: 'motif', detail: '' },
  })),
  http: everyStatus.map((status) => ({ kind: 'http', status })),
  unreadable: [{ kind: 'unreadable', reason: 'multipart' }],
  stopped: [{ kind: 'stopped', refusal: { rule: dmpRules.unreachable } }],
  'not-sent': [
    { kind: 'not-sent', reason: 'ECONNREFUSED' },
    { kind: 'not-sent', reason: 'certificat', tls: true },
  ],
  ambiguous: [{ kind: 'ambiguous', reason: 'ECONNRESET' }],
};

test('a submission to the DMP, however it ends, is explained', () => {
  for (const end of Object.values(DMP_ENDS).flat()) {
    const outcome = submitOutcome(end);
    assert.ok(outcome.kind !== 'accepted', JSON.stringify(end));
    explained(outcome.refusal.rule, JSON.stringify(end));
  }
});

test('a question to the DMP, however it ends, is explained and never forbids asking again', () => {
  for (const end of Object.values(DMP_ENDS)
    .flat()
    .filter(({ kind }) => kind !== 'value')) {
    const answer = queryAnswer(end, () => assert.fail('no value'));
    assert.ok(answer.kind === 'failed', JSON.stringify(end));
    explained(answer.refusal.rule, JSON.stringify(end));
    assert.equal(answer.refusal.rule.safeToResend, true, JSON.stringify(end));
  }
});

const soap = (body: string): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
const result = (code: string): string =>
  soap(`<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat"><CR><CodeCR>${code}</CodeCR></CR></RESULTAT>`);

function answered(status: number, body: string): TransportOutcome {
  return { kind: 'answered', status, contentType: 'application/soap+xml', body: Buffer.from(body) };
}

type InsiEnds = { readonly [Kind in TransportOutcome['kind']]: readonly TransportOutcome[] };
const INSI_ENDS: InsiEnds = {
  'not-sent': [
    { kind: 'not-sent', reason: 'x' },
    { kind: 'not-sent', reason: 'x', tls: true },
  ],
  ambiguous: [{ kind: 'ambiguous', reason: 'x' }],
  answered: [
    ...['00', '01', '02', '03', '99', ''].map((code) => answered(200, result(code))),
    ...[200, ...everyStatus].map((status) => answered(status, 'Bad gateway')),
    answered(200, soap('')),
  ],
};

/** As the client gives it: what travels is chosen, what it means is its own judgement. */
async function asked(answer: TransportOutcome): Promise<InsiOutcome> {
  const client = createInsiClient({
    transport: { post: async () => answer, close: async () => undefined },
    path: '/lps',
    lps: { idam: 'AB12', version: '1', name: 'essai', instance: '7a2b3c4d-0000-4000-8000-000000000001' },
    credentials: organisationCredentials('10B0152872'),
    verification: VERIFICATION,
    timeoutMs: 1_000,
    now: () => new Date('2026-11-23T14:05:06Z'),
    newUuid: () => '7a2b3c4d-0000-4000-8000-000000000101',
  });
  const query = insiQuery({ birthName: 'DE VINCI', givenName: 'RUTH', sex: 'F', birthDate: '1976-07-14' });
  assert.ok(query.ok);
  return client.search(query.value);
}

test('a search at INSi, however it ends, is explained', async () => {
  const seen = new Set<InsiOutcome['kind']>();
  const look = (outcome: InsiOutcome, end: string): void => {
    seen.add(outcome.kind);
    assert.ok(outcome.kind !== 'found', end);
    explained(outcome.refusal.rule, end);
  };
  for (const end of Object.values(INSI_ENDS).flat()) look(await asked(end), JSON.stringify(end));
  for (const siram of ['siram_40', 'siram_100', 'siram_777', undefined])
    for (const code of ['insi_102', 'desir_550', 'desir_560', 'desir_1020', 'desir_9', undefined])
      for (const party of ['Sender', 'Receiver', 'other'] as const)
        look(
          outcomeOfFault({ party, ...(siram && { siram }), ...(code && { code }) }),
          `${party} ${siram ?? '-'} ${code ?? '-'}`,
        );
  const kinds: Readonly<Record<Exclude<InsiOutcome['kind'], 'found'>, true>> = {
    none: true,
    several: true,
    transient: true,
    permanent: true,
    unavailable: true,
    unreadable: true,
  };
  assert.deepEqual([...seen].sort(), Object.keys(kinds).sort());
});

type Undecided = Exclude<IsolatedVerdict, { kind: 'judged' }>;
const VERDICTS: { readonly [Kind in Undecided['kind']]: Extract<Undecided, { kind: Kind }> } = {
  'too-long': { kind: 'too-long' },
  broken: { kind: 'broken' },
  unusable: { kind: 'unusable', why: 'paquet' },
  unreadable: { kind: 'unreadable', why: 'XML mal formé' },
};

test('a rule pack that could not decide says why', () => {
  const pack = { schematrons: [] } as unknown as Parameters<typeof saidBy>[0];
  for (const verdict of Object.values(VERDICTS)) explained(saidBy(pack, verdict).undecided?.rule, verdict.kind);
});

test('every reply and status of a mail server has its rule and its code of the CI-SIS table', () => {
  const replies = Array.from({ length: 200 }, (_, index) => ({ replyCode: String(400 + index) }));
  const classes = [4, 5].flatMap((kind) =>
    Array.from({ length: 9 }, (_, subject) =>
      Array.from({ length: 31 }, (_, detail) => ({ enhanced: `${kind}.${subject}.${detail}` })),
    ).flat(),
  );
  for (const status of [...replies, ...classes, {}]) {
    explained(ruleOfStatus(status), JSON.stringify(status));
    assert.ok(smtpErrorCode(status).label.length > 0, JSON.stringify(status));
  }
});

const REPLY = '550 5.1.1 inconnu';
const MAIL_ENDS: { readonly [Kind in Exclude<MailOutcome['kind'], 'taken'>]: readonly MailOutcome[] } = {
  refused: [
    { kind: 'refused', reply: REPLY, recipients: [] },
    { kind: 'refused', reply: '451 4.3.0 plus tard', recipients: [] },
  ],
  'not-taken': [
    { kind: 'not-taken', reason: 'ECONNREFUSED', tls: false },
    { kind: 'not-taken', reason: 'certificat', tls: true },
  ],
  unknown: [{ kind: 'unknown', reason: 'ECONNRESET' }],
};

test('a mail whose sending ends in any way but well says why', async (t) => {
  for (const end of Object.values(MAIL_ENDS).flat()) {
    const bench = await openBench(t);
    bench.smtp.answer = () => end;
    await bench.admit();
    await bench.settle();
    await bench.file({ recipients: ['claire.martin@medecin.mssante.fr'], flags: { DESTMSSANTEPS: true } });
    await bench.settle();
    const { rows } = await bench.context.pool.query<{ ruleId: string }>('select rule_id as "ruleId" from mail');
    assert.equal(rows.length, 1);
    explained(ruleById(rows[0]?.ruleId ?? ''), JSON.stringify(end));
  }
});

test('whom to call is said of every rule that lies with a national service or a vendor', () => {
  const national = allRules().filter(({ id }) => /^TDU-(DMP|INSI)-/.test(id));
  const inside = ['bureau des entrées', 'identitovigilance', 'médecin auteur', 'professionnel de santé'];
  assert.ok(national.length > 60);
  for (const rule of national)
    assert.deepEqual(callsFor(rule), inside.includes(rule.owner) ? [] : ['vendor', 'gie'], rule.id);
  for (const rule of allRules().filter(({ owner }) => owner.startsWith('éditeur')))
    assert.equal(callsFor(rule)[0], 'vendor', rule.id);
});
