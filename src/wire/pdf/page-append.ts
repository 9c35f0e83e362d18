/** Drawings added to pages by an incremental update: the counterpart of page-drawing.ts, without a document model. */
import type { Drawing } from './banner-drawing.ts';
import { openSans } from './font.ts';
import { type Reference, startUpdate, type Update } from './incremental.ts';
import { DEVICE_BLACK, markOperators } from './page-drawing.ts';
import { POINTS_PER_MM, type ZoneMm } from './page-geometry.ts';
import { catalogOf, type PageObject } from './page-tree.ts';
import type { Structure } from './structure.ts';
import { type Dictionary, textOf } from './syntax.ts';

export interface PageMark {
  readonly page: PageObject;
  readonly drawing: Drawing;
  readonly zone: ZoneMm;
}

/** The document with its marks: the bytes as received, then the new objects. */
export function appendMarks(structure: Structure, marks: readonly PageMark[]): Buffer {
  const update = startUpdate(structure.bytes, structure.crossReference);
  const small = marks.every(({ drawing }) => drawing.smallFonts);
  const font = (weight: 'regular' | 'semibold') => openSans(weight).append(update, small);
  const fonts = `<</F0 ${font('regular')}/F1 ${font('semibold')}>>`;
  const black = blackOf(structure, update);
  const save = update.add('<</Length 1>>', Buffer.from('q', 'latin1'));
  const forms = new Map<string, Reference>();
  for (const mark of marks) {
    const { operators } = mark.drawing;
    const form = forms.get(operators) ?? addForm(update, mark.drawing, fonts, black);
    forms.set(operators, form);
    placeForm(structure, update, mark, form, save);
  }
  return update.finish();
}

type Black = typeof DEVICE_BLACK;

/** A document that says nothing of PDF/A in clear gets device grey, as in page-drawing.ts. */
function blackOf(structure: Structure, update: Update): Black {
  const catalog = catalogOf(structure);
  const metadata = catalog.get('Metadata');
  if (metadata === undefined || catalog.has('OutputIntents')) return DEVICE_BLACK;
  if (!structure.content(metadata).includes('pdfaid')) return DEVICE_BLACK;
  const grey = update.add('[/CalGray<</WhitePoint[0.9505 1 1.089]>>]');
  return { operators: '/C0 cs 0 sc /C0 CS 0 SC', resources: `/ColorSpace<</C0 ${grey}>>` };
}

function addForm(update: Update, drawing: Drawing, fonts: string, black: Black): Reference {
  const content = Buffer.from(`${black.operators}\n${drawing.operators}`, 'latin1');
  const box = [0, 0, drawing.widthMm * POINTS_PER_MM, drawing.heightMm * POINTS_PER_MM].join(' ');
  const resources = `<</Font ${fonts}${black.resources}>>`;
  const entries = `/Type/XObject/Subtype/Form/BBox[${box}]/Resources${resources}/Length ${content.length}`;
  return update.add(`<<${entries}>>`, content);
}

function placeForm(
  structure: Structure,
  update: Update,
  { page, zone }: PageMark,
  form: Reference,
  save: Reference,
): void {
  const { name, resources } = withXObject(structure, page, form);
  const operators = Buffer.from(markOperators(page.geometry, zone, `/${name}`), 'latin1');
  const drawn = update.add(`<</Length ${operators.length}>>`, operators);
  const contents = [save, ...page.contents.map(textOf), drawn].join(' ');
  const entries = written(page.entries, { Contents: `[${contents}]`, Resources: resources });
  update.replace(page.number, page.generation, entries);
}

/** Resources of the page's own that name the form: they may be inherited or shared with pages left alone. */
function withXObject(structure: Structure, page: PageObject, form: Reference): { name: string; resources: string } {
  const resources: Dictionary = page.resources === undefined ? new Map() : structure.dictionary(page.resources);
  const known = resources.get('XObject');
  const objects: Dictionary = known === undefined ? new Map() : structure.dictionary(known);
  let name = 'TraitDUnion';
  for (let attempt = 1; objects.has(name); attempt++) name = `TraitDUnion${attempt}`;
  return { name, resources: written(resources, { XObject: written(objects, { [name]: form }) }) };
}

/** A dictionary as it is written, but for these entries. */
function written(entries: Dictionary, changed: Readonly<Record<string, string>>): string {
  const kept = [...entries].flatMap(([key, value]) => (key in changed ? [] : [`/${key} ${textOf(value)}`]));
  const added = Object.entries(changed).map(([key, value]) => `/${key} ${value}`);
  return `<<${[...kept, ...added].join('\n')}>>`;
}
