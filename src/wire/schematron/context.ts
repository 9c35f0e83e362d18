/**
 * Which nodes a rule is about. A context is a pattern of XSLT: read as steps, each narrowed from the nodes of the step
 * before, which most rules share (one path of the header has hundreds of them). What is not plain steps goes to XPath.
 */
import type { Attr, Node } from 'slimdom';
import { codeOf, isCondition, splitTop } from './predicates.ts';
import { expression } from './schema.ts';
import { childElements, type Document, type Element, isElement } from './tree.ts';
import { type TreeIndex, treeIndex } from './tree-index.ts';
import { namedBy, type XPath } from './xpath.ts';

type Axis = 'child' | 'descendant' | 'attribute';

interface NameTest {
  /** Undefined for any. */
  readonly uri?: string;
  readonly local?: string;
}

interface Step {
  readonly axis: Axis;
  readonly test: NameTest;
  readonly predicates: readonly string[];
  /** A predicate may be a position: the step is then asked of each parent. */
  readonly positional: boolean;
  readonly text: string;
  /** Of this step and those before it. */
  readonly key: string;
}

type Branch =
  | { readonly kind: 'root' }
  | { readonly kind: 'steps'; readonly anchored: boolean; readonly steps: readonly Step[] }
  | { readonly kind: 'xpath'; readonly text: string };

export type Context = readonly Branch[];

export function parseContext(text: string, namespaces: Readonly<Record<string, string>>): Context {
  return splitTop(text, '|').map((branch) => parseBranch(branch.trim(), namespaces));
}

function parseBranch(text: string, namespaces: Readonly<Record<string, string>>): Branch {
  if (text === '/') return { kind: 'root' };
  const whole: Branch = { kind: 'xpath', text: text.startsWith('/') ? text : `//${text}` };
  const anchored = text.startsWith('/') && !text.startsWith('//');
  const steps: Step[] = [];
  let key = anchored ? '' : '/';
  let descendant = false;
  for (const part of splitTop(text.replace(/^\/+/, ''), '/')) {
    if (part.trim() === '') {
      descendant = true;
      continue;
    }
    const step = parseStep(part.trim(), descendant, namespaces);
    if (step === undefined) return whole;
    key += `${descendant ? '//' : '/'}${step.text}`;
    steps.push({ ...step, key });
    descendant = false;
  }
  return steps.length === 0 ? whole : { kind: 'steps', anchored, steps };
}

const STEP = /^(@|child::|attribute::)?\s*(\*|(?:[\w.-]+|\*):(?:[\w.-]+|\*)|[\w.-]+)\s*((?:\[[\s\S]*\])?)$/;

function parseStep(
  text: string,
  descendant: boolean,
  namespaces: Readonly<Record<string, string>>,
): Omit<Step, 'key'> | undefined {
  const [, prefix = '', name = '', rest = ''] = STEP.exec(text) ?? [];
  const attribute = prefix === '@' || prefix === 'attribute::';
  const test = parseName(name, namespaces);
  const predicates = parsePredicates(rest);
  if (name === '' || /^\.+$/.test(name) || test === undefined || predicates === undefined) return undefined;
  if (attribute && descendant) return undefined;
  return {
    axis: attribute ? 'attribute' : descendant ? 'descendant' : 'child',
    test,
    predicates,
    positional: predicates.some((predicate) => !isCondition(predicate)),
    text,
  };
}

function parseName(name: string, namespaces: Readonly<Record<string, string>>): NameTest | undefined {
  if (name === '*') return {};
  const [first = '', second] = name.split(':');
  // Without a prefix: in no namespace, as in a stylesheet.
  if (second === undefined) return { uri: '', local: first };
  const uri = first === '*' ? undefined : namespaces[first];
  if (first !== '*' && uri === undefined) return undefined;
  return { ...(uri === undefined ? {} : { uri }), ...(second === '*' ? {} : { local: second }) };
}

