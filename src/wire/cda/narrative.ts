/**
 * The narrative of a level 3 CDA as a tree that can only be harmless: a closed list of elements, no attribute but spans and
 * alignment, links that lead nowhere, pictures of the document itself. No text is ever dropped: what an unknown element
 * holds is shown without it. Source: HL7 CDA R2, StrucDocText; hostile.md, CDA display.
 */
import type { CanonicalElement } from '../xml/canonical-tree.ts';
import { attribute } from './nodes.ts';

export type ViewTag =
  | 'span'
  | 'strong'
  | 'em'
  | 'u'
  | 'del'
  | 'ins'
  | 'sub'
  | 'sup'
  | 'p'
  | 'ul'
  | 'ol'
  | 'li'
  | 'table'
  | 'caption'
  | 'thead'
  | 'tbody'
  | 'tfoot'
  | 'tr'
  | 'th'
  | 'td'
  | 'aside';

export interface ViewElement {
  readonly tag: ViewTag;
  readonly children: readonly ViewNode[];
  /** Of a cell. */
  readonly columns?: number;
  readonly rows?: number;
  readonly align?: 'left' | 'center' | 'right';
}

export type ViewNode =
  | string
  | { readonly tag: 'br' }
  | ViewElement
  /** The identifier of an observationMedia of the same document. */
  | { readonly tag: 'media'; readonly id: string };

/** Beyond a document made to be read: 20,000 cells are 400 pages of tables. */
const MOST = { depth: 60, nodes: 100_000, cells: 20_000, characters: 4_000_000, span: 1_000 } as const;

/** Thrown by a narrative beyond the bounds; showing half of a document would mislead who reads it. */
export class TooComplex extends Error {}

/** What is left to spend on one document, whatever its sections. */
export interface Budget {
  nodes: number;
  cells: number;
  characters: number;
}

export function newBudget(): Budget {
  return { nodes: MOST.nodes, cells: MOST.cells, characters: MOST.characters };
}

/** Content of a `text` element. Throws TooComplex. */
export function readNarrative(text: CanonicalElement, budget: Budget): ViewNode[] {
  return contentOf(text, budget, 0);
}

function contentOf(parent: CanonicalElement, budget: Budget, depth: number): ViewNode[] {
  if (depth > MOST.depth) throw new TooComplex('depth');
  return parent.parts.flatMap((node) => {
    budget.nodes -= 1;
    if (budget.nodes < 0) throw new TooComplex('nodes');
    return typeof node === 'string' ? textNode(node, budget) : elementNode(node, budget, depth);
  });
}

function textNode(text: string, budget: Budget): ViewNode[] {
  budget.characters -= text.length;
  if (budget.characters < 0) throw new TooComplex('characters');
  // Marks that turn the direction of writing could make a number read backwards.
  return [text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')];
}

/** Elements of the narrative that have one of ours; `content` follows its styles. Names come from outside: no plain object. */
const TAGS: ReadonlyMap<string, ViewTag> = new Map(
  Object.entries<ViewTag>({
    paragraph: 'p',
    item: 'li',
    sub: 'sub',
    sup: 'sup',
    table: 'table',
    caption: 'caption',
    thead: 'thead',
    tbody: 'tbody',
    tfoot: 'tfoot',
    tr: 'tr',
    th: 'th',
    td: 'td',
    footnote: 'aside',
  }),
);

function elementNode(element: CanonicalElement, budget: Budget, depth: number): ViewNode[] {
  const { name } = element;
  if (name === 'br') return [{ tag: 'br' }];
  if (name === 'col' || name === 'colgroup' || name === 'footnoteRef') return [];
  if (name === 'renderMultiMedia') return media(element, budget, depth);
  const children = contentOf(element, budget, depth + 1);
  if (name === 'content') return [styled(element, children)];
  if (name === 'list')
    return [{ tag: attribute(element, 'listType') === 'ordered' ? 'ol' : 'ul', children: listOf(children) }];
  if (name === 'linkHtml') return [{ tag: 'span', children: [...children, ...target(element, budget)] }];
  const tag = TAGS.get(name);
  if (tag === undefined) return children;
  if (tag === 'td' || tag === 'th') return [cell(element, tag, children, budget)];
  return [{ tag, children }];
}

/** A caption of a list is none of its items. */
function listOf(children: readonly ViewNode[]): ViewNode[] {
  return children.flatMap((child): ViewNode[] => {
    if (typeof child === 'string') return child.trim() === '' ? [] : [{ tag: 'li', children: [child] }];
    return [child.tag === 'li' ? child : { tag: 'li', children: [child] }];
  });
}

const STYLES: ReadonlyMap<string, readonly ViewTag[]> = new Map(
  Object.entries<ViewTag[]>({
    bold: ['strong'],
    bolditalics: ['strong', 'em'],
    italics: ['em'],
    emphasis: ['em'],
    underline: ['u'],
  }),
);

/** What was taken out of a text must not read as if it stood there (`revised`). */
function styled(element: CanonicalElement, children: readonly ViewNode[]): ViewNode {
  const revised = attribute(element, 'revised');
  const styles = (attribute(element, 'styleCode') ?? '')
    .split(/\s+/)
    .flatMap((code) => STYLES.get(code.toLowerCase()) ?? []);
  const tags: ViewTag[] = [...new Set(styles)];
  if (revised === 'delete') tags.push('del');
  if (revised === 'insert') tags.push('ins');
  return tags.reduce<ViewElement>((inside, tag) => ({ tag, children: [inside] }), { tag: 'span', children });
}

/** The address is told, and leads nowhere. */
function target(element: CanonicalElement, budget: Budget): ViewNode[] {
  const href = attribute(element, 'href');
  if (href === undefined || href.startsWith('#')) return [];
  return textNode(` (adresse citée : ${href.slice(0, 300)})`, budget);
}

function cell(element: CanonicalElement, tag: 'td' | 'th', children: readonly ViewNode[], budget: Budget): ViewNode {
  const columns = spanOf(element, 'colspan');
  const rows = spanOf(element, 'rowspan');
  budget.cells -= columns * rows;
  if (budget.cells < 0) throw new TooComplex('cells');
  const align = alignOf(attribute(element, 'align'));
  return {
    tag,
    children,
    ...(columns > 1 && { columns }),
    ...(rows > 1 && { rows }),
    ...(align !== undefined && { align }),
  };
}

function spanOf(element: CanonicalElement, name: 'colspan' | 'rowspan'): number {
  const text = attribute(element, name) ?? '1';
  if (!/^\d{1,9}$/.test(text)) return 1;
  const span = Number(text);
  if (span > MOST.span) throw new TooComplex(name);
  return Math.max(1, span);
}

function alignOf(text: string | undefined): 'left' | 'center' | 'right' | undefined {
  return text === 'left' || text === 'center' || text === 'right' ? text : undefined;
}

/** `referencedObject` is a list of identifiers; a caption may stand inside. */
function media(element: CanonicalElement, budget: Budget, depth: number): ViewNode[] {
  const ids = (attribute(element, 'referencedObject') ?? '').split(/\s+/).filter((id) => id !== '');
  return [...ids.map((id) => ({ tag: 'media', id }) as const), ...contentOf(element, budget, depth + 1)];
}
