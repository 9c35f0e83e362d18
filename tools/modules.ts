/**
 * The TypeScript files of a tree with what each imports and exports, read with a parser: TypeScript 7 has no compiler
 * API, and a regular expression misses type imports, dynamic imports and re-exports in two steps.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parse } from '@babel/parser';

export interface ModuleImport {
  /** As written. */
  readonly specifier: string;
  /** Path from the root with `/` for a file of the tree; undefined for a package or a Node module. */
  readonly target: string | undefined;
  /** Names taken from the target; `all` when the parser cannot tell which. */
  readonly names: readonly string[] | 'all';
  readonly reexport: boolean;
  /** `import type`: nothing of it is left at run time. */
  readonly typesOnly: boolean;
  readonly line: number;
}

export interface ModuleExport {
  readonly name: string;
  readonly line: number;
  /** An interface or a type alias. */
  readonly isType: boolean;
  /** Types that its declaration names: they are part of its contract. */
  readonly mentions: readonly string[];
}

export interface SourceModule {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
  /** Lines of an `import(…)` whose target is computed, which no tool can follow. */
  readonly opaqueImports: readonly number[];
}

/** A node of the syntax tree, with only what every node has: the walk must not depend on a list of node kinds. */
type Syntax = Readonly<Record<string, unknown>> & { readonly type: string };

/** Every TypeScript file under `folders` of `root`, in path order. Throws on a file that does not parse. */
export function readModules(root: string, folders: readonly string[]): SourceModule[] {
  return folders
    .flatMap((folder) => typescriptFiles(root, folder))
    .sort()
    .map((path) => readModule(path, readFileSync(join(root, path), 'utf8')));
}

