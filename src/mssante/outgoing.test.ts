/** Documents that ask for mails of MSSanté: each destination behind its own gate, at its own pace, with its own answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { TAKEN } from '../../test/support/fake-smtp.ts';
import { NOBODY, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { transaction } from '../store/db.ts';
import { type MailRecord, mailsOf, recipientsOf } from '../store/mails.ts';
import { applyReceipt, type Receipt } from './receipts.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
const NURSE = 'ide@ssiad.mssante.fr';

const BOTH = {
  number: 'L-1',
  recipients: [DOCTOR],
  flags: { DESTDMP: true, DESTMSSANTEPS: true, DESTMSSANTEPAT: true, ACK_RECEPTION: true, ACK_LECTURE_MSS: true },
} as const;

/** Everything that is due now, at the pace of the operator. */
async function flush(bench: UseCaseBench): Promise<void> {
  await bench.settle();
  for (let i = 0; i < 3; i++) {
    bench.advance(1_000);
    await bench.run('mail');
  }
}

async function mails(bench: UseCaseBench): Promise<Record<string, MailRecord>> {
  const { id } = await bench.document();
  return Object.fromEntries((await mailsOf(bench.context.pool, id)).map((mail) => [mail.destination, mail]));
}

async function states(bench: UseCaseBench): Promise<Record<string, string>> {
  const document = await bench.document();
  const found = Object.entries(await mails(bench)).map(([destination, { state, ruleId }]) => [
    destination,
    ruleId === null ? state : `${state} ${ruleId}`,
  ]);
  return { DMP: document.delivery.state, overall: document.overallState ?? '', ...Object.fromEntries(found) };
}

async function receive(bench: UseCaseBench, receipt: Partial<Receipt> & Pick<Receipt, 'originalMessageId'>) {
  const whole: Receipt = {
    kind: 'delivery',
    recipient: DOCTOR,
    outcome: 'delivered',
    at: bench.context.now(),
    ...receipt,
  };
  return transaction(bench.context.pool, (tx) => applyReceipt(bench.context, tx, whole));
}

function zams(answers: readonly string[], event: string): string[] {
  return answers.filter((er7) => er7.includes(`ZAM^${event}^`));
}

describe('a document for the DMP, a professional and its patient', () => {
  test('whose identity is qualified: three deliveries, two mails with the package and the readable copy', async (t) => {
    const bench = await openBench(t);
    await bench.admit();
    await bench.settle();
    await bench.file(BOTH);
    await flush(bench);
    assert.deepEqual(await states(bench), {
      DMP: 'accepted',
      overall: 'accepted',
      'MSSANTE-PS': 'accepted',
      'MSSANTE-PATIENT': 'accepted',
    });
    const byRecipient = new Map(bench.smtp.given.map((envelope) => [envelope.to.join(), envelope]));
    assert.deepEqual([...byRecipient.keys()].sort(), [`${PAT_TROIS_INS.matricule}@patient.mssante.fr`, DOCTOR]);
    const mail = await simpleParser(byRecipient.get(DOCTOR)?.bytes ?? Buffer.alloc(0));
    assert.match(mail.subject ?? '', /^XDM\/1\.0\/DDM\+\S.{0,39} PAT-TROIS DOMINIQUE 28\/03\/1979$/);
    assert.deepEqual(
      mail.attachments.map(({ filename, contentType }) => [filename, contentType]),
      [
        ['IHE_XDM.zip', 'application/zip'],
        [mail.attachments[1]?.filename, 'application/pdf'],
      ],
    );
    assert.match(mail.attachments[1]?.filename ?? '', /^\d{8}_[A-Za-z0-9-]+_PAT-TROIS_DOMINIQUE(_S1)?\.pdf$/);
    assert.equal(mail.headers.get('disposition-notification-to') !== undefined, true);
  });

  test('whose identity is not qualified: the professional has it at once, without any matricule; the others when it is', async (t) => {
    const bench = await openBench(t);
    bench.insi.answer = () => NOBODY;
    await bench.admit({ patient: { status: 'PROV' } });
    await bench.settle();
    await bench.file({ ...BOTH, patient: { status: 'PROV' } });
    await flush(bench);
    const waiting = await states(bench);
    assert.equal(waiting['MSSANTE-PS'], 'accepted');
    assert.match(waiting['MSSANTE-PATIENT'] ?? '', /^waiting TDU-/);
    assert.equal(waiting.overall, 'waiting');
    assert.equal(waiting.DMP, 'waiting');
    const [envelope] = bench.smtp.given;
    assert.deepEqual(envelope?.to, [DOCTOR]);
    assert.ok(!(await wholeText(envelope?.bytes)).includes(PAT_TROIS_INS.matricule.slice(0, 13)));
  });
});

