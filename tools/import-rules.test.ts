import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkImports } from './import-rules.ts';
import { plantTree } from './planted-tree.fixture.ts';

const ROOT = join(import.meta.dirname, '..');

/** A tree that keeps every rule, with an import of each permitted kind. */
const CLEAN: Readonly<Record<string, string>> = {
  'package.json':
    '{ "dependencies": { "pg": "8.0.0", "@scope/lib": "1.0.0" }, "devDependencies": { "axe-core": "4" } }',
  'src/rules/rule.ts': 'export const rule = 1; export type Rule = number;',
  'src/codes/code.ts': "import { rule } from '../rules/rule.ts'; export const code = rule;",
  'src/ins/types.ts': "import { code } from '../codes/code.ts'; export type Ins = typeof code;",
  'src/ins/qualify.ts': "import type { Ins } from './types.ts'; export const qualify = (ins: Ins) => ins;",
  'src/wire/xml/xml.ts': "import fs from 'node:fs'; import lib from '@scope/lib/part'; export const xml = [fs, lib];",
  'src/wire/soap/soap.ts': "import { xml } from '../xml/xml.ts'; export const soap = xml;",
  'src/store/db.ts':
    "import pg from 'pg'; import type { Ins } from '../ins/types.ts'; export const db = (i: Ins) => pg;",
  'src/queue/tasks.ts': "import { db } from '../store/db.ts'; export const tasks = db;",
  'src/config/schema.ts': "import { code } from '../codes/code.ts'; export const schema = code;",
  'src/identity/index.ts': "export { admit } from './admit.ts';",
  'src/identity/admit.ts':
    "import { qualify } from '../ins/qualify.ts'; import { soap } from '../wire/soap/soap.ts'; import { schema } from '../config/schema.ts'; export const admit = [qualify, soap, schema];",
  'src/feed/send.ts':
    "import { admit } from '../identity/index.ts'; import { tasks } from '../queue/tasks.ts'; export const send = [admit, tasks];",
  'src/simulators/dmp.ts':
    "import { xml } from '../wire/xml/xml.ts'; import type { Ins } from '../ins/types.ts'; export const dmp = (i: Ins) => xml;",
  'src/api/server.ts': "import { send } from '../feed/send.ts'; export const server = send;",
  'src/main.ts':
    "import { server } from './api/server.ts'; import { dmp } from './simulators/dmp.ts'; export default [server, dmp];",
  'src/ins/qualify.test.ts':
    "import { qualify } from './qualify.ts'; import { dmp } from '../simulators/dmp.ts'; import 'axe-core'; qualify(dmp);",
  'test/journeys/a.test.ts':
    "import { qualify } from '../../src/ins/qualify.ts'; const name = './b.ts'; await import(name); qualify;",
};

