import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openJournal } from './journal.ts';

interface Entry {
  readonly n: number;
  readonly text?: string;
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-journal-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function replayed(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const journal = await openJournal<Entry>(file, (entry) => entries.push(entry));
  await journal.close();
  return entries;
}

/** The methods behind every FileHandle, to watch and to hold the syncs. */
async function fileHandlePrototype(folder: string): Promise<{ datasync(): Promise<void> }> {
  const handle = await open(join(folder, 'any'), 'a');
  await handle.close();
  return Object.getPrototypeOf(handle);
}

test('entries come back in the order of append, whatever characters they hold', async (t) => {
  const file = join(await folderOf(t), 'deep', 'journal.jsonl');
  const journal = await openJournal<Entry>(file, () => assert.fail('a new journal is empty'));
  const entries = [{ n: 1, text: 'a\nb\u2028c\r' }, { n: 2, text: 'é'.repeat(2_000_000) }, { n: 3 }];
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  assert.deepEqual(await replayed(file), entries);
});

test('an append resolves only after the sync that covers it', async (t) => {
  const folder = await folderOf(t);
  const prototype = await fileHandlePrototype(folder);
  const sync = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  t.mock.method(prototype, 'datasync', () => {
    started.resolve();
    return sync.promise;
  });
  const journal = await openJournal<Entry>(join(folder, 'journal'), () => undefined);
  let confirmed = false;
  const appended = journal.append({ n: 1 }).then(() => {
    confirmed = true;
  });
  await started.promise;
  assert.equal(await readFile(join(folder, 'journal'), 'utf8'), '{"n":1}\n', 'written before the sync');
  assert.equal(confirmed, false);
  sync.resolve();
  await appended;
  assert.equal(confirmed, true);
  await journal.close();
});

test('appends that wait together share one sync', async (t) => {
  const folder = await folderOf(t);
  const prototype = await fileHandlePrototype(folder);
  const datasync = t.mock.method(prototype, 'datasync');
  const file = join(folder, 'journal');
  const journal = await openJournal<Entry>(file, () => undefined);
  const numbers = Array.from({ length: 100 }, (_, n) => ({ n }));
  await Promise.all(numbers.map((entry) => journal.append(entry)));
  assert.ok(datasync.mock.callCount() <= 2, `${datasync.mock.callCount()} syncs`);
  await journal.close();
  assert.deepEqual(await replayed(file), numbers);
});

test('after a failed sync that append and all later ones are rejected', async (t) => {
  const folder = await folderOf(t);
  const prototype = await fileHandlePrototype(folder);
  const mocked = t.mock.method(prototype, 'datasync', () => Promise.reject(new Error('EIO')));
  const journal = await openJournal<Entry>(join(folder, 'journal'), () => undefined);
  await assert.rejects(journal.append({ n: 1 }), /EIO/);
  mocked.mock.restore();
  await assert.rejects(journal.append({ n: 2 }), /EIO/);
  await journal.close();
  await assert.rejects(journal.append({ n: 3 }), /closed/);
});

test('a torn last line is dropped, and the next append starts a clean line', async (t) => {
  const file = join(await folderOf(t), 'journal');
  for (const torn of ['{"n":2,"te', '{"n":2}', '\0\0\0']) {
    await writeFile(file, `{"n":1}\n${torn}`);
    assert.deepEqual(await replayed(file), [{ n: 1 }]);
    const journal = await openJournal<Entry>(file, () => undefined);
    await journal.append({ n: 3 });
    await journal.close();
    assert.deepEqual(await replayed(file), [{ n: 1 }, { n: 3 }]);
  }
});

test('a damaged line in the middle is an error that names the place and does not quote the line', async (t) => {
  const file = join(await folderOf(t), 'journal');
  await writeFile(file, '{"n":1}\n{"matricule":"279035121518989"\n');
  await appendFile(file, '{"n":3}\n');
  await assert.rejects(replayed(file), (error: Error) => {
    assert.match(error.message, /byte 8 is not JSON/);
    assert.doesNotMatch(error.message, /279035121518989/);
    return true;
  });
});