describe('what comes back about a mail', () => {
  async function sent(t: Parameters<typeof openBench>[0]) {
    const bench = await openBench(t);
    await bench.admit();
    await bench.settle();
    await bench.file(BOTH);
    await flush(bench);
    return { bench, messageId: (await mails(bench))['MSSANTE-PS']?.messageId ?? '' };
  }

  test('a notification of delivery is told once, as ZAM^Z02', async (t) => {
    const { bench, messageId } = await sent(t);
    assert.equal(await receive(bench, { originalMessageId: `<${messageId}>` }), 'applied');
    assert.equal(await receive(bench, { originalMessageId: messageId }), 'repeated');
    const told = zams(await bench.answers(), 'Z02');
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /OBX\|1\|CWE\|ACK_RECEPTION_MSS\^[^|]+\|[^|]+\|Y\^\^expandedYes-NoIndicator/);
    assert.match(told[0] ?? '', new RegExp(`OBX\\|2\\|XTN\\|DESTINATAIRE_MSS\\^[^|]+\\|\\|\\^\\^X\\.400\\^${DOCTOR}`));
  });

  test('a mail that could not be delivered is explained by its enhanced status, and refused', async (t) => {
    const { bench, messageId } = await sent(t);
    await receive(bench, { originalMessageId: messageId, outcome: 'failed', status: 'smtp; 550 5.2.2 mailbox full' });
    assert.equal((await states(bench))['MSSANTE-PS'], 'refused TDU-MSS-022');
    assert.equal((await states(bench)).overall, 'refused');
    assert.match(zams(await bench.answers(), 'Z02')[0] ?? '', /ERR\|\|\|207\^[^|]+\|E\|550\^[^|]*\^SMTPERRORCODE/);
  });

  test('a reading is told as ZAM^Z03, and so is a document that the software of the recipient did not take', async (t) => {
    const { bench, messageId } = await sent(t);
    await receive(bench, { kind: 'reading', originalMessageId: messageId, outcome: 'processed' });
    await receive(bench, {
      kind: 'reading',
      originalMessageId: messageId,
      outcome: 'error',
      status: '902',
      text: 'Patient inconnu',
    });
    const told = zams(await bench.answers(), 'Z03');
    assert.equal(told.length, 2);
    assert.match(told.join('\n'), /\|902\^Patient inconnu\^applicationErrorCondition/);
  });

  test('of a mail that is not ours changes nothing', async (t) => {
    const { bench } = await sent(t);
    assert.equal(await receive(bench, { originalMessageId: 'other@elsewhere' }), 'unknown');
  });
});

