import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { sourceOfSender } from '../config/lookup.ts';
import { draftDocument, recordDraft } from '../documents/index.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { feedRules } from '../rules/feed.ts';
import { many, one, transaction } from '../store/db.ts';
import { loadMessage } from '../store/messages.ts';
import { readDocumentNotices } from '../wire/hl7v2/document-notice.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { carry, takeCarried } from './carried.ts';
import { deliverTaskHandler } from './deliver.ts';
import { createForesight, type Foresight } from './foresight.ts';

const idle: Stamper = {
  stamp: () => assert.fail('a text is not stamped'),
  readMarks: () => assert.fail('a text has no marks'),
  checkPdfA: () => assert.fail('a text is no PDF'),
  compare: () => assert.fail('a text is not converted'),
  close: async () => undefined,
};

async function qualified(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  return bench;
}

/** The last message, as a draft that nothing was written of. */
async function draftOf(bench: UseCaseBench, message: Buffer) {
  assert.equal(await bench.send(message), 'AA');
  const { pool, config } = bench.context;
  const { id } = await one<{ id: number }>(pool, 'select max(id) as id from inbound_message');
  const stored = await loadMessage(pool, id);
  const source = sourceOfSender(config, stored.sender);
  const parsed = parseMessage(stored.body, { defaultEncoding: '8859/1' });
  assert.ok(source && parsed.ok);
  const notices = readDocumentNotices(parsed.value);
  assert.ok(notices.ok && notices.value[0]);
  const draft = await draftDocument(pool, bench.context, stored, notices.value[0], source);
  assert.ok(draft.ok);
  return draft.value;
}

async function look(foresight: Foresight, bench: UseCaseBench) {
  const foreseen = await foresight.look(await draftOf(bench, bench.mdm()));
  assert.ok(foreseen);
  return foreseen;
}

test('the usual document is ready as soon as its message is read, and leaves the same traces as any other', async (t) => {
  const bench = await qualified(t);
  await bench.file();
  const ready = await bench.document();
  assert.deepEqual([ready.state, ready.steps], ['ready', ['received', 'matched', 'prepared']]);
  assert.deepEqual(
    (await bench.tasks()).map(({ kind }) => kind),
    ['deliver'],
  );
  await bench.settle();
  const foreseen = await bench.document();
  bench.leaveToDocumentTask();
  await bench.file();
  assert.equal((await bench.document()).state, 'received');
  await bench.settle();
  const ordinary = await bench.document();
  const traces = ({ state, steps, identityId, typeCode, eg, title, notice, delivery }: typeof ordinary) => {
    const { attempts, firstSentAt, settledAt, sentMatricule, ruleId } = delivery;
    return {
      state,
      steps,
      identityId,
      typeCode,
      eg,
      title,
      notice,
      attempts,
      firstSentAt,
      settledAt,
      sentMatricule,
      ruleId,
    };
  };
  assert.deepEqual(traces(foreseen), traces(ordinary));
  // Identifiers made of a UUID or of a digest are not all of one length.
  const [first, second] = bench.dmp.submitted.map(
    ({ documents }) =>
      documents[0] &&
      Buffer.from(documents[0].bytes)
        .toString()
        .replaceAll(/\d+(?:\.\d+){2,}/g, '').length,
  );
  assert.equal(first, second);
});

test('an identity that changed since the look, or was merged, is not written as foreseen', async (t) => {
  const bench = await qualified(t);
  const { pool } = bench.context;
  const foresight = createForesight(bench.context, idle);
  const foreseen = await look(foresight, bench);
  assert.equal((await transaction(pool, (tx) => foresight.confirm(tx, [foreseen]))).length, 1);
  await pool.query('update identity set version = version + 1');
  assert.deepEqual(await transaction(pool, (tx) => foresight.confirm(tx, [foreseen])), []);
  await pool.query('update identity set version = version - 1, active = false');
  assert.deepEqual(await transaction(pool, (tx) => foresight.confirm(tx, [foreseen])), []);
});

test('while a foreseen document is being written its identity stays as it is', async (t) => {
  const bench = await qualified(t);
  const { pool } = bench.context;
  const foresight = createForesight(bench.context, idle);
  const foreseen = await look(foresight, bench);
  await transaction(pool, async (tx) => {
    await foresight.confirm(tx, [foreseen]);
    await assert.rejects(pool.query('select 1 from identity for no key update nowait'), /could not obtain lock/);
  });
});

