import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SEED } from '../catalogue/october-2022.ts';
import { productWith } from '../catalogue/read.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { regionRules } from '../rules/region.ts';
import { correctionsOf } from '../store/region-figures.ts';
import { regionEstablishments, regionMonths, shownFigures } from '../store/region-reads.ts';
import { BYTE_ORDER_MARK } from '../wire/csv/write.ts';
import { figuresCsv } from './csv.ts';
import { importFigures } from './import.ts';
import { readFigures } from './read-figures.ts';
import { figure, openHouse, REGION } from './region.fixture.ts';

const CATALOGUE = SEED.map((seed) => productWith(seed.key, undefined));
const NOW = new Date('2026-11-23T08:00:00Z');
const TITLES =
  'finess_eg;finess_ej;nom;mois;documents;nature_identite;identites_actives;identites_qualifiees;etapes;produits';
const FILE = { name: 'idf.csv', source: 'GRADeS (essai)', dated: '2022-10-31' };
const ALL = { eg: null, from: '2020-01', to: '2026-11' };

const bytes = (...lines: string[]): Buffer => Buffer.from([TITLES, ...lines, ''].join('\r\n'));

test('a line becomes a figure; its kind says under which identity all of it came', async () => {
  const read = await readFigures(
    bytes(
      '990000408;990000400;Clinique A;2022-10;1 250;INS-C;1000;400;2;DMPCONNECT 1|DXCARE 7.7.7',
      '990000416;990000400;;10/2022;;;;;;',
    ),
    CATALOGUE,
    NOW,
  );
  assert.ok(read.ok);
  assert.deepEqual(read.value.rejections, []);
  assert.deepEqual(read.value.read, [
    {
      name: 'Clinique A',
      legalName: '',
      figure: figure({
        eg: '990000408',
        ej: '990000400',
        month: '2022-10',
        added: 1250,
        addedIns: 0,
        addedNir: 0,
        addedInsC: 1250,
        identityKind: 'INS-C',
        activeIdentities: 1000,
        qualifiedIdentities: 400,
        steps: 2,
        products: [{ key: 'dmpconnect-1' }, { key: 'dxcare-7-7-7' }],
      }),
    },
    {
      name: '990000416',
      legalName: '',
      figure: figure({ eg: '990000416', ej: '990000400', month: '2022-10', added: null }),
    },
  ]);
});

test('each line that does not fit is set aside with its number and its rule, the others stand', async () => {
  const read = await readFigures(
    bytes(
      '90000408;990000400;;2022-10;1;;;;;',
      '990000408;X;;2022-10;1;;;;;',
      '990000408;990000400;;2022-13;1;;;;;',
      '990000408;990000400;;2026-12;1;;;;;',
      '990000408;990000400;;2022-10;-1;;;;;',
      '990000408;990000400;;2022-10;1;INSEE;;;;',
      '990000408;990000400;;2022-10;1;INS;10;11;;',
      '990000408;990000400;;2022-10;1;INS;10;10;6;',
      '990000408;990000400;;2022-10;1;INS;10;10;5;',
      '990000408;990000400;;2022-10;2;INS;10;10;5;',
      '990000408;990000400;;2022-09;2;INS;10;10;5;DMPCONNECT 1|PAT-TROIS',
    ),
    CATALOGUE,
    NOW,
  );
  assert.ok(read.ok);
  const { wrongFiness, wrongMonth, wrongCount, wrongKind, repeatedLine, unknownProduct } = regionRules;
  assert.deepEqual(
    read.value.rejections.map(({ line, rule }) => [line, rule]),
    [
      [2, wrongFiness.id],
      [3, wrongFiness.id],
      [4, wrongMonth.id],
      [5, wrongMonth.id],
      [6, wrongCount.id],
      [7, wrongKind.id],
      [8, wrongCount.id],
      [9, wrongCount.id],
      [11, repeatedLine.id],
      [12, unknownProduct.id],
    ],
  );
  assert.deepEqual(
    read.value.read.map(({ figure: { added } }) => added),
    [1],
  );
});

test('a file without its columns, empty, in another encoding or with an open quote is refused whole', async () => {
  const rule = async (file: Buffer) => {
    const read = await readFigures(file, CATALOGUE, NOW);
    return read.ok ? 'read' : read.refusal.rule.id;
  };
  assert.equal(await rule(Buffer.from('finess_eg;mois\r\n990000408;2022-10\r\n')), regionRules.missingColumns.id);
  assert.equal(await rule(Buffer.from('')), regionRules.unreadableFile.id);
  assert.equal(
    await rule(Buffer.from(`${TITLES}\r\n990000408;990000400;H\xf4pital`, 'latin1')),
    regionRules.unreadableFile.id,
  );
  assert.equal(await rule(bytes('990000408;990000400;"Clin')), regionRules.unreadableFile.id);
});

