import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundUnder, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { changeStatus, requestInsiSearch } from '../identity/index.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import type { Rule } from '../rules/rule.ts';
import { circuitOf } from '../store/circuits.testing.ts';
import { many } from '../store/db.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity } from '../wire/cda/cda.fixture.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import { deliverTaskHandler } from './deliver.ts';
import { withdrawDocument } from './desk.ts';

/** A qualified patient whose document is ready to leave. */
async function ready(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await bench.file();
  await bench.run('release', 'document');
  assert.equal((await bench.document()).state, 'ready');
  return bench;
}

async function stateOf(bench: UseCaseBench): Promise<string> {
  const { state, ruleId, delivery } = await bench.document();
  assert.equal(state, delivery.state);
  return `${state} ${ruleId ?? '-'}`;
}

async function circuit(bench: UseCaseBench): Promise<string> {
  const row = await circuitOf(bench.context.pool, 'DMP');
  return `${row?.state} ${row?.failures}`;
}

function failed(kind: 'not-sent' | 'ambiguous' | 'unreadable', rule: Rule): SubmitOutcome {
  const permanent = rule.retry !== 'automatic';
  return { kind, class: permanent ? 'permanent' : rule.safeToResend ? 'transient' : 'ambiguous', refusal: { rule } };
}

function refused(
  code: 'XDSPatientIdDoesNotMatch' | 'XDSRegistryBusy' | 'XDSDuplicateUniqueIdInRegistry',
): SubmitOutcome {
  const rule = dmpRules[code];
  const { class: is } = failed('not-sent', rule) as Exclude<SubmitOutcome, { kind: 'accepted' }>;
  return {
    kind: 'refused',
    class: is,
    refusal: { rule, detail: 'texte' },
    errors: [{ severity: 'error', code, context: 'texte du DMP' } as never],
  };
}

const fault = (rule: Rule): SubmitOutcome => ({
  kind: 'fault',
  class: 'permanent',
  refusal: { rule },
  fault: { codes: ['Sender'], reason: '', detail: '' },
});
const http = (status: number, rule: Rule): SubmitOutcome => ({
  kind: 'http',
  status,
  class: 'permanent',
  refusal: { rule },
});

test('accepted: frozen under the INS before it leaves, in the ledger once, answered Y', async (t) => {
  const bench = await ready(t);
  let frozen: unknown[] = [];
  bench.dmp.submitAnswer = async () => {
    const { state, delivery } = await bench.document();
    frozen = [state, delivery.state, delivery.sentMatricule, delivery.submissionUniqueId, delivery.attempts];
    return { kind: 'accepted', warnings: [{ severity: 'warning', code: 'X', context: 'à lire' } as never] };
  };
  await bench.run('deliver');
  const [submission] = bench.dmp.submitted;
  assert.deepEqual(frozen, ['sending', 'sending', PAT_TROIS_INS.matricule, submission?.uniqueId, 1]);
  assert.equal(await stateOf(bench), 'accepted -');
  const document = await bench.document();
  assert.deepEqual(document.steps, ['received', 'matched', 'prepared', 'sent', 'accepted']);
  assert.ok(document.delivery.settledAt);
  const ledger = await many<{ id: string; sha: string; oid: string }>(
    bench.context.pool,
    'select unique_id as id, document_sha1 as sha, oid from ledger',
  );
  assert.deepEqual(
    ledger.map(({ id, oid, sha }) => [id, oid, sha.length]),
    [[document.uniqueId, PAT_TROIS_INS.oid, 40]],
  );
  assert.match((await bench.answers())[0] ?? '', /ACK_RECEPTION_DMP.*\|Y\^/);
  assert.equal(submission?.contentTypeCode.code, '03');
});

test('the same document sent again is the same submission', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => failed('not-sent', dmpRules.unreachable);
  await bench.run('deliver', 'deliver');
  const [first, second] = bench.dmp.submitted;
  assert.ok(first && second);
  assert.deepEqual(
    [second.uniqueId, second.signatureUniqueId, second.documents[0]?.entry.uniqueId],
    [first.uniqueId, first.signatureUniqueId, first.documents[0]?.entry.uniqueId],
  );
});

test('the DMP refuses the document: its words go to the sender, once, and the circuit is well', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => refused('XDSPatientIdDoesNotMatch');
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `refused ${dmpRules.XDSPatientIdDoesNotMatch.id}`);
  assert.equal((await bench.answers()).length, 1);
  assert.match((await bench.answers())[0] ?? '', /XDSPatientIdDoesNotMatch\^texte du DMP/);
  assert.equal(await circuit(bench), 'closed 0');
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'deliver').length, 0);
});

test('too large for the DMP is about this document', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => http(413, dmpRules.httpTooLarge);
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `refused ${dmpRules.httpTooLarge.id}`);
  assert.match((await bench.answers())[0] ?? '', new RegExp(dmpRules.httpTooLarge.id));
});

