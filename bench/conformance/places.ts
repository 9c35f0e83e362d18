/** Where the schematrons, the documents and the XML schema are, from the folders and the expected results that were given. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Folders below one that is given. */
const MAX_DEPTH = 6;
const SCHEMA = 'CDA_extended.xsd';

/** Every file under a folder whose name ends so. */
function filesUnder(folder: string, ending: string, depth = 0): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name.endsWith(ending)) return [path];
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    return isFolder && depth < MAX_DEPTH ? filesUnder(path, ending, depth + 1) : [];
  });
}

export interface Schematrons {
  /** Folder above which nothing is read: rules open value sets beside their own folder. */
  readonly root: string;
  /** Entry of each expected name, from the root; undefined when there is none. */
  readonly entry: (name: string) => string | undefined;
}

/** The expected names are paths from a folder that is the given one, or is under it: the one that holds most of them. */
export function findSchematrons(folder: string, names: readonly string[]): Schematrons {
  // A link leads to the folder whose neighbours the rules open.
  const given = realpathSync(resolve(folder));
  const files = filesUnder(given, '.sch');
  const bases = [...new Set([given, ...files.map((file) => dirname(file))])];
  const held = (base: string): number => names.filter((name) => existsSync(join(base, name))).length;
  const base = bases.reduce((best, candidate) => (held(candidate) > held(best) ? candidate : best), given);
  const root = dirname(base);
  return {
    root,
    entry: (name) => {
      const exact = join(base, name);
      const same = existsSync(exact) ? [exact] : files.filter((file) => basename(file) === basename(name));
      return same.length === 1 && same[0] !== undefined ? relative(root, same[0]) : undefined;
    },
  };
}

/** By its path from the folder, or by its name when only one file bears it. */
export function findDocuments(folder: string): (name: string) => string | undefined {
  const files = filesUnder(resolve(folder), '.xml');
  return (name) => {
    const exact = join(resolve(folder), name);
    if (existsSync(exact)) return exact;
    const same = files.filter((file) => basename(file) === basename(name));
    return same.length === 1 ? same[0] : undefined;
  };
}

/** In a folder above one of those given, or in its folder `xsd`. */
export function findSchema(near: readonly string[]): string | undefined {
  const folders = near.flatMap((start) => {
    const above = [resolve(start)];
    for (let folder = above[0] ?? '/'; above.length < 5 && dirname(folder) !== folder; folder = dirname(folder))
      above.push(dirname(folder));
    return above;
  });
  return folders
    .flatMap((folder) => ['.', 'xsd', 'cda/xsd'].map((place) => join(folder, place, SCHEMA)))
    .find((file) => existsSync(file));
}