test('a uniqueId that is taken leaves nothing of what was foreseen', async (t) => {
  const bench = await qualified(t);
  const { pool } = bench.context;
  const foresight = createForesight(bench.context, idle);
  const foreseen = await look(foresight, bench);
  await transaction(pool, (tx) => recordDraft(tx, bench.context, foreseen.draft));
  const again = { ...foreseen, draft: { ...foreseen.draft, document: { ...foreseen.draft.document, part: 2 } } };
  assert.equal(await transaction(pool, (tx) => foresight.write(tx, again)), false);
  assert.deepEqual(await many(pool, 'select state from document'), [{ state: 'received' }]);
  assert.deepEqual(await many(pool, 'select state from delivery'), [{ state: 'waiting' }]);
});

test('what is not usual is left to the document task, with its explanation', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  const foresight = createForesight(bench.context, idle);
  assert.equal(await foresight.look(await draftOf(bench, bench.mdm())), undefined);
  await bench.settle();
  const waiting = await bench.document();
  assert.deepEqual([waiting.state, waiting.ruleId], ['waiting', feedRules.identityProvisional.id]);
});

test('a preparation that takes long, or fails, does not hold back the messages that are read with it', async (t) => {
  const bench = await qualified(t);
  const never = Promise.withResolvers<never>();
  const pdf = Buffer.from('%PDF-1.4');
  const message = bench.mdm({ content: pdf, mime: ['application', 'pdf'] });
  const draft = await draftOf(bench, message);
  const stamper = (stamp: Stamper['stamp']): Stamper => ({ ...idle, stamp, readMarks: () => never.promise });
  assert.equal(
    await createForesight(
      bench.context,
      stamper(() => never.promise),
    ).look(draft),
    undefined,
  );
  assert.equal(
    await createForesight(
      bench.context,
      stamper(() => Promise.reject(new Error('broken'))),
    ).look(draft),
    undefined,
  );
});

test('what a preparation carries to the sending serves once, and not for long', async (t) => {
  const bench = await qualified(t);
  await bench.file();
  const { id } = await one<{ id: string }>(bench.context.pool, 'select id from delivery');
  const carried = takeCarried(id, bench.context.now());
  assert.equal(carried?.delivery.id, id);
  assert.equal(takeCarried(id, bench.context.now()), undefined);
  await bench.file();
  const other = await one<{ id: string }>(bench.context.pool, 'select id from delivery where id <> $1', [id]);
  bench.advance(60_000);
  assert.equal(takeCarried(other.id, bench.context.now()), undefined);
  await bench.settle();
  assert.deepEqual(await many(bench.context.pool, 'select distinct state from document'), [{ state: 'accepted' }]);
});

test('what was carried is not believed by whoever takes the sending over: it may be on its way', async (t) => {
  const bench = await qualified(t);
  await bench.file();
  const { pool } = bench.context;
  const { id } = await one<{ id: string }>(pool, 'select id from delivery');
  const carried = takeCarried(id, bench.context.now());
  assert.ok(carried);
  const claim = () => claimTasks(pool, { kinds: ['deliver'], worker: 1, limit: 1, leaseMs: 0 });
  const [task] = await claim();
  assert.ok(task);
  // Another process sends it and stands still meanwhile; the one that prepared it takes the task.
  bench.dmp.submitAnswer = async () => {
    await pool.query(`update task set leased_until = now() - interval '1 second'`);
    const [taken] = await claim();
    assert.ok(taken);
    carry(carried);
    await deliverTaskHandler(bench.context)(taken);
    return { kind: 'accepted', warnings: [] };
  };
  await assert.rejects(deliverTaskHandler(bench.context)(task), /belongs to another worker/);
  assert.equal((await bench.document()).state, 'unknown');
  assert.deepEqual(
    (await bench.tasks()).map(({ kind }) => kind),
    ['reconcile'],
  );
  assert.equal(bench.dmp.submitted.length, 1);
});

test('a sending that was carried is frozen only for the identity and the chain that it was prepared for', async (t) => {
  const bench = await qualified(t);
  await bench.file();
  await bench.context.pool.query('update identity set version = version + 1');
  await bench.run('deliver');
  assert.equal((await bench.document()).state, 'waiting');
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  assert.equal(bench.dmp.submitted.length, 1);
});
