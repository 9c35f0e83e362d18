import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditTemplate } from '../wire/pdf/template-audit.ts';
import { adoptionCsv } from './adoption-csv.ts';
import { expectedBlocks } from './expected.ts';
import { keptOutcome } from './outcome.ts';

test('a field is kept as its shape: what is wrong shows, what it says does not', () => {
  const text = "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3Zo\u00e9\u001dS4D'AEION-2\u001dS5F";
  const positionMm = { x: 20, y: 20, width: 16, height: 16 };
  const symbol = { page: 1, bytes: Buffer.from(text, 'latin1'), text, positionMm, modules: 36, moduleMm: 0.44 };
  const page = { page: 1, widthMm: 210, heightMm: 297, symbols: [symbol], unread: [] };
  const checked = { compared: [], oidsChecked: [], minModuleMm: 0.35, minEdgeMm: 5 };
  const kept = keptOutcome(auditTemplate({ pages: [page], pageCount: 1 }), checked);
  assert.deepEqual(
    kept.pages[0]?.symbols[0]?.fields.map(({ shape }) => shape),
    ['999999999999999', '1.2.250.1.213.1.4.10', 'Aa¤', "A'AAAAA-9", 'A'],
  );
  assert.doesNotMatch(JSON.stringify(kept), /279035|Zo\u00e9|AEION/);
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
