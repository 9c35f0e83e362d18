/** A request as plain values, so that the checks hold no XML node. */
import { children, isPlainText, withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';

export interface Tree {
  readonly namespace: string;
  readonly name: string;
  /** Attributes without namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Tree[];
  /** Exact text of an element that holds nothing else (no element, comment, CDATA); undefined for the others. */
  readonly text: string | undefined;
}

/** Undefined when libxml2 or our limits refuse the document. */
export function readTree(bytes: Buffer): Tree | undefined {
  try {
    return withXml(bytes, treeOf);
  } catch (error) {
    if (error instanceof XmlRefused) return undefined;
    throw error;
  }
}

function treeOf(element: XmlElement): Tree {
  const attributes = element.attrs.filter((attribute) => attribute.namespaceUri === '');
  return {
    namespace: element.namespaceUri,
    name: element.name,
    attributes: new Map(attributes.map((attribute) => [attribute.name, attribute.value])),
    children: children(element).map(treeOf),
    text: isPlainText(element) ? element.content : undefined,
  };
}

export function childrenNamed(parent: Tree, namespace: string, name: string): Tree[] {
  return parent.children.filter((child) => child.namespace === namespace && child.name === name);
}

/** Text of the first child of that name in the parent's namespace. */
export function childText(parent: Tree, name: string): string | undefined {
  return childrenNamed(parent, parent.namespace, name)[0]?.text;
}

/** One element of an XSD sequence. */
export interface Part {
  readonly name: string;
  readonly min: 0 | 1;
  /** Default 1. */
  readonly max?: number;
}

/**
 * Names the first child that breaks the sequence: unknown, out of order, repeated, missing, or in another namespace
 * than its parent. Undefined when the sequence holds.
 */
export function sequenceError(parent: Tree, parts: readonly Part[]): string | undefined {
  let index = 0;
  for (const part of parts) {
    let seen = 0;
    for (; seen < (part.max ?? 1); seen += 1) {
      const child = parent.children[index];
      if (child === undefined || child.name !== part.name || child.namespace !== parent.namespace) break;
      index += 1;
    }
    if (seen < part.min) return part.name;
  }
  return parent.children[index]?.name;
}