test('what refuses our certificate, our address or our request rejects no document: held back, slowly, with the reason', async (t) => {
  for (const [outcome, after] of [
    [fault(dmpRules.invalidCertificate), 'closed 1'],
    [http(403, dmpRules.httpForbidden), 'closed 1'],
    [http(404, dmpRules.httpUnexpected), 'closed 1'],
    [fault(dmpRules.requestRefused), 'closed 0'],
  ] as const) {
    const bench = await ready(t);
    bench.dmp.submitAnswer = () => outcome;
    await bench.run('deliver');
    assert.ok(outcome.kind !== 'accepted');
    assert.equal(await stateOf(bench), `ready ${outcome.refusal.rule.id}`);
    assert.equal(await circuit(bench), after);
    assert.deepEqual(await bench.answers(), []);
    const [task] = (await bench.tasks()).filter(({ kind }) => kind === 'deliver');
    assert.ok(task && task.inMs > 9_000, 'retry.maxMs');
    bench.dmp.submitAnswer = () => ({ kind: 'accepted', warnings: [] });
    await bench.run('deliver');
    assert.equal(await stateOf(bench), 'accepted -');
  }
});

test('a DMP that is away: tried again with a growing delay, then not called while the circuit is open', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => failed('not-sent', dmpRules.unreachable);
  for (let i = 0; i < 5; i++) {
    await bench.run('deliver');
    const [task] = (await bench.tasks()).filter(({ kind }) => kind === 'deliver');
    assert.ok(task && task.inMs > 500 && task.inMs <= 12_500, String(task?.inMs));
  }
  assert.equal(await circuit(bench), 'open 5');
  await bench.run('deliver');
  assert.equal(bench.dmp.submitted.length, 5);
  assert.deepEqual((await bench.document()).steps.filter((step) => step === 'postponed').length, 5);
  bench.advance(2_000);
  bench.dmp.submitAnswer = () => ({ kind: 'accepted', warnings: [] });
  await bench.run('deliver');
  assert.deepEqual([await stateOf(bench), await circuit(bench)], ['accepted -', 'closed 0']);
});

test('a busy registry is tried again', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => refused('XDSRegistryBusy');
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `ready ${dmpRules.XDSRegistryBusy.id}`);
});

test('an ambiguous end stops as unknown: never sent again before the DMP was asked', async (t) => {
  for (const outcome of [
    failed('ambiguous', dmpRules.outcomeUnknown),
    failed('unreadable', dmpRules.answerUnreadable),
    refused('XDSDuplicateUniqueIdInRegistry'),
  ]) {
    const bench = await ready(t);
    bench.dmp.submitAnswer = () => outcome;
    await bench.run('deliver');
    assert.ok(outcome.kind !== 'accepted');
    assert.equal(await stateOf(bench), `unknown ${outcome.refusal.rule.id}`);
    assert.deepEqual(
      (await bench.tasks()).map(({ kind }) => kind).filter((kind) => kind !== 'answer' && kind !== 'match'),
      ['reconcile'],
    );
    assert.equal(await circuit(bench), outcome.kind === 'refused' ? 'closed 0' : 'closed 1');
  }
});

test('a worker that died after the freeze leaves an unknown outcome, not a second sending', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => {
    throw new Error('killed');
  };
  await assert.rejects(bench.run('deliver'), /killed/);
  assert.equal((await bench.document()).state, 'sending');
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `unknown ${dmpRules.outcomeUnknown.id}`);
  assert.equal(bench.dmp.submitted.length, 1);
});

test('two workers: the one that lost its lease commits nothing', async (t) => {
  const bench = await ready(t);
  const { pool } = bench.context;
  const claim = () => claimTasks(pool, { kinds: ['deliver'], worker: 1, limit: 1, leaseMs: 0 });
  const [task] = await claim();
  assert.ok(task);
  bench.dmp.submitAnswer = async () => {
    await pool.query(`update task set leased_until = now() - interval '1 second'`);
    const [taken] = await claim();
    assert.ok(taken);
    await deliverTaskHandler(bench.context)(taken);
    return { kind: 'accepted', warnings: [] };
  };
  await assert.rejects(deliverTaskHandler(bench.context)(task), /belongs to another worker/);
  assert.equal(await stateOf(bench), `unknown ${dmpRules.outcomeUnknown.id}`);
  assert.equal(bench.dmp.submitted.length, 1);
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [{ entryUuid: 'urn:uuid:1' }] });
  await bench.run('reconcile');
  assert.equal(await stateOf(bench), 'accepted -');
});

