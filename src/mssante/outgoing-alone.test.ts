/** Documents that go by MSSanté alone, mails that a person has sent again, and what a recall finds of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { TAKEN } from '../../test/support/fake-smtp.ts';
import { NOBODY, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
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

test('a document withdrawn while the server is away is not sent when it comes back', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => NOBODY;
  await bench.admit({ patient: { status: 'PROV' } });
  bench.smtp.answer = () => ({ kind: 'not-taken', reason: 'ECONNREFUSED', tls: false });
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: TO_DOCTOR, patient: { status: 'PROV' } });
  await bench.settle();
  const { id } = await bench.document();
  assert.deepEqual(await stateOf(bench, id), ['ready', 'TDU-MSS-012']);
  const tried = bench.smtp.given.length;
  assert.ok((await withdrawDocument(bench.context, id, { actor: 'alice', reason: 'mauvais patient' })).ok);
  bench.smtp.answer = () => TAKEN;
  await flush(bench);
  assert.deepEqual(await stateOf(bench, id), ['withdrawn', 'TDU-FEED-026']);
  assert.equal(bench.smtp.given.length, tried);
});

test('a mail of unknown outcome is not sent again once its document is withdrawn, and still counts as sent', async (t) => {
  const bench = await opened(t);
  bench.smtp.answer = () => ({ kind: 'unknown', reason: 'connexion coupée' });
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await bench.settle();
  const { id } = await bench.document();
  const { pool } = bench.context;
  const identity = await bench.identity();
  assert.equal((await stateOf(bench, id))[0], 'unknown');
  assert.equal(await hasEmitted(pool, identity.id, PAT_TROIS_INS), true);
  assert.deepEqual(await insUsedBy(pool, identity.id), [PAT_TROIS_INS]);
  bench.smtp.answer = () => TAKEN;
  assert.ok((await requestDeletion(bench.context, id, { actor: 'alice', reason: 'mauvais patient' })).ok);
  bench.advance(bench.context.config.mssante?.ambiguous.waitForReceiptMs ?? 0);
  await flush(bench);
  // The document does not go a second time; the mail that withdraws it does.
  const [, second, ...others] = bench.smtp.given;
  assert.equal(others.length, 0);
  assert.match((await simpleParser(second?.bytes ?? Buffer.alloc(0))).subject ?? '', /^\[Suppression\] /);
  assert.equal((await mailsOf(pool, id))[0]?.ended, 'deleted');
  assert.equal(await hasEmitted(pool, identity.id, PAT_TROIS_INS), false);
});

test('a mail that waits does not leave once a version that asks for none has come', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => NOBODY;
  await bench.admit({ patient: { status: 'PROV' } });
  const patient = { status: 'PROV' } as const;
  await bench.file({ number: 'L-1', recipients: [], flags: { ...TO_PATIENT, DESTDMP: true }, patient });
  await bench.settle();
  const { id } = await bench.document();
  assert.equal((await stateOf(bench, id))[0], 'waiting');
  const hidden = { DESTDMP: true, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true };
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1', recipients: [], flags: hidden, patient });
  await bench.settle();
  await askMailsAgain(bench.context, id, 'alice');
  await flush(bench);
  assert.deepEqual(await stateOf(bench, id), ['withdrawn', 'TDU-MSS-020']);
});

async function stateOf(bench: UseCaseBench, documentId: string): Promise<(string | null)[]> {
  const [mail] = await mailsOf(bench.context.pool, documentId);
  return [mail?.state ?? null, mail?.ruleId ?? null];
}
