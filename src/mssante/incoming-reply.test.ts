import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createTestAuthority, OPENSSL_MISSING, type TestAuthority } from '../simulators/common/pki.fixture.ts';
import { startSmtpSimulator } from '../simulators/mssante/smtp.ts';
import { repliesOf } from '../store/incoming-replies.ts';
import { HEADERS, mailOf } from '../wire/mail/mail.fixture.ts';
import { DEFAULT_MAIL_LIMITS } from '../wire/mail/mail.ts';
import { readMail } from '../wire/mail/read.ts';
import { readReceipts } from '../wire/mail/report.ts';
import { decideDocument, decideMail } from './incoming-desk.ts';
import { acknowledge, type IncomingBench, openIncoming, xdmMail } from './incoming-mails.fixture.ts';

const SENDER = 'thomas.eric@medecin.mssante.fr';
const ASKS = { 'Disposition-Notification-To': `<${SENDER}>` };
const BY = { name: 'user:essai', eg: null, reason: 'essai' };

interface Outside {
  readonly delivered: { readonly to: string; readonly raw: Buffer }[];
  fault(fault: string): Promise<void>;
}

/** The hospital of the bench, beside a real SMTP server. */
async function open(t: TestContext, authority: TestAuthority): Promise<IncomingBench & Outside> {
  const directory = await mkdtemp(join(tmpdir(), 'smtp-'));
  const delivered: { to: string; raw: Buffer }[] = [];
  const simulator = await startSmtpSimulator({
    directory,
    tls: authority.server,
    port: 0,
    controlPort: 0,
    senders: ['dpi@hopital-demo.mssante.fr'],
    deliver: (to, raw) => delivered.push({ to, raw }) > 0,
    now: () => new Date('2026-11-23T08:00:00Z'),
    newUuid: () => 'x',
  });
  t.after(async () => {
    await simulator.close();
    await rm(directory, { recursive: true });
  });
  const bench = await openIncoming(t, (incoming) => ({
    ...incoming,
    replies: {
      host: 'localhost',
      port: simulator.port,
      tls: { ca: 'unused', cert: 'unused', key: 'unused' },
      attempts: 3,
    },
  }));
  const { replies } = bench.context.config.incomingMail;
  assert.ok(replies);
  bench.replyServer = { replies, tls: authority.client('/C=FR/O=TEST/CN=bal-applicative') };
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.run('insi');
  return Object.assign(bench, {
    delivered,
    fault: async (fault: string) => {
      await fetch(
        `${simulator.control}/faults`,
        fault === '' ? { method: 'DELETE' } : { method: 'POST', body: JSON.stringify({ fault }) },
      );
    },
  });
}

async function told({ delivered }: Outside, nth = -1) {
  const raw = delivered.at(nth)?.raw;
  assert.ok(raw, 'nothing was sent');
  const mail = await readMail(raw, DEFAULT_MAIL_LIMITS);
  assert.ok(mail.ok);
  const [receipt] = readReceipts(mail.value);
  return { subject: mail.value.subject, messageId: mail.value.messageId, from: mail.value.from, ...receipt };
}

const authority = createTestAuthority();
const skip = authority === undefined && OPENSSL_MISSING;

test('the sender who asked for a receipt is told, once, when the DPI took the document', { skip }, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  await bench.receive(xdmMail({ headers: ASKS }));
  await bench.work('mail-reply');
  assert.equal(bench.delivered.length, 0, 'nothing is said before the DPI answered');
  await bench.work('mail-handover', 'mail-reply', 'mail-reply');
  assert.deepEqual(
    bench.delivered.map(({ to }) => to),
    [SENDER],
  );
  const { kind, outcome, originalMessageId, recipient, from } = await told(bench);
  const { messageId } = await bench.last();
  assert.deepEqual(
    [kind, outcome, originalMessageId, recipient, from],
    ['reading', 'processed', messageId, 'dpi@hopital-demo.mssante.fr', 'dpi@hopital-demo.mssante.fr'],
  );
});