describe('how a dialogue with the server ends', () => {
  async function toDoctors(t: Parameters<typeof openBench>[0], recipients: readonly string[] = [DOCTOR]) {
    const bench = await openBench(t);
    await bench.admit();
    await bench.settle();
    const file = () =>
      bench.file({ ...BOTH, recipients, flags: { ...BOTH.flags, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } });
    return { bench, file };
  }

  test('lost after the last byte: the same mail goes again under the same Message-ID, unless a receipt came first', async (t) => {
    const { bench, file } = await toDoctors(t);
    bench.smtp.answer = () => ({ kind: 'unknown', reason: 'connexion coupée' });
    await file();
    await bench.settle();
    assert.equal((await states(bench))['MSSANTE-PS'], 'unknown TDU-MSS-016');
    bench.smtp.answer = () => TAKEN;
    bench.advance(bench.context.config.mssante?.ambiguous.waitForReceiptMs ?? 0);
    await bench.run('mail', 'mail');
    assert.equal((await states(bench))['MSSANTE-PS'], 'accepted');
    const ids = await Promise.all(bench.smtp.given.map(async ({ bytes }) => (await simpleParser(bytes)).messageId));
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
  });

  test('lost, then a notification: nothing is sent again', async (t) => {
    const { bench, file } = await toDoctors(t);
    bench.smtp.answer = () => ({ kind: 'unknown', reason: 'connexion coupée' });
    await file();
    await bench.settle();
    await receive(bench, { originalMessageId: (await mails(bench))['MSSANTE-PS']?.messageId ?? '' });
    bench.advance(86_400_000);
    await bench.run('mail', 'mail');
    assert.equal((await states(bench))['MSSANTE-PS'], 'accepted');
    assert.equal(bench.smtp.given.length, 1);
  });

  test('one recipient refused for now is tried again alone; one refused for good is told', async (t) => {
    const { bench, file } = await toDoctors(t, [DOCTOR, NURSE]);
    bench.smtp.answer = () =>
      ({ ...TAKEN, refused: [{ address: NURSE, reply: '451 4.3.0 plus tard' }] }) as typeof TAKEN;
    await file();
    await bench.settle();
    assert.equal((await states(bench))['MSSANTE-PS'], 'ready TDU-MSS-014');
    bench.smtp.answer = ({ to }) => ({
      kind: 'refused',
      reply: '550 5.1.1 inconnu',
      recipients: to.map((address) => ({ address, reply: '550 5.1.1 inconnu' })),
    });
    bench.advance(60_000);
    await bench.run('mail');
    assert.deepEqual(bench.smtp.given.at(-1)?.to, [NURSE]);
    const mail = (await mails(bench))['MSSANTE-PS'];
    assert.equal(mail?.state, 'accepted');
    const recipients = await recipientsOf(bench.context.pool, mail?.id ?? '');
    assert.deepEqual(
      recipients.map(({ address, state, ruleId }) => [address, state, ruleId]),
      [
        [DOCTOR, 'taken', null],
        [NURSE, 'failed', 'TDU-MSS-021'],
      ],
    );
  });

  test('a server that is away keeps the mail ready, and its circuit keeps the others from trying', async (t) => {
    const { bench, file } = await toDoctors(t);
    bench.smtp.answer = () => ({ kind: 'not-taken', reason: 'ECONNREFUSED', tls: false });
    await file();
    await bench.settle();
    assert.equal((await states(bench))['MSSANTE-PS'], 'ready TDU-MSS-012');
    bench.smtp.answer = () => TAKEN;
    bench.advance(60_000);
    await bench.run('mail');
    assert.equal((await states(bench))['MSSANTE-PS'], 'accepted');
  });
});

async function wholeText(bytes: Buffer | undefined): Promise<string> {
  const { readXdm } = await import('../wire/xdm/xdm.ts');
  const mail = await simpleParser(bytes ?? Buffer.alloc(0));
  const zip = mail.attachments.find(({ filename }) => filename === 'IHE_XDM.zip');
  const opened = await readXdm(zip?.content ?? Buffer.alloc(0));
  assert.ok(opened.ok);
  const inside = opened.value.documents.map((document) => document.bytes.toString('utf8'));
  return [mail.headerLines.map(({ line }) => line).join('\n'), mail.text, opened.value.patientId, ...inside].join('\n');
}
