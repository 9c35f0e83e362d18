import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestTypes } from './suggest.ts';

test('what hospitals write leads to the type that they mean, first', () => {
  const first = (code: string, label: string) => suggestTypes(code, label, 3)[0]?.code;
  assert.equal(first('CRH', 'CR hospitalisation'), '34112-3');
  assert.equal(first('DOC12', 'Compte-rendu opératoire'), '34874-8');
  assert.equal(first('LDL', ''), '11490-0');
  assert.equal(first('X1', 'Lettre de liaison de sortie'), '11490-0');
  assert.equal(first('BIO', 'Résultats de biologie'), '11502-2');
  assert.equal(first('RX', 'Compte rendu de scanner'), '18748-4');
});

test('nothing is proposed for what resembles nothing', () => {
  assert.deepEqual(suggestTypes('Z9', 'Divers', 3), []);
  assert.equal(suggestTypes('CR', 'Compte rendu', 3).length, 3);
});
