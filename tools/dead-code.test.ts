import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDeadCode } from './dead-code.ts';
import { plantTree } from './planted-tree.fixture.ts';

/** Every way for an export to be used, and for a file to be reached. */
const CLEAN: Readonly<Record<string, string>> = {
  'src/cli/main.ts':
    "import '../side.ts'; import run, { named as renamed } from '../feed/index.ts'; import * as space from '../space.ts'; import type { Shape } from '../types.ts'; const lazy = await import('../lazy.ts'); new URL('../worker.ts', import.meta.url); let p: space.Port; type T = import('../types.ts').Inline; [run, renamed, space.member, lazy];",
  'src/side.ts': 'console.log();',
  'src/feed/index.ts': "export { default, named } from './feed.ts';",
  'src/feed/feed.ts': 'export default 1; const named = 2; export { named };',
  'src/space.ts': 'export const member = 1; export type Port = number;',
  'src/types.ts':
    'export interface Part { p: number } export interface Shape { part: Part } export type Inline = number; type Own = 1;',
  'src/lazy.ts': 'export const { a, b: [c, d = 1], ...e } = {} as never;',
  'src/worker.ts': "import { used } from './lonely.fixture.ts'; used;",
  'src/lonely.fixture.ts': 'export const used = 1; export const tested = 2;',
  'src/lonely.test.ts': "import { tested } from './lonely.fixture.ts'; tested;",
  'test/reporter.ts': 'export default function report() {}',
};

function planted(t: Parameters<typeof plantTree>[0], files: Readonly<Record<string, string>>): string[] {
  return findDeadCode(plantTree(t, { ...CLEAN, ...files })).findings.map(({ path, message }) => `${path} ${message}`);
}

test('nothing is dead in a tree where everything is used', (t) => {
  assert.deepEqual(planted(t, {}), []);
});

test('an export that nobody imports is found, whatever its form', (t) => {
  const forms =
    'export const a1 = 1; export function a2() {} export class a3 {} export type a4 = 1; const a5 = 1; export { a5 as a6 };';
  assert.deepEqual(
    planted(t, { 'src/side.ts': `${forms} export default 1;` }),
    ['a1', 'a2', 'a3', 'a4', 'a6', 'default'].map((name) => `src/side.ts ${name} is exported for nobody`),
  );
});

test('a name that only its own file or a namesake elsewhere uses is found', (t) => {
  assert.deepEqual(planted(t, { 'src/side.ts': 'export const member = 1; console.log(member);' }), [
    'src/side.ts member is exported for nobody',
  ]);
});

test('a namespace import uses the members it reads, not the others', (t) => {
  const space = `${CLEAN['src/space.ts']} export const unread = 1;`;
  assert.deepEqual(planted(t, { 'src/space.ts': space }), ['src/space.ts unread is exported for nobody']);
});

test('a type that a used export names is part of its contract, a type that nothing names is not', (t) => {
  const types = `${CLEAN['src/types.ts']} export interface Unnamed { u: Part }`;
  assert.deepEqual(planted(t, { 'src/types.ts': types }), ['src/types.ts Unnamed is exported for nobody']);
});

test('a re-export that nobody takes is found', (t) => {
  const index = `${CLEAN['src/feed/index.ts']} export { member } from '../space.ts';`;
  assert.deepEqual(planted(t, { 'src/feed/index.ts': index }), ['src/feed/index.ts member is exported for nobody']);
});

test('an export of the product that only tests use is found, one of a fixture is not', (t) => {
  const files = {
    'src/side.ts': 'export const helper = 1;',
    'src/side.test.ts': "import { helper } from './side.ts'; helper;",
  };
  assert.deepEqual(planted(t, files), ['src/side.ts helper is used only by tests']);
});

test('a file that the program does not reach is found even when tests import it', (t) => {
  const files = { 'src/island.ts': 'console.log();', 'src/island.test.ts': "import './island.ts';" };
  assert.deepEqual(planted(t, files), ['src/island.ts is not reached from src/cli/main.ts']);
});

test('as a command it fails on a finding and on a tree without the entry', (t) => {
  const run = (files: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'dead-code.ts'), plantTree(t, files)]);
  assert.equal(run(CLEAN).status, 0);
  const dead = run({ ...CLEAN, 'src/side.ts': 'export const dead = 1;' });
  assert.equal(dead.status, 1);
  assert.match(dead.stderr.toString(), /src\/side\.ts:1 dead is exported for nobody/);
  assert.equal(run({}).status, 1);
});
