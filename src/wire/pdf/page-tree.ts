/** Pages of a document in their order, with what they inherit (ISO 32000-1, 7.7.3). */
import { geometryOf, type PageGeometry } from './page-geometry.ts';
import type { Structure } from './structure.ts';
import {
  type Dictionary,
  isDictionary,
  itemsOf,
  NotOrdinary,
  nameOf,
  numberOf,
  present,
  referenceOf,
  type Slice,
  textOf,
} from './syntax.ts';

export interface PageObject {
  readonly number: number;
  readonly generation: number;
  readonly entries: Dictionary;
  readonly geometry: PageGeometry;
  /** Its own or inherited. */
  readonly resources: Slice | undefined;
  /** The references of its content streams, in order. */
  readonly contents: readonly Slice[];
  /** Dictionaries of its annotations. */
  readonly annotations: readonly Dictionary[];
}

const MAX_DEPTH = 32;
const MAX_ANNOTATIONS = 2_000;
const INHERITED = ['Resources', 'MediaBox', 'CropBox', 'Rotate'] as const;

type Inherited = Partial<Record<(typeof INHERITED)[number], Slice>>;

export function catalogOf(structure: Structure): Dictionary {
  return structure.dictionary(present(structure.crossReference.trailer.get('Root')));
}

export function pagesOf(structure: Structure, maxPages: number): readonly PageObject[] {
  const pages: PageObject[] = [];
  const seen = new Set<number>();
  const visit = (node: Slice, inherited: Inherited, depth: number): void => {
    const reference = referenceOf(node);
    if (reference === undefined || seen.has(reference.number) || depth > MAX_DEPTH) throw new NotOrdinary();
    seen.add(reference.number);
    const entries = structure.dictionary(node);
    const own = { ...inherited };
    for (const key of INHERITED) {
      const value = entries.get(key);
      if (value !== undefined) own[key] = value;
    }
    const type = nameOf(entries.get('Type'));
    if (type === 'Pages') {
      for (const kid of itemsOf(structure.resolve(present(entries.get('Kids'))))) visit(kid, own, depth + 1);
    } else if (type === 'Page' && pages.length < maxPages) pages.push(pageOf(structure, reference, entries, own));
    else throw new NotOrdinary();
  };
  visit(present(catalogOf(structure).get('Pages')), {}, 0);
  if (pages.length === 0) throw new NotOrdinary();
  return pages;
}

function pageOf(
  structure: Structure,
  { number, generation }: { number: number; generation: number },
  entries: Dictionary,
  inherited: Inherited,
): PageObject {
  const media = boxOf(structure, present(inherited.MediaBox));
  const crop = inherited.CropBox === undefined ? media : boxOf(structure, inherited.CropBox);
  const angle = inherited.Rotate === undefined ? 0 : numberOf(structure.resolve(inherited.Rotate));
  return {
    number,
    generation,
    entries,
    geometry: geometryOf(media, crop, angle),
    resources: inherited.Resources,
    contents: contentsOf(structure, entries.get('Contents')),
    annotations: annotationsOf(structure, entries.get('Annots')),
  };
}

/** Two opposite corners, in any order (7.9.5). */
function boxOf(structure: Structure, value: Slice): { x: number; y: number; width: number; height: number } {
  const corners = rectangleOf(structure, value);
  const [a, b, c, d] = corners;
  return { x: Math.min(a, c), y: Math.min(b, d), width: Math.abs(c - a), height: Math.abs(d - b) };
}

export function rectangleOf(structure: Structure, value: Slice): readonly [number, number, number, number] {
  const numbers = itemsOf(structure.resolve(value)).map((item) => numberOf(structure.resolve(item)));
  const [a, b, c, d] = numbers;
  if (numbers.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined)
    throw new NotOrdinary();
  return [a, b, c, d];
}

/** References only: what they name is read when it is needed. */
function contentsOf(structure: Structure, value: Slice | undefined): readonly Slice[] {
  if (value === undefined) return [];
  const resolved = structure.resolve(value);
  const items = isDictionary(resolved) ? [value] : itemsOf(resolved);
  if (items.some((item) => referenceOf(item) === undefined)) throw new NotOrdinary();
  return items;
}

function annotationsOf(structure: Structure, value: Slice | undefined): readonly Dictionary[] {
  if (value === undefined || textOf(value) === 'null') return [];
  const items = itemsOf(structure.resolve(value));
  if (items.length > MAX_ANNOTATIONS) throw new NotOrdinary();
  return items.map((item) => structure.dictionary(item));
}
