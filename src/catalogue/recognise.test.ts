import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SEED } from './october-2022.ts';
import type { Product } from './product.ts';
import { productWith } from './read.ts';
import { productOf, type SeenProduct, verdictOf } from './recognise.ts';

const CATALOGUE = SEED.map(({ key }) => productWith(key, undefined));

function found(seen: SeenProduct, catalogue: readonly Product[] = CATALOGUE): string {
  const recognition = productOf(catalogue, seen);
  return recognition === undefined
    ? 'none'
    : `${recognition.product.key} ${recognition.standing} ${verdictOf(recognition)}`;
}

test('the state of October 2022 holds every product, each once, API by API', () => {
  const listed = (api: string) =>
    SEED.filter((product) => product.api === api).map(({ name, version }) => `${name} ${version}`);
  assert.deepEqual(listed('V1'), [
    'DMPCONNECT 1',
    'HOPITAL MANAGER 1.17',
    'DXCARE 7.7.7',
    'EFFICIENCE WINDOWS 1',
    'MCKESSON ENTREPOT DMP 7',
    'JEEBOP SANTE 4.7',
    'CLOVERLEAF 6',
    'LOGHOS FIRST 7.1',
    'MIDDLEC@RE 5.2.6.0',
  ]);
  assert.deepEqual(listed('V2'), [
    'NETSOINS DMP 1.2',
    'LIFEN DMP 1.0',
    'OSIRIS 3.4',
    'DOPATIENT 2.1706',
    'CORTEXTE V7 WEB 2.6.02',
    'ANTHADINE.NET 1.84.13',
    'ANTARES-DMP 2.0',
    'ANTARES-DMP 2.47',
    'OX MEDIBOARD 0.5.18.10',
    'SILLAGE 19',
    'EFFICIENCE WEB 2',
  ]);
  assert.equal(new Set(SEED.map(({ key }) => key)).size, SEED.length);
});

describe('every product of the catalogue, as it may write itself', () => {
  for (const { key, api, name, version } of SEED) {
    const expected = `${key} listed ${api === 'V1' ? 'replace' : 'move'}`;
    const forms: readonly SeenProduct[] = [
      { name, version },
      { name: name.toLowerCase(), version: `v${version}` },
      { name: `  ${name.replaceAll(/[ -]/g, '_')} `, version: ` ${version} ` },
      { name: name.replaceAll(/[ .-]/g, ''), version },
      { name: name.replaceAll('E', 'É').replaceAll('O', 'Ô'), version: `Version ${version}` },
      { name: `${name} ${version}` },
      { name: `${name} V${version}`, version: '' },
      { name: `${name} ${version}`, version },
      { name: `${name}-${version}` },
      { name, version: `${version}.0` },
      { name, version: `${version} (build 12)` },
    ];
    test(`${name} ${version}`, () => {
      for (const seen of forms) {
        assert.equal(found(seen), expected, JSON.stringify(seen));
        assert.equal(productOf(CATALOGUE, { ...seen, api })?.apiDiffers, false);
      }
    });
  }
});

describe('what looks like a product of the catalogue and is another', () => {
  const others: readonly SeenProduct[] = [
    { name: 'DMPCONNECTEUR', version: '1' },
    { name: 'DMPCONNECT JS', version: '1' },
    { name: 'EFFICIENCE', version: '1' },
    { name: 'EFFICIENCE WINDOWS WEB', version: '1' },
    { name: 'ANTARES', version: '2.47' },
    { name: 'CORTEXTE', version: '2.6.02' },
    { name: 'CORTEXTE V8 WEB', version: '2.6.02' },
    { name: 'MEDIBOARD', version: '0.5.18.10' },
    { name: 'HOSPITAL MANAGER', version: '1.17' },
    { name: 'MCKESSON', version: '7' },
    { name: 'SILLAGES', version: '19' },
    { name: '', version: '7.7.7' },
    { name: '7.7.7' },
    { name: `${'DXCARE '.repeat(60)}`, version: '7.7.7' },
  ];
  for (const seen of others) test(JSON.stringify(seen).slice(0, 80), () => assert.equal(found(seen), 'none'));
});