test('TD0.2: no DMP or a closed one ends the wait, a failed question holds the document back', async (t) => {
  const bench = await ready(t);
  bench.dmp.existenceAnswer = () => ({
    kind: 'failed',
    class: 'transient',
    refusal: { rule: dmpRules.queryUnanswered },
  });
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `ready ${dmpRules.queryUnanswered.id}`);
  bench.dmp.existenceAnswer = () => ({
    kind: 'failed',
    class: 'permanent',
    refusal: { rule: dmpRules.requestRefused },
  });
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `ready ${dmpRules.requestRefused.id}`);
  assert.equal(await circuit(bench), 'closed 0', 'a refusal of one patient is an answer');
  bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'absent' } });
  await bench.run('deliver');
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.dmpAbsent.id}`);
  assert.match((await bench.answers())[0] ?? '', new RegExp(feedRules.dmpAbsent.id));
  const other = await ready(t);
  other.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'closed' } });
  await other.run('deliver');
  assert.equal(await stateOf(other), `withdrawn ${feedRules.dmpClosed.id}`);
  assert.equal(bench.dmp.submitted.length + other.dmp.submitted.length, 0);
});

test('a probe that ends by « no DMP » closes the circuit all the same', async (t) => {
  const bench = await ready(t);
  bench.dmp.submitAnswer = () => failed('not-sent', dmpRules.unreachable);
  for (let i = 0; i < 5; i++) await bench.run('deliver');
  bench.advance(2_000);
  bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'absent' } });
  await bench.run('deliver');
  assert.equal(await circuit(bench), 'closed 0');
});

test('TD0.2 is skipped where the site chose so', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    ...(config.dmp === undefined ? {} : { dmp: { ...config.dmp, checkExistence: false } }),
  }));
  bench.dmp.existenceAnswer = () => assert.fail('asked');
  await bench.admit();
  await bench.file();
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
});

test('opposition, doubt or downgrade after the preparation: nothing leaves, the document goes back to the gate', async (t) => {
  const opposed = await ready(t);
  await opposed.admit({ event: 'A31', consent: { feeding: 'IO', consultation: 'NA' } });
  await opposed.settle();
  assert.equal(await stateOf(opposed), `withdrawn ${feedRules.opposition.id}`);
  const doubted = await ready(t);
  const change = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' } as const;
  await changeStatus(doubted.context, (await doubted.identity()).id, change, { name: 'user:x', settles: true });
  await doubted.settle();
  assert.match(await stateOf(doubted), /^waiting TDU-ID-033$/);
  assert.equal(opposed.dmp.submitted.length + doubted.dmp.submitted.length, 0);
});

test('an identity that changes between the reading and the freeze sends nothing', async (t) => {
  const bench = await ready(t);
  bench.dmp.existenceAnswer = async () => {
    const change = { action: 'downgrade', to: 'PROV', reason: 'essai' } as const;
    await changeStatus(bench.context, (await bench.identity()).id, change, { name: 'user:x', settles: true });
    return { kind: 'answered', value: { state: 'active', authorisation: 'valid', treatingPhysician: false } };
  };
  await bench.run('deliver');
  assert.equal(bench.dmp.submitted.length, 0);
  await bench.run('document');
  assert.equal(await stateOf(bench), `waiting ${feedRules.identityProvisional.id}`);
});

test('a new INS after the preparation: a CDA of ours is built again under it', async (t) => {
  const bench = await ready(t);
  bench.insi.answer = () => foundUnder('2790363220829');
  await requestInsiSearch(bench.context, (await bench.identity()).id, 'user:x');
  await bench.run('insi');
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  const [entry] = bench.dmp.submitted[0]?.documents ?? [];
  assert.ok(entry);
  assert.ok(entry.entry.patient.ins.matricule.startsWith('2790363220829'));
  assert.ok(Buffer.from(entry.bytes).includes('2790363220829'));
});

test("a new INS after the preparation: a received CDA is its author's, it stops", async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'IPP0042' } });
  await bench.run('insi');
  const traits = { birthGivenNames: 'DOMINIQUE MARIE', birthPlace: '63220' };
  const content = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity(traits) }));
  await bench.file({ content, mime: ['text', 'XML'], patient: { ipp: 'IPP0042' } });
  await bench.run('release', 'document');
  assert.equal(await stateOf(bench), 'ready -');
  bench.insi.answer = () => foundUnder('2790363220829');
  await requestInsiSearch(bench.context, (await bench.identity('IPP0042')).id, 'user:x');
  await bench.run('insi');
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${identityLifecycleRules.documentFormerIns.id}`);
  assert.equal(bench.dmp.submitted.length, 0);
});

test('withdrawn while the DMP is being asked: it stays withdrawn, answered once', async (t) => {
  for (const after of ['transient', 'active', 'absent'] as const) {
    const bench = await ready(t);
    bench.dmp.existenceAnswer = async () => {
      await withdrawDocument(bench.context, (await bench.document()).id, { actor: 'user:x', reason: 'essai' });
      if (after === 'transient') return { kind: 'failed', class: 'transient', refusal: { rule: dmpRules.unreachable } };
      return {
        kind: 'answered',
        value:
          after === 'absent'
            ? { state: 'absent' }
            : { state: 'active', authorisation: 'valid', treatingPhysician: false },
      };
    };
    await bench.run('deliver');
    assert.equal(await stateOf(bench), `withdrawn ${feedRules.withdrawnByPerson.id}`, after);
    assert.equal((await bench.answers()).length, 1);
    assert.equal(bench.dmp.submitted.length, 0);
    assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'deliver').length, 0);
  }
});

test('a document that has been ready for long passed the gate in time', async (t) => {
  const bench = await ready(t);
  bench.advance(100 * 86_400_000);
  await bench.run('deliver');
  assert.equal(await stateOf(bench), 'accepted -');
});
