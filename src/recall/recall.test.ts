/** Three cases, not one (practice 23): another person, the same one under a new INS, a doubt. Before the strict DMP. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { found as insiFound, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { type Bench, held, open, states, V1 } from '../feed/versions.fixture.ts';
import { saveChange } from '../identity/change.ts';
import { changeStatus, recordDeviceCheck, requestInsiSearch } from '../identity/index.ts';
import { undoMerge } from '../identity/unmerge.ts';
import { sharedFindings } from '../operations/alerts/shared-findings.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { recallRules } from '../rules/recall.ts';
import { transaction } from '../store/db.ts';
import { documentById } from '../store/documents.ts';
import { recallsOf } from '../store/recalls.ts';
import { decideRecall, liftRecall, openRecall } from './open.ts';
import { approveRecall, prepareRecall, reopenRecall } from './prepare.ts';
import { ANNE, approved, BRUNO, detailOf, ruleOf, settled, settleRecall, WRONG } from './recall.fixture.ts';
import { recallTaskHandler } from './run.ts';

const CELL = { name: 'user:anne', settles: true };
/** The number of the right person. */
const RIGHT = '2790351215190';

test('wrong person: nothing leaves before a second person approves, then the old DMP is emptied and the right one fed', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id: identityId } = await bench.identity();
  const recall = settled(
    await openRecall(bench.context, ANNE, { identityId, reason: 'appel du service', answer: WRONG }),
  );
  assert.equal(recall.path, 'wrong-person');
  assert.equal((await bench.identity()).matricule, null);
  await bench.file({ number: 'L-9', content: Buffer.from('Une autre lettre\n') });
  await bench.settle();
  const prepared = settled(await prepareRecall(bench.context, ANNE, recall.id, undefined));
  assert.deepEqual([prepared.state, prepared.count], ['prepared', 1]);
  const before = bench.strict.calls.length;
  assert.equal(ruleOf(await approveRecall(bench.context, ANNE, recall.id, 1)), recallRules.secondPerson.id);
  assert.equal(ruleOf(await approveRecall(bench.context, BRUNO, recall.id, 2)), recallRules.countDiffers.id);
  await bench.settle();
  assert.equal(bench.strict.calls.length, before, 'nothing left unapproved');

  settled(await approveRecall(bench.context, BRUNO, recall.id, 1));
  await settleRecall(bench);
  assert.deepEqual(held(bench), ['1 Deleted']);
  const done = await detailOf(bench, recall.id);
  assert.equal(done.recall.state, 'done');
  assert.deepEqual([done.report.deleted, done.report.builtAgain, done.report.sentAgain], [1, 1, 0]);
  assert.match(done.report.remaining.join('\n'), /Documents refaits, pas encore dans le bon DMP : 1/);

  bench.insi.answer = () => insiFound({}, RIGHT);
  await requestInsiSearch(bench.context, identityId, 'user:anne');
  await bench.settle();
  const right = (await bench.identity()).matricule ?? '';
  assert.ok(right.startsWith(RIGHT));
  const alive = bench.strict.holdings
    .documents()
    .filter((document) => bench.strict.holdings.statusOf(document) === 'Approved' && document.kind === 'document');
  assert.deepEqual([...new Set(alive.map(({ patient }) => patient.value))], [right]);
  assert.equal(alive.length, 2, 'the one built again, and the one that waited');
  assert.deepEqual(bench.strict.refused, []);
  const { report } = await detailOf(bench, recall.id);
  assert.equal(report.sentAgain, 1);
  assert.deepEqual(
    report.remaining.filter((line) => !line.startsWith('Message à remettre')),
    [],
  );
});

test('executed twice, or its answer lost, a recall deletes once: the DMP is asked, nothing is sent blindly', async (t) => {
  const bench = await open(t, { reconciliation: { askAfterMs: 0, asksBeforeResend: 2 } });
  await bench.file(V1);
  await bench.settle();
  const recall = await approved(bench);
  let losses = 1;
  bench.strict.line = (service) => (service === '/registry' && sendsDeletion(bench) && losses-- > 0 ? 'lost' : 'up');
  await bench.context.pool.query(`insert into task (kind, subject) values ('recall', $1)`, [recall.id]);
  await settleRecall(bench);
  assert.deepEqual(held(bench), ['1 Deleted']);
  assert.deepEqual(
    (await states(bench)).filter((line) => line.startsWith('delete')),
    ['delete deleted'],
  );
  const { items } = await detailOf(bench, recall.id);
  assert.deepEqual(
    items.map(({ state }) => state),
    ['done'],
  );
});

