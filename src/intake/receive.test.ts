import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  benchConfig,
  openBench,
  PAT_TROIS,
  type UseCaseBench,
  withSources,
} from '../../test/support/use-case-bench.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { many } from '../store/db.ts';
import { listFlows } from '../store/flows.ts';
import { buildAdmission, type SampleAdmission } from '../wire/hl7v2/sample-messages.ts';
import { createCommitter } from './committer.ts';
import { messageBatchHandler } from './process-message.ts';
import { type Door, keepRefusal, receiveFrame } from './receive.ts';

const PEER = { address: '10.0.0.1', certificateName: 'gam.exemple' };

function admission(parts: Partial<SampleAdmission> = {}): Buffer {
  return buildAdmission({
    from: { application: 'GAM', facility: 'CH-DEMO' },
    to: { application: 'TDU', facility: 'CH' },
    controlId: 'M1',
    sentAt: '20261123090000+0100',
    event: 'A01',
    patient: PAT_TROIS,
    ...parts,
  });
}

function tlsDoor({ door }: UseCaseBench): Door {
  return { ...door, transport: 'mllps' };
}

interface Kept {
  readonly state: string;
  readonly rule: string | null;
  readonly sender: string;
  readonly kind: string;
  readonly peer: string;
  readonly eg: string | null;
  readonly bytes: number;
}

async function kept({ context }: UseCaseBench): Promise<Kept[]> {
  return many<Kept & Record<string, unknown>>(
    context.pool,
    `select state, rule_id as rule, sender, kind, peer, eg, octet_length(body) as bytes from inbound_message order by id`,
  );
}

test('stored and in the queue before it is acknowledged, counted a little later', async (t) => {
  const bench = await openBench(t);
  const ack = await receiveFrame(bench.context, tlsDoor(bench), admission(), PEER);
  assert.match(ack?.toString() ?? '', /\rMSA\|AA\|M1\r/);
  const [message] = await kept(bench);
  assert.deepEqual(
    [message?.state, message?.sender, message?.kind, message?.peer, message?.bytes],
    ['accepted', 'GAM|CH-DEMO', 'ADT^A01', 'gam.exemple', admission().length],
  );
  assert.deepEqual(
    (await bench.tasks()).map(({ kind }) => kind),
    ['message'],
  );
  await bench.observer.flush();
  const [flow] = await listFlows(bench.context.pool);
  assert.deepEqual(
    [flow?.application, flow?.messageKind, flow?.identityKind, flow?.messages],
    ['GAM', 'ADT^A01', 'IPP', 1],
  );
});

test('the same message again is acknowledged and not processed twice; the same MSH-10 with another content is another', async (t) => {
  const bench = await openBench(t);
  assert.equal(await bench.send(admission()), 'AA');
  assert.equal(await bench.send(admission()), 'AA');
  assert.equal((await kept(bench)).length, 1);
  assert.equal(await bench.send(admission({ patient: { ...PAT_TROIS, usedName: 'DURAND' } })), 'AA');
  assert.equal((await kept(bench)).length, 2);
  assert.equal((await bench.tasks()).length, 2);
  await bench.observer.flush();
  assert.deepEqual(
    (await listFlows(bench.context.pool)).map(({ messages }) => messages),
    [2],
  );
});

test('nothing is acknowledged when nothing could be stored', async (t) => {
  const bench = await openBench(t);
  const broken = { query: () => Promise.reject(new Error('disk full')) } as never;
  const door: Door = { ...bench.door, committer: createCommitter(broken) };
  await assert.rejects(receiveFrame(bench.context, door, admission(), PEER), /disk full/);
  await bench.observer.flush();
  assert.deepEqual([await kept(bench), await listFlows(bench.context.pool)], [[], []]);
});

