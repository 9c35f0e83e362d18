/** T-R8: nothing can be written any more. Negative acknowledgement within a second, one alert, no crash loop, and back by itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import type { ConfigInput } from '../../src/config/schema.ts';
import { ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from '../../src/demo/structure.ts';
import { createStops, type Stops } from '../../src/queue/stops.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

/** What a person on call would find in the mailbox: one line per mail, its subject. */
async function mailbox(t: TestContext): Promise<{ port: number; subjects: string[] }> {
  const subjects: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: async (stream, _session, done) => {
      const mail = await text(stream);
      subjects.push(
        /TDU-[A-Z]+-\d{3}/.exec(mail)?.[0] + (/^Fin d'alerte|Fin : /m.test(decoded(mail)) ? ' end' : ' start'),
      );
      done();
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((end) => server.close(() => end())));
  const address = server.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, subjects };
}

/** The body of a mail, from quoted-printable or Base64. */
function decoded(mail: string): string {
  const body = mail.slice(mail.indexOf('\r\n\r\n') + 4);
  return /transfer-encoding: base64/i.test(mail)
    ? Buffer.from(body, 'base64').toString('utf8')
    : body.replace(/=\r\n/g, '');
}

const watched = (port: number) => (config: ConfigInput) => ({
  ...config,
  alerts: {
    everyMs: 200,
    endAfterMs: 300,
    mail: { host: '127.0.0.1', port, security: 'none' as const, from: 'passerelle@ch-demo.example' },
    recipients: [{ address: 'astreinte@ch-demo.example' }],
    delivery: { firstMs: 50, maxMs: 200 },
    // A machine of CI has little room; what is tested here is a disk without any.
    thresholds: { databaseAwayMs: 500, diskFreeBytes: 0, inodesFreePercent: 0 },
  },
});

/** A letter of a megabyte that does not compress: it fits in nothing that PostgreSQL had set aside. */
const largeLetter = () =>
  pdfMessage(PAT_TROIS, { mime: ['text', 'plain'], content: Buffer.from(randomBytes(768 * 1024).toString('base64')) });

async function refusedWithinASecond(demonstration: Demonstration): Promise<void> {
  const letter = await largeLetter();
  const started = performance.now();
  const answer = await demonstration.sendPlain(letter.bytes, 5_000);
  const took = performance.now() - started;
  assert.match(answer?.code ?? 'none', /^A[ER]$/, answer?.text);
  assert.ok(took < 1_000, `${Math.round(took)} ms`);
}

async function feeds(demonstration: Demonstration): Promise<void> {
  const letter = await pdfMessage(PAT_TROIS);
  await until(
    'taken in',
    async () => {
      const answer = await demonstration.sendPlain(letter.bytes, 5_000);
      return answer?.code === 'AA' ? true : undefined;
    },
    60_000,
  );
  await documentIn(demonstration, letter.controlId, 'accepted');
}

async function ready(stops: Stops, place: Place, port: number): Promise<Demonstration> {
  const demonstration = await startTestDemonstration({ place, adjust: watched(port) });
  stops.add(() => demonstration.stop());
  await demonstration.send(admission(PAT_TROIS).bytes);
  await qualified(demonstration, PAT_TROIS.ipp);
  await feeds(demonstration);
  return demonstration;
}

test('a database that became read-only', async (t) => {
  const stops = createStops((error) => assert.fail(String(error)));
  t.after(() => stops.run());
  const place = await openPlace();
  stops.add(() => place.remove());
  const { port, subjects } = await mailbox(t);
  const demonstration = await ready(stops, place, port);
  const readOnly = async (value: 'on' | 'off') => {
    const client = new pg.Client({ connectionString: place.databaseUrl });
    await client.connect();
    const name = new URL(place.databaseUrl).pathname.slice(1);
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter database "${name}" set default_transaction_read_only = ${value}`);
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [name],
    );
    await client.end();
  };
  await readOnly('on');
  await refusedWithinASecond(demonstration);
  await until('told', async () => (subjects.includes('TDU-ALR-012 start') ? true : undefined));
  for (let i = 0; i < 5; i++) await refusedWithinASecond(demonstration);
  await readOnly('off');
  await feeds(demonstration);
  await until('told again', async () => (subjects.includes('TDU-ALR-012 end') ? true : undefined));
  const told = subjects.filter((line) => line.startsWith('TDU-ALR-012'));
  assert.deepEqual(told, ['TDU-ALR-012 start', 'TDU-ALR-012 end']);
});

/** Why a small volume cannot be mounted here; undefined when it was. */
function mounted(folder: string, options: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no small volume can be mounted here (${error instanceof Error ? error.message.split('\n')[0] : ''})`;
  }
}

/** Writes until nothing more can be. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (let size = 2 ** 20; size >= 512; )
      try {
        const { bytesWritten } = await handle.write(Buffer.alloc(size));
        if (bytesWritten < size) size /= 2;
      } catch {
        size /= 2;
      }
  } finally {
    await handle.close();
  }
}

test('a disk that is full, then has room again: the embedded server and the gateway come back by themselves', async (t) => {
  // The last thing that was made is the first to go: nothing may still write when the volume is taken away.
  const stops = createStops((error) => assert.fail(String(error)));
  t.after(() => stops.run());
  const folder = await mkdtemp(join(tmpdir(), 'tdu-disk-'));
  stops.add(() => rm(folder, { recursive: true, force: true }));
  const reason = mounted(folder, 'size=320m,mode=0711');
  if (reason !== undefined) return t.skip(reason);
  stops.add(() => execFileSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  const lines: string[] = [];
  const server = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: (line) => lines.push(line) });
  stops.add(() => server.stop());
  assert.ok(server.directory.startsWith(folder), 'the database is on the small volume');
  const shared = await openPlace();
  stops.add(() => shared.remove());
  const pki = await ensureDemoPki(join(shared.data, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  await cp(join(shared.data, 'pki'), join(folder, 'pki'), { recursive: true });
  const place = { data: folder, databaseUrl: server.url, pki, remove: async () => undefined };
  const { port, subjects } = await mailbox(t);
  const demonstration = await ready(stops, place, port);
  stops.add(() => rm(ballast, { force: true }));
  // Room that PostgreSQL had set aside still takes a few messages: a hospital goes on sending until none is left.
  await until(
    'refused',
    async () => {
      await fill(ballast);
      const answer = await demonstration.sendPlain((await largeLetter()).bytes, 5_000);
      return answer?.code === 'AA' ? undefined : true;
    },
    60_000,
  );
  await refusedWithinASecond(demonstration);
  await until('told', async () => (subjects.some((line) => /TDU-ALR-01[12] start/.test(line)) ? true : undefined));
  for (let i = 0; i < 5; i++) await refusedWithinASecond(demonstration);
  const starts = lines.filter((line) => line.includes('redémarré')).length;
  assert.ok(starts <= 5, `no crash loop: ${starts} starts\n${lines.join('\n')}`);
  await rm(ballast);
  await feeds(demonstration);
  await until('told again', async () => (subjects.some((line) => /TDU-ALR-01[12] end/.test(line)) ? true : undefined));
  for (const rule of ['TDU-ALR-011', 'TDU-ALR-012'])
    assert.ok(subjects.filter((line) => line === `${rule} start`).length <= 1, subjects.join());
  assert.equal(await readFile(join(folder, 'alerte-base.json')).catch(() => 'gone'), 'gone');
});
