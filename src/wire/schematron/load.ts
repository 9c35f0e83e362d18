/** Loads a schematron: `include`, abstract patterns, abstract rules, the default phase (cda-cisis.md §2). */
import { posix } from 'node:path';
import {
  type Check,
  expression,
  type Fragment,
  type Let,
  type PackFiles,
  type Pattern,
  type Rule,
  type Schema,
} from './schema.ts';
import { childElements, type Element, isElement, parseTree } from './tree.ts';

const SCHEMATRON = ['http://purl.oclc.org/dsdl/schematron', 'http://www.ascc.net/xml/schematron'];
/** Included in one another: more is a loop. */
const MAX_INCLUDES = 16;
const MAX_EXTENDS = 64;

/** What cannot be run as a schematron; the message names the file. */
class SchematronFault extends Error {}

interface Loading {
  readonly files: PackFiles;
  readonly missing: Set<string>;
}

/** `path`: of the entry point, from the root of the pack. Throws SchematronFault. */
export function loadSchema(path: string, files: PackFiles): Schema {
  const loading: Loading = { files, missing: new Set() };
  const root = rootOf(path, files);
  if (root === undefined) throw new SchematronFault(`${path} : fichier absent`);
  if (!isSchematron(root, 'schema')) throw new SchematronFault(`${path} : la racine n'est pas sch:schema`);
  const parts = included(root, path, loading, 0);
  const patterns = expandPatterns(
    parts.filter((part) => isSchematron(part, 'pattern')),
    loading,
  );
  const abstract = new Map(
    patterns
      .flatMap(({ children }) => children)
      .filter((rule) => isSchematron(rule, 'rule') && rule.getAttribute('abstract') === 'true')
      .reverse()
      .map((rule) => [rule.getAttribute('id') ?? '', rule]),
  );
  const active = activePatterns(root, parts, patterns);
  const title = parts.find((part) => isSchematron(part, 'title'))?.textContent?.trim();
  const version = root.getAttribute('schemaVersion');
  return {
    path,
    ...(title === undefined || title === '' ? {} : { title }),
    ...(version === null ? {} : { version }),
    namespaces: namespacesOf(parts),
    // Those of a pattern are seen everywhere: the official packs name in one what another declares.
    lets: [parts, ...patterns.map(({ children }) => children)].flatMap(letsOf),
    patterns: active.map(({ id, children }) => patternOf(id, children, abstract, loading)),
    missing: [...loading.missing],
  };
}

interface Expanded {
  readonly id: string | undefined;
  readonly children: readonly Element[];
}

