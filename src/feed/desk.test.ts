import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import type { Result, Rule } from '../rules/rule.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity } from '../wire/cda/cda.fixture.ts';
import { askAgain, withdrawDocument } from './desk.ts';

const ACTOR = 'user:claire';

async function again(bench: UseCaseBench): Promise<Rule | undefined> {
  return ruleOf(await askAgain(bench.context, (await bench.document()).id, ACTOR));
}

function ruleOf(result: Result<unknown>): Rule | undefined {
  return result.ok ? undefined : result.refusal.rule;
}

async function withdraw(bench: UseCaseBench): Promise<Rule | undefined> {
  return ruleOf(
    await withdrawDocument(bench.context, (await bench.document()).id, { actor: ACTOR, reason: 'doublon' }),
  );
}

/** A received CDA is its author's: a type that nobody knows is refused, never mapped. */
function cdaOfUnknownType(): Buffer {
  const cda = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity() })).toString('utf8');
  return Buffer.from(cda.replace('code="11490-0"', 'code="00000-0"'));
}

test('a waiting document is looked at again; a late one leaves once a person confirmed', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file();
  await bench.settle();
  assert.equal(await again(bench), undefined);
  await bench.settle();
  assert.equal((await bench.document()).ruleId, feedRules.identityProvisional.id);
  bench.advance(91 * 86_400_000);
  await bench.admit({ event: 'A31' });
  await bench.settle();
  const late = await bench.document();
  assert.deepEqual(
    [late.state, late.ruleId, bench.dmp.submitted.length],
    ['waiting', feedRules.lateQualification.id, 0],
  );
  assert.equal(await again(bench), undefined);
  await bench.settle();
  const sent = await bench.document();
  assert.equal(sent.state, 'accepted');
  assert.ok(sent.steps.includes('confirmed'));
  assert.equal(await again(bench), feedRules.notWaiting);
  assert.equal(await withdraw(bench), feedRules.notWaiting);
});

test('opposition IO then INO: an ended document leaves by itself, and so do new ones', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ consent: { feeding: 'IO', consultation: 'NA' } });
  await bench.file();
  await bench.settle();
  const ended = await bench.document();
  assert.deepEqual([ended.state, ended.ruleId], ['withdrawn', feedRules.opposition.id]);
  await bench.admit({ event: 'A31', consent: { feeding: 'INO', consultation: 'IC' } });
  await bench.settle();
  const taken = await bench.document();
  assert.deepEqual([taken.state, taken.steps.includes('reopened')], ['accepted', true]);
  await bench.file({ title: 'Nouveau' });
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('an ended document is not taken up again when the sender has sent it again since', async (t) => {
  const bench = await openBench(t);
  const patient = { ipp: 'IPP0042' };
  const traits = { birthGivenNames: 'DOMINIQUE MARIE', birthPlace: '63220' };
  const content = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity(traits) }));
  await bench.admit({ patient, consent: { feeding: 'IO', consultation: 'NA' } });
  await bench.file({ patient, content, mime: ['text', 'XML'] });
  await bench.settle();
  const { id } = await bench.document();
  await bench.admit({ event: 'A31', patient, consent: { feeding: 'INO', consultation: 'IC' } });
  await bench.file({ patient, content, mime: ['text', 'XML'], controlId: 'M2' });
  assert.equal(ruleOf(await askAgain(bench.context, id, ACTOR)), feedRules.uniqueIdInUse);
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('what the DMP had no place for may be taken up again; what was refused is looked at again, and refused again', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'absent' } });
  await bench.settle();
  assert.equal((await bench.document()).ruleId, feedRules.dmpAbsent.id);
  bench.dmp.existenceAnswer = () => ({
    kind: 'answered',
    value: { state: 'active', authorisation: 'valid', treatingPhysician: false },
  });
  assert.equal(await again(bench), undefined);
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  await bench.file({ content: cdaOfUnknownType(), mime: ['text', 'XML'] });
  await bench.settle();
  assert.equal((await bench.document()).state, 'refused');
  assert.equal(await again(bench), undefined);
  await bench.settle();
  const refused = await bench.document();
  assert.deepEqual([refused.state, refused.ruleId], ['refused', feedRules.typeUnknown.id]);
});

test('held back, or of unknown outcome: the next try is now, not in five minutes', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  bench.dmp.submitAnswer = () => ({
    kind: 'http',
    status: 403,
    class: 'permanent',
    refusal: { rule: dmpRules.httpForbidden },
  });
  await bench.settle();
  assert.equal((await bench.document()).state, 'ready');
  bench.dmp.submitAnswer = () => ({
    kind: 'ambiguous',
    class: 'ambiguous',
    refusal: { rule: dmpRules.outcomeUnknown },
  });
  assert.equal(await again(bench), undefined);
  await bench.settle();
  assert.equal((await bench.document()).state, 'unknown');
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [{ entryUuid: 'a' }] });
  assert.equal(await again(bench), undefined);
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('a person withdraws what has not left; the sender is told why, the actor is traced', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file();
  await bench.settle();
  assert.equal(await withdraw(bench), undefined);
  const document = await bench.document();
  assert.deepEqual(
    [document.state, document.ruleId, document.detail],
    ['withdrawn', feedRules.withdrawnByPerson.id, 'user:claire : doublon'],
  );
  assert.match((await bench.answers())[0] ?? '', new RegExp(feedRules.withdrawnByPerson.id));
  await bench.admit({ event: 'A31' });
  await bench.settle();
  assert.equal((await bench.document()).state, 'withdrawn');
});
