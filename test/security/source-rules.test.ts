/** What the source may not contain, read with a parser: code made of text, another XML stack, prints of the product. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from '@babel/parser';
import { isTestCode, readModules, type SourceModule } from '../../tools/modules.ts';

const ROOT = join(import.meta.dirname, '../..');
const XML_STACK = 'src/wire/xml/';
/** Rule packs are XPath 2: they are judged on a tree of their own, from which nothing is signed, sent or stored. */
const JUDGES = 'src/wire/schematron/';
const JUDGES_MAY: readonly string[] = ['slimdom', 'fontoxpath'];
/** Every package that reads or signs XML and could slip in beside the one stack. */
const XML_PACKAGES =
  /^(libxml2-wasm|libxmljs.*|@xmldom\/.*|xmldom|xml2js|xml-js|fast-xml-parser|sax|saxes|slimdom|txml|xml-crypto|xmldsigjs|xadesjs|xpath|fontoxpath|node-expat|cheerio|jsdom|parse5|htmlparser2|elementtree|xmlbuilder.*)$/;
const CODE_FROM_TEXT = /^(node:)?(vm|repl|inspector.*)$/;

interface Fault {
  readonly line: number;
  readonly what: string;
}

/** Uses of what makes code of text, and prints, in one file. */
function faultsOf(source: string): Fault[] {
  const { tokens } = parse(source, { sourceType: 'module', plugins: ['typescript'], tokens: true });
  const words = (tokens ?? []).flatMap(
    (token: { value?: unknown; type: { label?: string }; loc: { start: { line: number } } }) =>
      token.type.label === undefined
        ? []
        : [
            {
              text: typeof token.value === 'string' ? token.value : token.type.label,
              label: token.type.label,
              line: token.loc.start.line,
            },
          ],
  );
  return words.flatMap(({ text, label, line }, index): Fault[] => {
    if (label !== 'name') return [];
    const [before, next, member] = [words[index - 1]?.text, words[index + 1]?.text, words[index + 2]?.text];
    const isMember = before === '.' || before === '?.';
    if (text === 'eval' && !isMember) return [{ line, what: 'eval' }];
    if (text === 'Function' && !isMember && (before === 'new' || next === '(')) return [{ line, what: 'new Function' }];
    if (text === 'constructor' && isMember && next === '(') return [{ line, what: 'a constructor called by name' }];
    if ((text === 'setTimeout' || text === 'setInterval') && next === '(' && words[index + 2]?.label === 'string')
      return [{ line, what: `${text} of a text` }];
    if (text === 'console' && !isMember && next === '.') return [{ line, what: `console.${member}` }];
    return [];
  });
}

function productModules(): SourceModule[] {
  return readModules(ROOT, ['src']).filter(({ path }) => !isTestCode(path));
}

describe('The source of the product', () => {
  const modules = productModules();

  test('is read whole', () => {
    assert.ok(modules.length > 150, `${modules.length} files`);
  });

  test('the check sees what it forbids', () => {
    const planted = [
      'eval("1")',
      'new Function("return 1")',
      'Function("return 1")',
      'f.constructor("return 1")',
      'setTimeout("work()", 1)',
      'console.log(1)',
    ];
    for (const source of planted) assert.equal(faultsOf(source).length, 1, source);
    const innocent =
      'const a = { evaluate: 1 }; type F = Function; // eval(x)\nsetTimeout(() => a.evaluate, 1); const s = "eval(1)";';
    assert.deepEqual(faultsOf(innocent), []);
  });

  test('makes no code of text, and prints only from the command line', () => {
    const found = modules.flatMap(({ path }) =>
      faultsOf(readFileSync(join(ROOT, path), 'utf8'))
        .filter(({ what }) => !(what.startsWith('console.') && path.startsWith('src/cli/')))
        .map(({ line, what }) => `${path}:${line} ${what}`),
    );
    assert.deepEqual(found, []);
  });

  test('imports no virtual machine', () => {
    const found = modules.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => CODE_FROM_TEXT.test(specifier)).map(({ line }) => `${path}:${line}`),
    );
    assert.deepEqual(found, []);
  });

  test('reads XML through its one stack', () => {
    const users = modules.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => XML_PACKAGES.test(specifier)).map(({ specifier }) => ({ path, specifier })),
    );
    const outside = users.filter(
      ({ path, specifier }) =>
        !(path.startsWith(XML_STACK) && specifier === 'libxml2-wasm') &&
        !(path.startsWith(JUDGES) && JUDGES_MAY.includes(specifier)),
    );
    // The XSD judge of the CDA validates with the same library; it parses what the stack has already accepted.
    assert.deepEqual(
      outside.map(({ path, specifier }) => `${path} ${specifier}`),
      ['src/wire/cda/xsd.ts libxml2-wasm'].filter((known) => users.some(({ path }) => known.startsWith(path))),
    );
    assert.ok(users.some(({ path }) => path === `${XML_STACK}xml.ts`));
  });

  test('declares no other XML library', () => {
    const manifest: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
    assert.deepEqual(
      Object.keys(manifest.dependencies).filter((name) => XML_PACKAGES.test(name)),
      [...JUDGES_MAY].sort((a, b) => a.localeCompare(b)).toSpliced(1, 0, 'libxml2-wasm'),
    );
  });

  test('keeps nothing of a patient in the browser', () => {
    const scripts = readdirSync(join(ROOT, 'src/console/assets')).filter((name) => name.endsWith('.js'));
    assert.ok(scripts.length > 0);
    const storage =
      /localStorage|sessionStorage|indexedDB|document\.cookie|\bcaches\b|serviceWorker|history\.(push|replace)State/;
    for (const name of scripts)
      assert.doesNotMatch(readFileSync(join(ROOT, 'src/console/assets', name), 'utf8'), storage, name);
  });

  test('gives no spreadsheet but by the writer whose cells run nothing', () => {
    const textOf = ({ path }: { path: string }) => readFileSync(join(ROOT, path), 'utf8');
    const given = modules.filter((module) => /['"`](text\/csv; charset|application\/vnd\.)/.test(textOf(module)));
    assert.ok(given.length >= 8, 'the places that give a spreadsheet are found');
    // Each is a door: what it gives was written elsewhere. Whoever marks the beginning of a sheet writes its lines by `csvLine`.
    const writers = modules.filter((module) => /\bBYTE_ORDER_MARK|'\\ufeff'|\uFEFF/.test(textOf(module)));
    const others = writers.filter((module) => !/import .*\bcsvLine\b.*wire\/csv\/write/.test(textOf(module)));
    assert.deepEqual(
      others
        .map(({ path }) => path)
        .filter((path) => path !== 'src/wire/csv/write.ts' && path !== 'src/wire/csv/read.ts'),
      [],
    );
    const joined = modules.filter((module) => /join\(['"`];['"`]\)/.test(textOf(module)) && /csv/i.test(module.path));
    assert.deepEqual(
      joined.map(({ path }) => path),
      ['src/wire/csv/write.ts'],
    );
  });

  test('writes no diagnostic report and no heap snapshot, which would hold what is in memory', () => {
    const dumps = /process\.report|writeHeapSnapshot|report-on-|heapsnapshot-|abort-on-uncaught/;
    const files = [...modules.map(({ path }) => path), 'bin/run.mjs'];
    const found = files.filter((path) => dumps.test(readFileSync(join(ROOT, path), 'utf8')));
    assert.deepEqual(found, []);
    assert.equal(process.report.reportOnFatalError || process.report.reportOnUncaughtException, false);
  });
});