const PLANTED: readonly { what: string; path: string; text: string; message: RegExp }[] = [
  {
    what: 'a pure layer that reads the wire',
    path: 'src/ins/bad.ts',
    text: "import { xml } from '../wire/xml/xml.ts'; xml;",
    message: /ins may not import src\/wire\/xml\/xml\.ts/,
  },
  {
    what: 'rules that import a neighbour',
    path: 'src/rules/bad.ts',
    text: "import { code } from '../codes/code.ts'; code;",
    message: /rules may not import/,
  },
  {
    what: 'a type-only import',
    path: 'src/wire/soap/bad.ts',
    text: "import type { db } from '../../store/db.ts'; export const bad = (x: typeof db) => x;",
    message: /wire may not import src\/store\/db\.ts/,
  },
  {
    what: 'a dynamic import',
    path: 'src/store/bad.ts',
    text: 'export const bad = async () => (await import(`../wire/soap/soap.ts`)).soap;',
    message: /computed name/,
  },
  {
    what: 'a dynamic import over two lines with a comment',
    path: 'src/queue/bad.ts',
    text: "export const bad = () => import(\n/* later */ '../wire/soap/soap.ts'\n);",
    message: /queue may not import src\/wire\/soap\/soap\.ts/,
  },
  {
    what: 'a type written as an import',
    path: 'src/config/bad.ts',
    text: "export type Bad = import('../store/db.ts').Anything;",
    message: /config may not import src\/store\/db\.ts/,
  },
  {
    what: "another use case's inside",
    path: 'src/documents/bad.ts',
    text: "import { admit } from '../identity/admit.ts'; admit;",
    message: /documents may import of identity only its index\.ts/,
  },
  {
    what: 'a use case that climbs on top',
    path: 'src/feed/bad.ts',
    text: "import { server } from '../api/server.ts'; server;",
    message: /feed may not import src\/api\/server\.ts/,
  },
  {
    what: 'a simulator that shares SOAP with the product',
    path: 'src/simulators/bad.ts',
    text: "import { soap } from '../wire/soap/soap.ts'; soap;",
    message: /simulators may not import src\/wire\/soap\/soap\.ts/,
  },
  {
    what: 'a simulator that shares the rules',
    path: 'src/simulators/bad.ts',
    text: "import { rule } from '../rules/rule.ts'; rule;",
    message: /simulators may not import src\/rules\/rule\.ts/,
  },
  {
    what: 'an API that leans on a simulator',
    path: 'src/api/bad.ts',
    text: "import { dmp } from '../simulators/dmp.ts'; dmp;",
    message: /api may not import the simulators/,
  },
  {
    what: 'a qualification outside the identity module, even on top',
    path: 'src/demo/bad.ts',
    text: "import { qualify } from '../ins/qualify.ts'; qualify;",
    message: /qualify\.ts is for src\/identity alone/,
  },
  {
    what: 'a qualification in a tool',
    path: 'bench/bad.ts',
    text: "import { qualify } from '../src/ins/qualify.ts'; qualify;",
    message: /qualify\.ts is for src\/identity alone/,
  },
  {
    what: 'a barrel',
    path: 'src/wire/soap/index.ts',
    text: "export * from './soap.ts';",
    message: /re-exports src\/wire\/soap\/soap\.ts/,
  },
  {
    what: 'a re-export in two steps',
    path: 'src/api/bad.ts',
    text: "import { send as s } from '../feed/send.ts'; export { s };",
    message: /re-exports src\/feed\/send\.ts/,
  },
  {
    what: 'a package that package.json does not name for production',
    path: 'src/api/bad.ts',
    text: "import axe from 'axe-core'; axe;",
    message: /axe-core is not a dependency/,
  },
  {
    what: 'test code in the product',
    path: 'src/api/bad.ts',
    text: "import '../../test/journeys/a.test.ts';",
    message: /imports test code/,
  },
  {
    what: 'a folder that is in no layer',
    path: 'src/utils/bad.ts',
    text: "import { rule } from '../rules/rule.ts'; rule;",
    message: /src\/utils is in no layer/,
  },
  {
    what: 'a cycle through types',
    path: 'src/rules/rule.ts',
    text: "import type { Two } from './two.ts'; export const rule = 1; export type Rule = Two;",
    message: /import cycle: src\/rules\/rule\.ts, src\/rules\/two\.ts/,
  },
];

test('a tree that keeps the rules has no violation', (t) => {
  const report = checkImports(plantTree(t, CLEAN));
  assert.deepEqual(report.violations, []);
  assert.deepEqual(
    report.files,
    Object.keys(CLEAN)
      .filter((path) => path.endsWith('.ts'))
      .sort(),
  );
});

for (const { what, path, text, message } of PLANTED) {
  test(`found: ${what}`, (t) => {
    const two = { 'src/rules/two.ts': "import type { Rule } from './rule.ts'; export type Two = Rule;" };
    const root = plantTree(t, { ...CLEAN, ...two, [path]: text });
    const { violations } = checkImports(root);
    assert.equal(violations.length, 1, JSON.stringify(violations));
    assert.equal(violations[0]?.path, path);
    assert.match(violations[0]?.message ?? '', message);
  });
}

test('a file that does not parse stops the check instead of being skipped', (t) => {
  const root = plantTree(t, { ...CLEAN, 'src/api/broken.ts': 'export const = ;' });
  assert.throws(() => checkImports(root), /src\/api\/broken\.ts/);
});

test('every TypeScript file that git knows of this tree is read', (t) => {
  if (!existsSync(join(ROOT, '.git'))) return t.skip('not a git checkout');
  const folders = ['src', 'test', 'tools', 'bench'];
  const listed = spawnSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard', '--', ...folders],
    { cwd: ROOT },
  );
  assert.equal(listed.status, 0, listed.stderr.toString());
  const known = listed.stdout
    .toString()
    .split('\n')
    .filter((path) => path.endsWith('.ts') && existsSync(join(ROOT, path)));
  assert.ok(known.length > 0);
  assert.deepEqual(checkImports(ROOT).files, known.sort());
});

test('as a command it fails on a violation and on an empty tree', (t) => {
  const run = (root: string) => spawnSync(process.execPath, [join(ROOT, 'tools/import-rules.ts'), root]);
  assert.equal(run(plantTree(t, CLEAN)).status, 0);
  const bad = run(plantTree(t, { ...CLEAN, 'src/api/bad.ts': "import 'axe-core';" }));
  assert.equal(bad.status, 1);
  assert.match(bad.stderr.toString(), /src\/api\/bad\.ts:1 axe-core is not a dependency/);
  assert.equal(run(plantTree(t, { 'package.json': '{}' })).status, 1);
});
