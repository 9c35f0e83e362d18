import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import { dmpRules } from '../rules/dmp.ts';
import { laneRules } from '../rules/lanes.ts';
import { many } from '../store/db.ts';
import { endingsByReason, mandatoryNotGone } from '../store/feed-endings.ts';
import { documentLane, laneFlows, movesOf } from '../store/lanes.ts';
import { declareFlows } from './declare.ts';
import { reportOf } from './evidence.ts';
import { type MoveOrder, moveFlow } from './move.ts';
import { type OldPlatform, startOldPlatform } from './old-platform.fixture.ts';

type Test = Parameters<typeof openBench>[0];

/** Every sender is on its way; with an old platform behind the gateway unless told otherwise. */
async function bench(t: Test, platform?: OldPlatform): Promise<UseCaseBench> {
  const oldPlatform = platform && { host: '127.0.0.1', port: platform.port, tls: false };
  const opened = await openBench(t, withSources({ migration: oldPlatform === undefined ? {} : { oldPlatform } }));
  await opened.admit();
  await opened.settle();
  return opened;
}

async function withPlatform(t: Test): Promise<[UseCaseBench, OldPlatform]> {
  const platform = await startOldPlatform();
  t.after(() => platform.close());
  return [await bench(t, platform), platform];
}

async function flowOfDpi({ context }: UseCaseBench) {
  const flow = (await laneFlows(context.pool, null)).at(-1);
  assert.ok(flow);
  return flow;
}

async function move(opened: UseCaseBench, to: MoveOrder['to'], more: Partial<MoveOrder> = {}): Promise<string> {
  const { id, revision } = await flowOfDpi(opened);
  const actor = { name: 'user:anne', role: 'interop' };
  const done = await moveFlow(
    opened.context,
    { flowId: id, to, reason: 'essai', revision, actor, ...more },
    async () => [],
  );
  return done.ok ? done.value.lane : done.refusal.rule.id;
}

async function moveTo(opened: UseCaseBench, ...lanes: MoveOrder['to'][]): Promise<void> {
  for (const to of lanes)
    assert.equal(await move(opened, to, to === 'canary' ? { canary: { percentage: 0 } } : {}), to);
}

async function standing(opened: UseCaseBench): Promise<string> {
  const { state, ruleId } = await opened.document();
  return `${state} ${ruleId ?? '-'}`;
}

async function shadowOf(opened: UseCaseBench): Promise<{ outcome: string; ruleId: string | null } | undefined> {
  const sql = 'select outcome, rule_id as "ruleId" from shadow_result where document_id = $1';
  return (
    await many<{ outcome: string; ruleId: string | null }>(opened.context.pool, sql, [(await opened.document()).id])
  )[0];
}

/** A letter like any other, of its own number. */
const letter = (number: string) => ({ number, content: Buffer.from(`Lettre ${number}\n`) });
const reports = (platform: OldPlatform) => platform.taken.filter((bytes) => bytes.includes('|MDM^'));