test('same person, new INS: nothing is deleted, the explanation is kept, what follows goes under the new INS', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.identity();
  await changeStatus(bench.context, id, { action: 'downgrade', to: 'VALI', reason: 'nouvelle immatriculation' }, CELL);
  assert.notEqual((await bench.identity()).frozenAt, null);
  const former = { number: PAT_TROIS_INS.matricule.slice(0, 13), oid: PAT_TROIS_INS.oid };
  bench.insi.answer = () => withHistory(RIGHT, former);
  await requestInsiSearch(bench.context, id, 'user:anne');
  await bench.file({ number: 'L-2', content: Buffer.from('Suite\n') });
  await bench.settle();
  const [recall] = await recallsOf(bench.context.pool, id);
  assert.deepEqual([recall?.path, recall?.state, recall?.decidedBy], ['new-ins', 'done', 'system']);
  assert.match(recall?.explanation ?? '', /même personne/);
  assert.equal((await bench.identity()).frozenAt, null);
  assert.deepEqual(held(bench), ['1 Approved', '1 Approved']);
  const matricules = bench.strict.holdings
    .documents()
    .filter(({ kind }) => kind === 'document')
    .map(({ patient }) => patient.value);
  assert.equal(new Set(matricules).size, 2);
  const { report } = await detailOf(bench, recall?.id ?? '');
  assert.deepEqual([report.emitted, report.toCorrect], [1, 0]);
});

test('doubt: what waits is frozen and nothing is lost, until somebody lifts it', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.identity();
  const recall = settled(await openRecall(bench.context, ANNE, { identityId: id, reason: 'deux IPP au même nom' }));
  assert.equal(
    ruleOf(await openRecall(bench.context, BRUNO, { identityId: id, reason: 'encore' })),
    recallRules.alreadyOpen.id,
  );
  await bench.file({ number: 'L-2', content: Buffer.from('Suite\n') });
  await bench.settle();
  assert.equal((await states(bench)).at(-1), `create waiting ${recallRules.frozen.id}`);
  assert.equal(ruleOf(await prepareRecall(bench.context, ANNE, recall.id, undefined)), recallRules.wrongMoment.id);
  settled(await decideRecall(bench.context, BRUNO, recall.id, { decision: 'release', explanation: 'pièce revue' }));
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Approved', '1 Approved']);
});

test('a loss of qualification with nothing sent asks nothing; qualified again under the same INS, the doubt is lifted', async (t) => {
  const bench = await open(t);
  const { id } = await bench.identity();
  const downgrade = { action: 'downgrade', to: 'PROV', reason: 'essai' } as const;
  await changeStatus(bench.context, id, downgrade, CELL);
  assert.deepEqual(await recallsOf(bench.context.pool, id), []);
  await checkAgain(bench, id);
  await bench.file(V1);
  await bench.settle();
  await changeStatus(bench.context, id, downgrade, CELL);
  const [opened] = await recallsOf(bench.context.pool, id);
  assert.deepEqual([opened?.path, opened?.state, opened?.cause], ['doubt', 'open', 'qualification-lost']);
  await checkAgain(bench, id);
  const [lifted] = await recallsOf(bench.context.pool, id);
  assert.deepEqual([lifted?.state, lifted?.decidedBy], ['released', 'system']);
  assert.equal((await bench.identity()).frozenAt, null);
});

test('the recalled INS is not taken back: the identity stays frozen until a person admits it again', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const recall = await approved(bench);
  await settleRecall(bench);
  const { id } = await bench.identity();
  await requestInsiSearch(bench.context, id, 'user:anne');
  await bench.settle();
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).frozenAt !== null], ['QUAL', true]);
  assert.deepEqual(held(bench), ['1 Deleted']);
  settled(await liftRecall(bench.context, BRUNO, recall.id, 'la pièce était la bonne'));
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Deleted', '2 Approved']);
});

test('what changed since the preparation, or is another record’s, is not corrected unseen', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id: identityId } = await bench.identity();
  const recall = settled(await openRecall(bench.context, ANNE, { identityId, reason: 'doute', answer: WRONG }));
  settled(await prepareRecall(bench.context, ANNE, recall.id, undefined));
  assert.equal(
    ruleOf(await prepareRecall(bench.context, { ...ANNE, eg: '999999999' }, recall.id, undefined)),
    recallRules.otherEstablishments.id,
  );
  assert.equal(
    ruleOf(await approveRecall(bench.context, { ...BRUNO, eg: '999999999' }, recall.id, 1)),
    recallRules.otherEstablishments.id,
  );
  bench.advance(25 * 3_600_000);
  assert.equal(ruleOf(await approveRecall(bench.context, BRUNO, recall.id, 1)), recallRules.changedSince.id);
  settled(await reopenRecall(bench.context, recall.id));
  assert.equal(ruleOf(await prepareRecall(bench.context, ANNE, recall.id, [])), recallRules.nothingToCorrect.id);
});

