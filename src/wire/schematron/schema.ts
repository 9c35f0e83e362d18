/** A schematron once loaded: included, expanded, extended; what is left is rules over contexts. */

/** An expression and the variables that it names. */
export interface Expression {
  readonly text: string;
  readonly variables: readonly string[];
}

export interface Let {
  readonly kind: 'let';
  readonly name: string;
  readonly value: Expression;
}

/** What a message is made of: its text, and what it quotes of the document. */
export type Fragment = string | Expression;

export interface Check {
  readonly kind: 'assert' | 'report';
  readonly test: Expression;
  readonly message: readonly Fragment[];
  /** `error`, `warning`… as the author of the rules qualifies it. */
  readonly role?: string;
}

export interface Rule {
  readonly context: string;
  readonly id?: string;
  /** In order: a variable is seen by what follows it. */
  readonly steps: readonly (Let | Check)[];
}

export interface Pattern {
  readonly id?: string;
  /** The first rule whose context holds is the one that is applied to a node. */
  readonly rules: readonly Rule[];
}

export interface Schema {
  /** Path of its entry point in its pack: `document()` is relative to it. */
  readonly path: string;
  readonly title?: string;
  readonly version?: string;
  readonly namespaces: Readonly<Record<string, string>>;
  readonly lets: readonly Let[];
  /** Those of the default phase. */
  readonly patterns: readonly Pattern[];
  /** Files that it includes and that do not exist, rules that it extends and that nobody defines. */
  readonly missing: readonly string[];
}

/** Files of a pack, by path from its root with `/`; undefined when there is none, or outside of it. */
export type PackFiles = (path: string) => Uint8Array | undefined;

const STRINGS = /"[^"]*"|'[^']*'/g;
const VARIABLE = /\$([A-Za-z_][\w.-]*)/g;

export function expression(text: string): Expression {
  const code = text.replace(STRINGS, '');
  return { text, variables: [...new Set([...code.matchAll(VARIABLE)].map(([, name = '']) => name))] };
}
