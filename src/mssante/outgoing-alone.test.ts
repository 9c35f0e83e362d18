/** Documents that go by MSSanté alone, mails that a person has sent again, and what a recall finds of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { TAKEN } from '../../test/support/fake-smtp.ts';
import { openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { requestDeletion } from '../documents/index.ts';
import { withdrawDocument } from '../feed/index.ts';
import { standingOf } from '../store/documents.ts';
import { emittedUnder, hasEmitted, insUsedBy } from '../store/emissions.ts';
import { mailsOf } from '../store/mails.ts';
import { askMailsAgain } from './outgoing-desk.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
const TO_PATIENT = { DESTDMP: false, DESTMSSANTEPS: false, DESTMSSANTEPAT: true, ACK_RECEPTION: true } as const;
const TO_DOCTOR = { DESTDMP: true, DESTMSSANTEPS: true, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } as const;

async function flush(bench: UseCaseBench): Promise<void> {
  await bench.settle();
  for (let i = 0; i < 3; i++) {
    bench.advance(60_000);
    await bench.run('mail');
  }
  await bench.settle();
}

async function opened(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  return bench;
}

test('a letter for its patient alone: accepted without the DMP, of which nothing is told', async (t) => {
  const bench = await opened(t);
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await flush(bench);
  const document = await bench.document();
  assert.equal(standingOf(document).state, 'accepted');
  assert.equal(standingOf(document).ruleId, null);
  assert.deepEqual(
    bench.smtp.given.map(({ to }) => to.join()),
    [`${PAT_TROIS_INS.matricule}@patient.mssante.fr`],
  );
  assert.deepEqual(
    (await bench.answers()).filter((er7) => er7.includes('ZAM^Z01')),
    [],
  );
  assert.equal(document.delivery.attempts, 0);
});

test('its deletion goes where it went; a recall of its INS finds it, and what was withdrawn no more', async (t) => {
  const bench = await opened(t);
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await flush(bench);
  const { id } = await bench.document();
  const { pool } = bench.context;
  const identity = await bench.identity();
  const under = { identityId: identity.id, ...PAT_TROIS_INS };
  const emitted = await emittedUnder(pool, under, 10);
  assert.deepEqual(
    emitted.map(({ kind, documentId, state }) => [kind, documentId, state]),
    [['mail', id, 'accepted']],
  );
  assert.equal(await hasEmitted(pool, identity.id, PAT_TROIS_INS), true);
  assert.deepEqual(await insUsedBy(pool, identity.id), [PAT_TROIS_INS]);
  const asked = await requestDeletion(bench.context, id, { actor: 'alice', reason: 'mauvais patient' });
  assert.ok(asked.ok);
  await flush(bench);
  const [first, second, ...others] = bench.smtp.given;
  assert.equal(others.length, 0);
  assert.deepEqual(second?.to, first?.to);
  const [sent, withdrawal] = await Promise.all(
    [first, second].map((each) => simpleParser(each?.bytes ?? Buffer.alloc(0))),
  );
  assert.match(withdrawal?.subject ?? '', /^\[Suppression\] (?!.*XDM)/);
  assert.equal(withdrawal?.inReplyTo, sent?.messageId);
  assert.equal((await mailsOf(pool, id))[0]?.ended, 'deleted');
  assert.equal(await hasEmitted(pool, identity.id, PAT_TROIS_INS), false);
});

test('a mail that was refused goes again to those who have not got it, when a person asks', async (t) => {
  const bench = await opened(t);
  bench.smtp.answer = () => ({ kind: 'refused', reply: '550 5.7.1 not allowed', recipients: [] });
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: TO_DOCTOR });
  await flush(bench);
  const { id, delivery } = await bench.document();
  assert.equal(delivery.state, 'accepted');
  const mail = async () => (await mailsOf(bench.context.pool, id))[0];
  assert.equal((await mail())?.ruleId, 'TDU-MSS-027');
  bench.smtp.answer = () => TAKEN;
  assert.ok((await askMailsAgain(bench.context, id, 'alice')).ok);
  await flush(bench);
  assert.equal((await mail())?.state, 'accepted');
  const refused = await askMailsAgain(bench.context, id, 'alice');
  assert.equal(refused.ok ? '' : refused.refusal.rule.id, 'TDU-FEED-046');
  assert.equal(bench.smtp.given.length, 2);
});

test('a document that a person withdraws takes its waiting mails along', async (t) => {
  const bench = await openBench(t);
  await bench.file({
    number: 'L-1',
    recipients: [DOCTOR],
    flags: { ...TO_DOCTOR, INVISIBLE_PATIENT: false, DESTMSSANTEPAT: true },
  });
  await flush(bench);
  const { id } = await bench.document();
  assert.ok((await withdrawDocument(bench.context, id, { actor: 'alice', reason: 'doublon' })).ok);
  const states = (await mailsOf(bench.context.pool, id)).map(({ state }) => state);
  assert.deepEqual(states, ['withdrawn', 'withdrawn']);
  assert.equal(standingOf(await bench.document()).state, 'withdrawn');
  assert.equal(bench.smtp.given.length, 0);
});
