import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, lchown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { findPlatformPackage } from './binaries.ts';
import { socketFolder } from './cluster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

/** One folder, open to the server's account, for the whole file: making a base is what costs here. */
let folder = '';
let directory = '';
const started: EmbeddedPostgres[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tdu-embedded-'));
  await chmod(folder, 0o711);
  directory = join(folder, 'postgres');
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});
after(() => rm(folder, { recursive: true, force: true }));

async function start(lines: string[] = [], where = directory): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory: where, log: (line) => lines.push(line) });
  started.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** A gateway reduced to its server, in a process of its own. Resolves with the server's address once it is up. */
async function startInChild(directory: string): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))};
    const server = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, log: () => undefined });
    console.log(JSON.stringify({ url: server.url, pid: server.pid }));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, pid }: { url: string; pid: number } = JSON.parse(line);
    return { child, url, pid };
  }
  throw new Error('the child ended before its server was up');
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/cwd`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await check()) return;
    await wait(25);
  }
  assert.fail(`not within 10 s: ${what}`);
}

test('a server keeps its data, its address and its durability from one start to the next', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept (name text)');
  await ask(first.url, "INSERT INTO kept VALUES ('é')");
  // Neither may survive the next start: the command line wins over what ALTER SYSTEM writes.
  await ask(first.url, 'ALTER SYSTEM SET fsync = off');
  await ask(first.url, 'ALTER SYSTEM SET synchronous_commit = off');
  const stopped = first.pid;
  await first.stop();
  assert.equal(isAlive(stopped), false);

  const second = await start();
  assert.equal(second.url, first.url);
  assert.deepEqual(await ask(second.url, 'SELECT name FROM kept'), ['é']);
  assert.deepEqual(
    await ask(
      second.url,
      `SELECT setting FROM pg_settings WHERE name IN
       ('fsync', 'full_page_writes', 'listen_addresses', 'server_encoding', 'synchronous_commit', 'unix_socket_directories')
       ORDER BY name`,
    ),
    ['on', 'on', '127.0.0.1', 'UTF8', 'on', join(second.directory, 'socket')],
  );
});

test('it is asked through a socket that nobody else reaches, and through TCP where the path of one is too long', async () => {
  const server = await start();
  assert.deepEqual(await ask(server.url, 'SELECT inet_server_addr() IS NULL'), [true]);
  assert.equal((await stat(join(server.directory, 'socket'))).mode & 0o777, 0o700);
  await assert.rejects(ask(server.url.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1'), /password authentication failed/);
  assert.equal(socketFolder({ home: `/${'a'.repeat(90)}`, account: undefined }), undefined);
});

test('the password is needed, is in a private file, and errors with data never reach the log', async () => {
  const server = await start();
  const settings = join(directory, 'acces.json');
  assert.equal((await stat(settings)).mode & 0o777, 0o600);
  const { password }: { password: string } = JSON.parse(await readFile(settings, 'utf8'));
  assert.ok(server.url.includes(password) && password.length >= 32);
  await assert.rejects(ask(server.url.replace(password, 'wrong'), 'SELECT 1'), /password authentication failed/);

  await ask(server.url, 'CREATE TABLE person (matricule text PRIMARY KEY)');
  await ask(server.url, "INSERT INTO person VALUES ('2960763220836')");
  await assert.rejects(ask(server.url, "INSERT INTO person VALUES ('2960763220836')"), /duplicate key/);
  await assert.rejects(ask(server.url, "SELECT '2960763220836X'::bigint"), /invalid input/);
  const logged = await readFile(join(server.directory, 'postgres.log'), 'utf8');
  assert.match(logged, /ready to accept connections/);
  assert.doesNotMatch(logged, /2960763220836/);
});

test('after a kill -9 of the gateway the server left behind is stopped and its data kept', async () => {
  const killed = await startInChild(directory);
  await ask(killed.url, 'CREATE TABLE acknowledged AS SELECT 1 AS n');
  killed.child.kill('SIGKILL');
  await ended(killed.child);
  assert.deepEqual(await ask(killed.url, 'SELECT n FROM acknowledged'), [1], 'the orphan still runs');

  const lines: string[] = [];
  const next = await start(lines);
  assert.notEqual(next.pid, killed.pid);
  assert.match(lines.join('\n'), new RegExp(`processus ${killed.pid}`));
  assert.deepEqual(await ask(next.url, 'SELECT n FROM acknowledged'), [1]);
  assert.equal(isAlive(killed.pid), false);
});

test('Ctrl-C reaches the gateway and not its server', async () => {
  const gateway = await startInChild(directory);
  assert.ok(gateway.child.pid !== undefined);
  // What a terminal does: the signal goes to the whole process group.
  process.kill(-gateway.child.pid, 'SIGINT');
  await ended(gateway.child);
  assert.deepEqual(await ask(gateway.url, 'SELECT 1'), [1]);
  await start();
});

test('a pid file that names a process of somebody else is not believed', async (t) => {
  const first = await start();
  await first.stop();
  const stranger = spawn('sleep', ['60']);
  t.after(() => stranger.kill());
  await writeFile(join(first.directory, 'data', 'postmaster.pid'), `${stranger.pid}\n${first.directory}/data\n`);
  const second = await start();
  assert.deepEqual(await ask(second.url, 'SELECT 1'), [1]);
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
});

test('a second gateway on the same folder is refused and does not disturb the first', async () => {
  const first = await start();
  await assert.rejects(startEmbeddedPostgres({ directory, log: () => undefined }), /déjà utilisé par le processus \d+/);
  assert.deepEqual(await ask(first.url, 'SELECT 1'), [1]);
});

test('a server that dies is started again at the same address with what it had committed', async () => {
  const lines: string[] = [];
  const server = await start(lines);
  await ask(server.url, 'CREATE TABLE committed AS SELECT 1 AS n');
  const dead = server.pid;
  process.kill(dead, 'SIGKILL');
  await until('the server is back', async () => server.pid !== dead);
  assert.deepEqual(await ask(server.url, 'SELECT n FROM committed'), [1]);
  assert.match(lines.join('\n'), /PostgreSQL redémarré/);
});

test('an asked port that is taken is said, and none other is used', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const refused = startEmbeddedPostgres({ directory, log: () => undefined, port });
  await assert.rejects(refused, /Address already in use[\s\S]*DATABASE_URL/);
});

test('a platform without an embedded server is told to set DATABASE_URL', async () => {
  await assert.rejects(findPlatformPackage('@embedded-postgres/linux-none'), /Aucun PostgreSQL.*DATABASE_URL/s);
});

test('as root, data that belongs to an ordinary account is served by that account', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const first = await start();
  await first.stop();
  const data = join(first.directory, 'data');
  for (const name of await readdir(data, { recursive: true })) await lchown(join(data, name), 12_345, 12_345);
  await lchown(data, 12_345, 12_345);
  const second = await start();
  assert.equal((await stat(`/proc/${second.pid}`)).uid, 12_345);
});

test('a server that cannot start again is given up after a bounded number of attempts', async () => {
  const lines: string[] = [];
  const server = await start(lines);
  await rm(join(server.directory, 'data', 'PG_VERSION'));
  process.kill(server.pid, 'SIGKILL');
  await until('supervision gives up', async () =>
    lines.some((line) => line.includes('ne redémarre pas après 5 essais')),
  );
  assert.equal(lines.filter((line) => line.includes("n'a pas démarré")).length, 5);
});

test('as root the server runs unprivileged, even for a folder that its account cannot enter', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const closed = join(folder, 'closed', 'postgres');
  await mkdir(join(folder, 'closed'), { mode: 0o700 });
  const server = await start([], closed);
  const leftovers = [server.directory];
  t.after(async () => {
    for (const one of started.splice(0)) await one.stop();
    for (const path of leftovers) await rm(path, { recursive: true, force: true });
  });
  assert.match(server.directory, /^\/var\/lib\/traitdunion\/[0-9a-f]{16}$/);
  assert.equal((await readFile(join(closed, 'emplacement.txt'), 'utf8')).trim(), server.directory);
  assert.notEqual((await stat(`/proc/${server.pid}`)).uid, 0);
  await ask(server.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  await server.stop();
  const again = await start([], closed);
  assert.deepEqual(await ask(again.url, 'SELECT n FROM kept'), [1]);
  await again.stop();

  // The folder deleted and made anew is a new installation: an empty base, the old one set aside, not destroyed.
  await rm(closed, { recursive: true });
  const lines: string[] = [];
  const anew = await start(lines, closed);
  const aside = /mise de côté dans (\S+)/.exec(lines.join('\n'))?.[1] ?? assert.fail('the old base is not spoken of');
  leftovers.push(aside);
  await assert.rejects(ask(anew.url, 'SELECT n FROM kept'), /does not exist/);
  assert.ok((await stat(join(aside, 'data', 'PG_VERSION'))).isFile());
});