function sendsDeletion(bench: Bench): boolean {
  return bench.strict.calls.at(-1)?.service === '/registry';
}

function withHistory(number: string, former: { number: string; oid: string }) {
  const answer = insiFound({}, number);
  return answer.kind === 'found' ? { ...answer, identity: { ...answer.identity, history: [former] } } : answer;
}

async function checkAgain(bench: Bench, id: string): Promise<void> {
  const check = { documentType: 'CN', checkedAt: '2026-11-22T12:00:00Z', coherent: true };
  await recordDeviceCheck(bench.context, id, check, 'user:anne');
  await bench.settle();
}

test('a merge undone proposes the recall of what left under the other patient, and of that alone', async (t) => {
  const bench = await open(t);
  const survivor = await bench.identity();
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  const twin = await bench.identity('P2');
  await bench.admit({ event: 'A40', patient: { ipp: 'P1' }, retiredIpp: 'P2' });
  await bench.file(V1);
  await bench.file({ number: 'L-2', patient: { ipp: 'P2' }, content: Buffer.from('De la jumelle\n') });
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Approved', '1 Approved']);
  settled(await undoMerge(bench.context, twin.id, 'deux jumelles', CELL));
  const [proposed] = await recallsOf(bench.context.pool, survivor.id);
  assert.deepEqual(
    [proposed?.path, proposed?.cause, proposed?.decidedBy, proposed?.rightIdentityId],
    ['wrong-person', 'unmerge', CELL.name, twin.id],
  );
  const id = proposed?.id ?? '';
  assert.equal(settled(await prepareRecall(bench.context, ANNE, id, undefined)).count, 1);
  settled(await approveRecall(bench.context, BRUNO, id, 1));
  await settleRecall(bench);
  assert.deepEqual(held(bench).sort(), ['1 Approved', '1 Deleted']);
  assert.equal((await bench.identity()).status, 'QUAL', 'the INS of the other record is right');
  const { items } = await detailOf(bench, id);
  const again = items.find(({ resendId }) => resendId !== null);
  assert.equal(again?.resendState, 'waiting', 'until the twin is qualified');
  const rebuilt = await documentById(bench.context.pool, again?.resendId ?? '');
  assert.deepEqual([rebuilt?.identityId, rebuilt?.ipp], [twin.id, 'P2']);
});

test('an INS that a verification does not confirm is a doubt about what left under it', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const record = await bench.identity();
  const why = { at: bench.context.now(), actor: 'system', source: 'INSi', event: 'vérification non confirmée' };
  const doubted = { ...record, insDoubt: 'TDU-INSI-001' };
  await transaction(bench.context.pool, (tx) => saveChange(tx, record, doubted, why));
  const [opened] = await recallsOf(bench.context.pool, record.id);
  assert.deepEqual([opened?.path, opened?.cause], ['doubt', 'verification']);
  const now = await bench.identity();
  assert.notEqual(now.frozenAt, null);
  await transaction(bench.context.pool, (tx) => saveChange(tx, now, { ...now, insDoubt: null }, why));
  assert.deepEqual(
    [(await recallsOf(bench.context.pool, record.id))[0]?.state, (await bench.identity()).frozenAt],
    ['released', null],
  );
});

