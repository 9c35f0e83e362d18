/** What a reader is shown of a CDA: its header, and its body as bytes (level 1) or as sections (level 3). */
import { readingRules } from '../../rules/reading.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { decodeBase64 } from '../hl7v2/base64.ts';
import { type CanonicalElement, contentOf, elementsNamed } from '../xml/canonical-tree.ts';
import { XmlRefused } from '../xml/xml.ts';
import { type CdaHeader, readCdaHeader, UNREADABLE_CDA, wholeCda } from './header.ts';
import { type Budget, newBudget, readNarrative, TooComplex, type ViewNode } from './narrative.ts';
import { attribute, childrenNamed, descend, textOf } from './nodes.ts';
import { HL7_NAMESPACE } from './oids.ts';

export interface ViewSection {
  readonly title: string | undefined;
  readonly text: readonly ViewNode[];
  readonly sections: readonly ViewSection[];
}

export interface ViewFile {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

export type ViewBody =
  | ({ readonly kind: 'level-1' } & ViewFile)
  | {
      readonly kind: 'structured';
      readonly sections: readonly ViewSection[];
      /** Pictures and files of the document itself, by identifier; undefined for one that is elsewhere or unreadable. */
      readonly media: ReadonlyMap<string, ViewFile | undefined>;
    };

export interface CdaView {
  readonly header: CdaHeader;
  readonly body: ViewBody;
}

const MOST_MEDIA = 100;
const MOST_MEDIA_BYTES = 32 * 1024 * 1024;
const DEEPEST_SECTION = 12;
const MOST_SECTIONS = 1_000;

/** Refused: what is no CDA, has no body to show, or is beyond what can be shown whole. */
export function viewCda(bytes: Uint8Array): Result<CdaView> {
  const header = readCdaHeader(bytes);
  if (!header.ok) return header;
  try {
    const body = bodyOf(wholeCda(bytes));
    return body.ok ? ok({ header: header.value, body: body.value }) : body;
  } catch (error) {
    if (error instanceof TooComplex) return refuse(readingRules.viewTooComplex, { detail: error.message });
    if (error instanceof XmlRefused) return refuse(UNREADABLE_CDA[error.reason]);
    throw error;
  }
}

function bodyOf(document: CanonicalElement | undefined): Result<ViewBody> {
  const component = descend(document, 'component');
  const structured = descend(component, 'structuredBody');
  if (document === undefined || component === undefined)
    return refuse(readingRules.notDisplayable, { detail: 'corps absent' });
  if (structured === undefined) return levelOne(descend(component, 'nonXMLBody', 'text'));
  const reader: Reader = { budget: newBudget(), sections: 0 };
  const sections = sectionsOf(structured, reader, 0);
  return ok({ kind: 'structured', sections, media: mediaOf(structured) });
}

function levelOne(text: CanonicalElement | undefined): Result<ViewBody> {
  const file = text === undefined ? undefined : fileOf(text);
  return file === undefined
    ? refuse(readingRules.notDisplayable, { detail: 'contenu absent ou tronqué' })
    : ok({ kind: 'level-1', ...file });
}

/** An ED value; undefined when it stands elsewhere (`reference`) or its Base64 is cut. */
function fileOf(value: CanonicalElement): ViewFile | undefined {
  const mimeType = attribute(value, 'mediaType') ?? 'text/plain';
  const content = contentOf(value);
  if (content.trim() === '') return undefined;
  if (attribute(value, 'representation') !== 'B64') return { mimeType, bytes: Buffer.from(content, 'utf8') };
  const bytes = decodeBase64(Buffer.from(content, 'latin1'));
  return bytes === undefined ? undefined : { mimeType, bytes };
}

interface Reader {
  readonly budget: Budget;
  sections: number;
}

function sectionsOf(parent: CanonicalElement, reader: Reader, depth: number): ViewSection[] {
  if (depth > DEEPEST_SECTION) throw new TooComplex('sections imbriquées');
  return childrenNamed(parent, 'component').flatMap((component) =>
    childrenNamed(component, 'section').map((section) => {
      reader.sections += 1;
      if (reader.sections > MOST_SECTIONS) throw new TooComplex('sections');
      const text = descend(section, 'text');
      return {
        title: textOf(descend(section, 'title')),
        text: text === undefined ? [] : readNarrative(text, reader.budget),
        sections: sectionsOf(section, reader, depth + 1),
      };
    }),
  );
}

/** Every object that `renderMultiMedia` may name: the media itself, or a region of interest drawn on one. */
function mediaOf(structured: CanonicalElement): Map<string, ViewFile | undefined> {
  const found = new Map<string, ViewFile | undefined>();
  let bytes = 0;
  const named = ['observationMedia', 'regionOfInterest']
    .flatMap((name) => elementsNamed(structured, name, HL7_NAMESPACE))
    .filter((object) => attribute(object, 'ID') !== undefined);
  if (named.length > MOST_MEDIA) throw new TooComplex('images');
  for (const object of named) {
    const id = attribute(object, 'ID');
    const value =
      object.name === 'observationMedia'
        ? descend(object, 'value')
        : descend(object, 'entryRelationship', 'observationMedia', 'value');
    const file = value === undefined ? undefined : fileOf(value);
    bytes += file?.bytes.length ?? 0;
    if (bytes > MOST_MEDIA_BYTES) throw new TooComplex('taille des images');
    if (id !== undefined) found.set(id, file);
  }
  return found;
}
