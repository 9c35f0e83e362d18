/** Mails over real SMTP and mutual TLS to the strict simulator, whose every fault is met; independent judges read one. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { demoKeysIn } from '../../test/support/demo-keys.ts';
import { conformanceDir, hasTool, run } from '../../test/support/tools.ts';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { DEMO_SENDING_MAILBOXES } from '../demo/structure.ts';
import { startSmtpSimulator } from '../simulators/mssante/smtp.ts';
import { mailsOf } from '../store/mails.ts';
import { smtpSender } from './outgoing-context.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
const FLAGS = { DESTDMP: true, DESTMSSANTEPS: true, DESTMSSANTEPAT: true, ACK_RECEPTION: true, ACK_LECTURE_MSS: true };
const LETTER = { number: 'L-1', recipients: [DOCTOR], flags: FLAGS } as const;

interface Site {
  readonly bench: UseCaseBench;
  control(path: string, body?: unknown): Promise<{ mails: Deposit[] }>;
  /** What the operator put into mailboxes of ours: notifications. */
  readonly back: Buffer[];
}

interface Deposit {
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly kind: string;
  readonly patientId: string | null;
  readonly raw: string;
}

async function open(
  t: TestContext,
  change: (tls: { ca: string; cert: string; key: string }) => { ca: string; cert: string; key: string } = (tls) => tls,
): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-mssante-'));
  const pki = await demoKeysIn(join(folder, 'pki'));
  const back: Buffer[] = [];
  const simulator = await startSmtpSimulator({
    directory: folder,
    tls: { ca: pki.caPem, cert: pki.server.certPem, key: pki.server.keyPem },
    port: 0,
    controlPort: 0,
    senders: DEMO_SENDING_MAILBOXES,
    deliver: (_, raw) => back.push(raw) > 0,
    now: () => new Date(),
    newUuid: randomUUID,
  });
  t.after(async () => {
    await simulator.close();
    await rm(folder, { recursive: true });
  });
  const tls = change({ ca: pki.caFile, cert: pki.mssante.certFile, key: pki.mssante.keyFile });
  const mailboxes = (config: ConfigInput) =>
    config.mssante?.mailboxes.map((each) => ({ ...each, smtp: { ...each.smtp, port: simulator.port, tls } })) ?? [];
  const bench = await openBench(t, (config) => ({
    ...config,
    ...(config.mssante && { mssante: { ...config.mssante, mailboxes: mailboxes(config) } }),
  }));
  const { mssante } = bench.context.config;
  assert.ok(mssante);
  bench.smtp.send = smtpSender(mssante);
  await bench.admit();
  await bench.settle();
  const control: Site['control'] = async (path, body) => {
    const answer = await fetch(`${simulator.control}${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
    assert.equal(answer.status, 200);
    return answer.json() as Promise<{ mails: Deposit[] }>;
  };
  return { bench, control, back };
}

async function flush(bench: UseCaseBench): Promise<void> {
  await bench.settle();
  for (let i = 0; i < 4; i++) {
    bench.advance(20_000);
    await bench.run('mail');
  }
}

async function states(bench: UseCaseBench): Promise<string[]> {
  const { id } = await bench.document();
  const mails = await mailsOf(bench.context.pool, id);
  return mails.map(({ destination, state, ruleId }) => [destination, state, ruleId].filter(Boolean).join(' '));
}

test('a document with a package for a professional and one for the patient are taken, and announced', async (t) => {
  const { bench, control, back } = await open(t);
  await bench.file(LETTER);
  await flush(bench);
  assert.deepEqual(await states(bench), ['MSSANTE-PATIENT accepted', 'MSSANTE-PS accepted']);
  const { mails } = await control('/mails/search', { raw: true });
  assert.deepEqual(
    mails.map(({ kind }) => kind),
    ['documents', 'documents'],
  );
  const notified = back.filter((raw) => raw.includes('Action: delivered'));
  assert.equal(notified.length, 2);
  await judge(t, Buffer.from(mails.find(({ to }) => to === DOCTOR)?.raw ?? '', 'base64'));
});

/** unzip, xmllint with the schemas of ebRIM, and the email module of Python: none of them is ours. */
async function judge(t: TestContext, raw: Buffer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-judge-'));
  t.after(() => rm(folder, { recursive: true }));
  const mail = await simpleParser(raw);
  const zip = join(folder, 'package.zip');
  await writeFile(zip, mail.attachments.find(({ filename }) => filename === 'IHE_XDM.zip')?.content ?? '');
  if (hasTool('unzip')) {
    assert.match((await run('unzip', ['-t', zip])).stdout.toString('utf8'), /No errors detected/);
    const conformance = conformanceDir();
    const schema = conformance && join(conformance, 'xds/xsd/lcm.xsd');
    if (schema !== undefined && hasTool('xmllint')) {
      const metadata = (await run('unzip', ['-p', zip, 'IHE_XDM/SUBSET01/METADATA.XML'])).stdout;
      const verdict = await run('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], metadata);
      assert.equal(verdict.status, 0, verdict.stderr);
    } else t.diagnostic('xmllint or its schemas are absent');
  } else t.diagnostic('unzip is absent');
  if (!hasTool('python3')) return t.diagnostic('python3 is absent');
  const script = [
    'import sys, email, email.policy',
    'm = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)',
    'assert not m.defects, m.defects',
    'print(m["subject"]); print(m["message-id"]); print(m["disposition-notification-to"])',
    'print([(a.get_filename(), a.get_content_type(), len(a.get_content())>0) for a in m.iter_attachments()])',
  ].join('\n');
  const said = await run('python3', ['-c', script], raw);
  assert.equal(said.status, 0, said.stderr);
  assert.match(
    said.stdout.toString('utf8'),
    /^XDM\/1\.0\/DDM\+.* PAT-TROIS DOMINIQUE 28\/03\/1979\n ?<[^>]+@hopital-essais\.mssante\.fr>\n.*dpi@hopital-essais\.mssante\.fr.*\n.*IHE_XDM\.zip.*application\/zip.*\.pdf.*application\/pdf/,
  );
}

test('an answer that is lost: the mail is taken once, whatever is sent again', async (t) => {
  const { bench, control } = await open(t);
  await control('/faults', { fault: 'lost-answer' });
  await bench.file({ ...LETTER, flags: { ...FLAGS, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } });
  await bench.settle();
  assert.deepEqual(await states(bench), ['MSSANTE-PS unknown TDU-MSS-016']);
  await control('/faults', { fault: 'lost-answer', rate: 0 });
  await flush(bench);
  assert.deepEqual(await states(bench), ['MSSANTE-PS accepted']);
  assert.equal((await control('/mails/search')).mails.length, 1);
});

test('a mailbox that is unknown is a refusal with its rule; one that is busy is tried again', async (t) => {
  const { bench, control } = await open(t);
  const alone = { ...LETTER, flags: { ...FLAGS, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } };
  await control('/mailboxes', { address: DOCTOR, state: 'busy' });
  await bench.file(alone);
  await bench.settle();
  assert.deepEqual(await states(bench), ['MSSANTE-PS ready TDU-MSS-014']);
  await control('/mailboxes', { address: DOCTOR, state: 'unknown' });
  await flush(bench);
  assert.deepEqual(await states(bench), ['MSSANTE-PS refused TDU-MSS-021']);
});

test('the same document replaced, then deleted: « [Annule et remplace] », then a mail that asks to disregard it', async (t) => {
  const { bench, control } = await open(t);
  const alone = { ...LETTER, flags: { ...FLAGS, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } };
  await bench.file(alone);
  await flush(bench);
  await bench.file({ ...alone, kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Version deux\n') });
  await flush(bench);
  await bench.file({ ...alone, kind: 'delete', number: 'L-2', content: Buffer.from('sans objet\n') });
  await flush(bench);
  const { mails } = await control('/mails/search');
  assert.deepEqual(
    mails.map(({ kind, subject, inReplyTo }) => [kind, /^\[[^\]]+\]/.exec(subject)?.[0], inReplyTo]),
    [
      ['documents', undefined, null],
      ['documents', '[Annule et remplace]', mails[0]?.messageId],
      ['plain', '[Suppression]', mails[1]?.messageId],
    ],
  );
});

test('without the certificate of the mailbox nothing is said: the mail waits for whoever repairs it', async (t) => {
  const { bench, control } = await open(t, (tls) => ({
    ...tls,
    cert: tls.cert.replace('mssante', 'sign'),
    key: tls.key.replace('mssante', 'sign'),
  }));
  await bench.file({ ...LETTER, flags: { ...FLAGS, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true } });
  await bench.settle();
  assert.match((await states(bench)).join(), /^MSSANTE-PS ready TDU-MSS-01[23]$/);
  assert.equal((await control('/mails/search')).mails.length, 0);
});
