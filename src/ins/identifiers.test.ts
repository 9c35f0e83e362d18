import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../rules/rule.ts';
import { parseCogCode } from './cog.ts';
import { parseDocumentUniqueId, parseFinessEg, parseFinessEj, parseIpp } from './identifiers.ts';
import { INS_OIDS, insNature, isAllowedInsOid, parseOid } from './oids.ts';

const cases: readonly [string, (text: string) => Result<string>, readonly string[], readonly string[]][] = [
  [
    'OID',
    parseOid,
    ['1.2.250.1.213.1.4.8', '2.16.840.1'],
    ['1', '1.', '3.1', '1.02', '1.2^3', `1.${'2'.repeat(63)}`, ''],
  ],
  ['IPP', parseIpp, ['000003', 'AB-12/3'], ['', ' 3', '3 ', 'a\u0000b', '1'.repeat(65)]],
  ['FINESS EJ', parseFinessEj, ['750712184', '2A0000014', '0B0152872'], ['75071218', '7507121840', 'A50712184', '']],
  ['FINESS EG', parseFinessEg, ['750100075'], ['75010007a']],
  [
    'uniqueId',
    parseDocumentUniqueId,
    ['1.2.250.1.999.1.1.1.42'],
    ['1.2.3^4', 'urn:oid:1.2.3', '', `1.${'2'.repeat(63)}`],
  ],
  ['COG', parseCogCode, ['63220', '2A020', '2b020', '99327', '97411'], ['6322', '2C020', 'A1020', '632200']],
];

for (const [name, parse, good, bad] of cases)
  test(`${name}: shape`, () => {
    for (const text of good) assert.equal(parse(text).ok, true, text);
    for (const text of bad) assert.equal(parse(text).ok, false, text);
  });

test('an OID is allowed only when the installation lists it, and the INS-C never', () => {
  const production = [INS_OIDS.nir, INS_OIDS.nia];
  assert.equal(isAllowedInsOid(INS_OIDS.nir, production), true);
  assert.equal(isAllowedInsOid(INS_OIDS.nirTest, production), false);
  assert.equal(isAllowedInsOid(INS_OIDS.insC, [...production, INS_OIDS.insC]), false);
});

test('the nature printed on the banner comes from the OID', () => {
  const natures = Object.values(INS_OIDS).map((oid) => insNature(oid));
  assert.deepEqual(natures, ['NIR', 'NIA', 'NIR', 'NIR', undefined]);
});
