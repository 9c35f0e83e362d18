import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  benchConfig,
  found,
  foundUnder,
  INSI_102,
  INSI_DOWN,
  NOBODY,
  openBench,
  SEVERAL,
  type UseCaseBench,
} from '../../test/support/use-case-bench.ts';
import type { Matricule, Oid } from '../ins/types.ts';
import { identityRules } from '../rules/identity.ts';
import { insiRules } from '../rules/insi.ts';
import type { Rule } from '../rules/rule.ts';
import { circuitOf } from '../store/circuits.testing.ts';
import { many } from '../store/db.ts';
import type { InsiOutcome } from '../wire/insi/outcome.ts';
import { changeStatus, requestInsiSearch } from './desk.ts';
import { insiTaskHandler } from './insi-search.ts';

function permanent(rule: Rule): InsiOutcome {
  return { kind: 'permanent', refusal: { rule } };
}

async function stateAfter(bench: UseCaseBench, answer: InsiOutcome): Promise<unknown[]> {
  bench.insi.answer = () => answer;
  await bench.run('insi');
  const { status, insiState, insiRuleId } = await bench.identity();
  return [status, insiState, insiRuleId];
}

async function insiTasks(bench: UseCaseBench): Promise<number[]> {
  return (await bench.tasks()).filter(({ kind }) => kind === 'insi').map(({ inMs }) => inMs);
}

test('00 and coherent: the traits of INSi are kept as they are, the first given name stays ours', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { birthName: 'Pat Trois', birthGivenNames: 'DOMINIQUE' } });
  assert.deepEqual(await stateAfter(bench, found()), ['QUAL', 'settled', null]);
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.birthName, identity.birthGivenNames, identity.firstGivenName, identity.matricule],
    ['PAT-TROIS', 'DOMINIQUE MARIE', 'DOMINIQUE', '279035121518989'],
  );
  assert.deepEqual(await insiTasks(bench), []);
  assert.equal((await bench.history()).at(-1)?.event, 'identité qualifiée');
  assert.deepEqual(await many(bench.context.pool, 'select outcome, attempts, rule_id as rule from insi_call'), [
    { outcome: 'found', attempts: 1, rule: null },
  ]);
});

test('a number of INSi whose key is wrong is kept as it came, and the history says so', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  const usual = found();
  assert.ok(usual.kind === 'found');
  const matricule = '279035121518910' as Matricule;
  const ins = { ...usual.identity.ins, matricule };
  await stateAfter(bench, { ...usual, identity: { ...usual.identity, ins, alerts: ['key-mismatch'] } });
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).matricule], ['QUAL', matricule]);
  assert.equal(
    (await bench.history()).at(-1)?.event,
    'identité qualifiée ; alerte : la clé du matricule ne correspond pas à ses chiffres',
  );
});

test('INSi gives no place: the recorded one stays', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await stateAfter(bench, found({ birthPlace: '' }));
  assert.equal((await bench.identity()).birthPlace, '63220');
});

test('every answer that a person must settle leaves the status and says its rule', async (t) => {
  const bench = await openBench(t);
  const cases: readonly [InsiOutcome, string, string][] = [
    [NOBODY, 'not-found', insiRules.noIdentity.id],
    [SEVERAL, 'several', insiRules.severalIdentities.id],
    [found({ birthName: 'AUTRE' }), 'discrepancy', identityRules.discrepancyBirthName.id],
    [found({ sex: 'M' }), 'discrepancy', identityRules.discrepancySex.id],
    [found({ givenNames: '' }), 'discrepancy', identityRules.discrepancyFirstGivenName.id],
    [found({}, '2790351215189', '1.2.250.1.213.1.4.11' as Oid), 'failed', identityRules.insOidNotAllowed.id],
    [{ kind: 'unreadable', refusal: { rule: insiRules.unreadable } }, 'failed', insiRules.unreadable.id],
    [permanent(insiRules.unknownSenderFault), 'failed', insiRules.unknownSenderFault.id],
  ];
  for (const [index, [answer, state, rule]] of cases.entries()) {
    bench.insi.answer = () => answer;
    await bench.admit({ patient: { ipp: `C${index}` } });
    await bench.run('insi');
    const identity = await bench.identity(`C${index}`);
    assert.deepEqual([identity.status, identity.insiState, identity.insiRuleId], ['VALI', state, rule], rule);
    assert.equal(identity.matricule, null);
    assert.ok(identity.insiAskedAt);
  }
  assert.deepEqual(await insiTasks(bench), []);
});

