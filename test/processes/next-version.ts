/** The version after this one: the same program with one more migration, in a folder of its own. */
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MIGRATION = `-- Added by the version after this one.
alter table document add column of_the_next_version text;
create index document_of_the_next_version on document (of_the_next_version) where of_the_next_version is not null;
create table of_the_next_version (id bigint generated always as identity primary key);
`;

/** Gives the entry of its gateway process. */
export async function nextVersion(folder: string): Promise<string> {
  const tree = join(folder, 'next-version');
  await mkdir(join(tree, 'test'), { recursive: true });
  for (const part of ['bin', 'src', 'test/crash', 'test/support', 'package.json'])
    await cp(join(ROOT, part), join(tree, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  await writeFile(join(tree, 'src/store/migrations/9000-next-version.sql'), MIGRATION);
  return join(tree, 'test/crash/harness/gateway-process.ts');
}
