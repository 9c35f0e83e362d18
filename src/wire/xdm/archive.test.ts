/** Archives made to hurt (hostile.md, Archives): each refused by its rule, before more is inflated than the limits allow. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { type Part, zipOf } from './archive.fixture.ts';
import { openArchive } from './archive.ts';

const GOOD: Part = { name: 'IHE_XDM/SUBSET01/DOC00001.XML', content: '<a/>' };
const SYMBOLIC_LINK = 0o120777;
const MEGABYTE = 1024 * 1024;

/** The rule that refuses the archive, or one of its files when read; else what the files are. */
async function verdict(bytes: Buffer): Promise<string> {
  const archive = await openArchive(bytes);
  if (!archive.ok) return archive.refusal.rule.id;
  const read: string[] = [];
  for (const file of archive.value) {
    const content = await file.read();
    if (!content.ok) return content.refusal.rule.id;
    read.push(`${file.name} ${content.value.length}`);
  }
  return read.join(', ');
}

function manyParts(count: number): Part[] {
  return Array.from({ length: count }, (_, index) => ({ name: `F${index}`, content: '', stored: true }));
}

/** Each archive is the only file of the next one. */
function nested(depth: number): Buffer {
  let bytes: Buffer = Buffer.from('<a/>');
  for (let level = 0; level < depth; level++) bytes = zipOf([{ name: `NIVEAU${level}.ZIP`, content: bytes }]);
  return bytes;
}

const UNREADABLE = 'TDU-XDM-001';
const TOO_LARGE = 'TDU-XDM-002';
const TOO_MANY = 'TDU-XDM-003';
const UNSAFE = 'TDU-XDM-004';
const AMBIGUOUS = 'TDU-XDM-005';
const ENCRYPTED = 'TDU-XDM-006';

const NAMES: readonly string[] = [
  '../../../etc/cron.d/x',
  'IHE_XDM/../../x',
  '/etc/passwd',
  'C:/Windows/x',
  'C:\\Windows\\x',
  '..\\..\\x',
  'IHE_XDM/SUBSET01/DOC\0.XML',
  'IHE_XDM/DOC\n.XML',
  'IHE_XDM/\u202eLMX.COD',
  'IHE_XDM//DOC.XML',
  './DOC.XML',
  'DOC.XML.',
  'DOC.XML:stream',
  'A'.repeat(600),
  '',
];

const ATTACKS: readonly (readonly [string, () => Buffer, string])[] = [
  ...NAMES.map(
    (name) => [`the name ${JSON.stringify(name).slice(0, 40)}`, () => zipOf([{ ...GOOD, name }]), UNSAFE] as const,
  ),
  ['a symbolic link', () => zipOf([{ name: 'LIEN', content: '/etc/passwd', mode: SYMBOLIC_LINK }]), UNSAFE],
  ['a device', () => zipOf([{ name: 'DISQUE', content: '', mode: 0o060666 }]), UNSAFE],
  ['two files of one name', () => zipOf([GOOD, { ...GOOD, content: '<b/>' }]), AMBIGUOUS],
  ['two names that differ by their case', () => zipOf([GOOD, { ...GOOD, name: GOOD.name.toLowerCase() }]), AMBIGUOUS],
  [
    'a file and a folder of one name',
    () => zipOf([GOOD, { name: `${GOOD.name}/`, content: '', stored: true }]),
    AMBIGUOUS,
  ],
  [
    'another name in the local header',
    () => zipOf([{ ...GOOD, localName: 'IHE_XDM/SUBSET01/DOC00002.XML' }]),
    AMBIGUOUS,
  ],
  ['two files of the same bytes', () => zipOf([GOOD, { ...GOOD, name: 'B', localName: 'B', at: 0 }]), AMBIGUOUS],
  ['a password', () => zipOf([{ ...GOOD, flags: 1 }]), ENCRYPTED],
  ['an unknown compression', () => zipOf([{ ...GOOD, method: 99 }]), UNREADABLE],
  ['a wrong checksum', () => zipOf([{ ...GOOD, crc: 1 }]), UNREADABLE],
  ['more bytes than declared', () => zipOf([{ ...GOOD, size: 1 }]), UNREADABLE],
  ['fewer bytes than declared', () => zipOf([{ ...GOOD, size: 4_000 }]), UNREADABLE],
  ['a ratio of 1 to 1,000, declared', () => zipOf([{ name: 'A', content: Buffer.alloc(50 * MEGABYTE) }]), TOO_LARGE],
  [
    'a ratio of 1 to 1,000, hidden',
    () => zipOf([{ name: 'A', raw: deflateRawSync(Buffer.alloc(50 * MEGABYTE)), size: 100 }]),
    UNREADABLE,
  ],
  [
    'a hundred files that inflate to 10 MB each',
    () => {
      const raw = deflateRawSync(Buffer.alloc(10 * MEGABYTE));
      return zipOf(Array.from({ length: 100 }, (_, n) => ({ name: `F${n}`, raw, size: 10 * MEGABYTE })));
    },
    TOO_LARGE,
  ],
  ['a terabyte by ZIP64', () => zipOf([{ ...GOOD, zip64: true, size: 2 ** 40 }]), TOO_LARGE],
  ['a ZIP64 size beyond what a number holds', () => zipOf([{ ...GOOD, zip64: true, size: 2 ** 60 }]), TOO_LARGE],
  ['1,001 files', () => zipOf(manyParts(1_001)), TOO_MANY],
  ['a hundred thousand files', () => zipOf(manyParts(100_000)), TOO_MANY],
  ['more files said than there are', () => zipOf([GOOD], { entryCount: 900 }), UNREADABLE],
  ['half an archive', () => zipOf([GOOD]).subarray(0, 60), UNREADABLE],
  ['no archive', () => Buffer.from('<a/>'), UNREADABLE],
  ['nothing', () => Buffer.alloc(0), UNREADABLE],
];

describe('a ZIP archive', () => {
  test('is read when nothing is wrong with it, folders left out', async () => {
    const folder: Part = { name: 'IHE_XDM/', content: '', stored: true, mode: 0o040755 };
    assert.equal(
      await verdict(zipOf([folder, GOOD, { name: 'README.TXT', content: 'ab', stored: true }])),
      `${GOOD.name} 4, README.TXT 2`,
    );
    assert.equal(await verdict(zipOf([{ ...GOOD, zip64: true }])), `${GOOD.name} 4`);
  });

  test('in an archive is a file like another: it is never opened', async () => {
    assert.match(await verdict(nested(5)), /^NIVEAU4\.ZIP \d{3}$/);
  });

  for (const [what, make, rule] of ATTACKS)
    test(`with ${what}: ${rule}`, async () => {
      const bytes = make();
      const memory = process.memoryUsage().external;
      const started = process.cpuUsage();
      assert.equal(await verdict(bytes), rule);
      const { user, system } = process.cpuUsage(started);
      assert.ok((user + system) / 1_000 < 2_000, `${(user + system) / 1_000} ms`);
      assert.ok(process.memoryUsage().external - memory < 20 * MEGABYTE, 'it was not inflated');
    });
});