describe('versions of a product that is listed', () => {
  const cases: readonly [name: string, version: string, expected: string][] = [
    ['ANTARES-DMP', '2.0', 'antares-dmp-2-0 listed move'],
    ['ANTARES-DMP', '2', 'antares-dmp-2-0 listed move'],
    ['ANTARES-DMP', '2.0.3', 'antares-dmp-2-0 listed move'],
    ['ANTARES-DMP', '2.47.1', 'antares-dmp-2-47 listed move'],
    // Behind one that is still to be moved.
    ['ANTARES-DMP', '2.10', 'antares-dmp-2-47 older move'],
    ['ANTARES-DMP', '2.48', 'antares-dmp-2-47 newer check'],
    ['ANTARES-DMP', '3', 'antares-dmp-2-47 newer check'],
    ['ANTARES-DMP', '', 'antares-dmp-2-0 unknown check'],
    ['DXCARE', '7.7.6', 'dxcare-7-7-7 older replace'],
    ['DXCARE', '7.7.70', 'dxcare-7-7-7 newer check'],
    ['DXCARE', '7.8', 'dxcare-7-7-7 newer check'],
    ['CLOVERLEAF', '6.2.1', 'cloverleaf-6 listed replace'],
    ['CLOVERLEAF', '20.1', 'cloverleaf-6 newer check'],
    ['NETSOINS DMP', '1.20', 'netsoins-dmp-1-2 newer check'],
    ['CORTEXTE V7 WEB', '2.6.2', 'cortexte-v7-web-2-6-02 listed move'],
    ['OX MEDIBOARD', '0.5.18', 'ox-mediboard-0-5-18-10 older move'],
    ['SILLAGE', 'inconnue', 'sillage-19 unknown check'],
  ];
  for (const [name, version, expected] of cases)
    test(`${name} ${version}`, () => assert.equal(found({ name, version }), expected));
});

test('from the version that the region says is compatible there is nothing left to do', () => {
  const edited = CATALOGUE.map((product) =>
    product.key === 'hopital-manager-1-17' ? { ...product, compatibleVersion: '1.17.9' } : product,
  );
  assert.equal(found({ name: 'HOPITAL MANAGER', version: '1.17.8' }, edited), 'hopital-manager-1-17 listed replace');
  assert.equal(found({ name: 'HOPITAL MANAGER', version: '1.17.9' }, edited), 'hopital-manager-1-17 compatible done');
  assert.equal(found({ name: 'HOPITAL MANAGER', version: '2' }, edited), 'hopital-manager-1-17 compatible done');
});

test('a compatible version of one line says nothing of a later line that is listed', () => {
  const edited = CATALOGUE.map((product) =>
    product.key === 'antares-dmp-2-0' ? { ...product, compatibleVersion: '2.40' } : product,
  );
  assert.equal(found({ name: 'ANTARES-DMP', version: '2.47' }, edited), 'antares-dmp-2-47 listed move');
});

test('a product that feeds by another API than the one it is listed for is to be checked', () => {
  const seen = productOf(CATALOGUE, { name: 'DXCARE', version: '7.7.7', api: 'V2' });
  assert.ok(seen);
  assert.deepEqual([seen.apiDiffers, verdictOf(seen)], [true, 'check']);
  assert.equal(productOf(CATALOGUE, { name: 'DXCARE', version: '7.7.7', api: 'HL7v2' })?.apiDiffers, false);
});

test('what was taken out is recognised no more; another name of it is', () => {
  const edited = CATALOGUE.map((product) => {
    if (product.key === 'dxcare-7-7-7') return { ...product, retired: true };
    return product.key === 'sillage-19' ? { ...product, aliases: ['SIB SILLAGE'] } : product;
  });
  assert.equal(found({ name: 'DXCARE', version: '7.7.7' }, edited), 'none');
  assert.equal(found({ name: 'sib-sillage 19.2' }, edited), 'sillage-19 listed move');
});

test('a name made to be hard to read is answered at once', () => {
  const started = performance.now();
  for (const name of [
    'A'.repeat(200),
    `${' '.repeat(199)}1`,
    '1.'.repeat(100),
    `A${' -_/('.repeat(39)}`,
    '(1'.repeat(99),
  ])
    assert.equal(found({ name }), 'none');
  assert.ok(performance.now() - started < 500);
});
