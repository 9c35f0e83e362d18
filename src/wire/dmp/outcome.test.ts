import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dmpRules } from '../../rules/dmp.ts';
import { xdsRules } from '../../rules/dmp-xds.ts';
import type { RegistryError, RegistryResponse } from '../xds/registry-response.ts';
import { MATRICULE } from '../xds/submission.fixture.ts';
import type { Exchange } from './exchange.ts';
import { queryAnswer, submitOutcome } from './outcome.ts';

const failure = (...codes: string[]): Exchange<RegistryResponse> => ({
  kind: 'value',
  value: { status: 'failure', errors: codes.map((code) => error(code)) },
});
const error = (code: string, context = 'texte du DMP'): RegistryError => ({ code, context, severity: 'error' });
const fault = (...codes: string[]): Exchange<never> => ({
  kind: 'fault',
  fault: { codes, reason: 'motif', detail: '' },
});

function judge(result: Exchange<RegistryResponse>): string {
  const outcome = submitOutcome(result);
  return outcome.kind === 'accepted' ? 'accepted' : `${outcome.kind} ${outcome.class} ${outcome.refusal.rule.id}`;
}

const { XDSRegistryBusy: busy, XDSDuplicateUniqueIdInRegistry: duplicate, XDSUnknownPatientId: unknown } = xdsRules;

const SUBMISSIONS: readonly (readonly [string, Exchange<RegistryResponse>, string])[] = [
  ['a success', { kind: 'value', value: { status: 'success', errors: [] } }, 'accepted'],
  [
    'a partial success',
    { kind: 'value', value: { status: 'partial', errors: [] } },
    `unreadable ambiguous ${dmpRules.answerUnreadable.id}`,
  ],
  ['a busy registry', failure('XDSRegistryBusy'), `refused transient ${busy.id}`],
  ['an unknown patient', failure('XDSUnknownPatientId'), `refused permanent ${unknown.id}`],
  ['an identifier already there', failure('XDSDuplicateUniqueIdInRegistry'), `refused ambiguous ${duplicate.id}`],
  [
    'a correction among passing errors',
    failure('XDSRegistryBusy', 'XDSUnknownPatientId'),
    `refused permanent ${unknown.id}`,
  ],
  [
    'a duplicate among passing errors',
    failure('XDSRegistryBusy', 'XDSDuplicateUniqueIdInRegistry'),
    `refused ambiguous ${duplicate.id}`,
  ],
  [
    'a duplicate, whatever else stops it: it may be there',
    failure('XDSRegistryDeprecatedDocumentError', 'XDSDuplicateUniqueIdInRegistry'),
    `refused ambiguous ${duplicate.id}`,
  ],
  ['a code of tomorrow', failure('DMPSomethingNew'), `refused permanent ${dmpRules.unknownCode.id}`],
  ['the name of an object method', failure('toString'), `refused permanent ${dmpRules.unknownCode.id}`],
  ['a failure without reason', failure(), `refused permanent ${dmpRules.unknownCode.id}`],
  [
    'a refused signing certificate',
    fault('Sender', 'DMPInvalidCertificate'),
    `fault permanent ${dmpRules.invalidCertificate.id}`,
  ],
  ['a Sender fault', fault('Sender'), `fault permanent ${dmpRules.requestRefused.id}`],
  ['a Receiver fault', fault('Receiver'), `fault ambiguous ${dmpRules.serviceFault.id}`],
  ['a fault without code', fault(), `fault ambiguous ${dmpRules.serviceFault.id}`],
  ['HTTP 500', { kind: 'http', status: 500 }, `http ambiguous ${dmpRules.serviceFault.id}`],
  ['HTTP 503', { kind: 'http', status: 503 }, `http ambiguous ${dmpRules.serviceFault.id}`],
  ['HTTP 403', { kind: 'http', status: 403 }, `http permanent ${dmpRules.httpForbidden.id}`],
  ['HTTP 413', { kind: 'http', status: 413 }, `http permanent ${dmpRules.httpTooLarge.id}`],
  ['HTTP 429', { kind: 'http', status: 429 }, `http transient ${dmpRules.httpBusy.id}`],
  ['HTTP 404', { kind: 'http', status: 404 }, `http permanent ${dmpRules.httpUnexpected.id}`],
  [
    'a refused connection',
    { kind: 'not-sent', reason: 'ECONNREFUSED' },
    `not-sent transient ${dmpRules.unreachable.id}`,
  ],
  [
    'a refused certificate',
    { kind: 'not-sent', reason: 'x', tls: true },
    `not-sent transient ${dmpRules.tlsRefused.id}`,
  ],
  ['a reset', { kind: 'ambiguous', reason: 'ECONNRESET' }, `ambiguous ambiguous ${dmpRules.outcomeUnknown.id}`],
  [
    'an unreadable answer',
    { kind: 'unreadable', reason: 'malformed' },
    `unreadable ambiguous ${dmpRules.answerUnreadable.id}`,
  ],
];

