/**
 * What we use of fontoxpath. Its own types bring those of a browser in (`lib="dom"`), which contradict Node's everywhere
 * else: `tsconfig.json` reads these in their place.
 */
import type { Node } from 'slimdom';

interface Options {
  readonly namespaceResolver: (prefix: string) => string | null;
  readonly functionNameResolver: (
    name: { readonly prefix: string; readonly localName: string },
    arity: number,
  ) => { readonly namespaceURI: string; readonly localName: string } | null;
  /** Prefix to namespace of XQuery modules. */
  readonly moduleImports: Readonly<Record<string, string>>;
  /** Handed to the functions of ours. */
  readonly currentContext: unknown;
}

type Variables = Readonly<Record<string, unknown>>;
type Evaluate<T> = (text: string, item: Node, domFacade: null, variables: Variables, options: Options) => T;

declare const fontoxpath: {
  readonly evaluateXPathToBoolean: Evaluate<boolean>;
  readonly evaluateXPathToNodes: Evaluate<Node[]>;
  readonly evaluateXPathToStrings: Evaluate<string[]>;
  readonly evaluateXPath: (
    text: string,
    item: Node,
    domFacade: null,
    variables: Variables,
    returnType: number,
    options: Options,
  ) => unknown;
  readonly ReturnType: { readonly ALL_RESULTS: number };
  readonly domFacade: object;
  readonly createTypedValueFactory: (type: string) => (value: unknown, domFacade: object) => unknown;
  readonly registerCustomXPathFunction: (
    name: { readonly namespaceURI: string; readonly localName: string },
    parameters: readonly string[],
    result: string,
    // biome-ignore lint/suspicious/noExplicitAny: the types of the arguments are named by `parameters`
    call: (...args: any[]) => unknown,
  ) => void;
  readonly registerXQueryModule: (text: string) => string;
};
export default fontoxpath;
