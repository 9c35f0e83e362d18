import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { declareFeeding } from '../identity/index.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import type { Existence } from '../wire/dmp/existence.ts';
import { askAgain } from './desk.ts';

const HOUR_MS = 3_600_000;
const BY = { actor: 'user:anne', reason: 'entretien avec le patient' };

async function stateOf(bench: UseCaseBench): Promise<string> {
  const { state, ruleId } = await bench.document();
  return `${state} ${ruleId ?? '-'}`;
}

function dmp(bench: UseCaseBench, state: Existence['state']): void {
  bench.dmp.existenceAnswer = () => ({
    kind: 'answered',
    value: { state, authorisation: 'valid', treatingPhysician: false },
  });
}

async function declared(bench: UseCaseBench, what: Parameters<typeof declareFeeding>[2]): Promise<void> {
  const done = await declareFeeding(bench.context, (await bench.identity()).id, what, BY);
  assert.ok(done.ok);
}

test('an opposition ends the wait, and its withdrawal lets the document go; its sender is told each once', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ consent: { feeding: 'IO', consultation: 'NA' } });
  await bench.settle();
  await bench.file();
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.opposition.id}`);
  await declared(bench, { informed: true });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.opposition.id}`, 'another change is no withdrawal');
  assert.equal((await bench.answers()).length, 1);
  await bench.admit({ event: 'A08', consent: { feeding: 'INO', consultation: 'NA' } });
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  assert.equal((await bench.answers()).length, 2);
});

test('where the site records it, a document waits for nobody who was not informed, by a message or by a person', async (t) => {
  const bench = await openBench(t, (config) => ({ ...config, policy: { patientInformation: 'required' } }));
  await bench.admit();
  await bench.settle();
  await bench.file();
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.notInformed.id}`);
  await declared(bench, { informed: true });
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  const { informedBy } = await bench.identity();
  assert.equal(informedBy, BY.actor);
  const [last] = (await bench.history()).filter(({ event }) => event.startsWith('alimentation'));
  assert.match(last?.event ?? '', /entretien avec le patient/);

  const other = { ipp: 'P2', birthName: 'AUTRE' };
  await bench.admit({ patient: other, consent: { feeding: 'INO', consultation: 'NA' } });
  assert.match((await bench.identity('P2')).informedBy ?? '', /source:GAM \(ZFA-9\)/);
});

test('anonymity and the absence of an INS end the wait, and a qualified INS undoes the second', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.settle();
  await bench.file();
  await bench.settle();
  await declared(bench, { noInsReason: 'newborn' });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.noIns.id}`);
  await bench.admit({ event: 'A08', patient: { status: 'VALI' } });
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  await declared(bench, { anonymous: true });
  await bench.file({ number: 'L-2', content: Buffer.from('Autre lettre\n') });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.anonymous.id}`);
  await bench.report();
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.anonymous.id}`);
});

test('a DMP without an owner is asked for once, then again after the delay; opened since, it takes what it held back', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  let asked = 0;
  const answers = (state: Existence['state']) => {
    dmp(bench, state);
    const answer = bench.dmp.existenceAnswer;
    bench.dmp.existenceAnswer = () => {
      asked++;
      return answer();
    };
  };
  answers('absent');
  await bench.file();
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.dmpAbsent.id}`);
  assert.equal((await bench.identity()).dmpState, 'absent');
  await bench.file({ number: 'L-2', content: Buffer.from('Autre lettre\n') });
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.dmpAbsent.id}`);
  assert.equal(asked, 1, 'the second document is told by what is known');
  const waiting = (await bench.tasks()).filter(({ kind }) => kind === 'dmp-state');
  assert.deepEqual(
    waiting.map(({ inMs }) => Math.round(inMs / HOUR_MS)),
    [168],
  );
  bench.advance(168 * HOUR_MS);
  await bench.run('dmp-state');
  assert.equal(asked, 2);
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'dmp-state').length, 1, 'still absent: asked later');
  answers('active');
  bench.advance(168 * HOUR_MS);
  await bench.run('dmp-state');
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
  assert.equal(bench.dmp.submitted.length, 2);
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'dmp-state').length, 0);
});

test('a person who takes a document up again has the DMP asked at once', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  dmp(bench, 'closed');
  await bench.file();
  await bench.settle();
  dmp(bench, 'active');
  const done = await askAgain(bench.context, (await bench.document()).id, 'user:anne');
  assert.ok(done.ok);
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
});

test('the DMP of a patient whose documents are all too old is not asked for again', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  dmp(bench, 'closed');
  await bench.file();
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${feedRules.dmpClosed.id}`);
  bench.advance(91 * 24 * HOUR_MS);
  await bench.run('dmp-state');
  assert.deepEqual(
    (await bench.tasks()).filter(({ kind }) => kind === 'dmp-state'),
    [],
  );
});

test('a partial report is not sent and its sender is told; the final one goes', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.report({ contents: [Buffer.from('Provisoire\n')] }, (text) =>
    text.replace(/(\rOBR\|[^\r]*\|)F\r/, '$1P\r'),
  );
  await bench.settle();
  assert.equal(await stateOf(bench), `withdrawn ${policyRules.partialResult.id}`);
  const [answer = ''] = await bench.answers();
  assert.match(answer, /TDU-POL-005/);
  await bench.report({ contents: [Buffer.from('Définitif\n')], orderNumber: '1001-E2' });
  await bench.settle();
  assert.equal(await stateOf(bench), 'accepted -');
});