test('a process that dies at any point of a step leaves nothing half done: the next run deletes once', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const recall = await approved(bench);
  const [claimed] = await claimTasks(bench.context.pool, { kinds: ['recall'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(claimed);
  let deaths = 0;
  for (let survived = 0, done = false; !done; survived++) {
    let left = survived;
    const dying = () => {
      if (left-- === 0) throw new Error('killed');
      return randomUUID();
    };
    const before = await states(bench);
    await recallTaskHandler({ ...bench.context, newUuid: dying })(claimed).then(
      () => {
        done = true;
      },
      async (error: Error) => {
        assert.equal(error.message, 'killed');
        deaths++;
        assert.deepEqual(await states(bench), before, 'nothing of the step is there');
      },
    );
  }
  assert.ok(deaths >= 2, `${deaths} points`);
  await bench.context.pool.query(`update task set leased_until = null, worker = null, run_at = now()`);
  await settleRecall(bench);
  assert.deepEqual(held(bench), ['1 Deleted']);
  assert.equal((await states(bench)).filter((line) => line.startsWith('delete')).length, 1);
  assert.equal((await detailOf(bench, recall.id)).recall.state, 'done');
});

test('a doubt is told again each day until somebody decides', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id: identityId } = await bench.identity();
  const { id } = settled(await openRecall(bench.context, ANNE, { identityId, reason: 'deux dossiers' }));
  const steps = async () =>
    (await sharedFindings(bench.context)).filter(({ rule }) => rule === recallRules.undecided).map(({ step }) => step);
  const DAY_MS = 86_400_000;
  bench.advance(DAY_MS - 1);
  assert.deepEqual(await steps(), []);
  bench.advance(1);
  assert.deepEqual(await steps(), ['1']);
  bench.advance(DAY_MS);
  assert.deepEqual(await steps(), ['2']);
  settled(await decideRecall(bench.context, BRUNO, id, { decision: 'release', explanation: 'pièce revue' }));
  assert.deepEqual(await steps(), []);
});

test('the attribute « douteuse » opens a doubt, which passes with the record to the one that it is merged into', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.identity();
  const doubtful = { action: 'set-attribute', attribute: 'douteuse', reason: 'photo différente' } as const;
  await changeStatus(bench.context, id, doubtful, CELL);
  assert.deepEqual(
    (await recallsOf(bench.context.pool, id)).map(({ cause }) => cause),
    ['doubtful'],
  );
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV' } });
  const survivor = await bench.identity('P3');
  assert.equal(survivor.frozenAt, null);
  await bench.admit({ event: 'A40', patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P1' });
  const after = await bench.identity('P3');
  assert.equal(after.id, survivor.id);
  assert.notEqual(after.frozenAt, null);
  const [passed] = await recallsOf(bench.context.pool, survivor.id);
  assert.deepEqual([passed?.identityId, passed?.state], [survivor.id, 'open']);
  const { report } = await detailOf(bench, passed?.id ?? '');
  assert.equal(report.emitted, 1, 'what the closed record sent is still listed');
});

test('an INS recalled from a record is not taken back by the record into which it was merged', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  await approved(bench);
  await settleRecall(bench);
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV' } });
  await bench.admit({ event: 'A40', patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P1' });
  const { id } = await bench.identity('P3');
  await checkAgain(bench, id);
  await requestInsiSearch(bench.context, id, 'user:anne');
  await bench.settle();
  const { status, matricule, frozenAt } = await bench.identity('P3');
  assert.deepEqual([status, matricule, frozenAt !== null], ['QUAL', PAT_TROIS_INS.matricule, true]);
});

test('a merge undone after its INS was recalled: the record that lives again with that INS waits for a decision', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const back = await bench.identity();
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV' } });
  await bench.admit({ event: 'A40', patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P1' });
  const { id: identityId } = await bench.identity('P3');
  const recall = settled(await openRecall(bench.context, ANNE, { identityId, reason: 'appel', answer: WRONG }));
  assert.equal(recall.identityId, identityId);
  settled(await undoMerge(bench.context, back.id, 'deux jumelles', CELL));
  const { status, matricule, frozenAt } = await bench.identity();
  assert.deepEqual([status, matricule, frozenAt !== null], ['QUAL', PAT_TROIS_INS.matricule, true]);
  const [asked] = (await recallsOf(bench.context.pool, back.id)).filter(({ state }) => state === 'open');
  assert.equal(asked?.cause, 'unmerge');
  const release = { decision: 'release', explanation: 'pièce revue' } as const;
  settled(await decideRecall(bench.context, BRUNO, asked?.id ?? '', release));
  assert.equal((await bench.identity()).frozenAt, null);
});

test('a doubt lifted on the record that remained does not hold the other one once the merge is undone', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.identity();
  const { id: recallId } = settled(await openRecall(bench.context, ANNE, { identityId: id, reason: 'deux IPP' }));
  await bench.admit({ patient: { ipp: 'P3', status: 'PROV' } });
  await bench.admit({ event: 'A40', patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P1' });
  const release = { decision: 'release', explanation: 'pièce revue' } as const;
  settled(await decideRecall(bench.context, BRUNO, recallId, release));
  settled(await undoMerge(bench.context, id, 'deux jumelles', CELL));
  assert.equal((await bench.identity()).frozenAt, null);
});
