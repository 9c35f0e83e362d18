/**
 * What callers say of a document, in the body of `POST /documents` or beside a file that they leave in a folder: the
 * contract's names first, then the ones that callers naturally use for the same.
 */
import { z } from 'zod';
import { hl7Time } from './times.ts';

const MIME_TYPES = ['application/pdf', 'text/plain', 'text/rtf', 'image/jpeg', 'image/tiff', 'text/xml'] as const;

/** Other names of a field, the first one given wins. The times are those of XDS. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  createdAt: ['creationTime', 'creationDate', 'date'],
  serviceStart: ['serviceStartTime', 'serviceStartDate'],
  serviceStop: ['serviceStopTime', 'serviceStopDate', 'serviceEnd'],
  ippDomain: ['domain'],
};
const OTHER_AUTHOR_NAMES: Readonly<Record<string, readonly string[]>> = {
  id: ['rpps', 'identifier'],
  family: ['familyName', 'lastName', 'nom'],
  given: ['givenName', 'firstName', 'prenom'],
};

/** Under their own names, and without the fields that are null: absent, as JSON writers say it. */
function named(others: Readonly<Record<string, readonly string[]>>) {
  return (body: unknown): unknown => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
    const given: Record<string, unknown> = Object.fromEntries(
      Object.entries(body).filter(([, value]) => value !== null),
    );
    for (const [name, aliases] of Object.entries(others)) {
      const alias = [name, ...aliases].find((each) => Object.hasOwn(given, each));
      if (alias !== undefined) given[name] = given[alias];
    }
    return given;
  };
}

/** `{ "name": { "family", "given" } }` is the same person as `{ "family", "given" }`. */
function flattened(author: unknown): unknown {
  const name = z.object({ name: z.looseObject({}) }).safeParse(author);
  return name.success && typeof author === 'object' ? { ...author, ...name.data.name } : author;
}

const author = z.preprocess(
  (value) => named(OTHER_AUTHOR_NAMES)(flattened(value)),
  z.object({
    /** RPPS, or the national identifier of a person. */
    id: z.string().min(1),
    family: z.string().min(1),
    given: z.string().min(1),
    specialty: z.string().optional(),
    specialtyLabel: z.string().optional(),
  }),
);

/** A day, or a time with or without its offset: without one it is local to the establishment. */
const time = z
  .string()
  .refine((text) => hl7Time(text, 'UTC') !== undefined, 'une date, ou une date avec heure, est attendue (ISO 8601)');

/** `text/plain; charset=utf-8` is text/plain: a text is UTF-8 here. Another character set stays on, and is refused. */
const mimeType = z.preprocess(
  (value) =>
    typeof value === 'string' ? value.toLowerCase().replace(/\s*;\s*charset="?(utf-8|us-ascii)"?\s*$/, '') : value,
  z.enum(MIME_TYPES),
);

const described = {
  typeCode: z.string().min(1),
  title: z.string().min(1).max(128),
  /** The caller's own code of the unit that the document comes from. */
  unit: z.string().trim().min(1).max(200).optional(),
  ipp: z.string().min(1),
  /** An OID or a declared name of it. */
  ippDomain: z.string().min(1).optional(),
  establishment: z.string().optional(),
  author: author.optional(),
  createdAt: time.optional(),
  serviceStart: time.optional(),
  serviceStop: time.optional(),
  visitNumber: z.string().optional(),
  /** What it replaces: the `id` of a document, its uniqueId, or its set (setId, or uniqueId of its first version). */
  replaces: z.string().min(1).max(200).optional(),
  /** Key of the caller: the same key and content make the same document. */
  requestId: z.string().min(1).max(199).optional(),
};

export const submission = z.preprocess(
  named(OTHER_NAMES),
  z.object({
    /** Base64 of the whole document. */
    content: z.string().min(1),
    mimeType,
    ...described,
  }),
);

/** The same beside a file, which is the content and most often says its format. */
export const sidecar = z.preprocess(named(OTHER_NAMES), z.object({ mimeType: mimeType.optional(), ...described }));
