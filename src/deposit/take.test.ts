import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEMO_SECOND_EG } from '../demo/structure.ts';
import { LETTER, openFolder, SAID } from './folder.fixture.ts';
import { takeFolder } from './take.ts';

test('a file and its sidecar become a document of that source, which the DMP accepts', async (t) => {
  const { bench, dropLetter, look, names, read } = await openFolder(t);
  await bench.admit();
  await bench.settle();
  await dropLetter();
  assert.equal(await look(), 1);
  assert.deepEqual(await names(), []);
  const taken = await bench.document();
  assert.deepEqual(
    [taken.sender, taken.ipp, taken.typeCode, taken.title, taken.mimeType, taken.notice.createdAt],
    ['*|*', 'P1', '11490-0', 'Lettre de liaison', 'text/plain', '20261123080000+0100'],
  );
  const answer = JSON.parse(await read('done', '_lettre.txt.answer.json'));
  assert.deepEqual([answer.id, answer.uniqueId, answer.state], [taken.id, taken.uniqueId, 'received']);
  assert.equal(await read('done', '_lettre.txt'), LETTER);
  assert.equal(JSON.parse(await read('done', '_lettre.txt.json')).ipp, 'P1');
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  assert.deepEqual(await bench.answers(), [], 'it is answered in its folder');
});

test('a file waits for its sidecar, a sidecar for its file, and both until nobody writes to them', async (t) => {
  const { bench, path, door, drop, dropLetter, look, documents, names } = await openFolder(t);
  await drop('a.txt', LETTER);
  await drop('b.txt.json', JSON.stringify(SAID));
  await drop('c.txt.tmp', LETTER);
  await look();
  assert.deepEqual([await documents(), await names()], [0, ['a.txt', 'b.txt.json', 'c.txt.tmp']]);
  await dropLetter('d.txt');
  const own = door();
  await takeFolder(own);
  bench.advance(4_000);
  await writeFile(join(path, 'd.txt'), `${LETTER}Suite`);
  await takeFolder(own);
  bench.advance(4_000);
  assert.equal(await takeFolder(own), 0, 'written to 4 seconds ago');
  bench.advance(2_000);
  assert.equal(await takeFolder(own), 1);
  await drop('a.txt.json', JSON.stringify(SAID));
  assert.equal(await look(), 1);
});

test('committed and not moved: the next look moves it, and it stays one document', async (t) => {
  const { path, dropLetter, look, names, documents, bench } = await openFolder(t);
  await dropLetter();
  await look();
  const first = await bench.document();
  const done = await names('done');
  // What a process leaves that ends between the commit and the first move.
  for (const name of done.filter((each) => !each.endsWith('.answer.json')))
    await rename(join(path, 'done', name), join(path, name.slice(13)));
  assert.deepEqual(await names(), ['lettre.txt', 'lettre.txt.json']);
  assert.equal(await look(), 1);
  assert.deepEqual([await names(), await names('done'), await documents()], [[], done, 1]);
  await dropLetter('lettre.txt', {}, 'Autre texte\n');
  await look();
  assert.equal(await documents(), 2, 'another content under the same name is another document');
  assert.notEqual((await bench.document()).uniqueId, first.uniqueId);
});

test('several processes look at one folder: each file is taken once', async (t) => {
  const { bench, door, dropLetter, documents, names } = await openFolder(t);
  for (const number of [1, 2, 3, 4, 5, 6])
    await dropLetter(`l${number}.txt`, { title: `Lettre ${number}` }, `${number}\n`);
  const doors = [door(), door()];
  for (const each of doors) await takeFolder(each);
  bench.advance(10_000);
  const taken = await Promise.all(doors.map((each) => takeFolder(each)));
  assert.equal(
    taken.reduce((sum: number, count) => sum + (count ?? 0), 0),
    6,
    JSON.stringify(taken),
  );
  assert.deepEqual([await documents(), await names()], [6, []]);
});

