/** Exports that nothing uses, and files of src that the program never reaches. */
import { join, resolve } from 'node:path';
import { isTestCode, type ModuleExport, readModules, type SourceModule } from './modules.ts';

/** What `npm start` and `traitdunion` run. */
const ENTRY = 'src/cli/main.ts';

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface DeadCodeReport {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
}

/** Names taken from each file: by the product (tools and bench included), and by test code. */
interface Uses {
  readonly product: Map<string, Set<string>>;
  readonly tests: Map<string, Set<string>>;
}

/** Reads every TypeScript file of `root` and lists what is dead. Throws when a file does not parse. */
export function findDeadCode(root: string): DeadCodeReport {
  const modules = readModules(root, ['src', 'test', 'tools', 'bench']);
  const uses = countUses(modules);
  return {
    files: modules.map(({ path }) => path),
    findings: [...unreachableFiles(modules), ...modules.flatMap((module) => unusedExports(module, uses))],
  };
}

function countUses(modules: readonly SourceModule[]): Uses {
  const exported = new Map(modules.map((module) => [module.path, module.exports.map(({ name }) => name)]));
  const uses: Uses = { product: new Map(), tests: new Map() };
  for (const { path, imports } of modules) {
    const side = isTestCode(path) ? uses.tests : uses.product;
    for (const { target, names } of imports) {
      if (target === undefined || target === path) continue;
      const taken = side.get(target) ?? new Set<string>();
      for (const name of names === 'all' ? (exported.get(target) ?? []) : names) taken.add(name);
      side.set(target, taken);
    }
  }
  return uses;
}

function unusedExports(module: SourceModule, uses: Uses): Finding[] {
  const { path, exports } = module;
  const inProduct = withContracts(exports, uses.product.get(path));
  const inTests = withContracts(exports, uses.tests.get(path));
  return exports.flatMap(({ name, line }) => {
    if (inProduct.has(name)) return [];
    const tested = inTests.has(name);
    if (tested && (isTestCode(path) || !path.startsWith('src/'))) return [];
    // A file run by name, as a test reporter is, has its default export read by what runs it.
    if (name === 'default' && !path.startsWith('src/')) return [];
    return [{ path, line, message: tested ? `${name} is used only by tests` : `${name} is exported for nobody` }];
  });
}

/** The used exports, and the types that their declarations name: who calls a function may have to name its result. */
function withContracts(exports: readonly ModuleExport[], used: ReadonlySet<string> = new Set()): Set<string> {
  const kept = new Set<string>();
  const keep = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    const mentions = exports.filter((one) => one.name === name).flatMap((one) => one.mentions);
    for (const one of exports) if (one.isType && mentions.includes(one.name)) keep(one.name);
  };
  for (const name of used) keep(name);
  return kept;
}

function unreachableFiles(modules: readonly SourceModule[]): Finding[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    const module = byPath.get(path);
    if (module === undefined || reached.has(path)) return;
    reached.add(path);
    for (const { target } of module.imports) if (target !== undefined) visit(target);
  };
  visit(ENTRY);
  if (reached.size === 0) return [{ path: ENTRY, line: 0, message: 'the entry of the program is missing' }];
  return modules
    .filter(({ path }) => path.startsWith('src/') && !isTestCode(path) && !reached.has(path))
    .map(({ path }) => ({ path, line: 0, message: `is not reached from ${ENTRY}` }));
}

if (import.meta.main) {
  const report = findDeadCode(resolve(process.argv[2] ?? join(import.meta.dirname, '..')));
  for (const { path, line, message } of report.findings) console.error(`${path}:${line} ${message}`);
  console.error(`${report.files.length} files read, ${report.findings.length} findings`);
  process.exitCode = report.files.length > 0 && report.findings.length === 0 ? 0 : 1;
}
