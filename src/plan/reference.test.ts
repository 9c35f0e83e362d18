import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { publishedReferences, publishReference, referenceInForce } from './reference.ts';

test('the four dates that everyone is asked come with the program, each with its source', async (t) => {
  const { context } = await openBench(t);
  const { constraints, published } = await referenceInForce(context);
  assert.deepEqual(
    constraints.map(({ from }) => from),
    ['2021-01-01', '2022-04-26', '2022-12-31', '2023-09-30'],
  );
  assert.match(constraints[1]?.source ?? '', /L\. 1111-15, et arrêté du 26 avril 2022/);
  assert.ok(constraints.every(({ source, steps }) => source !== '' && steps.length > 0));
  assert.equal(published, undefined);
});

test('a region publishes its own; what cannot be right is refused, and versions stay', async (t) => {
  const { context } = await openBench(t);
  const constraint = {
    from: '2027-01-01',
    title: 'Région',
    text: 'Texte',
    source: 'Délibération',
    steps: [5],
  } as const;
  const contact = { name: 'GRADeS', role: 'Accompagnement', reach: 'contact@exemple.fr' };
  const link = { label: 'Région', url: 'https://exemple.fr/ins' };
  const wanted = { version: '2', reason: 'essai', constraints: [constraint], contacts: [contact], links: [link] };
  for (const [parts, fault] of [
    [{ version: '' }, /version/],
    [{ constraints: [{ ...constraint, from: '31/12/2026' }] }, /date/],
    [{ constraints: [{ ...constraint, source: '' }] }, /source/],
    [{ contacts: [{ ...contact, reach: '' }] }, /joindre/],
    [{ links: [{ ...link, url: 'javascript:alert(1)' }] }, /https/],
    [{ links: [{ ...link, url: 'http://exemple.fr' }] }, /https/],
  ] as const) {
    const done = await publishReference(context, { ...wanted, ...parts }, 'user:region');
    assert.match(done.ok ? '' : (done.refusal.detail ?? ''), fault);
  }
  assert.ok((await publishReference(context, wanted, 'user:region')).ok);
  assert.ok((await publishReference(context, { ...wanted, version: '3', contacts: [] }, 'user:region')).ok);
  const { version, contacts, published } = await referenceInForce(context);
  assert.deepEqual([version, contacts.length, published?.actor], ['3', 0, 'user:region']);
  assert.deepEqual(
    (await publishedReferences(context)).map((row) => row.version),
    ['3', '2'],
  );
});
