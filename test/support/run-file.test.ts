import assert from 'node:assert/strict';
import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Outcome, runTestFile } from './run-file.ts';

const IMPORTS = "import test, { describe, it, before } from 'node:test'; import assert from 'node:assert';";

async function outcome(t: TestContext, body: string, timeoutMs = 60_000): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-runner-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'sample.test.mjs'), `${IMPORTS}\n${body}`);
  // NODE_TEST_CONTEXT says "inside a test run" to node:test, which then would not report to our reporter.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return runTestFile(join(folder, 'sample.test.mjs'), { timeoutMs, environment });
}

test('passed, failed and skipped tests are counted once each, with their place and reason', async (t) => {
  const { passed, failures, skips } = await outcome(
    t,
    `test('good', () => {});
     describe('group', () => { it('inner good', () => {}); it('inner bad', () => assert.equal(1, 2)); });
     test('tool absent', (t) => t.skip('xmlsec1 is not installed'));
     test.skip('unsaid', () => {});
     test('parent', async (t) => { await t.test('child', () => { throw new Error('deep'); }); });`,
  );
  assert.equal(passed, 2);
  assert.deepEqual(
    failures.map(({ name }) => name),
    ['group › inner bad', 'parent › child'],
  );
  assert.match(failures[0]?.detail ?? '', /1 == 2/);
  assert.match(failures[1]?.detail ?? '', /deep/);
  assert.deepEqual(skips, [
    { name: 'tool absent', reason: 'xmlsec1 is not installed' },
    { name: 'unsaid', reason: 'no reason given' },
  ]);
});

const TROUBLES: readonly { what: string; body: string; detail: RegExp }[] = [
  { what: 'does not load', body: "import './missing.mjs';", detail: /no test in this file[\s\S]*missing\.mjs/ },
  { what: 'has no test', body: 'console.log(1);', detail: /no test in this file/ },
  { what: 'ends itself in the middle', body: "test('a', () => process.exit(7));", detail: /exit code 7/ },
  { what: 'is killed', body: "test('a', () => process.kill(process.pid, 'SIGKILL'));", detail: /ended by SIGKILL/ },
  {
    what: 'throws after its tests have passed',
    body: "test('a', () => {}); process.on('exit', () => { process.exitCode = 1; });",
    detail: /failed outside of its tests/,
  },
];

for (const { what, body, detail } of TROUBLES) {
  test(`a file that ${what} counts as failed`, async (t) => {
    const { failures } = await outcome(t, body);
    assert.equal(failures.length, 1);
    assert.match(failures[0]?.detail ?? '', detail);
  });
}

test('a failing hook counts', async (t) => {
  const { failures } = await outcome(
    t,
    "describe('g', () => { before(() => { throw new Error('no database'); }); it('a', () => {}); });",
  );
  assert.ok(failures.length > 0);
  assert.match(failures.map(({ detail }) => detail).join(), /no database/);
});

test('a file that hangs is stopped at its time with what it started', async (t) => {
  const { failures } = await outcome(
    t,
    `import { spawn } from 'node:child_process';
     test('a', async () => { console.log('pid', spawn('sleep', ['60']).pid); await new Promise((r) => setTimeout(r, 60_000)); });`,
    1_500,
  );
  const detail = failures.at(-1)?.detail ?? '';
  assert.match(detail, /still running after 1.5 s/);
  const pid = Number(/pid (\d+)/.exec(detail)?.[1]);
  // A zombie that nobody has reaped yet has no readable folder any more.
  await assert.rejects(readlink(`/proc/${pid}/cwd`));
});
