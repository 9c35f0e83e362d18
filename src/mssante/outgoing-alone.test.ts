/** Documents that go by MSSanté alone, mails that a person has sent again, and what a recall finds of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { TAKEN } from '../../test/support/fake-smtp.ts';
import { NOBODY, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { makeVisible, requestDeletion } from '../documents/index.ts';
import { withdrawDocument } from '../feed/index.ts';
import { transaction } from '../store/db.ts';
import { standingOf } from '../store/documents.ts';
import { emittedUnder, hasEmitted, insUsedBy } from '../store/emissions.ts';
import { mailsOf, recipientsOf } from '../store/mails.ts';
import { askMailsAgain } from './outgoing-desk.ts';
import { applyReceipt } from './receipts.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
/** Of nobody here. */
const OTHER = '180032704401251';
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

/** The record gets another number, as a correction would give it. */
async function renumber(bench: UseCaseBench, birthName?: string): Promise<void> {
  const { id } = await bench.identity();
  await bench.context.pool.query(
    `update identity set matricule = $2, version = version + 1, birth_name = coalesce($3, birth_name) where id = $1`,
    [id, OTHER, birthName ?? null],
  );
}

test('a withdrawal goes to the mailbox where the mail went, and says nothing of whom the record is of now', async (t) => {
  const bench = await opened(t);
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await flush(bench);
  await renumber(bench, 'AUTREPERSONNE');
  await bench.file({ kind: 'delete', number: 'L-1', recipients: [], flags: TO_PATIENT });
  await flush(bench);
  const withdrawal = bench.smtp.given.at(-1);
  assert.deepEqual(withdrawal?.to, [`${PAT_TROIS_INS.matricule}@patient.mssante.fr`]);
  const mail = await simpleParser(withdrawal?.bytes ?? Buffer.alloc(0));
  assert.match(mail.subject ?? '', /^\[Suppression\] \S/);
  assert.doesNotMatch(`${mail.subject} ${mail.text}`, /AUTREPERSONNE|28\/03\/1979/);
});

test('a version sent under another INS replaces nothing in that mailbox, and the first still stands in its own', async (t) => {
  const bench = await opened(t);
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await flush(bench);
  const { id } = await bench.document();
  await renumber(bench);
  const content = Buffer.from('Version deux\n');
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1', recipients: [], flags: TO_PATIENT, content });
  await flush(bench);
  const second = bench.smtp.given.at(-1);
  assert.deepEqual(second?.to, [`${OTHER}@patient.mssante.fr`]);
  const mail = await simpleParser(second?.bytes ?? Buffer.alloc(0));
  assert.match(mail.subject ?? '', /^XDM/);
  assert.equal(mail.inReplyTo, undefined);
  assert.equal((await mailsOf(bench.context.pool, id))[0]?.ended, null);
  const { id: identityId } = await bench.identity();
  assert.equal(await hasEmitted(bench.context.pool, identityId, PAT_TROIS_INS), true);
});

test('what may be in a mailbox is not sent again to another', async (t) => {
  const bench = await opened(t);
  bench.smtp.answer = () => ({ kind: 'unknown', reason: 'connexion coupée' });
  await bench.file({ number: 'L-1', recipients: [], flags: TO_PATIENT });
  await bench.settle();
  const { id } = await bench.document();
  await renumber(bench);
  bench.smtp.answer = () => TAKEN;
  bench.advance(bench.context.config.mssante?.ambiguous.waitForReceiptMs ?? 0);
  await flush(bench);
  assert.deepEqual(await stateOf(bench, id), ['refused', 'TDU-MSS-017']);
  assert.equal(bench.smtp.given.length, 1);
  assert.equal((await mailsOf(bench.context.pool, id))[0]?.sentMatricule, PAT_TROIS_INS.matricule);
});

test('a receipt that comes before the end of the dialogue hides nothing of the other recipients', async (t) => {
  const bench = await opened(t);
  const nurse = 'ide@ssiad.mssante.fr';
  bench.smtp.send = async () => {
    const { id } = await bench.document();
    const [mail] = await mailsOf(bench.context.pool, id);
    const receipt = { kind: 'delivery', outcome: 'delivered', recipient: DOCTOR, at: bench.context.now() } as const;
    await transaction(bench.context.pool, (tx) =>
      applyReceipt(bench.context, tx, { ...receipt, originalMessageId: mail?.messageId ?? '' }),
    );
    return {
      kind: 'taken',
      reply: '250 Ok',
      refused: [{ address: nurse, reply: '550 5.1.1 inconnu' }],
      notifies: true,
    };
  };
  await bench.file({ number: 'L-1', recipients: [DOCTOR, nurse], flags: TO_DOCTOR });
  await flush(bench);
  const { id } = await bench.document();
  const [mail] = await mailsOf(bench.context.pool, id);
  assert.equal(mail?.state, 'accepted');
  const recipients = await recipientsOf(bench.context.pool, mail?.id ?? '');
  assert.deepEqual(
    recipients.map(({ state, ruleId }) => [state, ruleId]),
    [
      ['delivered', null],
      ['failed', 'TDU-MSS-021'],
    ],
  );
});

test('a version made visible in the DMP, which asks for no other mail, does not stop the one that waits', async (t) => {
  const bench = await opened(t);
  bench.smtp.answer = () => ({ kind: 'not-taken', reason: 'ECONNREFUSED', tls: false });
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: TO_DOCTOR });
  await bench.settle();
  const { id } = await bench.document();
  assert.equal((await stateOf(bench, id))[0], 'ready');
  assert.ok((await makeVisible(bench.context, id, { actor: 'alice', reason: 'annonce faite' })).ok);
  bench.smtp.answer = () => TAKEN;
  await flush(bench);
  assert.deepEqual(await stateOf(bench, id), ['accepted', null]);
});

async function stateOf(bench: UseCaseBench, documentId: string): Promise<(string | null)[]> {
  const [mail] = await mailsOf(bench.context.pool, documentId);
  return [mail?.state ?? null, mail?.ruleId ?? null];
}