describe('outcome of a submission', () => {
  for (const [name, result, expected] of SUBMISSIONS) {
    it(`after ${name}: ${expected.split(' ').slice(0, 2).join(', ')}`, () => assert.equal(judge(result), expected));
  }

  it('shows the words of the DMP, but never a matricule', () => {
    const said = error(
      'XDSRegistryError',
      `Patient ${MATRICULE}^^^&1.2.250.1.213.1.4.10 (160012B02077713) inconnu, lot 20261123103000`,
    );
    const outcome = submitOutcome({ kind: 'value', value: { status: 'failure', errors: [said] } });
    assert.ok(outcome.kind === 'refused');
    const expected = 'Patient [matricule]^^^&1.2.250.1.213.1.4.10 ([matricule]) inconnu, lot 20261123103000';
    assert.equal(outcome.errors[0]?.context, expected);
    assert.equal(outcome.refusal.detail, `XDSRegistryError: ${expected}`);
    const faulty = submitOutcome({
      kind: 'fault',
      fault: { codes: ['Sender'], reason: `NIR ${MATRICULE}`, detail: MATRICULE },
    });
    assert.doesNotMatch(JSON.stringify(faulty), new RegExp(MATRICULE));
  });

  it('keeps the warnings of an accepted set', () => {
    const warning = { ...error('XDSExtraMetadataNotSaved'), severity: 'warning' } as const;
    const outcome = submitOutcome({ kind: 'value', value: { status: 'success', errors: [warning] } });
    assert.deepEqual(outcome, { kind: 'accepted', warnings: [warning] });
  });

  it('does not let a warning decide of a refusal', () => {
    const warning = { ...error('XDSUnknownPatientId'), severity: 'warning' } as const;
    const errors = [warning, error('XDSRegistryBusy')];
    assert.equal(judge({ kind: 'value', value: { status: 'failure', errors } }), `refused transient ${busy.id}`);
  });
});

describe('outcome of a question', () => {
  const ask = (result: Exchange<string>) => {
    const answer = queryAnswer(result, (value) => ({ kind: 'answered', value }));
    return answer.kind === 'answered' ? answer.value : `${answer.class} ${answer.refusal.rule.id}`;
  };
  for (const [name, result, expected] of [
    ['an answer', { kind: 'value', value: 'oui' }, 'oui'],
    ['a reset', { kind: 'ambiguous', reason: 'ECONNRESET' }, `transient ${dmpRules.queryUnanswered.id}`],
    ['an unreadable answer', { kind: 'unreadable', reason: 'x' }, `transient ${dmpRules.queryUnanswered.id}`],
    ['a Receiver fault', fault('Receiver'), `transient ${dmpRules.queryUnanswered.id}`],
    ['a Sender fault', fault('Sender'), `permanent ${dmpRules.requestRefused.id}`],
    ['HTTP 502', { kind: 'http', status: 502 }, `transient ${dmpRules.queryUnanswered.id}`],
    ['HTTP 403', { kind: 'http', status: 403 }, `permanent ${dmpRules.httpForbidden.id}`],
    ['a refused connection', { kind: 'not-sent', reason: 'ECONNREFUSED' }, `transient ${dmpRules.unreachable.id}`],
    ['a refused certificate', { kind: 'not-sent', reason: 'x', tls: true }, `transient ${dmpRules.tlsRefused.id}`],
  ] as const satisfies readonly (readonly [string, Exchange<string>, string])[]) {
    it(`after ${name}: ${expected}`, () => assert.equal(ask(result), expected));
  }
});
