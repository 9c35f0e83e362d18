/** A watched folder on a bench: files are left in it, a process looks at it. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openBench, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import { one } from '../store/db.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { readMarks } from '../wire/pdf/stamp.ts';
import { type FolderDoor, openFolderDoor } from './door.ts';
import { takeFolder } from './take.ts';

export const LETTER = 'Chère consœur,\n';
export const SAID = {
  ipp: 'P1',
  typeCode: '11490-0',
  title: 'Lettre de liaison',
  createdAt: '2026-11-23T08:00:00+01:00',
};

interface Folder {
  readonly bench: UseCaseBench;
  readonly path: string;
  /** Of another process. */
  door(): FolderDoor;
  drop(name: string, content: string | Buffer): Promise<void>;
  dropLetter(name?: string, said?: object, content?: string): Promise<void>;
  /** Two looks, far enough apart for what is there to be whole. */
  look(): Promise<number>;
  names(where?: string): Promise<string[]>;
  /** Of the one file of this folder whose name ends so. */
  read(where: string, ending: string): Promise<string>;
  documents(): Promise<number>;
}

export async function openFolder(t: TestContext, settings: object = {}, stamper?: Stamper): Promise<Folder> {
  t.after(() => stamper?.close());
  const path = await mkdtemp(join(tmpdir(), 'tdu-folder-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const bench = await openBench(t, withSources({ stampRawPdf: true, watchedFolder: { path, ...settings } }), stamper);
  const [source] = bench.context.config.sources;
  const folder = source?.watchedFolder;
  assert.ok(source && folder);
  const door = () => openFolderDoor(bench.context, source, folder, stamper ?? { readMarks });
  const own = door();
  const drop: Folder['drop'] = (name, content) => writeFile(join(path, name), content);
  const names: Folder['names'] = async (where = '') =>
    (await readdir(join(path, where))).filter((name) => name !== 'done' && name !== 'refused').sort();
  return {
    bench,
    path,
    door,
    drop,
    names,
    dropLetter: async (name = 'lettre.txt', said = {}, content = LETTER) => {
      await drop(name, content);
      await drop(`${name}.json`, JSON.stringify({ ...SAID, ...said }));
    },
    look: async () => {
      const first = await takeFolder(own);
      bench.advance(10_000);
      return (first ?? 0) + ((await takeFolder(own)) ?? 0);
    },
    read: async (where, ending) => {
      const found = (await names(where)).filter((name) => name.endsWith(ending));
      assert.equal(found.length, 1, `${ending} in ${where}: ${found.join(', ')}`);
      return readFile(join(path, where, found[0] ?? ''), 'utf8');
    },
    documents: async () =>
      (await one<{ count: number }>(bench.context.pool, 'select count(*)::int as count from document', [])).count,
  };
}