test('what is refused is kept with its rule, and changes nothing else', async (t) => {
  const bench = await openBench(t);
  const cases: readonly [Buffer, string, string][] = [
    [Buffer.from('bonjour'), '', hl7Rules.mshMissing.id],
    [admission({ controlId: 'M2' }).subarray(0, 60), 'AE', ''],
    [
      Buffer.from(admission().toString().replace('ADT^A01^ADT_A01', 'ADT^A24^ADT_A24')),
      'AR',
      hl7Rules.eventUnsupported.id,
    ],
    [Buffer.from(admission().toString().replace('|M1|', '||')), 'AE', hl7Rules.headerFieldMissing.id],
  ];
  for (const [frame, code, rule] of cases) {
    assert.match(await bench.send(frame), code === '' ? /^$/ : /^A[ER]$/);
    const last = (await kept(bench)).at(-1);
    assert.equal(last?.state, 'refused');
    if (rule !== '') assert.equal(last?.rule, rule);
    assert.equal(last?.bytes, frame.length);
  }
  await bench.observer.flush();
  assert.deepEqual([await bench.tasks(), await listFlows(bench.context.pool)], [[], []]);
  const first = await kept(bench);
  assert.equal(await bench.send(admission()), 'AA', 'a refused message does not stand in the way of the corrected one');
  assert.equal((await kept(bench)).length, first.length + 1);
});

test('an undeclared sender and the certificate of another are refused', async (t) => {
  const bench = await openBench(t, withSources({ application: 'GAM', certificateName: 'gam.exemple' }));
  const rule = async (frame: Buffer, peer: { address: string; certificateName?: string }) => {
    await receiveFrame(bench.context, tlsDoor(bench), frame, peer);
    const last = (await kept(bench)).at(-1);
    return [last?.rule ?? null, last?.eg === null];
  };
  assert.deepEqual(await rule(admission(), PEER), [null, false]);
  assert.deepEqual(await rule(admission(), { address: '127.0.0.1' }), [gatewayRules.senderCertificate.id, true]);
  assert.deepEqual(await rule(admission(), { ...PEER, certificateName: 'labo.exemple' }), [
    gatewayRules.senderCertificate.id,
    true,
  ]);
  const stranger = admission({ from: { application: 'INCONNU', facility: 'X' } });
  assert.deepEqual(await rule(stranger, PEER), [gatewayRules.senderUnknown.id, true]);
});

test('production reads production messages only', async (t) => {
  const bench = await openBench(t);
  const context = { ...bench.context, config: { ...bench.context.config, installation: 'production' as const } };
  await receiveFrame(context, bench.door, admission({ processingId: 'T' }), PEER);
  assert.equal((await kept(bench)).at(-1)?.rule, hl7Rules.processingIdUnexpected.id);
  await receiveFrame(context, bench.door, admission({ processingId: 'P' }), PEER);
  assert.equal((await kept(bench)).at(-1)?.state, 'accepted');
});

test('a refusal decided before the frame was whole is kept too', async (t) => {
  const bench = await openBench(t);
  await keepRefusal(bench.context, bench.door, { rule: hl7Rules.frameTooLarge }, PEER);
  assert.deepEqual((await kept(bench))[0]?.rule, hl7Rules.frameTooLarge.id);
});

test('an accepted message whose sender was taken out of the configuration ends with that reason', async (t) => {
  const bench = await openBench(t);
  await bench.send(admission());
  const config = benchConfig(withSources({ application: 'AUTRE' }));
  const [task] = await claimTasks(bench.context.pool, { kinds: ['message'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  await messageBatchHandler({ ...bench.context, config }).one(task);
  const [message] = await kept(bench);
  assert.deepEqual([message?.state, message?.rule], ['processed', gatewayRules.senderUnknown.id]);
});

test('a message that was processed is not processed again', async (t) => {
  const bench = await openBench(t);
  await bench.send(admission());
  await bench.run('message');
  const before = await bench.history();
  await bench.context.pool.query(`insert into task (kind, subject) select 'message', id::text from inbound_message`);
  await bench.run('message');
  assert.deepEqual(await bench.history(), before);
  assert.ok(!(await bench.tasks()).some(({ kind }) => kind === 'message'));
});

test('a message that fails again and again is set aside with its explanation, and lets the next ones pass', async (t) => {
  const bench = await openBench(t);
  await bench.send(admission());
  await bench.context.pool.query('update task set attempts = 20');
  await bench.run('message');
  const [message] = await kept(bench);
  assert.deepEqual([message?.state, message?.rule], ['processed', gatewayRules.unexpected.id]);
  assert.deepEqual(await bench.tasks(), []);
});
