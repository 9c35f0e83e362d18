import assert from 'node:assert/strict';
import test from 'node:test';
import { render } from './html.ts';
import { traitComparison } from './trait-comparison.ts';

function shown(comparison: Record<string, unknown>): string {
  const table = traitComparison([{ outcome: 'different', explanation: 'Différents.', ruleId: null, ...comparison }]);
  return table === undefined ? '' : render(table);
}

test('the characters that differ are marked on each side, and only they', () => {
  const text = shown({ trait: 'birthName', local: 'DUPOND', insi: 'DUPONT', marks: { local: [5], insi: [5] } });
  assert.ok(text.includes('DUPON<mark class="local">D</mark>'));
  assert.ok(text.includes('DUPON<mark class="insi">T</mark>'));
  assert.ok(text.includes('Nom de naissance'));
});

test('a space that differs is made visible, and marked characters are escaped', () => {
  const text = shown({ trait: 'birthName', local: 'A B', insi: 'A<B', marks: { local: [1], insi: [1] } });
  assert.ok(text.includes('A<mark class="local">\u2423</mark>B'));
  assert.ok(text.includes('A<mark class="insi">&lt;</mark>B'));
});

test('dates are shown in French order, marked whole', () => {
  const text = shown({ trait: 'birthDate', local: '1936-06-21', insi: '1936-06-12', marks: { local: [8], insi: [9] } });
  assert.ok(text.includes('<mark class="local">21/06/1936</mark>'));
});

test('an absent value says so; nothing to compare gives no table', () => {
  assert.ok(shown({ trait: 'birthPlace', insi: '63220' }).includes('absent'));
  assert.equal(traitComparison(null), undefined);
  assert.equal(traitComparison({ unexpected: true }), undefined);
});
