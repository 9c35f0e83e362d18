import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { observatoryRules } from '../rules/observatory.ts';
import type { Result } from '../rules/rule.ts';
import { editProduct, type ProductEdit } from './edit.ts';
import type { Product, ProductFields } from './product.ts';
import { historyOf, readCatalogue, seedOf } from './read.ts';
import { productOf } from './recognise.ts';

const DXCARE = 'dxcare-7-7-7';

function fieldsOf(key: string, changed: Partial<ProductFields> = {}): ProductFields {
  const seed = seedOf(key);
  assert.ok(seed);
  return { ...seed, ...changed };
}

async function edit(bench: UseCaseBench, given: Partial<ProductEdit>, by = 'token:region'): Promise<Result<Product>> {
  return editProduct(bench.context, { key: DXCARE, revision: 0, fields: fieldsOf(DXCARE), ...given }, by);
}

function ruleOf(result: Result<Product>): string {
  return result.ok ? 'recorded' : `${result.refusal.rule.id} ${result.refusal.location ?? ''}`.trim();
}

test('an edit is kept with who and when, and the product follows it; nothing of what was before is lost', async (t) => {
  const bench = await openBench(t);
  const contact = 'support@editeur.exemple';
  assert.ok((await edit(bench, { fields: fieldsOf(DXCARE, { contact }) })).ok);
  bench.advance(60_000);
  const note = 'Migration prévue en mars.';
  assert.ok((await edit(bench, { revision: 1, fields: fieldsOf(DXCARE, { contact, note }) }, 'paul')).ok);
  const product = (await readCatalogue(bench.context.pool)).find(({ key }) => key === DXCARE);
  assert.ok(product);
  assert.deepEqual(
    [product.contact, product.note, product.revision, product.editedBy, product.editedAt, product.name],
    [contact, note, 2, 'paul', bench.context.now(), 'DXCARE'],
  );
  assert.deepEqual(
    (await historyOf(bench.context.pool, DXCARE)).map(({ revision, note: then, editedBy }) => [
      revision,
      then,
      editedBy,
    ]),
    [
      [2, note, 'paul'],
      [1, '', 'token:region'],
    ],
  );
});

test('what nobody edited follows the data file; what somebody edited stays, and the difference is told', async (t) => {
  const bench = await openBench(t);
  // As the file of an earlier version of the program had it: the same edit, then a file that says another name.
  await bench.context.pool.query(
    `insert into catalogue_edit (product, revision, at, by_actor, fields) values ($1, 1, now(), 'paul', $2)`,
    [DXCARE, JSON.stringify({ version: '7.7' })],
  );
  const product = (await readCatalogue(bench.context.pool)).find(({ key }) => key === DXCARE);
  assert.deepEqual([product?.version, product?.name, product?.seedDiffers], ['7.7', 'DXCARE', ['version']]);
  // Put back as the file says: nothing is laid over it any more.
  assert.ok((await edit(bench, { revision: 1 })).ok);
  const { rows } = await bench.context.pool.query('select fields from catalogue_edit where revision = 2');
  assert.deepEqual(rows, [{ fields: {} }]);
});

test('two people who read the same sheet do not overwrite each other', async (t) => {
  const bench = await openBench(t);
  const results = await Promise.all(
    ['Paul', 'Anne', 'Jean'].map((note) => edit(bench, { fields: fieldsOf(DXCARE, { note }) })),
  );
  assert.deepEqual(results.map(ruleOf).sort(), [
    observatoryRules.productChanged.id,
    observatoryRules.productChanged.id,
    'recorded',
  ]);
});

test('an edit that changes nothing is no edit', async (t) => {
  const bench = await openBench(t);
  assert.equal(ruleOf(await edit(bench, {})), 'recorded');
  assert.deepEqual(await historyOf(bench.context.pool, DXCARE), []);
});

test('a product that a region adds is recognised; the same one twice is refused', async (t) => {
  const bench = await openBench(t);
  const fields = fieldsOf(DXCARE, { name: 'Crossway Santé', version: '5.1', api: 'V2', aliases: ['CROSSWAY'] });
  const added = await edit(bench, { key: undefined, fields });
  assert.ok(added.ok);
  assert.equal(added.value.key, 'crossway-sante-5-1');
  const catalogue = await readCatalogue(bench.context.pool);
  assert.equal(productOf(catalogue, { name: 'crossway', version: '5.1.4' })?.product.key, 'crossway-sante-5-1');
  assert.equal(ruleOf(await edit(bench, { key: undefined, fields })), observatoryRules.productTwice.id);
});

test('a sheet that cannot be used is refused with the field that is wrong', async (t) => {
  const bench = await openBench(t);
  const id = observatoryRules.productIncorrect.id;
  const cases: readonly [Partial<ProductFields>, string][] = [
    [{ name: ' - ' }, 'name'],
    [{ version: 'x' }, 'version'],
    [{ compatibleVersion: 'bientôt' }, 'compatibleVersion'],
    [{ compatibleLink: 'javascript:alert(1)' }, 'compatibleLink'],
    [{ aliases: ['!!'] }, 'aliases'],
    [{ sourceDate: 'hier' }, 'sourceDate'],
    [{ note: 'x'.repeat(2_001) }, 'note'],
  ];
  for (const [changed, location] of cases)
    assert.equal(ruleOf(await edit(bench, { fields: fieldsOf(DXCARE, changed) })), `${id} ${location}`);
  assert.equal(ruleOf(await edit(bench, { key: 'inconnu' })), observatoryRules.productUnknown.id);
  assert.deepEqual(await historyOf(bench.context.pool, DXCARE), []);
});
