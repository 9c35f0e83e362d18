/**
 * A rule pack is a folder that the operator installs: the files as their publisher gives them, and `pack.json`, which says
 * what they are and which schematrons run on which documents. Without it, the header schematron and the XML schema are
 * recognised by their names.
 */
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import type { RulePack } from './check.ts';

/** The official package has 1,000 files and 160 MB with its 524 value sets. */
const MAX_FILES = 10_000;
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_DEPTH = 8;
const MANIFEST = 'pack.json';
const SCHEMA = 'CDA_extended.xsd';
const HEADER = /struc\w*[-_ ]?min[\w-]*\.sch$/i;

const day = z.iso.date();
/** From the folder of the pack; nothing above it. */
const inside = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.split(/[/\\]/).includes('..'),
    'un chemin dans le dossier est attendu',
  );

const manifestSchema = z.strictObject({
  name: z.string().min(1).max(80),
  version: z.string().min(1).max(40),
  /** Days on which it applies, AAAA-MM-JJ. */
  validFrom: day.optional(),
  validUntil: day.optional(),
  xsd: inside.optional(),
  schematrons: z
    .array(z.strictObject({ path: inside, templates: z.array(z.string().regex(/^[\d.]+$/)).default([]) }))
    .default([]),
});

export interface PackDescription extends RulePack {
  readonly name: string;
  readonly version: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
}

/** Why a folder is no rule pack, as the operator reads it. */
export class PackFault extends Error {}

/** Reads everything that the folder holds. Throws PackFault. */
export function readPack(given: string): PackDescription {
  const folder = resolve(given);
  const files = filesOf(folder);
  const manifest = files.includes(MANIFEST) ? manifestOf(folder) : recognised(folder, files);
  const { schematrons, xsd, validFrom, validUntil, ...named } = manifest;
  if (schematrons.length === 0 && xsd === undefined)
    throw new PackFault(`${folder} : ni schématron ni schéma XML à appliquer (${MANIFEST} absent ou vide)`);
  const absent = [...schematrons.map(({ path }) => path), ...(xsd === undefined ? [] : [xsd])].find(
    (path) => !files.includes(path),
  );
  if (absent !== undefined) throw new PackFault(`${folder} : ${absent} est absent`);
  return {
    ...named,
    folder,
    hash: hashOf(folder, files),
    entries: schematrons,
    ...(xsd === undefined ? {} : { xsd }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function manifestOf(folder: string): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')} : ${message}`).join(' ; ')
        : 'JSON illisible';
    throw new PackFault(`${join(folder, MANIFEST)} : ${why}`);
  }
}

function recognised(folder: string, files: readonly string[]): z.infer<typeof manifestSchema> {
  const xsd = files.find((file) => basename(file) === SCHEMA);
  return {
    name: basename(folder),
    version: 'sans version',
    ...(xsd === undefined ? {} : { xsd }),
    schematrons: files.filter((file) => HEADER.test(file)).map((path) => ({ path, templates: [] })),
  };
}

/** Regular files, sorted, with `/`: a link is not followed. */
function filesOf(folder: string): string[] {
  const found: string[] = [];
  let bytes = 0;
  const visit = (at: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new PackFault(`${folder} : dossiers trop imbriqués`);
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) visit(path, depth + 1);
      if (!entry.isFile()) continue;
      bytes += statSync(path).size;
      found.push(relative(folder, path).split(sep).join('/'));
      if (found.length > MAX_FILES || bytes > MAX_BYTES) throw new PackFault(`${folder} : trop volumineux`);
    }
  };
  visit(folder, 0);
  return found.sort();
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    throw new PackFault(`${folder} : dossier illisible`);
  }
}

/** Of names and contents: the same pack copied elsewhere has the same one, and a changed file another. */
function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    hash.update(`${file}\n${bytes.byteLength}\n`).update(bytes);
  }
  return hash.digest('hex');
}