function typescriptFiles(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** Tests, and what is written for tests only: `test/`, `x.test.ts`, `x.fixture.ts`, `x.testing.ts`. */
export function isTestCode(path: string): boolean {
  return path.startsWith('test/') || /\.(test|fixture|testing)\.ts$/.test(path);
}

/** Reads one file. Throws with its path when it does not parse: a file that is skipped is a file that is not checked. */
function readModule(path: string, source: string): SourceModule {
  let program: unknown;
  try {
    program = parse(source, { sourceType: 'module', plugins: ['typescript'] }).program;
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const nodes = [...descendants(program)];
  const imported = new Map<string, { specifier: string; name: string }>();
  const imports: ModuleImport[] = [];
  const exports: ModuleExport[] = [];
  const add = (node: Syntax, specifier: string, names: readonly string[] | 'all', reexport = false): void => {
    const typesOnly = node.importKind === 'type';
    imports.push({ specifier, target: targetOf(path, specifier), names, reexport, typesOnly, line: lineOf(node) });
  };
  for (const node of nodes) {
    if (node.type === 'ImportDeclaration') {
      const specifier = textOf(node.source);
      for (const { local, name } of bindingsOf(node)) imported.set(local, { specifier, name });
      add(node, specifier, namesImported(node, nodes));
    } else if (node.type === 'TSImportType') add(node, textOf(node.source), [firstName(node.qualifier)]);
    else if (node.type === 'ExportAllDeclaration') add(node, textOf(node.source), 'all', true);
    else if (node.type === 'ImportExpression' && isText(node.source)) add(node, textOf(node.source), 'all');
    else for (const reference of fileReferences(node)) add(node, reference, []);
  }
  for (const node of nodes) {
    exports.push(...exportsOf(node));
    if (node.type !== 'ExportNamedDeclaration') continue;
    for (const specifier of listOf(node.specifiers)) {
      const whole = specifier.type === 'ExportNamespaceSpecifier';
      const origin = imported.get(nameOf(specifier.local));
      if (isText(node.source)) add(node, textOf(node.source), whole ? 'all' : [nameOf(specifier.local)], true);
      else if (origin !== undefined) add(node, origin.specifier, [origin.name], true);
    }
  }
  const opaque = nodes.filter((node) => node.type === 'ImportExpression' && !isText(node.source));
  return { path, imports, exports, opaqueImports: opaque.map(lineOf) };
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(dirname(path), specifier)) : undefined;
}

function* descendants(value: unknown): Generator<Syntax> {
  if (Array.isArray(value)) for (const item of value) yield* descendants(item);
  if (!isSyntax(value)) return;
  yield value;
  for (const [key, child] of Object.entries(value)) if (key !== 'loc') yield* descendants(child);
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function listOf(value: unknown): Syntax[] {
  return Array.isArray(value) ? value.filter(isSyntax) : [];
}

function isText(value: unknown): value is Syntax & { readonly value: string } {
  return isSyntax(value) && value.type === 'StringLiteral' && typeof value.value === 'string';
}

function textOf(value: unknown): string {
  return isText(value) ? value.value : '';
}

/** The name of an identifier, also when it is written as a string (`import { 'a-b' as c }`). */
function nameOf(value: unknown): string {
  return isSyntax(value) && typeof value.name === 'string' ? value.name : textOf(value);
}

function lineOf(node: Syntax): number {
  const { loc } = node;
  if (typeof loc !== 'object' || loc === null || !('start' in loc)) return 0;
  const { start } = loc;
  return typeof start === 'object' && start !== null && 'line' in start ? Number(start.line) : 0;
}

function bindingsOf(declaration: Syntax): { local: string; name: string; namespace: boolean }[] {
  return listOf(declaration.specifiers).map((specifier) => ({
    local: nameOf(specifier.local),
    name: specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(specifier.imported),
    namespace: specifier.type === 'ImportNamespaceSpecifier',
  }));
}

function namesImported(declaration: Syntax, nodes: readonly Syntax[]): readonly string[] | 'all' {
  const names: string[] = [];
  for (const { local, name, namespace } of bindingsOf(declaration)) {
    const taken = namespace ? membersTaken(local, nodes) : [name];
    if (taken === 'all') return 'all';
    names.push(...taken);
  }
  return names;
}

/** What is read of a namespace import as `local.name`; `all` when it is also used as a value. */
function membersTaken(local: string, nodes: readonly Syntax[]): readonly string[] | 'all' {
  const names: string[] = [];
  const accounted = new Set<unknown>();
  for (const node of nodes) {
    if (node.type === 'ImportNamespaceSpecifier') accounted.add(node.local);
    if (node.type === 'MemberExpression' && node.computed === false && nameOf(node.object) === local) {
      names.push(nameOf(node.property));
      accounted.add(node.object).add(node.property);
    } else if (node.type === 'TSQualifiedName' && nameOf(node.left) === local) {
      names.push(nameOf(node.right));
      accounted.add(node.left).add(node.right);
    }
  }
  const loose = nodes.some((node) => node.type === 'Identifier' && nameOf(node) === local && !accounted.has(node));
  return loose ? 'all' : names;
}

/** `Foo` of `import('./x.ts').Foo.Bar`. */
function firstName(qualifier: unknown): string {
  return isSyntax(qualifier) && qualifier.type === 'TSQualifiedName' ? firstName(qualifier.left) : nameOf(qualifier);
}

/** Files run beside this one: `new URL('./x.ts', import.meta.url)` and `join(import.meta.dirname, 'x.ts')`. */
function fileReferences(node: Syntax): string[] {
  const [first, second] = listOf(node.arguments);
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'URL') return relativeFile(textOf(first));
  const callee = nameOf(node.callee);
  if (node.type !== 'CallExpression' || (callee !== 'join' && callee !== 'resolve')) return [];
  const fromHere = first?.type === 'MemberExpression' && nameOf(first.property) === 'dirname';
  return fromHere && isText(second) ? relativeFile(`./${second.value}`) : [];
}

function relativeFile(specifier: string): string[] {
  return specifier.startsWith('.') && specifier.endsWith('.ts') ? [specifier] : [];
}

function exportsOf(node: Syntax): ModuleExport[] {
  if (node.type !== 'ExportNamedDeclaration' && node.type !== 'ExportDefaultDeclaration') return [];
  const { declaration } = node;
  const isType = isSyntax(declaration) && /^TS(Interface|TypeAlias)Declaration$/.test(declaration.type);
  const mentions = [...descendants(declaration)].flatMap(typeNames);
  const make = (name: string): ModuleExport => ({ name, line: lineOf(node), isType, mentions });
  if (node.type === 'ExportDefaultDeclaration') return [make('default')];
  const listed = listOf(node.specifiers).map((specifier) => nameOf(specifier.exported));
  return [...declaredNames(declaration), ...listed].map(make);
}

/** The type named by a reference, a `typeof` or an `extends`. */
function typeNames(node: Syntax): string[] {
  if (node.type === 'TSTypeReference') return [firstName(node.typeName)];
  if (node.type === 'TSTypeQuery') return [firstName(node.exprName)];
  if (node.type === 'TSInterfaceHeritage' || node.type === 'TSClassImplements') return [firstName(node.expression)];
  return [];
}

function declaredNames(declaration: unknown): string[] {
  if (!isSyntax(declaration)) return [];
  if (declaration.type !== 'VariableDeclaration') return [nameOf(declaration.id)];
  return listOf(declaration.declarations).flatMap((declarator) => patternNames(declarator.id));
}

function patternNames(pattern: unknown): string[] {
  if (!isSyntax(pattern)) return [];
  if (pattern.type === 'ObjectPattern') {
    return listOf(pattern.properties).flatMap((property) => patternNames(property.value ?? property.argument));
  }
  if (pattern.type === 'ArrayPattern') return listOf(pattern.elements).flatMap(patternNames);
  if (pattern.type === 'AssignmentPattern') return patternNames(pattern.left);
  return [nameOf(pattern)];
}