test('a refusal by the DPI is told with its code, and again nothing when a person has it handed over later', {
  skip,
}, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  bench.answer = (frame) =>
    acknowledge(frame, 'AE', 'ERR|PID^1^3||207|E|902^Identifiant de patient inconnu^applicationErrorCode\r');
  await bench.receive(xdmMail({ headers: ASKS }));
  await bench.work('mail-handover', 'mail-reply');
  const { outcome, status, text, subject } = await told(bench);
  assert.deepEqual([outcome, status, text], ['error', '902', 'Identifiant de patient inconnu']);
  assert.match(subject, /^\[KO Intégration système !\]\[902\] XDM\/1\.0\/DDM\+/);
  bench.answer = (frame) => acknowledge(frame);
  const [document] = (await bench.last()).documents;
  assert.ok((await decideDocument(bench.context, document?.id ?? '', { action: 'hand-over' }, BY)).ok);
  await bench.work('mail-handover', 'mail-reply');
  assert.equal(bench.delivered.length, 1);
  assert.equal((await bench.last()).state, 'done');
});

test('a document that a person refuses is told as not integrated, under our rule', { skip }, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  await bench.receive(xdmMail({ headers: ASKS, traits: { birthName: 'AUTRE' } }));
  const [document] = (await bench.last()).documents;
  assert.ok((await decideDocument(bench.context, document?.id ?? '', { action: 'refuse' }, BY)).ok);
  await bench.work('mail-reply');
  const { outcome, status } = await told(bench);
  assert.deepEqual([outcome, status], ['error', 'TDU-MSS-122']);
});

test('nobody else than the sender is written to, and who asks for nothing is told nothing', { skip }, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  await bench.receive(xdmMail({ headers: { 'Disposition-Notification-To': '<victime@autre.mssante.fr>' } }));
  await bench.receive(xdmMail({ uniqueId: '1.2.1' }));
  await bench.work('mail-handover', 'mail-reply');
  assert.equal((await bench.last()).state, 'done');
  assert.equal(bench.delivered.length, 0);
});

test('a server that is away, or whose answer is lost, is tried again with the same mail; a refusal is shown', {
  skip,
}, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  await bench.receive(xdmMail({ headers: ASKS }));
  await bench.work('mail-handover');
  const replies = async () => repliesOf(bench.context.pool, (await bench.last()).id);
  await bench.fault('http-500');
  await bench.work('mail-reply');
  assert.deepEqual(
    (await replies()).map(({ state }) => state),
    ['waiting'],
  );
  await bench.fault('');
  await bench.fault('lost-answer');
  await bench.work('mail-reply');
  assert.equal(bench.delivered.length, 1);
  await bench.fault('');
  await bench.work('mail-reply');
  assert.deepEqual(
    (await replies()).map(({ state }) => state),
    ['sent'],
  );
  // The server knew its Message-ID again.
  assert.equal(bench.delivered.length, 1);
  await bench.receive(xdmMail({ headers: ASKS, uniqueId: '1.2.1' }));
  await bench.fault('soap-fault');
  await bench.work('mail-handover', 'mail-reply');
  const [refused] = await replies();
  assert.deepEqual([refused?.state, refused?.detail], ['failed', '554 5.3.0 transaction failed']);
});

test('a mail passed on goes whole, as an attachment, from the mailbox that received it', { skip }, async (t) => {
  assert.ok(authority);
  const bench = await open(t, authority);
  const mail = mailOf({ ...HEADERS, Subject: 'Bonjour' }, [{ type: 'text/plain', content: 'Bonjour' }]);
  await bench.receive(mail);
  const forward = { action: 'forward', recipient: 'service@ch.mssante.fr' } as const;
  assert.ok((await decideMail(bench.context, (await bench.last()).id, forward, BY)).ok);
  await bench.work('mail-reply');
  const read = await readMail(bench.delivered[0]?.raw ?? Buffer.alloc(0), DEFAULT_MAIL_LIMITS);
  assert.ok(read.ok);
  assert.deepEqual([bench.delivered[0]?.to, read.value.subject], ['service@ch.mssante.fr', 'TR: Bonjour']);
  assert.deepEqual(
    Buffer.from(read.value.attachments[0]?.bytes ?? [])
      .toString('latin1')
      .trim(),
    mail.toString('latin1').trim(),
  );
});