test('a discrepancy keeps the comparison for the person who settles it, without the matricule', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await stateAfter(bench, found({ birthName: 'PAT-QUATRE' }));
  const { discrepancy } = await bench.identity();
  assert.ok(Array.isArray(discrepancy));
  assert.deepEqual(discrepancy.map(({ trait, outcome }) => `${trait} ${outcome}`).slice(0, 2), [
    'birthName different',
    'firstGivenName equal',
  ]);
  assert.doesNotMatch(JSON.stringify(discrepancy), /2790351215189/);
});

test('traits that may not be sent are settled without a call', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { sex: 'U' } });
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.insiState, identity.insiRuleId], ['failed', identityRules.sexUndetermined.id]);
  assert.equal(bench.insi.asked.length, 0);
});

test('a hit by another given name: a discrepancy when the list contradicts ours, a qualification when it does not', async (t) => {
  const bench = await openBench(t);
  const byMarie = (givenNames: string) => (query: { givenName: string }) =>
    query.givenName === 'MARIE' ? found({ givenNames }) : NOBODY;
  await bench.admit();
  bench.insi.answer = byMarie('MARIE BELLA');
  await bench.run('insi');
  const other = await bench.identity();
  assert.deepEqual([other.insiState, other.insiRuleId], ['discrepancy', insiRules.foundByOtherGivenName.id]);
  await bench.admit({ patient: { ipp: 'P2' } });
  bench.insi.answer = byMarie('DOMINIQUE MARIE');
  await bench.run('insi');
  assert.equal((await bench.identity('P2')).status, 'QUAL');
});

test('several, then one at the recorded place: qualified without anybody', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  bench.insi.answer = (query) => (query.birthPlace === '63220' ? found() : SEVERAL);
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
  assert.deepEqual(
    bench.insi.asked.map(({ givenName, birthPlace }) => [givenName, birthPlace]),
    [
      ['DOMINIQUE', undefined],
      ['DOMINIQUE MARIE', undefined],
      ['DOMINIQUE MARIE', '63220'],
    ],
  );
});

test('an INS that another active identity bears, even only retrieved, stays with it', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await requestInsiSearch(bench.context, (await bench.identity()).id, 'user:claire');
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'RECUP');
  await bench.admit({ patient: { ipp: 'P2' } });
  await bench.run('insi');
  const second = await bench.identity('P2');
  assert.deepEqual(
    [second.status, second.insiState, second.insiRuleId],
    ['VALI', 'blocked', identityRules.duplicateActiveIns.id],
  );
});

test('insi_102 on one person: asked again later, alone; the next person is answered and the circuit stays closed', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  bench.insi.answer = ({ birthName }) =>
    birthName === 'AUTRE' ? found({ birthName: 'AUTRE' }, '2750763220829') : INSI_102;
  await bench.run('insi');
  const first = await bench.identity();
  assert.deepEqual([first.status, first.insiState, first.insiRuleId], ['VALI', 'queued', insiRules.technicalError.id]);
  assert.equal((await bench.identity('P2')).status, 'QUAL');
  const [delay] = await insiTasks(bench);
  assert.ok(delay !== undefined && delay >= 1_000 && delay <= 3_000, String(delay));
  assert.deepEqual((await circuitOf(bench.context.pool, 'INSi'))?.state, 'closed');
  assert.deepEqual(await stateAfter(bench, found()), ['QUAL', 'settled', null]);
});

test('an outage opens the circuit, calls stop, and the queue moves as soon as a probe succeeds', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  bench.insi.answer = () => INSI_DOWN;
  for (let i = 0; i < 3; i++) await bench.run('insi');
  assert.equal((await circuitOf(bench.context.pool, 'INSi'))?.state, 'open');
  await bench.run('insi');
  assert.equal(bench.insi.asked.length, 3, 'nothing is asked while the circuit is open');
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.status, identity.insiState, identity.insiRuleId],
    ['VALI', 'queued', insiRules.unreachable.id],
  );
  for (let i = 0; i < 12; i++) {
    bench.advance(5_000);
    await bench.run('insi');
  }
  const [delay] = await insiTasks(bench);
  assert.ok(delay !== undefined && delay <= 6_250, `after a long outage the next try is near: ${delay}`);
  bench.advance(5_000);
  assert.deepEqual(await stateAfter(bench, found()), ['QUAL', 'settled', null]);
  assert.equal((await circuitOf(bench.context.pool, 'INSi'))?.state, 'closed');
});

