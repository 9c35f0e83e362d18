/** XPath as the rules use it: fontoxpath, and the functions that XSLT gives to a schematron (`document`, `resolve-QName`…). */
import { posix } from 'node:path';
import fontoxpath from 'fontoxpath';
import type { Node } from 'slimdom';
import { type Rewritten, rewrite } from './rewrite.ts';
import type { Expression, PackFiles } from './schema.ts';
import { type Document, type Element, parseTree } from './tree.ts';
import { treeIndex } from './tree-index.ts';

const OWN = 'urn:traitdunion:schematron';
const FN = 'http://www.w3.org/2005/xpath-functions';
/** Known without a declaration, as in the stylesheet that the reference implementation makes of the rules. */
const BUILT_IN: Readonly<Record<string, string>> = {
  xs: 'http://www.w3.org/2001/XMLSchema',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xml: 'http://www.w3.org/XML/1998/namespace',
  fn: FN,
};

/** Trees of the value sets that rules open, parsed once. */
export type Documents = (href: string) => Document | undefined;

/** `base`: the entry point of the schematron. A file that is missing, or outside of the pack, is none. */
export function packDocuments(base: string, files: PackFiles): Documents {
  const known = new Map<string, Document | undefined>();
  return (href) => {
    const path = posix.join(posix.dirname(base), href);
    if (!known.has(path)) known.set(path, treeOf(path, files));
    return known.get(path);
  };
}

function treeOf(path: string, files: PackFiles): Document | undefined {
  const bytes = files(path);
  return bytes === undefined ? undefined : parseTree(bytes);
}

export type Variables = Record<string, unknown>;

export interface XPath {
  readonly holds: (text: string, node: Node, variables: Variables) => boolean;
  readonly nodes: (text: string, node: Node, variables: Variables) => Node[];
  /** A value that a variable can hold. */
  readonly value: (text: string, node: Node, variables: Variables) => unknown;
  readonly text: (text: string, node: Node, variables: Variables) => string;
}

export function createXPath(namespaces: Readonly<Record<string, string>>, documents: Documents): XPath {
  const known = { ...BUILT_IN, ...namespaces };
  const options = {
    namespaceResolver: (prefix: string): string | null =>
      prefix === '' ? '' : prefix === 'own' ? OWN : (known[prefix] ?? null),
    functionNameResolver,
    moduleImports: { own: OWN },
    currentContext: documents,
  };
  const sequence = fontoxpath.createTypedValueFactory('item()*');
  const sequenceOf = (text: string, node: Node, variables: Variables): unknown =>
    // As a sequence: an array would be taken for an array of XPath.
    sequence(
      fontoxpath.evaluateXPath(text, node, null, variables, fontoxpath.ReturnType.ALL_RESULTS, options),
      fontoxpath.domFacade,
    );
  const rewritten = new Map<string, Rewritten>();
  const kept = new Map<string, unknown>();
  /** The same question, asked otherwise; constants are evaluated once for all documents. */
  const asked = <T>(
    text: string,
    node: Node,
    variables: Variables,
    ask: (text: string, variables: Variables) => T,
  ): T => {
    const { text: other, constants } = rewritten.get(text) ?? rewrite(text, known, 'own');
    rewritten.set(text, { text: other, constants });
    if (constants.length === 0) return ask(other, variables);
    const all = { ...variables };
    for (const { name, text: constant } of constants) {
      if (!kept.has(name)) kept.set(name, sequenceOf(constant, node, {}));
      all[name] = kept.get(name);
    }
    return ask(other, all);
  };
  return {
    holds: (text, node, variables) =>
      asked(text, node, variables, (other, all) => fontoxpath.evaluateXPathToBoolean(other, node, null, all, options)),
    nodes: (text, node, variables) =>
      asked(text, node, variables, (other, all) => fontoxpath.evaluateXPathToNodes(other, node, null, all, options)),
    value: (text, node, variables) => asked(text, node, variables, (other, all) => sequenceOf(other, node, all)),
    text: (text, node, variables) =>
      asked(text, node, variables, (other, all) =>
        fontoxpath.evaluateXPathToStrings(other, node, null, all, options).join(' '),
      ),
  };
}

/** Of all that is in scope, what an expression names: fontoxpath looks at every variable that it is given. */
export function namedBy({ variables }: Expression, scope: (name: string) => unknown): Variables {
  if (variables.length === 0) return NONE;
  const given: Variables = {};
  for (const name of variables) {
    const value = scope(name);
    if (value !== undefined) given[name] = value;
  }
  return given;
}

const NONE: Variables = {};

const OWN_FUNCTIONS: Readonly<Record<string, readonly number[]>> = {
  doc: [1],
  document: [1],
  'doc-available': [1],
  'resolve-QName': [2],
  matches: [3],
};

function functionNameResolver({ prefix, localName }: { prefix: string; localName: string }, arity: number) {
  if (prefix !== '' && prefix !== 'fn') return null;
  const own = OWN_FUNCTIONS[localName]?.includes(arity) === true;
  return { namespaceURI: own ? OWN : FN, localName };
}

type Call = { readonly currentContext: Documents };

fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'doc' },
  ['xs:string?'],
  'node()*',
  (call: Call, href: string | null) => treesOf(call, href),
);
fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'document' },
  ['xs:string?'],
  'node()*',
  (call: Call, href: string | null) => treesOf(call, href),
);
fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'doc-available' },
  ['xs:string?'],
  'xs:boolean',
  (call: Call, href: string | null) => treesOf(call, href).length > 0,
);
fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'named' },
  ['node()', 'xs:string', 'xs:string'],
  'node()*',
  (_: unknown, node: Node, uri: string, local: string) => [
    ...treeIndex(node.ownerDocument ?? (node as Document)).named(uri, local),
  ],
);
fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'namespace-of' },
  ['xs:string', 'node()'],
  'xs:string',
  (_: unknown, name: string, element: Element) =>
    element.lookupNamespaceURI(name.includes(':') ? name.slice(0, name.indexOf(':')) : null) ?? '',
);
fontoxpath.registerCustomXPathFunction(
  { namespaceURI: OWN, localName: 'matches' },
  ['xs:string?', 'xs:string', 'xs:string'],
  'xs:boolean',
  (_: unknown, value: string | null, pattern: string, flags: string) => regex(pattern, flags).test(value ?? ''),
);
fontoxpath.registerXQueryModule(`
module namespace own = "${OWN}";
declare %public function own:resolve-QName($name as xs:string?, $element as element()) as xs:QName? {
  if (empty($name)) then () else QName(own:namespace-of(normalize-space($name), $element), normalize-space($name))
};`);

function treesOf({ currentContext }: Call, href: string | null): Document[] {
  const tree = href === null ? undefined : currentContext(href);
  return tree === undefined ? [] : [tree];
}

const expressions = new Map<string, RegExp>();

/** The regular expressions of XPath as those of JavaScript, by which they were read here; \i and \c are names of XML. */
function regex(pattern: string, flags: string): RegExp {
  const key = `${flags}/${pattern}`;
  const known = expressions.get(key);
  if (known !== undefined) return known;
  const source = pattern.replaceAll('\\i', '[\\p{L}_:]').replaceAll('\\c', '[\\p{L}\\p{N}._:-]');
  const made = new RegExp(source, `u${[...flags].filter((flag) => 'ism'.includes(flag)).join('')}`);
  expressions.set(key, made);
  return made;
}