test('observed without an old platform: the document waits for its flow, and leaves by itself once the lane is V2', async (t) => {
  const opened = await bench(t);
  await opened.file();
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.observed.id}`);
  assert.equal((await opened.document()).identityId, (await opened.identity()).id);
  await moveTo(opened, 'shadow');
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.shadow.id}`);
  const tried = await shadowOf(opened);
  assert.equal(tried?.outcome, 'leaves');
  await moveTo(opened, 'canary');
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.notChosen.id}`);
  assert.equal(opened.dmp.submitted.length, 0);
  await moveTo(opened, 'v2');
  await opened.settle();
  assert.equal(await standing(opened), 'accepted -');
  assert.equal(opened.dmp.submitted.length, 1);
});

test('in the lanes of API V1 the message goes on to the old platform, the very same bytes, and nothing of it leaves here', async (t) => {
  const [opened, platform] = await withPlatform(t);
  const message = opened.mdm();
  assert.equal(await opened.send(message), 'AA');
  await opened.settle();
  assert.deepEqual(reports(platform), [message]);
  assert.equal(await standing(opened), `withdrawn ${laneRules.byTheOldWay.id}`);
  assert.equal(opened.dmp.submitted.length, 0);
  assert.deepEqual(await opened.answers(), []);
  // The old platform knows the patient by the admission, which went on before.
  assert.deepEqual(
    platform.taken.map((bytes) => /\|(ADT|MDM)\^/.exec(bytes.toString())?.[1]),
    ['ADT', 'MDM'],
  );
});

test('what the old way carries is not counted as « non transmissible », nor as missing in the DMP', async (t) => {
  const [opened] = await withPlatform(t);
  await opened.file();
  await opened.settle();
  assert.equal(await standing(opened), `withdrawn ${laneRules.byTheOldWay.id}`);
  const { pool, now } = opened.context;
  const [from, to] = [new Date(now().getTime() - 86_400_000), new Date(now().getTime() + 86_400_000)];
  assert.deepEqual(await endingsByReason(pool, { eg: null, from, to }, []), []);
  assert.deepEqual(await mandatoryNotGone(pool, { eg: null, from, to }, [{ code: '11490-0' }]), []);
});

test('the report of a flow counts its documents, whose identity is qualified, and what the shadow said', async (t) => {
  const opened = await bench(t);
  await opened.file(letter('L-1'));
  await moveTo(opened, 'shadow');
  await opened.file({ ...letter('L-2'), patient: { ipp: 'P2', birthName: 'INCONNU' } });
  await opened.settle();
  const { counts, shadow, against } = await reportOf(opened.context, await flowOfDpi(opened));
  assert.deepEqual([counts.documents, counts.qualified, counts.waiting, counts.byV2], [2, 1, 2, 0]);
  assert.deepEqual(shadow.map(({ outcome, documents }) => `${outcome} ${documents}`).sort(), ['leaves 1', 'waits 1']);
  const ids = against.map(({ rule }) => rule.id);
  for (const { id } of [laneRules.identities, laneRules.shadowTooShort]) assert.ok(ids.includes(id), id);
  assert.ok(!ids.includes(laneRules.shadowRefusals.id));
});

test('in the shadow it goes on and is also built and checked; what would be refused says why, and still goes on', async (t) => {
  const [opened, platform] = await withPlatform(t);
  await opened.file(letter('L-0'));
  await moveTo(opened, 'shadow');
  await opened.file(letter('L-1'));
  await opened.settle();
  assert.equal((await shadowOf(opened))?.outcome, 'leaves');
  await opened.file({ ...letter('L-2'), type: { code: '99999-9', label: 'Inconnu' } });
  await opened.settle();
  const tried = await shadowOf(opened);
  assert.notEqual(tried?.outcome, 'leaves');
  assert.ok(tried?.ruleId);
  assert.equal(reports(platform).length, 3);
  assert.equal(opened.dmp.submitted.length, 0);
});

test('once the lane is V2 the document leaves here and not there; what had left by the old way stays there', async (t) => {
  const [opened, platform] = await withPlatform(t);
  await opened.file(letter('L-1'));
  await opened.settle();
  await moveTo(opened, 'shadow', 'canary', 'v2');
  await opened.settle();
  assert.equal(opened.dmp.submitted.length, 0);
  await opened.file(letter('L-2'));
  await opened.settle();
  assert.equal(await standing(opened), 'accepted -');
  assert.equal(reports(platform).length, 1);
  assert.equal(opened.dmp.submitted.length, 1);
});

test('a replacement travels in the lane of its original, forward and back', async (t) => {
  const [opened, platform] = await withPlatform(t);
  await opened.file(letter('L-1'));
  await opened.settle();
  await moveTo(opened, 'shadow', 'canary', 'v2');
  await opened.file({ ...letter('L-1b'), kind: 'replace', parent: 'L-1' });
  await opened.settle();
  assert.equal(reports(platform).length, 2, 'its original left by the old way');
  await opened.file(letter('L-2'));
  await opened.settle();
  await moveTo(opened, 'observed');
  await opened.file({ ...letter('L-2b'), kind: 'replace', parent: 'L-2' });
  await opened.settle();
  const lane = await documentLane(opened.context.pool, (await opened.document()).id);
  assert.equal(lane?.carrier, 'v2', 'its original left by API V2');
  assert.equal(reports(platform).length, 2);
});

test('the old platform is away: the message is acknowledged all the same, waits, and goes on once, in order, when it is back', async (t) => {
  const [opened, platform] = await withPlatform(t);
  await platform.close();
  const messages = ['L-1', 'L-2'].map((number) => opened.mdm(letter(number)));
  for (const message of messages) assert.equal(await opened.send(message), 'AA');
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.goingOn.id}`);
  const back = await startOldPlatform(platform.port);
  t.after(() => back.close());
  await opened.run('relay');
  await opened.settle();
  assert.deepEqual(reports(back), messages);
  assert.equal(await standing(opened), `withdrawn ${laneRules.byTheOldWay.id}`);
});

