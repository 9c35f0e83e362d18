/** Who may import whom (design.md §3), checked on every file of the tree. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { isTestCode, type ModuleImport, readModules, type SourceModule } from './modules.ts';

const USE_CASES = [
  'intake',
  'identity',
  'matching',
  'mapping',
  'documents',
  'deposit',
  'conformance',
  'feed',
  'stays',
  'recall',
  'exchange',
  'migration',
  'indicators',
  'operations',
  'diffusion',
  'takeover',
  'mssante',
  'consultation',
  'incident',
  'templates',
  'proof',
  'observatory',
  'catalogue',
  'plan',
  'lanes',
  'legacy',
  'region',
];
const PURE = ['ins', 'codes', 'rules'];
const ABOVE_WIRE = [...PURE, 'wire', 'store', 'queue', 'config'];

/** Folder of src, and the folders of src that it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  rules: [],
  codes: ['rules'],
  ins: ['codes', 'rules'],
  wire: PURE,
  config: PURE,
  store: PURE,
  queue: [...PURE, 'store', 'config'],
  ...Object.fromEntries(USE_CASES.map((folder) => [folder, ABOVE_WIRE])),
  // So that one misunderstanding of a protocol cannot pass on both sides.
  simulators: ['ins', 'codes', 'wire/xml'],
};

/** On top: these may import anything, `simulators` only where they are started. */
const ON_TOP: Readonly<Record<string, { readonly simulators: boolean }>> = {
  api: { simulators: false },
  console: { simulators: false },
  cli: { simulators: true },
  demo: { simulators: true },
  roles: { simulators: false },
  'main.ts': { simulators: true },
};

/** The one constructor of a QualifiedIdentity, and that of a RecalledIdentity (design.md §4): who alone may import them. */
const GUARDED: Readonly<Record<string, string>> = {
  'src/ins/qualify.ts': 'src/identity',
  'src/ins/recalled-identity.ts': 'src/recall',
};

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface ImportReport {
  /** Every file that was read, in path order. */
  readonly files: readonly string[];
  readonly violations: readonly Violation[];
}

/** Reads every TypeScript file of `root` and lists what breaks the rules. Throws when a file does not parse. */
export function checkImports(root: string): ImportReport {
  const modules = readModules(root, ['src', 'test', 'tools', 'bench']);
  const packages = knownPackages(root);
  const violations = modules.flatMap((module) => [
    ...module.imports.flatMap((taken) => {
      const message = refusal(module, taken, packages);
      return message === undefined ? [] : [{ path: module.path, line: taken.line, message }];
    }),
    ...(module.path.startsWith('src/') && !isTestCode(module.path) ? module.opaqueImports : []).map((line) => ({
      path: module.path,
      line,
      message: 'imports a module by a computed name, which no check can follow',
    })),
  ]);
  return { files: modules.map(({ path }) => path), violations: [...violations, ...cycles(modules)] };
}

interface Packages {
  /** Installed with the product. */
  readonly production: ReadonlySet<string>;
  /** Described by an `@types` package of development: `import type` may name them, nothing of them runs. */
  readonly described: ReadonlySet<string>;
}

function knownPackages(root: string): Packages {
  type Kind = 'dependencies' | 'optionalDependencies' | 'devDependencies';
  const manifest: Partial<Record<Kind, Record<string, string>>> = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const development = Object.keys(manifest.devDependencies ?? {});
  return {
    production: new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })),
    described: new Set(development.flatMap((name) => (name.startsWith('@types/') ? name.slice('@types/'.length) : []))),
  };
}

/** What is wrong with one import, or undefined. Test code may look at anything. */
function refusal(module: SourceModule, taken: ModuleImport, packages: Packages): string | undefined {
  const { path } = module;
  const { target } = taken;
  if (isTestCode(path)) return undefined;
  const owner = target === undefined ? undefined : GUARDED[target];
  if (owner !== undefined && !path.startsWith(`${owner}/`)) return `${target} is for ${owner} alone`;
  if (!path.startsWith('src/')) return undefined;
  if (target === undefined) return packageRefusal(taken, packages);
  if (isTestCode(target)) return `imports test code: ${target}`;
  if (target !== 'package.json' && !target.startsWith('src/')) return `imports from outside src: ${target}`;
  if (taken.reexport && !isUseCaseIndex(path)) return `re-exports ${target}: only the index.ts of a use case may`;
  return target === 'package.json' ? undefined : layerRefusal(layerOf(path), target);
}

function packageRefusal({ specifier, typesOnly }: ModuleImport, packages: Packages): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return packages.production.has(name) || (typesOnly && packages.described.has(name))
    ? undefined
    : `${name} is not a dependency of package.json`;
}

function layerRefusal(from: string, target: string): string | undefined {
  const to = layerOf(target);
  if (from === to) return undefined;
  const top = ON_TOP[from];
  if (top !== undefined) {
    return to === 'simulators' && !top.simulators ? `${from} may not import the simulators` : undefined;
  }
  if (USE_CASES.includes(from) && USE_CASES.includes(to)) {
    return isUseCaseIndex(target) ? undefined : `${from} may import of ${to} only its index.ts`;
  }
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return `src/${from} is in no layer: give it one in tools/import-rules.ts`;
  return allowed.some((folder) => target.startsWith(`src/${folder}/`)) ? undefined : `${from} may not import ${target}`;
}

/** The folder of src, or the file when it stands in src itself. */
function layerOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function isUseCaseIndex(path: string): boolean {
  return USE_CASES.some((folder) => path === `src/${folder}/index.ts`);
}

/** One violation per group of files that import each other in a circle, type imports included (Tarjan's algorithm). */
function cycles(modules: readonly SourceModule[]): Violation[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const order = new Map<string, number>();
  const open: string[] = [];
  const found: Violation[] = [];
  const visit = (module: SourceModule): number => {
    const mine = order.size;
    order.set(module.path, mine);
    open.push(module.path);
    let low = mine;
    for (const { target } of module.imports) {
      const next = target === undefined ? undefined : byPath.get(target);
      if (next === undefined) continue;
      const known = order.get(next.path);
      if (known === undefined) low = Math.min(low, visit(next));
      else if (open.includes(next.path)) low = Math.min(low, known);
    }
    if (low < mine) return low;
    const group = open.splice(open.indexOf(module.path)).sort();
    const itself = module.imports.some(({ target }) => target === module.path);
    const [path] = group;
    if (path !== undefined && (group.length > 1 || itself)) {
      found.push({ path, line: 0, message: `import cycle: ${group.join(', ')}` });
    }
    return low;
  };
  for (const module of modules) if (!order.has(module.path)) visit(module);
  return found;
}

if (import.meta.main) {
  const report = checkImports(resolve(process.argv[2] ?? join(import.meta.dirname, '..')));
  for (const { path, line, message } of report.violations) console.error(`${path}:${line} ${message}`);
  console.error(`${report.files.length} files read, ${report.violations.length} violations`);
  process.exitCode = report.files.length > 0 && report.violations.length === 0 ? 0 : 1;
}
