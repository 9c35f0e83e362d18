import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferIdentity } from './infer.ts';

test('V1 is seen on the wire; V2 is inferred, the strongest evidence first, and the worse without any', () => {
  const told = (evidence: Parameters<typeof inferIdentity>[0]): string => {
    const { identityKind, basis, because } = inferIdentity(evidence);
    return `${identityKind} ${basis} ${because}`;
  };
  assert.equal(told({ api: 'V1', qualifiedHere: true }), 'INS-C seen wire');
  assert.equal(told({ api: 'V2', callsTd00: true, product: 'ins', qualifiedHere: true }), 'NIR inferred td00');
  assert.equal(told({ api: 'V2', callsTd00: false, product: 'nir', qualifiedHere: true }), 'NIR inferred product');
  assert.equal(told({ api: 'V2', product: 'ins', qualifiedHere: false }), 'INS inferred product');
  assert.equal(told({ api: 'V2', qualifiedHere: true }), 'INS inferred repository');
  assert.equal(told({ api: 'V2', qualifiedHere: false }), 'NIR inferred repository');
  assert.equal(told({ api: 'V2' }), 'NIR inferred nothing');
});