test('an acknowledgement that is lost: the same bytes are presented again', async (t) => {
  const [opened, platform] = await withPlatform(t);
  platform.answers = 'silent';
  const message = opened.mdm();
  assert.equal(await opened.send(message), 'AA');
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.goingOn.id}`);
  platform.answers = 'AA';
  await opened.run('relay');
  assert.ok(reports(platform).length >= 2);
  assert.ok(reports(platform).every((bytes) => bytes.equals(message)));
  assert.equal(await standing(opened), `withdrawn ${laneRules.byTheOldWay.id}`);
});

test('the old platform refuses: the sender hears it from us, and a person may have it presented again', async (t) => {
  const [opened, platform] = await withPlatform(t);
  platform.answers = 'refusal';
  await opened.file();
  await opened.settle();
  assert.equal(await standing(opened), `refused ${laneRules.oldPlatformRefused.id}`);
  assert.match((await opened.answers()).join('\n'), new RegExp(laneRules.oldPlatformRefused.id));
});

test('what we cannot read goes on too while the old platform feeds, and is refused at the door once we do', async (t) => {
  const [opened, platform] = await withPlatform(t);
  await opened.file(letter('L-1'));
  await opened.settle();
  const broken = (text: string) => text.replace(/\rPID\|[^\r]*/, '');
  const message = opened.mdm(letter('L-2'));
  assert.equal(await opened.send(message, broken), 'AA');
  await opened.settle();
  assert.deepEqual(reports(platform).at(-1), Buffer.from(broken(message.toString())));
  await moveTo(opened, 'shadow', 'canary', 'v2');
  assert.notEqual(await opened.send(opened.mdm(letter('L-3')), broken), 'AA');
});

test('a document that the DMP already holds by the old way is recognised, not sent again, and its sender hears that it is there', async (t) => {
  const opened = await bench(t);
  await opened.file(letter('L-1'));
  await moveTo(opened, 'shadow', 'canary', 'v2');
  const duplicate = { rule: dmpRules.XDSDuplicateUniqueIdInRegistry };
  opened.dmp.submitAnswer = () => ({ kind: 'refused', class: 'ambiguous', refusal: duplicate, errors: [] });
  const held = { entryUuid: 'urn:uuid:1', status: 'Approved', hash: 'a'.repeat(40) };
  opened.dmp.findAnswer = () => ({ kind: 'answered', value: [held] });
  await opened.settle();
  await opened.run('reconcile');
  await opened.settle();
  assert.equal(await standing(opened), `withdrawn ${laneRules.alreadyFed.id}`);
  assert.equal(opened.dmp.submitted.length, 1);
  assert.match((await opened.answers()).join(), /\|Y\b/);
  // What replaces it is sent as the replacement of what the DMP holds.
  opened.dmp.submitAnswer = () => ({ kind: 'accepted', warnings: [] });
  await opened.file({ ...letter('L-1b'), kind: 'replace', parent: 'L-1' });
  await opened.settle();
  assert.equal(await standing(opened), 'accepted -');
  assert.equal(opened.dmp.submitted.at(-1)?.documents[0].replaces, 'urn:uuid:1');
});

test('a document is decided once: the database refuses another lane for one that has left', async (t) => {
  const [opened] = await withPlatform(t);
  await opened.file();
  await opened.settle();
  await assert.rejects(opened.context.pool.query(`update document_lane set carrier = 'v2'`), /has left by old/);
});

test('a declared flow is there before its first document, which finds it where people have put it', async (t) => {
  const opened = await bench(t);
  await declareFlows(opened.context);
  await moveTo(opened, 'shadow');
  await declareFlows(opened.context);
  await opened.file();
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.shadow.id}`);
  assert.equal((await laneFlows(opened.context.pool, null)).length, 1);
});

