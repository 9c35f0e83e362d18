import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldForms } from './document-actions.ts';

test('what a document holds is said as it is, also when nothing will be sent', () => {
  const said = (action: 'create' | 'delete', state: 'waiting' | 'refused' | 'deleted', forms = ['original']) =>
    heldForms({ action, state }, forms);
  assert.equal(said('create', 'waiting'), 'Original. La version à envoyer n’est pas encore faite.');
  assert.equal(said('create', 'refused'), 'Original. Aucune version à envoyer n’en a été faite.');
  assert.equal(said('delete', 'deleted'), 'Original : ce qui accompagnait la demande de suppression.');
  assert.equal(said('create', 'deleted', ['original', 'prepared']), 'Original et version à envoyer, côte à côte.');
});
