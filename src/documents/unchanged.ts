/**
 * Does a version say anything that the one before it did not? Asked of replacements only. What changes in every version
 * (identifier, version number, dates of writing, what it replaces) is left out; any other difference is a change.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DocumentRecord } from '../store/documents.ts';
import type { Original } from './original.ts';

/** A document with what came of it. */
export interface Version {
  readonly document: DocumentRecord;
  readonly original: Original;
}

export function isUnchanged(version: Version, before: Version): boolean {
  const [a, b] = [version.document, before.document];
  if (a.kind !== b.kind || a.mimeType !== b.mimeType || a.typeCode !== b.typeCode || a.title !== b.title) return false;
  if (!isDeepStrictEqual(visibilityOf(a), visibilityOf(b))) return false;
  if (a.kind === 'raw') {
    const sameAuthor = isDeepStrictEqual(a.notice.author, b.notice.author);
    return sameAuthor && version.original.bytes.equals(before.original.bytes);
  }
  return contentOf(version.original.bytes) === contentOf(before.original.bytes);
}

/** A flag that is absent is a flag that is not set. */
function visibilityOf({ notice: { visibility } }: DocumentRecord) {
  const { maskedFromProfessionals, invisibleToPatient, invisibleToRepresentatives } = visibility;
  return { maskedFromProfessionals, invisibleToPatient, invisibleToRepresentatives };
}

/** Of the header of a CDA, in whatever prefix: what a software writes anew for each version. */
const VERSION_ONLY = [
  /<(?:\w+:)?versionNumber\b[^>]*\/>/g,
  /<(?:\w+:)?time\b[^>]*\/>/g,
  /<((?:\w+:)?relatedDocument)\b[\s\S]*?<\/\1>/g,
];
const OF_THE_DOCUMENT = [/<(?:\w+:)?id\b[^>]*\/>/, /<(?:\w+:)?effectiveTime\b[^>]*\/>/];

/** The text of a CDA without what only tells versions apart. */
function contentOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const [patient, body] = [text.search(/<(?:\w+:)?recordTarget\b/), text.search(/<(?:\w+:)?component\b/)];
  if (patient < 0 || body < patient) return text;
  const before = OF_THE_DOCUMENT.reduce((left, pattern) => left.replace(pattern, ''), text.slice(0, patient));
  const header = VERSION_ONLY.reduce((left, pattern) => left.replace(pattern, ''), before + text.slice(patient, body));
  return header.replace(/\s+/g, ' ') + text.slice(body);
}