test('each move is dated, signed, motivated, in the history and in the audit trail; two people cannot both move a flow', async (t) => {
  const opened = await bench(t);
  await opened.file();
  const seen = await flowOfDpi(opened);
  assert.equal(await move(opened, 'shadow', { reason: ' ' }), laneRules.reasonMissing.id);
  assert.equal(await move(opened, 'v2'), laneRules.notThisMove.id);
  assert.equal(await move(opened, 'shadow'), 'shadow');
  assert.equal(await move(opened, 'canary', { canary: { services: [] } }), laneRules.canaryInvalid.id);
  assert.equal(await move(opened, 'shadow', { revision: seen.revision }), laneRules.movedMeanwhile.id);
  const [last, ...others] = await movesOf(opened.context.pool, seen.id, 10);
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...last, at: undefined },
    {
      at: undefined,
      actor: 'user:anne',
      from: 'observed',
      to: 'shadow',
      canary: null,
      reason: 'essai',
      overridden: [],
    },
  );
  const audited = await many<{ actor: string; action: string; reason: string }>(
    opened.context.pool,
    `select actor, action, reason from audit where subject = $1`,
    [`flow:${seen.id}`],
  );
  assert.deepEqual(audited, [{ actor: 'user:anne', action: 'lane observed → shadow', reason: 'essai' }]);
});

test('a canary by service takes the documents of that service, the others wait', async (t) => {
  const opened = await bench(t);
  await opened.file(letter('L-0'));
  await moveTo(opened, 'shadow');
  await move(opened, 'canary', { canary: { services: ['CARDIO'] } });
  await opened.settle();
  const unit = (code: string) => (text: string) =>
    text.replace(/\rPV1\|([^|]*)\|([^|]*)\|([^|]*)/, `\rPV1|$1|$2|${code}`);
  await opened.file(letter('L-1'), unit('CARDIO'));
  await opened.settle();
  assert.equal(await standing(opened), 'accepted -');
  await opened.file(letter('L-2'), unit('PNEUMO'));
  await opened.settle();
  assert.equal(await standing(opened), `waiting ${laneRules.notChosen.id}`);
});

test('a sender that declares nothing asks the database for nothing of lanes', async (t) => {
  const opened = await openBench(t);
  await opened.admit();
  await opened.settle();
  for (const table of ['migration_flow', 'document_lane', 'shadow_result', 'relay', 'migration_move'])
    await opened.context.pool.query(`alter table ${table} rename to gone_${table}`);
  await opened.file(letter('L-1'));
  opened.leaveToDocumentTask();
  await opened.file(letter('L-2'));
  await opened.settle();
  assert.equal(await standing(opened), 'accepted -');
  assert.equal(opened.dmp.submitted.length, 2);
});