test('a description says what is wrong with it, all at once, and nothing is taken', async (t) => {
  const { dropLetter, drop, look, read, documents, names } = await openFolder(t);
  await dropLetter('a.txt', { title: '', createdAt: 'hier', ipp: undefined });
  await drop('b.txt', LETTER);
  await drop('b.txt.json', '{ "ipp": ');
  await dropLetter('c.txt', { establishment: DEMO_SECOND_EG });
  await dropLetter('d.doc');
  await dropLetter('e.txt', {}, '');
  await dropLetter('f.xml', { typeCode: 'LOCAL' }, '<ClinicalDocument/>');
  await look();
  assert.deepEqual([await documents(), await names()], [0, []]);
  assert.match(
    await read('refused', '_a.txt.txt'),
    /TDU-POR-006[\s\S]*title : [\s\S]*ipp : [\s\S]*createdAt : une date/,
  );
  assert.match(await read('refused', '_b.txt.txt'), /TDU-POR-005/);
  assert.match(await read('refused', '_c.txt.txt'), /TDU-POR-007/);
  assert.match(await read('refused', '_d.doc.txt'), /TDU-POR-004/);
  assert.match(await read('refused', '_e.txt.txt'), /TDU-POR-010/);
  assert.match(await read('refused', '_f.xml.txt'), /TDU-FEED-\d+[\s\S]*Comment corriger/);
  assert.equal(await read('refused', '_c.txt'), LETTER);
  assert.ok(JSON.parse(await read('refused', '_c.txt.json')));
});

test('links, pipes, names that are not text and what is too large are refused, and never read', async (t) => {
  const { path, drop, dropLetter, look, read, names, documents } = await openFolder(t, { maxBytes: 2_000 });
  const secret = join(path, '.secret');
  await writeFile(secret, 'secret');
  await symlink(secret, join(path, 'lien.txt'));
  await drop('lien.txt.json', JSON.stringify(SAID));
  assert.equal(spawnSync('mkfifo', [join(path, 'tube.txt')]).status, 0);
  await writeFile(Buffer.concat([Buffer.from(`${path}/`), Buffer.from('r\xe9sum\xe9.txt', 'latin1')]), LETTER);
  await dropLetter('gros.txt', {}, 'x'.repeat(2_001));
  await mkdir(join(path, 'sous-dossier'));
  await look();
  assert.deepEqual([await documents(), await names()], [0, ['.secret', 'sous-dossier']]);
  assert.match(await read('refused', '_lien.txt.txt'), /TDU-POR-001/);
  assert.match(await read('refused', '_tube.txt.txt'), /TDU-POR-001/);
  assert.match(await read('refused', '_gros.txt.txt'), /TDU-POR-002[\s\S]*2001 octets/);
  const unreadable = (await names('refused')).filter((name) => /_fichier-[\da-f]{12}\.txt$/.test(name));
  assert.equal(unreadable.length, 1);
  assert.equal(await readFile(secret, 'utf8'), 'secret');
});

test('a folder of ours that somebody made a link is not written to', async (t) => {
  const { path, dropLetter, look, names } = await openFolder(t);
  const elsewhere = await mkdtemp(join(tmpdir(), 'tdu-elsewhere-'));
  t.after(() => rm(elsewhere, { recursive: true, force: true }));
  await symlink(elsewhere, join(path, 'done'));
  await dropLetter();
  await assert.rejects(look(), /done is not a folder/);
  assert.deepEqual([await readdir(elsewhere), await names()], [[], ['lettre.txt', 'lettre.txt.json']]);
});

test('what nobody completes in time is refused, each with its own reason', async (t) => {
  const { bench, drop, look, read, names } = await openFolder(t, { waitHours: 24 });
  await drop('seul.txt', LETTER);
  await drop('perdu.txt.json', JSON.stringify(SAID));
  await look();
  assert.deepEqual(await names(), ['perdu.txt.json', 'seul.txt']);
  bench.advance(72 * 3_600_000);
  await look();
  assert.deepEqual(await names(), []);
  assert.match(await read('refused', '_seul.txt.txt'), /TDU-POR-008/);
  assert.match(await read('refused', '_perdu.txt.json.txt'), /TDU-POR-009/);
});

test('a stop ends between two files', async (t) => {
  const { bench, door, dropLetter, documents } = await openFolder(t);
  await dropLetter();
  const own = door();
  await takeFolder(own);
  bench.advance(10_000);
  assert.equal(await takeFolder(own, AbortSignal.abort()), 0);
  assert.equal(await documents(), 0);
  assert.equal(await takeFolder(own), 1);
});

const ALL_POWERFUL = process.getuid?.() === 0 ? 'the superuser reads everything' : false;
test('a file that we may not read holds up no other', { skip: ALL_POWERFUL }, async (t) => {
  const { path, dropLetter, look, read } = await openFolder(t);
  await dropLetter('ferme.txt');
  await chmod(join(path, 'ferme.txt'), 0o000);
  await dropLetter('ouvert.txt', {}, 'Autre\n');
  assert.equal(await look(), 1);
  assert.match(await read('refused', '_ferme.txt.txt'), /TDU-POR-011/);
});
