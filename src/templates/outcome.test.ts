import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptionCsv } from './adoption-csv.ts';
import { expectedBlocks } from './expected.ts';
import { shapeOf } from './outcome.ts';

test('a field is kept as its shape: what is wrong shows, what it says does not', () => {
  assert.equal(shapeOf('279035121518989'), '999999999999999');
  assert.equal(shapeOf("Zo\u00e9 D'AEION-2"), "Aa¤ A'AAAAA-9");
  assert.equal(shapeOf('A'.repeat(300)).length, 100);
});

test('expected traits are normalised like the symbol; an empty one is not compared, a false one is refused', () => {
  const blocks = expectedBlocks({
    birthName: 'd’Æion',
    birthGivenNames: '',
    birthDate: '1979-03-28',
    matricule: '2 79 03 51 215 189 / 89',
  });
  assert.ok(blocks.ok);
  assert.deepEqual(
    [...blocks.value],
    [
      ['S1', '279035121518989'],
      ['S4', "D'AEION"],
      ['S6', '28-03-1979'],
    ],
  );
  assert.equal(expectedBlocks({ birthDate: '28/03/1979' }).ok, false);
});

test('adoption as a file: shares with a comma, a formula of a spreadsheet disarmed', () => {
  const row = { eg: '990000028', template: '=1+1', software: 'DPI', month: '2026-11' };
  const csv = adoptionCsv([{ ...row, documents: 3, documentsRight: 2, pages: 8, pagesRight: 2 }]);
  assert.match(csv, /;2026-11;3;2;66,7;8;2;25,0/);
  assert.doesNotMatch(csv, /(^|;)=1/m);
});
