/** Elements of a tree by name and in order, made once for each tree. */
import type { Document, Element } from './tree.ts';

export interface TreeIndex {
  readonly elements: readonly Element[];
  /** `uri` or `local` may be `*`. */
  readonly named: (uri: string, local: string) => readonly Element[];
  /** Place in the document, from 1; 0 for the document itself. */
  readonly order: (node: object) => number;
}

const indexes = new WeakMap<Document, TreeIndex>();

export function treeIndex(document: Document): TreeIndex {
  const index = indexes.get(document) ?? makeIndex(document);
  indexes.set(document, index);
  return index;
}

function makeIndex({ documentElement }: Document): TreeIndex {
  const elements: Element[] = [];
  const byName = new Map<string, Element[]>();
  const order = new Map<object, number>();
  const visit = (element: Element): void => {
    order.set(element, elements.push(element));
    const uri = element.namespaceURI ?? '';
    for (const key of [`${uri}|${element.localName}`, `*|${element.localName}`, `${uri}|*`]) {
      const same = byName.get(key);
      if (same === undefined) byName.set(key, [element]);
      else same.push(element);
    }
    for (let child = element.firstElementChild; child !== null; child = child.nextElementSibling) visit(child);
  };
  if (documentElement !== null) visit(documentElement);
  return {
    elements,
    named: (uri, local) => (uri === '*' && local === '*' ? elements : (byName.get(`${uri}|${local}`) ?? [])),
    order: (node) => order.get(node) ?? 0,
  };
}