function parsePredicates(text: string): string[] | undefined {
  const found: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const end = closing(rest);
    if (!rest.startsWith('[') || end === undefined) return undefined;
    found.push(rest.slice(1, end).trim());
    rest = rest.slice(end + 1).trim();
  }
  return found;
}

/** Index of the bracket that closes the first one. */
function closing(text: string): number | undefined {
  let depth = 0;
  for (const { index, char } of codeOf(text)) {
    if (char === '[') depth += 1;
    if (char === ']') depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

/** Nodes of one document, by name and in order; and the nodes of each step already taken. */
export interface Matcher {
  readonly select: (context: Context) => Iterable<Node>;
  /** Position of a node in the document. */
  readonly order: (node: Node) => number;
}

export function createMatcher(document: Document, xpath: XPath, scope: (name: string) => unknown): Matcher {
  const index = treeIndex(document);
  const taken = new Map<string, readonly Node[]>();
  const holds = (predicate: string, node: Node): boolean =>
    xpath.holds(predicate, node, namedBy(expression(predicate), scope));

  const narrow = (nodes: readonly Node[], step: Step): readonly Node[] => {
    if (step.positional) return positioned(nodes, step);
    return step.predicates.reduce<readonly Node[]>(
      (left, predicate) => left.filter((node) => holds(predicate, node)),
      nodes,
    );
  };
  const positioned = (nodes: readonly Node[], step: Step): readonly Node[] => {
    const asked = step.axis === 'attribute' ? step.text : step.text.replace(/^child::/, '');
    const parents = new Set(nodes.map(parentOf).filter((parent) => parent !== null));
    const kept = new Set(
      [...parents].flatMap((parent) => xpath.nodes(asked, parent, namedBy(expression(asked), scope))),
    );
    return nodes.filter((node) => kept.has(node));
  };
  const take = (steps: readonly Step[], anchored: boolean): readonly Node[] => {
    const step = steps.at(-1);
    if (step === undefined) return [];
    const known = taken.get(step.key);
    if (known !== undefined) return known;
    const before = steps.slice(0, -1);
    const candidates =
      before.length > 0
        ? stepFrom(take(before, anchored), step, index)
        : anchored
          ? stepFrom([document], step, index)
          : everywhere(step, index);
    const found = narrow(candidates, step);
    taken.set(step.key, found);
    return found;
  };
  const selectBranch = (branch: Branch): readonly Node[] => {
    if (branch.kind === 'root') return [document];
    if (branch.kind === 'steps') return take(branch.steps, branch.anchored);
    return xpath.nodes(branch.text, document, namedBy(expression(branch.text), scope));
  };
  return {
    select: (context) => context.flatMap(selectBranch),
    order: (node) => index.order(isElement(node) ? node : (parentOf(node) ?? node)),
  };
}

function isNamed({ uri, local }: NameTest, node: Element | Attr): boolean {
  return (local === undefined || node.localName === local) && (uri === undefined || (node.namespaceURI ?? '') === uri);
}

function everywhere({ axis, test }: Step, index: TreeIndex): readonly Node[] {
  if (axis === 'attribute') return index.elements.flatMap((element) => attributesOf(element, test));
  return index.named(test.uri ?? '*', test.local ?? '*');
}

function stepFrom(nodes: readonly Node[], step: Step, index: TreeIndex): readonly Node[] {
  const { axis, test } = step;
  if (nodes.length === 0) return [];
  if (axis === 'child') return nodes.flatMap((node) => childElements(node).filter((child) => isNamed(test, child)));
  if (axis === 'attribute') return nodes.flatMap((node) => (isElement(node) ? attributesOf(node, test) : []));
  const above = new Set(nodes);
  return everywhere(step, index).filter((node) => {
    for (let parent = parentOf(node); parent !== null; parent = parentOf(parent)) if (above.has(parent)) return true;
    return false;
  });
}

function attributesOf(element: Element, test: NameTest): Attr[] {
  return element.attributes.filter((attribute) => isNamed(test, attribute));
}

function parentOf(node: Node): Node | null {
  return node.nodeType === 2 ? (node as Attr).ownerElement : node.parentNode;
}