function rootOf(path: string, files: PackFiles): Element | undefined {
  const bytes = files(path);
  if (bytes === undefined) return undefined;
  try {
    return parseTree(bytes).documentElement ?? undefined;
  } catch (error) {
    throw new SchematronFault(`${path} : ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isSchematron(node: Element, name: string): boolean {
  return node.localName === name && SCHEMATRON.includes(node.namespaceURI ?? '');
}

/** Children of an element, each `include` replaced by the root of its file, whatever the depth. */
function included(parent: Element, path: string, loading: Loading, depth: number): Element[] {
  if (depth > MAX_INCLUDES) throw new SchematronFault(`${path} : trop d'inclusions imbriquées`);
  return childElements(parent).flatMap((child) => {
    if (!isSchematron(child, 'include')) {
      expandInside(child, path, loading, depth);
      return [child];
    }
    const href = child.getAttribute('href') ?? '';
    const [file = '', fragment] = href.split('#');
    const at = posix.join(posix.dirname(path), file);
    const root = rootOf(at, loading.files);
    const target = root === undefined || fragment === undefined ? root : byId(root, fragment);
    if (target === undefined) {
      loading.missing.add(at);
      return [];
    }
    expandInside(target, at, loading, depth + 1);
    return [target];
  });
}

/** Patterns and rules hold includes too. */
function expandInside(parent: Element, path: string, loading: Loading, depth: number): void {
  if (!childElements(parent).some((child) => isSchematron(child, 'include') || isSchematron(child, 'rule'))) return;
  const children = included(parent, path, loading, depth);
  for (const child of [...parent.childNodes]) parent.removeChild(child);
  const owner = parent.ownerDocument;
  for (const child of children) parent.appendChild(owner === null ? child : owner.adoptNode(child));
}

function byId(root: Element, id: string): Element | undefined {
  const named = (node: Element): boolean => node.getAttribute('id') === id || node.getAttribute('xml:id') === id;
  return named(root) ? root : root.getElementsByTagName('*').find(named);
}

/** Abstract patterns become those that instantiate them: `$name` is replaced in their text. */
function expandPatterns(patterns: readonly Element[], loading: Loading): Expanded[] {
  const abstract = new Map(patterns.map((pattern) => [pattern.getAttribute('id') ?? '', pattern]));
  return patterns
    .filter((pattern) => pattern.getAttribute('abstract') !== 'true')
    .map((pattern) => {
      const id = pattern.getAttribute('id') ?? undefined;
      const model = pattern.getAttribute('is-a');
      if (model === null) return { id, children: childElements(pattern) };
      const from = abstract.get(model);
      if (from === undefined) {
        loading.missing.add(`pattern ${model}`);
        return { id, children: [] };
      }
      const values = new Map(
        childElements(pattern)
          .filter((child) => isSchematron(child, 'param'))
          .map((param) => [param.getAttribute('name') ?? '', param.getAttribute('value') ?? '']),
      );
      return { id, children: childElements(instance(from, values)) };
    });
}

function instance(pattern: Element, values: ReadonlyMap<string, string>): Element {
  const copy = pattern.cloneNode(true);
  if (!isElement(copy)) throw new SchematronFault('pattern');
  for (const node of copy.getElementsByTagName('*')) {
    for (const attribute of node.attributes) {
      const value = attribute.value.replace(
        /\$([A-Za-z_][\w.-]*)/g,
        (whole, name: string) => values.get(name) ?? whole,
      );
      if (value !== attribute.value) attribute.value = value;
    }
  }
  return copy;
}

/** Those that the default phase names; all of them without one. */
function activePatterns(root: Element, parts: readonly Element[], patterns: readonly Expanded[]): readonly Expanded[] {
  const phaseId = root.getAttribute('defaultPhase');
  if (phaseId === null || phaseId === '#ALL') return patterns;
  const phase = parts.find((part) => isSchematron(part, 'phase') && part.getAttribute('id') === phaseId);
  if (phase === undefined) return patterns;
  const named = new Set(childElements(phase).map((active) => active.getAttribute('pattern')));
  return patterns.filter(({ id }) => id !== undefined && named.has(id));
}

function namespacesOf(parts: readonly Element[]): Record<string, string> {
  return Object.fromEntries(
    parts
      .filter((part) => isSchematron(part, 'ns'))
      .map((ns) => [ns.getAttribute('prefix') ?? '', ns.getAttribute('uri') ?? '']),
  );
}

function letsOf(children: readonly Element[]): Let[] {
  return children.filter((child) => isSchematron(child, 'let')).map(letOf);
}

function letOf(node: Element): Let {
  return {
    kind: 'let',
    name: node.getAttribute('name') ?? '',
    value: expression(node.getAttribute('value') ?? "''"),
  };
}

function patternOf(
  id: string | undefined,
  children: readonly Element[],
  abstract: ReadonlyMap<string, Element>,
  loading: Loading,
): Pattern {
  const rules = children
    .filter((child) => isSchematron(child, 'rule') && child.getAttribute('abstract') !== 'true')
    .map((rule): Rule => {
      const ruleId = rule.getAttribute('id');
      return {
        context: rule.getAttribute('context') ?? '',
        ...(ruleId === null ? {} : { id: ruleId }),
        steps: stepsOf(rule, abstract, loading, 0),
      };
    });
  return { ...(id === undefined ? {} : { id }), rules };
}

/** `extends` puts the steps of an abstract rule where it stands, under any prefix that its author gave it. */
function stepsOf(
  rule: Element,
  abstract: ReadonlyMap<string, Element>,
  loading: Loading,
  depth: number,
): (Let | Check)[] {
  if (depth > MAX_EXTENDS) throw new SchematronFault(`règle ${rule.getAttribute('id')} : extensions en boucle`);
  return childElements(rule).flatMap((child): (Let | Check)[] => {
    if (isSchematron(child, 'let')) return [letOf(child)];
    if (isSchematron(child, 'assert')) return [checkOf('assert', child)];
    if (isSchematron(child, 'report')) return [checkOf('report', child)];
    if (child.localName !== 'extends') return [];
    const name = child.getAttribute('rule') ?? '';
    const from = abstract.get(name);
    if (from === undefined) {
      loading.missing.add(`rule ${name}`);
      return [];
    }
    return stepsOf(from, abstract, loading, depth + 1);
  });
}

function checkOf(kind: Check['kind'], node: Element): Check {
  const role = node.getAttribute('role');
  return {
    kind,
    test: expression((node.getAttribute('test') ?? 'false()').trim()),
    message: fragmentsOf(node),
    ...(role === null ? {} : { role }),
  };
}

function fragmentsOf(parent: Element): Fragment[] {
  return parent.childNodes.flatMap((node): Fragment[] => {
    if (!isElement(node)) return node.nodeType === 3 || node.nodeType === 4 ? [node.nodeValue ?? ''] : [];
    if (isSchematron(node, 'value-of')) return [expression(node.getAttribute('select') ?? "''")];
    if (isSchematron(node, 'name')) return [expression(`name(${node.getAttribute('path') ?? '.'})`)];
    return fragmentsOf(node);
  });
}