test('a probe of several calls: its first answer closes the circuit for the next', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  bench.insi.answer = () => INSI_DOWN;
  for (let i = 0; i < 3; i++) await bench.run('insi');
  bench.advance(5_000);
  bench.insi.answer = ({ givenName }) => (givenName === 'DOMINIQUE' ? NOBODY : found());
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
});

test('INSi refuses this installation: the questions wait, slowly, and go on once it is repaired', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  for (const rule of [insiRules.softwareUnknown, insiRules.certificateNotEntitled, insiRules.httpRefused])
    assert.deepEqual(await stateAfter(bench, permanent(rule)), ['VALI', 'queued', rule.id]);
  assert.equal((await circuitOf(bench.context.pool, 'INSi'))?.state, 'open');
  bench.advance(5_000);
  assert.deepEqual(await stateAfter(bench, found()), ['QUAL', 'settled', null]);
});

test('the permitted pace: calls follow each other at the interval, a far slot gives the place back', async (t) => {
  const bench = await openBench(t);
  for (const ipp of ['A', 'B', 'C']) await bench.admit({ patient: { ipp } });
  const at: number[] = [];
  bench.insi.answer = () => {
    at.push(bench.context.now().getTime());
    return NOBODY;
  };
  await bench.run('insi');
  const gaps = at.slice(1).map((time, i) => time - (at[i] ?? 0));
  assert.equal(at.length, 9);
  assert.ok(
    gaps.every((gap) => gap >= 200),
    String(gaps),
  );
  await bench.admit({ patient: { ipp: 'D' } });
  await bench.context.pool.query(`update service_circuit set next_slot_at = $1`, [
    new Date(bench.context.now().getTime() + 10_000),
  ]);
  await bench.run('insi');
  const [delay] = await insiTasks(bench);
  assert.ok(delay !== undefined && delay > 9_000, String(delay));
  assert.equal(at.length, 9);
});

test('traits changed while INSi answers: its answer is dropped and the present traits are asked', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  bench.insi.answer = async ({ birthName }) => {
    if (birthName === 'PAT-TROIS') await bench.admit({ event: 'A31', patient: { birthName: 'PAT-QUATRE' } });
    return birthName === 'PAT-TROIS' ? found() : found({ birthName: 'PAT-QUATRE' }, '2750763220829');
  };
  await bench.run('insi');
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).matricule], ['VALI', null]);
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.birthName], ['QUAL', 'PAT-QUATRE']);
  await bench.run('insi');
  assert.deepEqual(await insiTasks(bench), []);
});

test('a doubt raised while INSi answers wins over the answer', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  const { id } = await bench.identity();
  bench.insi.answer = async () => {
    await changeStatus(
      bench.context,
      id,
      { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' },
      { name: 'user:x', settles: true },
    );
    return found();
  };
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.matricule, identity.insiState], ['PROV', null, 'none']);
  assert.deepEqual(await insiTasks(bench), []);
});

test('a qualified identity asked again under a new number: same person, the number follows', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await requestInsiSearch(bench.context, (await bench.identity()).id, 'user:claire');
  bench.insi.answer = () => foundUnder('2790363220829');
  await bench.run('insi');
  const identity = await bench.identity();
  assert.equal(identity.status, 'QUAL');
  assert.ok(identity.matricule?.startsWith('2790363220829'));
  assert.deepEqual(Object.keys((await bench.history()).at(-1)?.after ?? {}).toSorted(), ['insiState', 'matricule']);
});

test('a qualified identity asked again under a number without link with its own: nothing leaves before a person settled it', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await requestInsiSearch(bench.context, (await bench.identity()).id, 'user:claire');
  bench.insi.answer = () => found({}, '2790363220829');
  await bench.run('insi');
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.status, identity.insiState, identity.insDoubt, identity.matricule],
    ['QUAL', 'discrepancy', 'TDU-ID-104', '279035121518989'],
  );
  await bench.file();
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual([document.state, document.ruleId], ['waiting', 'TDU-ID-140']);
  assert.equal(bench.dmp.submitted.length, 0);
});

test('a task whose question was settled, withdrawn or never existed ends without a call', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.context.pool.query(`update identity set active = false`);
  await bench.context.pool.query(`insert into task (kind, subject) values ('insi', gen_random_uuid()::text)`);
  await bench.run('insi');
  assert.equal(bench.insi.asked.length, 0);
  assert.deepEqual(await insiTasks(bench), []);
});

test('the handler needs a configured INSi', async (t) => {
  const bench = await openBench(t);
  const config = benchConfig(({ insi: _, ...rest }) => rest);
  assert.throws(() => insiTaskHandler({ ...bench.context, config }, bench.insi), /not configured/);
});
