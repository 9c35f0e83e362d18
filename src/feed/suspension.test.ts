import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { policyRules } from '../rules/policy.ts';
import { listSuspensions } from '../store/feed-suspensions.ts';
import { endSuspension, type Suspension, suspendSending } from './suspension.ts';

const HOUR_MS = 3_600_000;

async function bench(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const opened = await openBench(t);
  await opened.admit();
  await opened.settle();
  return opened;
}

async function stateOf(opened: UseCaseBench): Promise<string> {
  const { state, ruleId } = await opened.document();
  return `${state} ${ruleId ?? '-'}`;
}

async function suspend(
  { context }: UseCaseBench,
  what: Pick<Suspension, 'scope' | 'subject'> & Partial<Suspension>,
): Promise<string> {
  const done = await suspendSending(context, {
    eg: DEMO_EG,
    reason: 'relecture par le médecin',
    actor: 'user:anne',
    hours: 2,
    ...what,
  });
  assert.ok(done.ok, done.ok ? '' : done.refusal.rule.id);
  return done.value;
}

const HELD = `waiting ${policyRules.suspended.id}`;

test('a suspended document that was ready waits, and leaves by itself when the time has come', async (t) => {
  const opened = await bench(t);
  await opened.file();
  const { id, state } = await opened.document();
  assert.equal(state, 'ready');
  await suspend(opened, { scope: 'document', subject: id });
  await opened.settle();
  assert.equal(await stateOf(opened), HELD);
  assert.ok((await opened.document()).steps.includes('suspended'));
  opened.advance(2 * HOUR_MS - 1);
  await opened.run('resume');
  await opened.settle();
  assert.equal(await stateOf(opened), HELD);
  opened.advance(1);
  await opened.run('resume');
  await opened.settle();
  assert.equal(await stateOf(opened), 'accepted -');
  assert.equal(opened.dmp.submitted.length, 1);
});

test('a patient, a stay and a service are held before their documents come; others are not', async (t) => {
  const opened = await bench(t);
  const file = async (number: string, visit: object) => {
    const content = Buffer.from(`Lettre ${number}\n`);
    await opened.file({ number, content, visit: { patientClass: 'I', ...visit } });
    await opened.settle();
    return stateOf(opened);
  };
  const stay = await suspend(opened, { scope: 'stay', subject: 'S1' });
  assert.equal(await file('L-1', { number: 'S1' }), HELD);
  assert.equal(await file('L-2', { number: 'S2' }), 'accepted -');
  await suspend(opened, { scope: 'service', subject: 'CHIR' });
  assert.equal(await file('L-3', { number: 'S2', unit: 'CHIR' }), HELD);
  assert.equal(await file('L-4', { number: 'S2', unit: 'MED' }), 'accepted -');
  await suspend(opened, { scope: 'patient', subject: (await opened.identity()).id, eg: null });
  assert.equal(await file('L-5', { number: 'S3' }), HELD);
  await suspend(opened, { scope: 'stay', subject: 'S3', eg: '990000036' });
  const ended = await endSuspension(opened.context, stay, 'user:anne');
  assert.ok(ended.ok);
  await opened.settle();
  const held = await opened.context.pool.query("select 1 from document where state = 'waiting'");
  assert.equal(held.rowCount, 3, 'the patient is still held');
  const again = await endSuspension(opened.context, stay, 'user:anne');
  assert.equal(again.ok ? undefined : again.refusal.rule, policyRules.suspensionEnded);
});

test('a suspension is bounded, and says who, why and until when', async (t) => {
  const opened = await bench(t);
  const asked = { scope: 'stay', subject: 'S1', eg: DEMO_EG, reason: 'relecture', actor: 'user:anne' } as const;
  const long = await suspendSending(opened.context, { ...asked, hours: 73 });
  assert.equal(long.ok ? undefined : long.refusal.rule, policyRules.suspensionTooLong);
  assert.equal((await suspendSending(opened.context, { ...asked, hours: 0 })).ok, false);
  assert.equal((await suspendSending(opened.context, { ...asked, reason: '', hours: 1 })).ok, false);
  await suspend(opened, { scope: 'stay', subject: 'S1' });
  const [known, more] = await listSuspensions(opened.context.pool, { eg: DEMO_EG, limit: 2 });
  assert.equal(more, undefined);
  assert.deepEqual(
    [known?.reason, known?.actor, (known?.until.getTime() ?? 0) - (known?.at.getTime() ?? 0), known?.endedAt],
    ['relecture par le médecin', 'user:anne', 2 * HOUR_MS, null],
  );
  assert.deepEqual(await listSuspensions(opened.context.pool, { eg: '990000036', limit: 2 }), []);
});

test('a mail to professionals is held like the rest, and leaves when the suspension ends', async (t) => {
  const opened = await openBench(t);
  await opened.admit();
  await opened.settle();
  const id = await suspend(opened, { scope: 'stay', subject: 'S1' });
  const flag = '\rOBX|2|CE|DESTMSSANTEPS^x^MetaDMPMSS||Y||||||F\r';
  await opened.file(
    { number: 'L-1', recipients: ['dr.martin@hopital.mssante.fr'] },
    (text) => `${text.trimEnd()}${flag}`,
  );
  await opened.settle();
  const held = async () =>
    (await opened.context.pool.query<{ rule: string | null }>('select rule_id as rule from mail')).rows.map(
      ({ rule }) => rule,
    );
  assert.deepEqual(await held(), [policyRules.suspended.id]);
  assert.ok((await endSuspension(opened.context, id, 'user:anne')).ok);
  await opened.settle();
  opened.advance(1_000);
  await opened.run('mail');
  assert.notDeepEqual(await held(), [policyRules.suspended.id]);
  assert.equal((await opened.document()).state, 'accepted');
});
