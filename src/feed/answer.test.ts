import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchConfig, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { many } from '../store/db.ts';
import { eventsOf } from '../store/documents.ts';
import { startMllpServer } from '../wire/hl7v2/mllp-server.ts';
import { createAnswerSender } from './answer.ts';

/** The sender's side: hears ZAM^Z01 and replies as it is told. */
async function listener(t: Parameters<typeof openBench>[0], reply: (frame: string) => string | undefined) {
  const heard: string[] = [];
  const server = await startMllpServer({
    host: '127.0.0.1',
    port: 0,
    now: () => new Date(),
    newControlId: () => 'A1',
    onRefused: () => undefined,
    onFrame: async (frame) => {
      const text = frame.toString('utf8');
      heard.push(text);
      const answer = reply(text);
      return answer === undefined ? undefined : Buffer.from(answer);
    },
  });
  t.after(() => server.close());
  return { port: server.port, heard };
}

function ack(code: string, frame: string, controlId = /^(?:[^|]*\|){9}([^|]*)/.exec(frame)?.[1] ?? ''): string {
  return `MSH|^~\\&|DPI|CH|TDU|CH|20261123||ACK^Z01^ACK|A1|T|2.6\rMSA|${code}|${controlId}\rERR|||207|E||||pas maintenant\r`;
}

async function deliverAnswers(t: Parameters<typeof openBench>[0], bench: UseCaseBench, port: number | undefined) {
  const config = benchConfig((input) => ({
    ...input,
    sources: input.sources.map(({ answers: _, ...source }) =>
      port === undefined ? source : { ...source, answers: { host: '127.0.0.1', port, tls: false } },
    ),
  }));
  const context: UseCaseContext = { ...bench.context, config };
  const sender = createAnswerSender(context, undefined);
  t.after(() => sender.close());
  await bench.context.pool.query('update task set run_at = now()');
  for (const task of await claimTasks(bench.context.pool, { kinds: ['answer'], worker: 1, limit: 10, leaseMs: 60_000 }))
    await sender.handler(task);
  const [answer] = await many<{ state: string; attempts: number; error: string | null }>(
    bench.context.pool,
    'select state, attempts, last_error as error from answer',
  );
  const event = (await eventsOf(bench.context.pool, (await bench.document()).id)).at(-1);
  return { answer, event };
}

async function accepted(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  await bench.settle();
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'answer').length, 1);
  return bench;
}

test('the answer reaches the route of its sender and is acknowledged', async (t) => {
  const bench = await accepted(t);
  const { port, heard } = await listener(t, (frame) => ack('AA', frame));
  const { answer, event } = await deliverAnswers(t, bench, port);
  assert.deepEqual([answer, event?.step], [{ state: 'delivered', attempts: 1, error: null }, 'answered']);
  assert.equal(heard.length, 1);
  assert.match(heard[0] ?? '', /ZAM\^Z01/);
  assert.deepEqual(await bench.tasks(), []);
});

test('nobody listens: tried again with the same MSH-10 until it is', async (t) => {
  const bench = await accepted(t);
  const down = await deliverAnswers(t, bench, 1);
  assert.equal(down.answer?.state, 'pending');
  assert.ok(down.answer?.error);
  const [task] = await bench.tasks();
  assert.ok(task && task.inMs > 500);
  const { port, heard } = await listener(t, (frame) => ack('AA', frame));
  assert.equal((await deliverAnswers(t, bench, port)).answer?.state, 'delivered');
  const [{ id } = { id: '' }] = await many<{ id: string }>(bench.context.pool, 'select id from answer');
  assert.ok(heard[0]?.includes(id));
});

test('the acknowledgement of another message says nothing of this one', async (t) => {
  const bench = await accepted(t);
  const { port } = await listener(t, (frame) => ack('AA', frame, 'AUTRE'));
  assert.equal((await deliverAnswers(t, bench, port)).answer?.state, 'pending');
});

test('refused, or unreadable: ended and shown, since the document itself is where it should be', async (t) => {
  for (const [reply, expected] of [
    [(frame: string) => ack('AE', frame), 'pas maintenant'],
    [() => 'MSH|^~\\&|DPI|CH|TDU|CH|20261123||ACK|A1|T|2.6\rMSA|??|X\r', ''],
    [() => 'bonjour', ''],
  ] as const) {
    const bench = await accepted(t);
    const { port } = await listener(t, reply);
    const { answer, event } = await deliverAnswers(t, bench, port);
    assert.equal(answer?.state, 'refused');
    assert.equal(event?.step, 'warning');
    assert.ok(event?.detail?.startsWith("acquittement métier refusé par l'émetteur : "), event?.detail ?? '');
    assert.ok(event?.detail?.includes(expected));
    assert.equal((await bench.document()).state, 'accepted');
  }
});

test('a route that was taken out of the configuration ends the delivery', async (t) => {
  const bench = await accepted(t);
  const { answer, event } = await deliverAnswers(t, bench, undefined);
  assert.equal(answer?.state, 'no-route');
  assert.deepEqual([event?.step, event?.detail], ['warning', 'acquittement métier sans destinataire déclaré']);
  assert.deepEqual(await bench.tasks(), []);
});
