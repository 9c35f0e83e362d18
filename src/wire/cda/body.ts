/** Reads what kind of body a CDA carries, and recognises the content of a level 1 body by its first bytes. */
import { type CanonicalElement, contentOf } from '../xml/canonical-tree.ts';
import { attribute, descend } from './nodes.ts';

const LEVEL_ONE_MEDIA_TYPES = ['application/pdf', 'text/plain', 'text/rtf', 'image/jpeg', 'image/tiff'] as const;
/** Contents of a level 1 document that the DMP takes (dmp.md 5). */
export type LevelOneMediaType = (typeof LEVEL_ONE_MEDIA_TYPES)[number];

export function levelOneMediaType(name: string | undefined): LevelOneMediaType | undefined {
  return LEVEL_ONE_MEDIA_TYPES.find((known) => known === name);
}

export type CdaBody =
  | {
      readonly kind: 'level-1';
      readonly mediaType: string | undefined;
      readonly representation: string | undefined;
      readonly content: LevelOneContent;
    }
  | { readonly kind: 'structured' }
  | { readonly kind: 'none' };

/** State of the Base64 text of a level 1 body. `empty` also stands for a body by reference. */
export type LevelOneContent =
  | { readonly state: 'empty' | 'not-base64' }
  /** `head`: the first decoded bytes, enough to recognise a format. */
  | { readonly state: 'base64'; readonly head: Buffer };

const HEAD_CHARACTERS = 24;

export function readBody(document: CanonicalElement): CdaBody {
  const component = descend(document, 'component');
  if (descend(component, 'structuredBody') !== undefined) return { kind: 'structured' };
  if (descend(component, 'nonXMLBody') === undefined) return { kind: 'none' };
  const text = descend(component, 'nonXMLBody', 'text');
  return {
    kind: 'level-1',
    mediaType: attribute(text, 'mediaType'),
    representation: attribute(text, 'representation'),
    content: readContent(text === undefined ? '' : contentOf(text)),
  };
}

/** Missing padding is accepted (design.md 7); a length that no byte count gives is a truncated content. */
function readContent(text: string): LevelOneContent {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (compact === '') return { state: 'empty' };
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0;
  const digits = compact.length - padding;
  const complete = padding > 0 ? compact.length % 4 === 0 : digits % 4 !== 1;
  // Node reads Base64url too, and stops or skips at anything foreign: one decoding tells both by the length.
  const foreign = compact.includes('-') || compact.includes('_');
  if (!complete || foreign || Buffer.from(compact, 'base64').length !== Math.floor((digits * 3) / 4))
    return { state: 'not-base64' };
  return { state: 'base64', head: Buffer.from(compact.slice(0, HEAD_CHARACTERS), 'base64') };
}

const SIGNATURES: Readonly<Record<Exclude<LevelOneMediaType, 'text/plain'>, readonly string[]>> = {
  // ISO 19005-1 6.1.2: the header of a PDF/A stands at the first byte.
  'application/pdf': ['%PDF-'],
  'text/rtf': ['{\\rtf'],
  'image/jpeg': ['\xff\xd8\xff'],
  'image/tiff': ['II*\0', 'MM\0*'],
};

/** True when the first bytes are those of the media type; a plain text may start with anything. */
export function looksLike(mediaType: LevelOneMediaType, head: Uint8Array): boolean {
  if (mediaType === 'text/plain') return true;
  const start = Buffer.from(head).toString('latin1');
  return SIGNATURES[mediaType].some((signature) => start.startsWith(signature));
}
