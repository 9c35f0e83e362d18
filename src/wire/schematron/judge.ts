/** Runs a schematron over a document: each node of each pattern by the first rule that is about it. */
import { type Attr, Node } from 'slimdom';
import { type Context, createMatcher, parseContext } from './context.ts';
import type { Check, Expression, Let, PackFiles, Rule, Schema } from './schema.ts';
import { type Document, isElement } from './tree.ts';
import { createXPath, type Documents, namedBy, packDocuments, type XPath } from './xpath.ts';

/** One assert that failed, or one report that holds. */
export interface Failure {
  readonly kind: Check['kind'];
  /** Path of the element, without any namespace: `/ClinicalDocument/author[2]/time`. */
  readonly location: string;
  readonly text: string;
  /** The expression, by which the same rule is known from one document to the next. */
  readonly test: string;
  readonly pattern?: string;
  readonly role?: string;
}

export interface SchematronReport {
  readonly firedRules: number;
  readonly failedAsserts: number;
  readonly successfulReports: number;
  /** The first ones; the counts are complete. */
  readonly failures: readonly Failure[];
  /** Expressions that could not be evaluated: faults of the rules, never of the document. */
  readonly faults: readonly string[];
}

/** A document may be wrong everywhere: a person reads the first ones. */
const MAX_FAILURES = 200;
const MAX_FAULTS = 50;
const MAX_TEXT = 1_000;

export interface Judge {
  readonly schema: Schema;
  readonly judge: (document: Document) => SchematronReport;
}

interface Ready {
  readonly schema: Schema;
  readonly xpath: XPath;
  /** By pattern, in order. */
  readonly rules: readonly (readonly { readonly rule: Rule; readonly context: Context }[])[];
}

export function createJudge(schema: Schema, files: PackFiles): Judge {
  const documents: Documents = packDocuments(schema.path, files);
  const ready: Ready = {
    schema,
    xpath: createXPath(schema.namespaces, documents),
    rules: schema.patterns.map(({ rules }) =>
      rules.map((rule) => ({ rule, context: parseContext(rule.context, schema.namespaces) })),
    ),
  };
  return { schema, judge: (document) => run(ready, document) };
}

interface Tally {
  fired: number;
  asserts: number;
  reports: number;
  readonly failures: Failure[];
  readonly faults: Set<string>;
}

type Scope = (name: string) => unknown;

function run({ schema, xpath, rules }: Ready, document: Document): SchematronReport {
  const tally: Tally = { fired: 0, asserts: 0, reports: 0, failures: [], faults: new Set() };
  const globals = scopeOf(xpath, document, () => undefined, tally);
  for (const one of schema.lets) globals.add(one);
  const matcher = createMatcher(document, xpath, globals.see);
  for (const [at, pattern] of rules.entries()) {
    const matched = new Map<Node, Rule>();
    for (const { rule, context } of pattern)
      for (const node of attempt(tally, rule.context, () => matcher.select(context)) ?? [])
        if (!matched.has(node)) matched.set(node, rule);
    const inOrder = [...matched].sort(([a], [b]) => matcher.order(a) - matcher.order(b));
    for (const [node, rule] of inOrder) fire(xpath, rule, node, globals.see, tally, schema.patterns[at]?.id);
  }
  return {
    firedRules: tally.fired,
    failedAsserts: tally.asserts,
    successfulReports: tally.reports,
    failures: tally.failures,
    faults: [...tally.faults].slice(0, MAX_FAULTS),
  };
}

/** Variables are evaluated when something names them: most rules that fail to match anything name none. */
function scopeOf(xpath: XPath, node: Node, outer: Scope, tally: Tally): { add(one: Let): void; readonly see: Scope } {
  let see = outer;
  return {
    add: ({ name, value }) => {
      const before = see;
      let known: { readonly value: unknown } | undefined;
      see = (asked) => {
        if (asked !== name) return before(asked);
        known ??= {
          value: attempt(tally, value.text, () => xpath.value(value.text, node, namedBy(value, before))),
        };
        return known.value;
      };
    },
    see: (name) => see(name),
  };
}

function fire(xpath: XPath, rule: Rule, node: Node, globals: Scope, tally: Tally, pattern: string | undefined): void {
  tally.fired += 1;
  const scope = scopeOf(xpath, node, globals, tally);
  for (const step of rule.steps) {
    if (step.kind === 'let') {
      scope.add(step);
      continue;
    }
    const holds = attempt(tally, step.test.text, () =>
      xpath.holds(step.test.text, node, namedBy(step.test, scope.see)),
    );
    if (holds === undefined || holds === (step.kind === 'assert')) continue;
    if (step.kind === 'assert') tally.asserts += 1;
    else tally.reports += 1;
    if (tally.failures.length >= MAX_FAILURES) continue;
    tally.failures.push({
      kind: step.kind,
      location: locationOf(node),
      text: textOf(xpath, step, node, scope.see, tally),
      test: step.test.text,
      ...(pattern === undefined ? {} : { pattern }),
      ...(step.role === undefined ? {} : { role: step.role }),
    });
  }
}

function textOf(xpath: XPath, { message }: Check, node: Node, scope: Scope, tally: Tally): string {
  const said = message.map((part: string | Expression) =>
    typeof part === 'string'
      ? part
      : (attempt(tally, part.text, () => xpath.text(part.text, node, namedBy(part, scope))) ?? ''),
  );
  return said.join('').replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT);
}

/** The rules are data: what is wrong in one of them stops neither the others nor the document. */
function attempt<T>(tally: Tally, text: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    tally.faults.add(`${text.slice(0, 200)} : ${why.slice(0, 200)}`);
    return undefined;
  }
}

function locationOf(node: Node): string {
  // A rule about the document as a whole is about its root.
  if (node.nodeType === Node.DOCUMENT_NODE) return node.childNodes.filter(isElement).map(locationOf).join('');
  if (node.nodeType === Node.ATTRIBUTE_NODE) {
    const { ownerElement, name } = node as Attr;
    return `${ownerElement === null ? '' : locationOf(ownerElement)}/@${name}`;
  }
  const parent = node.parentNode;
  const above = parent === null || parent.nodeType === Node.DOCUMENT_NODE ? '' : locationOf(parent);
  return isElement(node) ? `${above}/${node.localName}${rankOf(node)}` : above;
}

function rankOf(node: Node & { readonly localName: string }): string {
  const same = (node.parentNode?.childNodes ?? []).filter(
    (other) => isElement(other) && other.localName === node.localName,
  );
  return same.length > 1 ? `[${same.indexOf(node as (typeof same)[number]) + 1}]` : '';
}
