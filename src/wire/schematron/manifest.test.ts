import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readPack } from './manifest.ts';
import { packFolder, schemaText } from './pack.fixture.ts';

const MANIFEST = { name: 'CI-SIS', version: '2025.01', schematrons: [{ path: 'a.sch', templates: ['1.2.3'] }] };

function folder(manifest: unknown, more: Readonly<Record<string, string>> = {}): string {
  return packFolder({ 'a.sch': schemaText(''), 'pack.json': JSON.stringify(manifest), ...more });
}

describe('A pack', () => {
  test('is what its pack.json says', () => {
    const { name, version, entries, xsd, validFrom } = readPack(folder({ ...MANIFEST, validFrom: '2025-01-01' }));
    assert.deepEqual([name, version, xsd, validFrom], ['CI-SIS', '2025.01', undefined, '2025-01-01']);
    assert.deepEqual(entries, [{ path: 'a.sch', templates: ['1.2.3'] }]);
  });

  test('without one, is its header schematron and its schema, known by their names, and nothing else', () => {
    const at = packFolder({
      'sch/ASIP-STRUCT-MIN-StrucMin.sch': schemaText(''),
      'sch/CI-SIS_AUTRE.sch': schemaText(''),
      'xsd/CDA_extended.xsd': '<x/>',
    });
    const { entries, xsd } = readPack(at);
    assert.deepEqual(entries, [{ path: 'sch/ASIP-STRUCT-MIN-StrucMin.sch', templates: [] }]);
    assert.equal(xsd, 'xsd/CDA_extended.xsd');
  });

  test('has the same hash wherever it is copied, and another when one of its files changes', () => {
    const at = folder(MANIFEST);
    const copy = packFolder({});
    cpSync(at, copy, { recursive: true });
    assert.equal(readPack(copy).hash, readPack(at).hash);
    assert.notEqual(readPack(folder(MANIFEST, { 'b.xml': '<b/>' })).hash, readPack(at).hash);
  });

  test('is refused for what it names and does not hold, for a path out of it, for a wrong file', () => {
    const faults: readonly (readonly [string, RegExp])[] = [
      [folder({ ...MANIFEST, xsd: 'absent.xsd' }), /absent\.xsd est absent/],
      [folder({ ...MANIFEST, xsd: '../absent.xsd' }), /xsd : un chemin dans le dossier/],
      [folder({ ...MANIFEST, schematrons: [] }), /ni schématron ni schéma/],
      [folder({ ...MANIFEST, version: '' }), /version/],
      [packFolder({ 'pack.json': '{' }), /JSON illisible/],
      [join(folder(MANIFEST), 'absent'), /illisible/],
    ];
    for (const [at, said] of faults) assert.throws(() => readPack(at), said);
  });
});
