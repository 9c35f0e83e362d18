import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { observatoryRules } from '../rules/observatory.ts';
import type { InventoryImport, InventoryKind } from '../store/inventory.ts';
import { inventoryEntries, inventoryLines } from '../store/inventory.ts';
import { importInventory } from './import-inventory.ts';
import { lineReport } from './line-report.ts';
import { seeTraffic } from './observatory.fixture.ts';
import { readPicture } from './picture.ts';

async function taken(
  { context }: UseCaseBench,
  lines: readonly string[],
  kind: InventoryKind = 'installed',
): Promise<InventoryImport & { readonly outcomes: string[] }> {
  const bytes = Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`);
  const file = await importInventory(context, { kind, name: 'parc.csv', bytes }, 'token:essai');
  assert.ok(file.ok, JSON.stringify(file));
  const read = await inventoryLines(context.pool, file.value.id);
  return {
    ...file.value,
    outcomes: read.map(({ line, outcome, ruleId, detail }) =>
      [line, outcome, ruleId, detail].filter((part) => part !== null).join(' '),
    ),
  };
}

const TITLES = 'FINESS;Éditeur;Produit;Version;API;Identité;Application;Structure;Budget';

test('each line is taken, or told why not; the same file again changes nothing; a later one says what changed', async (t) => {
  const bench = await openBench(t);
  const id = observatoryRules;
  const lines = [
    TITLES,
    `${DEMO_EG};Editeur A;DXCARE;7.7.7;V1;INS-C;DPI;CH;12`,
    `12;Editeur A;DXCARE;7.7.7;;;;;`,
    `${DEMO_EG};Editeur B;;1;;;;;`,
    `${DEMO_EG};Editeur B;GAM+;1;télégraphe;;;;`,
    `${DEMO_EG};"=HYPERLINK(""http://x"")";'+SOMME;2;rest;ins;;;`,
    `${DEMO_EG};Editeur A;dxcare;8.0;V2;INS;DPI;CH;`,
  ];
  const first = await taken(bench, lines);
  assert.deepEqual(first.outcomes, [
    '2 added',
    `3 rejected ${id.valueIncorrect.id} finess : 9 caractères attendus`,
    `4 rejected ${id.valueMissing.id} produit`,
    `5 rejected ${id.valueIncorrect.id} api : attendu : HL7v2, REST, FHIR, folder, V1, V2`,
    '6 added',
    `7 rejected ${id.lineRepeated.id} ligne 2`,
  ]);
  assert.deepEqual([first.added, first.changed, first.unchanged, first.rejected], [2, 0, 0, 4]);
  const again = await taken(bench, lines);
  assert.deepEqual([again.added, again.changed, again.unchanged, again.rejected], [0, 0, 2, 4]);
  const later = await taken(bench, ['finess;produit;version;application;structure', `${DEMO_EG};DXCARE;8.0;DPI;CH`]);
  assert.deepEqual(later.outcomes, ['2 changed version : 7.7.7 → 8.0']);
  assert.equal(
    (await inventoryEntries(bench.context.pool, 'installed', null)).length,
    2,
    'what a file leaves out stays',
  );
});

test('a column that a file does not have says nothing: what is known of it stays', async (t) => {
  const bench = await openBench(t);
  await taken(bench, [TITLES, `${DEMO_EG};Editeur A;DXCARE;7.7.7;V1;INS-C;;;`]);
  await taken(bench, ['finess;produit;version', `${DEMO_EG};DXCARE;8.0`]);
  const [entry] = await inventoryEntries(bench.context.pool, 'installed', DEMO_EG);
  assert.deepEqual([entry?.fields.vendor, entry?.fields.api, entry?.fields.version], ['Editeur A', 'V1', '8.0']);
});

