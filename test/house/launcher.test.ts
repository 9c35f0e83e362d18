import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { hasTool } from '../support/tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const LAUNCHER = join(ROOT, 'bin/run.mjs');
/** Says what it is, then ends as its first argument asks. */
const ENTRY = `
  const [end, ...rest]: string[] = process.argv.slice(2);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => { console.log('got ' + signal); process.exit(9); });
  }
  console.log(JSON.stringify({ version: process.versions.node, cwd: process.cwd(), rest }));
  if (end === 'wait') setInterval(() => undefined, 1000);
  else if (end === 'die') process.kill(process.pid, 'SIGKILL');
  else process.exitCode = Number(end);`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tdu-launcher-'));
  await writeFile(join(folder, 'entry.ts'), ENTRY);
});
after(() => rm(folder, { recursive: true, force: true }));

interface Launched {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** The first line, as the entry wrote it. */
  readonly started: Promise<{ version: string; cwd: string; rest: string[] }>;
}

function launch(node: string, ...args: string[]): Launched {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const child = spawn(node, [LAUNCHER, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const started = new Promise<Awaited<Launched['started']>>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) resolve(JSON.parse(text.slice(0, end)));
    });
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, output: () => text, started };
}

function entry(): string {
  return relative(ROOT, join(folder, 'entry.ts'));
}

test('the pinned Node runs the entry, from any folder, under the Node of the PATH, with every argument', async (t) => {
  if (!hasTool('node')) return t.skip('no node on the PATH');
  const { child, started } = launch('node', entry(), '3', '--port', '0', 'é à');
  const [code] = await once(child, 'close');
  assert.equal(code, 3);
  assert.deepEqual(await started, { version: process.versions.node, cwd: folder, rest: ['--port', '0', 'é à'] });
});

test('the exit code is that of the entry, or of the signal that ended it', async () => {
  assert.equal((await once(launch(process.execPath, entry(), '0').child, 'close'))[0], 0);
  assert.equal((await once(launch(process.execPath, entry(), 'die').child, 'close'))[0], 128 + 9);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} is passed on, and the entry decides how it ends`, async () => {
    const { child, output, started } = launch(process.execPath, entry(), 'wait');
    await started;
    child.kill(signal);
    const [code] = await once(child, 'close');
    assert.equal(code, 9);
    assert.match(output(), new RegExp(`got ${signal}`));
  });
}

test('without an entry the usage is shown', async () => {
  const { child, output } = launch(process.execPath);
  assert.equal((await once(child, 'close'))[0], 2);
  assert.match(output(), /usage: node bin\/run\.mjs/);
});

test('what was compiled is kept for the next start, where nobody said otherwise beside the packages', async (t) => {
  if (!hasTool('node')) return t.skip('no node on the PATH');
  const { child } = launch('node', entry(), '0');
  await once(child, 'close');
  assert.ok((await readdir(join(folder, 'compiled'), { recursive: true })).length > 0);

  const { NODE_COMPILE_CACHE: _, ...plain } = process.env;
  const asked = spawn('node', [LAUNCHER, entry(), '0'], { env: plain, stdio: 'ignore' });
  assert.deepEqual(await once(asked, 'close'), [0, null]);
  assert.ok((await readdir(join(ROOT, 'node_modules/.cache/compile'))).length > 0);
});