test('a figure keeps its source and date; the same file again changes nothing, another one corrects with history', async (t) => {
  const { context, pool } = await openHouse(t);
  const take = async (lines: string[], parts: object = {}) => {
    const done = await importFigures(context, bytes(...lines), { ...FILE, ...parts }, REGION);
    if (!done.ok) return done.refusal.rule.id;
    const { added, replaced, unchanged, rejected } = done.value;
    return [added, replaced, unchanged, rejected];
  };
  const lines = [
    '990000408;990000400;Clinique A;2022-10;1250;INS-C;;;;',
    '990000416;990000400;Clinique B;2022-10;10;NIR;;;;',
  ];
  assert.deepEqual(await take(lines, { source: ' ' }), regionRules.unfitSource.id);
  assert.deepEqual(await take(lines, { dated: '2022-02-30' }), regionRules.unfitSource.id);
  assert.deepEqual(await take(lines, { dated: '2027-01-01' }), regionRules.unfitSource.id);
  assert.deepEqual(await take([...lines, 'X;Y;;;;;;;;']), [2, 0, 0, 1]);
  assert.deepEqual(await take(lines), [0, 0, 2, 0]);
  assert.deepEqual(
    await take(['990000408;990000400;Clinique A;2022-10;7;INS-C;;;;'], { rehearsal: true }),
    [0, 1, 0, 0],
  );
  assert.deepEqual(await take(lines), [0, 0, 2, 0]);
  const corrected = '990000408;990000400;Clinique A (site nord);2022-10;1300;INS-C;;;;';
  assert.deepEqual(await take([corrected], { dated: '2022-11-30' }), [0, 1, 0, 0]);
  const [first] = await shownFigures(pool, ALL);
  assert.deepEqual([first?.added, first?.source, first?.origin], [1300, 'GRADeS (essai) (2022-11-30)', 'imported']);
  assert.deepEqual(
    (await correctionsOf(pool, '990000408', 10)).map((one) => [one.added, one.source]),
    [[1250, 'GRADeS (essai) (2022-10-31)']],
  );
  const names = (await regionEstablishments(pool, { eg: null, to: '2026-11' }, 1)).map(({ name }) => name);
  assert.deepEqual(names, ['Clinique A (site nord)', 'Clinique B']);
  const [month] = await regionMonths(pool, ALL);
  assert.deepEqual([month?.added, month?.addedInsC, month?.addedNir, month?.insC, month?.nir], [1310, 1300, 10, 1, 1]);
});

test('an import never touches the figures or the name of an establishment of this installation', async (t) => {
  const { context, pool } = await openHouse(t);
  const done = await importFigures(context, bytes(`${DEMO_EG};990000010;Faux nom;2022-10;5;;;;;`), FILE, REGION);
  assert.ok(done.ok);
  const [row] = await regionEstablishments(pool, { eg: DEMO_EG, to: '2026-11' }, 1);
  assert.deepEqual([row?.name, row?.figures[0]?.origin], [DEMO_EG, 'imported']);
});

test('what is exported is read again as it was, and no cell of it runs in a spreadsheet', async () => {
  const name = fc.constantFrom('Clinique A', '=cmd|x', '@SOMME(A1)', 'Hôpital "B"; site 2', '+33');
  const count = fc.integer({ min: 0, max: 1_000_000 });
  await fc.assert(
    fc.asyncProperty(
      name,
      count,
      fc.constantFrom('INS' as const, 'NIR' as const, 'INS-C' as const),
      async (called, added, kind) => {
        const under = (which: string) => (which === kind ? added : 0);
        const one = figure({
          eg: '990000408',
          month: '2022-10',
          added,
          identityKind: kind,
          addedIns: under('INS'),
          addedNir: under('NIR'),
          addedInsC: under('INS-C'),
        });
        const stored = { ...one, origin: 'imported' as const, source: '=1', receivedAt: NOW };
        const csv = figuresCsv([stored], new Map([['990000408', { name: called, legalName: '' }]]));
        assert.ok(csv.startsWith(BYTE_ORDER_MARK));
        for (const cell of csv.split('\r\n').flatMap((line) => line.split(';'))) assert.doesNotMatch(cell, /^"?[=+@-]/);
        const read = await readFigures(Buffer.from(csv), CATALOGUE, NOW);
        assert.ok(read.ok);
        assert.deepEqual(read.value.read, [{ name: called, legalName: '', figure: one }]);
      },
    ),
    { numRuns: 40, seed: 4 },
  );
});