test('the report gives every line back with what became of it, and no formula that a spreadsheet would run', async (t) => {
  const bench = await openBench(t);
  const file = await taken(bench, ['finess;produit;editeur', `${DEMO_EG};GAM;=1+1`, `x;GAM;@SOMME(A1)`]);
  const lines = lineReport(file, await inventoryLines(bench.context.pool, file.id)).split('\r\n');
  assert.equal(lines[0], '\ufefffiness;produit;editeur;ligne;suite;regle;motif;precision;que faire');
  assert.equal(lines[1], `${DEMO_EG};GAM;'=1+1;2;ajoutée;;;;`);
  assert.match(lines[2] ?? '', /^x;GAM;'@SOMME\(A1\);3;rejetée;TDU-OBS-003;/);
  // What it gives can be taken back as it is.
  const again = await taken(
    bench,
    lines.filter((line) => line !== '').map((line) => line.replace('\ufeff', '')),
  );
  assert.deepEqual([again.unchanged, again.rejected], [1, 1]);
});

test('what is no CSV of this kind is refused whole, and nothing is recorded', async (t) => {
  const bench = await openBench(t);
  const cases = [
    Buffer.from(''),
    Buffer.from('a;b\n1;2\n'),
    Buffer.from([0x66, 0xe9]),
    Buffer.from('finess;produit\n"x'),
  ];
  for (const bytes of [...cases, Buffer.from('finess;produit\n1\u0000;x')]) {
    const read = await importInventory(bench.context, { kind: 'installed', name: 'x', bytes }, 'token:essai');
    assert.equal(read.ok ? '' : read.refusal.rule.id, observatoryRules.fileUnreadable.id, bytes.toString('latin1'));
  }
  assert.deepEqual(await inventoryEntries(bench.context.pool, 'installed', null), []);
});

test('two people who import the same file at once add nothing twice', async (t) => {
  const bench = await openBench(t);
  const lines = ['finess;produit', ...Array.from({ length: 50 }, (_, n) => `${DEMO_EG};P${n}`)];
  const files = await Promise.all([taken(bench, lines), taken(bench, lines)]);
  assert.deepEqual(files.map(({ added, unchanged }) => [added, unchanged]).sort(), [
    [0, 50],
    [50, 0],
  ]);
});

test('seen beside said: a version behind, another API, another identity, what nobody has seen', async (t) => {
  const bench = await openBench(t);
  await taken(bench, [
    'finess;produit;version;api;identite;application',
    `${DEMO_EG};ANTARES-DMP;2.47;V2;INS;`,
    `${DEMO_EG};LABO EXPERT;4;;;`,
    `${DEMO_EG};Admissions;3;hl7;;GAM`,
  ]);
  const v2 = { eg: DEMO_EG, api: 'V2', application: 'CONNECTEUR', transaction: 'TD2.1', identityKind: 'NIR' } as const;
  await seeTraffic(
    bench.context,
    { ...v2, product: 'Antares DMP', productVersion: '2.0' },
    { eg: DEMO_EG, product: 'Admissions', productVersion: '3.1.4' },
  );
  const { differences } = await readPicture(bench.context, DEMO_EG);
  assert.deepEqual(
    differences
      .filter(({ kind }) => kind !== 'source-unseen')
      .map(({ kind, application, product, declared, seen }) => [kind, application, product, declared, seen].join('|')),
    [
      'version-behind|CONNECTEUR|ANTARES-DMP|2.47|2.0',
      'identity|CONNECTEUR|ANTARES-DMP|INS|NIR',
      'inventory-unseen||LABO EXPERT|LABO EXPERT 4|',
    ],
  );
});

test('obsolete here: by the versions that vendors declare, in traffic or only written down', async (t) => {
  const bench = await openBench(t);
  await taken(
    bench,
    [
      'editeur;produit;version;fin_maintenance;version_compatible;lien',
      'A;SILLAGE;19;31/12/2025;21;https://editeur.exemple/versions',
      'A;SILLAGE;21;;;',
      'B;LABO EXPERT;4;2027-06-30;;',
      'C;GAM PLUS;7;;;',
      'C;GAM PLUS;31;31/02/2026;;',
    ],
    'versions',
  ).then(({ rejected }) => assert.equal(rejected, 1, 'a day that does not exist'));
  await taken(bench, ['finess;produit;version', `${DEMO_EG};LABO EXPERT;4.2`, `${DEMO_EG};SILLAGE;21`]);
  await seeTraffic(
    bench.context,
    { eg: DEMO_EG, application: 'DPI', product: 'SILLAGE', productVersion: '19.3' },
    { eg: DEMO_EG, application: 'GAM', product: 'GAM PLUS', productVersion: '6.2' },
    { eg: DEMO_EG, application: 'AUTRE', product: 'SILLAGE', productVersion: '21.1' },
  );
  const { obsolete } = await readPicture(bench.context, null);
  assert.deepEqual(
    obsolete.map(({ application, product, version, from, standing, endOfMaintenance, compatibleVersion }) =>
      [application, product, version, from, standing, endOfMaintenance, compatibleVersion].join('|'),
    ),
    [
      'DPI|SILLAGE|19.3|seen|ended|2025-12-31|21',
      'GAM|GAM PLUS|6.2|seen|unlisted||',
      '|LABO EXPERT|4.2|inventory|ending|2027-06-30|',
    ],
  );
});
